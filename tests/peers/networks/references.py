"""torchvision's own models of networks that costcalc ships, and timm's ViT.

Every tool counts these as costcalc's conventions do, but for what
tests/accounting/test_recorded.py names. Where torchvision calls a function or a method instead of
a module (a ReLU, a pool, a mean over the map), the shipped networks say so in `call`. timm's ViT
writes attention as two linear layers around a function, and so does the shipped one; torchvision's
is nn.MultiheadAttention.
"""

from __future__ import annotations

from collections.abc import Callable

import timm
from record_torchvision import GIVEN, SIDES, models
from torch import nn

from networks.mobilenets import IMAGE

NAMES = """
    alexnet convnext_tiny densenet121 googlenet inception_v3 mnasnet1_0 mobilenet_v2
    mobilenet_v3_large mobilenet_v3_small regnet_x_400mf regnet_y_400mf resnet18 resnet50
    resnext50_32x4d shufflenet_v2_x1_0 squeezenet1_1 vgg11 vgg16_bn wide_resnet50_2
""".split()


def model(name: str) -> Callable[[], tuple[nn.Module, tuple[int, ...]]]:
    side = SIDES.get(name, 224)
    return lambda: (models.get_model(name, weights=None, **GIVEN.get(name, {})), (3, side, side))


def vit(width: int, heads: int) -> nn.Module:
    return models.VisionTransformer(224, 16, 12, heads, width, 4 * width)


NETWORKS = {
    **{f"torchvision_{name}": ({"net": name}, model(name)) for name in NAMES},
    "torchvision_vit_tiny_patch16": (
        {"net": "networks/vit.yaml", "variant": "vit_tiny"},
        lambda: (vit(192, 3), IMAGE),
    ),
    "torchvision_vit_base_patch16": (
        {"net": "networks/vit.yaml", "variant": "vit_base"},
        lambda: (vit(768, 12), IMAGE),
    ),
    "timm_vit_tiny_patch16": (
        {"net": "vit_tiny_patch16", "classes": 2},
        lambda: (timm.create_model("vit_tiny_patch16_224", num_classes=2), IMAGE),
    ),
}
