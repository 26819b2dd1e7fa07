"""The entries of torchvision's models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch_walk import count

# Without the compiled operators of a matching build, torchvision is imported only if these two,
# which no forward pass here calls, are declared.
_spec = find_spec("torchvision")
for _compiled in Path(_spec.origin).parent.glob("_C*.so") if _spec and _spec.origin else ():
    with suppress(OSError):  # of another build
        torch.ops.load_library(str(_compiled))
LIBRARY = torch.library.Library("torchvision", "FRAGMENT")
for _operator in ("nms", "qnms"):
    if not hasattr(torch.ops.torchvision, _operator):
        LIBRARY.define(f"{_operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import torchvision  # noqa: E402
from torchvision import models  # noqa: E402

VERSION = torchvision.__version__.partition("+")[0]

NAMES = """
    alexnet convnext_tiny convnext_small convnext_base deeplabv3_mobilenet_v3_large densenet121
    densenet169 densenet201 efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l googlenet
    inception_v3 lraspp_mobilenet_v3_large mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3 mobilenet_v2
    mobilenet_v3_large mobilenet_v3_small regnet_x_400mf regnet_x_800mf regnet_x_1_6gf
    regnet_x_3_2gf regnet_x_8gf regnet_y_400mf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf
    regnet_y_8gf resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d shufflenet_v2_x0_5
    shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0 squeezenet1_0 squeezenet1_1 vgg11 vgg13
    vgg16 vgg16_bn vgg19 wide_resnet50_2
""".split()
SIDES = {
    "deeplabv3_mobilenet_v3_large": 520,
    "efficientnet_v2_s": 384,
    "efficientnet_v2_m": 480,
    "efficientnet_v2_l": 480,
    "inception_v3": 299,
    "lraspp_mobilenet_v3_large": 520,
}
DETECTORS = {"retinanet_resnet50_fpn": 800, "ssdlite320_mobilenet_v3_large": 320}
GIVEN: dict[str, dict[str, Any]] = {
    "deeplabv3_mobilenet_v3_large": {"weights_backbone": None},
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"aux_logits": False, "init_weights": False},
    "lraspp_mobilenet_v3_large": {"weights_backbone": None},
}
ALPHAS = {
    "mobilenet_v2": ["0.1", "0.35", "0.5", "0.75", "1.3", "1.4"],
    "mobilenet_v3_large": ["0.1", "0.35", "0.5", "0.75", "1.25", "2"],
    "mobilenet_v3_small": ["0.1", "0.25", "0.35", "0.5", "0.6", "0.75", "0.9", "1.1", "1.5", "2"],
}
ODD_SIDES = {  # where pools and strides meet sides that they do not divide
    "alexnet": 227,
    "densenet121": 250,
    "googlenet": 231,
    "inception_v3": 321,
    "mobilenet_v3_small": 193,
    "resnet50": 225,
    "shufflenet_v2_x1_0": 209,
    "squeezenet1_0": 227,
}


def networks() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    for name in NAMES:
        shortcut_first = name.startswith("regnet_")
        yield name, partial(entry, name, notes={"unordered": True} if shortcut_first else {})
        for alpha in ALPHAS.get(name, ()):
            notes = {"settings": {"alpha": alpha}}
            yield name, partial(entry, name, notes=notes, width_mult=float(alpha))
        if name in ODD_SIDES:
            side = ODD_SIDES[name]
            yield name, partial(entry, name, side, notes={"settings": {"resolution": side}})
    for name, side in DETECTORS.items():
        yield name, partial(detector, name, side)


def entry(
    name: str, side: int | None = None, notes: dict[str, Any] | None = None, **given: Any
) -> dict[str, Any]:
    model = models.get_model(name, weights=None, **GIVEN.get(name, {}), **given)
    side = side or SIDES.get(name, 224)
    return {"reference": f"{VERSION} {name}", **count(model, (3, side, side)), **(notes or {})}


def detector(name: str, side: int) -> dict[str, Any]:
    """The network of a detector, without the search for the best boxes."""
    model = models.get_model(name, weights=None, weights_backbone=None)
    zeros = torch.zeros(1, 3, side, side)
    found = count(model, (3, side, side), lambda: model.head([*model.backbone(zeros).values()]))
    return {"reference": f"{VERSION} {name}", **found}
