"""The entries of keras.applications, counted from the shapes and weights of the built layers.

Run with KERAS_BACKEND=jax (0.10): NASNet is not to be had with torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import keras
from keras import applications as models
from keras import layers

Layer = tuple[str, int, int]
"""kind, MACs, params: see record_networks.py"""

# name: model, side of the input
MODELS: dict[str, tuple[Any, int]] = {
    "efficientnet_b0": (models.EfficientNetB0, 224),
    "efficientnet_b1": (models.EfficientNetB1, 240),
    "efficientnet_b2": (models.EfficientNetB2, 260),
    "efficientnet_b3": (models.EfficientNetB3, 300),
    "efficientnet_b4": (models.EfficientNetB4, 380),
    "efficientnet_b5": (models.EfficientNetB5, 456),
    "efficientnet_b6": (models.EfficientNetB6, 528),
    "efficientnet_b7": (models.EfficientNetB7, 600),
    "efficientnet_v2_b0": (models.EfficientNetV2B0, 224),
    "efficientnet_v2_b1": (models.EfficientNetV2B1, 240),
    "efficientnet_v2_b2": (models.EfficientNetV2B2, 260),
    "efficientnet_v2_b3": (models.EfficientNetV2B3, 300),
    "inception_resnet_v2": (models.InceptionResNetV2, 299),
    "mobilenet_v3_large_minimalistic": (models.MobileNetV3Large, 224),
    "mobilenet_v3_small_minimalistic": (models.MobileNetV3Small, 224),
    "nasnet_mobile": (models.NASNetMobile, 224),
    "resnet50_v2": (models.ResNet50V2, 224),
    "xception": (models.Xception, 299),
}

# Keras runs parallel branches in turns, a layer of each.
UNORDERED = ("inception_resnet_v2", "nasnet_mobile", "resnet50_v2")

# At these alphas too; the last two are torchvision's networks unless `keras` is true.
ALPHAS = ("0.35", "0.5", "0.75", "1.25", "2")
WIDTHS: dict[str, Any] = {
    "mobilenet_v3_large_minimalistic": models.MobileNetV3Large,
    "mobilenet_v3_small_minimalistic": models.MobileNetV3Small,
    "mobilenet_v3_large": models.MobileNetV3Large,
    "mobilenet_v3_small": models.MobileNetV3Small,
}

# At an odd size, ways to pad tell themselves apart.
ODD = 225


def networks() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    for name, (_, side) in MODELS.items():
        yield name, partial(entry, name, side)
    for name in ("efficientnet_b0", "inception_resnet_v2", "resnet50_v2", "xception"):
        yield name, partial(entry, name, ODD, {"resolution": ODD})
    for name in WIDTHS:
        knobs = {} if name in MODELS else {"keras": True}
        for alpha in ALPHAS:
            settings = {"alpha": alpha} | knobs
            yield name, partial(entry, name, 224, settings, alpha=float(alpha))


def entry(
    name: str, side: int, settings: dict[str, Any] | None = None, **given: Any
) -> dict[str, Any]:
    minimal = name.endswith("_minimalistic")
    if minimal:
        given["minimalistic"] = True
    build = MODELS[name][0] if name in MODELS else WIDTHS[name]
    model = build(weights=None, input_shape=(side, side, 3), **given)
    counted = walk(model)
    return {
        **({"settings": settings} if settings else {}),
        "reference": f"{keras.__version__} {model.name}{', minimalistic' if minimal else ''}",
        "input": [3, side, side],
        "macs": sum(macs for _, macs, _ in counted),
        "params": sum(math.prod(weight.shape) for weight in model.trainable_weights),
        "layers": counted,
        **({"unordered": True} if name in UNORDERED else {}),
    }


def walk(model: Any) -> list[Layer]:
    """What has MACs, in the order in which the model calls its layers."""
    return [part for layer in called(model) for part in costs(layer)]


def called(model: Any) -> list[Any]:
    """A model's layers, those that come first in the data's way first, as its call goes through."""
    depths = sorted(model._nodes_by_depth, reverse=True)
    return [node.operation for depth in depths for node in model._nodes_by_depth[depth]]


def costs(layer: Any) -> list[Layer]:
    kinds = (layers.Dense, layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
    if not isinstance(layer, kinds):
        return []
    weights = [math.prod(weight.shape) for weight in layer.trainable_weights]
    if isinstance(layer, layers.Dense):
        return [("linear", layer.input.shape[-1] * layer.units, sum(weights))]
    _, rows, columns, channels = layer.output.shape
    kernel, given = math.prod(layer.kernel_size), layer.input.shape[-1]
    area = rows * columns
    if isinstance(layer, layers.SeparableConv2D):
        depthwise, *pointwise = weights
        return [
            ("depthwise", kernel * given * layer.depth_multiplier * area, depthwise),
            ("linear", given * layer.depth_multiplier * channels * area, sum(pointwise)),
        ]
    if isinstance(layer, layers.DepthwiseConv2D):
        return [("depthwise", kernel * channels * area, sum(weights))]
    kind = "linear" if kernel == layer.groups == 1 else "conv"
    return [(kind, kernel * given // layer.groups * channels * area, sum(weights))]
