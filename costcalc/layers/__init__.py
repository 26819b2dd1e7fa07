"""The layer types: one file a family. A file added here is registered by its import below."""

from costcalc.layers import (
    activation,
    attention,
    convolution,
    linear,
    merge,
    normalization,
    pooling,
    reshape,
    resize,
)
from costcalc.layers.base import LAYERS, Layer
from costcalc.layers.fields import Field

__all__ = [
    "LAYERS",
    "Field",
    "Layer",
    "activation",
    "attention",
    "convolution",
    "linear",
    "merge",
    "normalization",
    "pooling",
    "reshape",
    "resize",
]
