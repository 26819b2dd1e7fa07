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

__all__ = ["FAMILIES", "LAYERS", "Field", "Layer"]

FAMILIES = (
    convolution,
    linear,
    normalization,
    activation,
    pooling,
    merge,
    reshape,
    resize,
    attention,
)
"""The modules in the order in which their layers are listed."""
