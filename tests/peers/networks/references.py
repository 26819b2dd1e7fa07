"""torchvision's own models of networks that costcalc ships.

Every tool counts these as costcalc's conventions do, but for what
tests/accounting/test_recorded.py names. The rest of torchvision's models are not here, because
some tools look for modules: of them ReLUs and pools that are called as functions count nothing
(DenseNet, GoogLeNet, Inception, MobileNetV2), nor does a mean over the map in a pool's place
(MNASNet, ShuffleNetV2). Nor are timm's: its ViT, kept as a form, writes attention as two linear
layers around a function.
"""

from __future__ import annotations

from collections.abc import Callable

import timm
from record_torchvision import models
from torch import nn

from networks.mobilenets import IMAGE

NAMES = """
    alexnet convnext_tiny mobilenet_v3_large mobilenet_v3_small regnet_y_400mf resnet18 resnet50
    resnext50_32x4d squeezenet1_1 vgg11
""".split()


def model(name: str) -> Callable[[], tuple[nn.Module, tuple[int, ...]]]:
    return lambda: (models.get_model(name, weights=None), IMAGE)


def vit(width: int, heads: int) -> nn.Module:
    return models.VisionTransformer(224, 16, 12, heads, width, 4 * width)


NETWORKS = {
    **{f"torchvision_{name}": ({"net": name}, model(name)) for name in NAMES},
    "torchvision_vit_tiny_patch16": ({"net": "vit_tiny_patch16"}, lambda: (vit(192, 3), IMAGE)),
    "torchvision_vit_tiny_patch16@timm": (
        {"net": "vit_tiny_patch16"},
        lambda: (timm.create_model("vit_tiny_patch16_224"), IMAGE),
    ),
    "torchvision_vit_base_patch16": ({"net": "vit_base_patch16"}, lambda: (vit(768, 12), IMAGE)),
}
