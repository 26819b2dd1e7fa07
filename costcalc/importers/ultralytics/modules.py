"""What is known of the modules of Ultralytics beside their blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

ACTIVATIONS = {
    "SiLU": "silu",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "LeakyReLU": "leaky_relu",
    "GELU": "gelu",
    "ELU": "elu",
    "Mish": "mish",
    "Sigmoid": "sigmoid",
    "Hardswish": "hard_swish",
    "Identity": "none",
}
_ACTIVATION = re.compile(r"(?:torch\.)?nn\.(\w+)(?:\(.*\))?")
OF_SCALE: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "C3k2": [("large", "wide", "mlx")],
    "A2C2f": [("largest", "widest", "lx")],
}
"""Modules that are others at some scales: their param, the network's, and the scales' names."""
OF_FILE = {"bins": "reg_max", "twice": "end2end"}
"""Params of heads that are keys of the file."""
ASKS = frozenset(("C2fAttn", "WorldDetect", "YOLOEDetect", "YOLOESegment", "YOLOESegment26"))
"""Modules that read texts beside maps."""
PARTS = frozenset(
    """
    PSALink RepVGGDW RepBottleneck ResNetBlock RepCSP C2fLink C3k2Link CIBLink FuseTo HGLink
    PoolLink Attention PSABlock AreaAttention ABlock A2C2fLink Level LightLevel Boxes Classes DFL
    Beside Proto Trained Points Proto26 Auxiliary TextGate Contrast VisualPrompt PromptBranch
    BoxHead DecoderLayer TransformerLayer AnchorDetect AnchorSegment AnchorProto
    """.split()
)
"""Blocks that modules are made of, and that no row names."""
NEWER_HEADS = frozenset(("C3k2", "A2C2f", "C2fCIB"))
"""A file with one of these has the newer branch of classes in its heads."""
MASKS: Mapping[str, str] = {
    "Segment": "Proto",
    "Segment26": "Proto26",
    "YOLOESegment": "Proto",
    "YOLOESegment26": "Proto26",
    "AnchorSegment": "AnchorProto",
}
"""Heads beside which a module makes the masks that all instances are mixed of."""
OF_ANCHORS: Mapping[str, str] = {"Detect": "AnchorDetect", "Segment": "AnchorSegment"}
"""The heads of YOLOv5's own files, which predict a box for each anchor."""
SPECIAL = ("Concat", "CBLinear", "CBFuse", "TorchVision")
"""Modules that are no blocks."""
TORCHVISION = (
    *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    *("resnext50_32x4d", "wide_resnet50_2"),
)
"""Networks of torchvision that are shipped here."""
CUTS: Mapping[int, str] = {2: "conv5", 3: "conv4", 4: "conv3", 5: "conv2"}
"""By how many of a ResNet's last children are left out, the last that is not."""
LAYERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "nn.BatchNorm2d": ("batch_norm", ("",)),
    "nn.Conv2d": (
        "conv2d",
        ("", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias"),
    ),
    "nn.ConvTranspose2d": (
        "conv_transpose2d",
        ("out_channels", "kernel_size", "stride", "padding", "output_padding", "groups", "bias"),
    ),
    "nn.Dropout": ("dropout", ("",)),
    "nn.Identity": ("identity", ()),
    "nn.MaxPool2d": ("max_pool2d", ("kernel_size", "stride", "padding", "dilation")),
    "nn.AvgPool2d": ("avg_pool2d", ("kernel_size", "stride", "padding", "ceil_mode")),
    "nn.Upsample": ("upsample", ("size", "scale_factor", "mode")),
    "nn.ZeroPad2d": ("zero_pad2d", ("padding",)),
    **{f"nn.{name}": (word, ("",)) for name, word in ACTIVATIONS.items() if word != "none"},
}
"""Modules of PyTorch: our layer, and its fields in the order of the args; an empty one counts for
nothing. Ultralytics gives channels that are read to few of them: nn.Conv2d has both in its args."""


def activation_word(text: str) -> str | None:
    """The layer that a text such as nn.ReLU() means; None where it is not known."""
    match = _ACTIVATION.fullmatch(text)
    return ACTIVATIONS.get(match[1]) if match else None
