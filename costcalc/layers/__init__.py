"""The layer types, a file a family. Importing a file here registers the layers that it defines."""

from costcalc.layers import (  # noqa: F401
    activation,
    attention,
    convolution,
    einsum,
    embedding,
    linear,
    local,
    merge,
    mixture,
    normalization,
    numbers,
    pooling,
    rearrange,
    recurrent,
    reduction,
    regularization,
    reshape,
    upsampling,
)
from costcalc.layers.base import FAMILIES, LAYERS, Layer
from costcalc.layers.fields import Field

__all__ = ["FAMILIES", "LAYERS", "Field", "Layer"]
