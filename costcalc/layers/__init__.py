"""The layer types. A file that is imported here registers the layers that it defines."""

from costcalc.layers import (  # noqa: F401  (in the order in which layers are listed)
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
from costcalc.layers.base import FAMILIES, LAYERS, Layer
from costcalc.layers.fields import Field

__all__ = ["FAMILIES", "LAYERS", "Field", "Layer"]
