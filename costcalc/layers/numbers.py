"""Maps that read nothing: trained numbers, and constant ones."""

from typing import Any

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer
from costcalc.layers.fields import REQUIRED, Field, show, size
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape

MAX_SIDES = 30
_SIDE: Field = size()


def _shape(value: Any) -> TensorShape:
    listed = list(value) if isinstance(value, (list, tuple, TensorShape)) else [value]
    if not 1 <= len(listed) <= 1 + MAX_SIDES:
        raise CostcalcError(
            f"must be channels and up to {MAX_SIDES} sides, not {show(value)}", hint="[64, 14, 14]"
        )
    channels, *sides = map(_SIDE.convert, listed)
    return TensorShape(channels, sides, batch=None)


class Numbers(Layer, family="embeddings"):
    """A map that reads nothing and is the same for all samples, so that it has no batch."""

    shape: TensorShape = Field("shape", _shape, REQUIRED, minimum=1).means(
        "channels and sides of the map", "elements"
    )

    inputs = (0, 0)
    moves_batch = True

    def output(self) -> TensorShape:
        return self.shape


class Parameter(Numbers, type="parameter"):
    """A map of trained numbers, which reads nothing.

    What is computed from it alone is computed once, and not for each sample of a batch.

    Shapes: -> shape.
    Source: PyTorch's nn.Parameter.
    """

    def params(self, out: TensorShape) -> Number:
        """1 per element."""
        return out.elements


class Constant(Numbers, type="constant"):
    """A map of numbers that nobody trains or counts, such as a mask or a grid of coordinates.

    Shapes: -> shape.
    Source: PyTorch's register_buffer.
    """
