"""Upsampling, by interpolation."""

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer
from costcalc.layers.convolution import for_each, spread
from costcalc.layers.fields import Sizes, sizes, word
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape


class Upsample(Layer, type="upsample", family="upsamplings"):
    """A larger map, by a whole scale_factor or to a size; nearest or bilinear.

    Shapes: (channels, *sides) -> (channels, *sides) times scale_factor, or (channels, *size).
    Errors: neither or both of scale_factor and size are given.
    Source: PyTorch's Upsample.
    """

    scale_factor: Sizes | None = sizes(None, shown_default="from size").means(
        "how many times as high and wide the output is", "times"
    )
    size: Sizes | None = sizes(None, shown_default="from scale_factor")
    mode: str = word(("nearest", "bilinear"), "nearest").means("how new elements are found")

    def output(self, x: TensorShape) -> TensorShape:
        if (self.scale_factor is None) == (self.size is None):
            raise CostcalcError("upsample needs either scale_factor or size")
        if self.size is not None:
            return x.with_sides(for_each(self.size, x))
        factors = for_each(self.scale_factor, x)
        return x.with_sides(
            side * factor for side, factor in zip(spread(x, len(factors)), factors, strict=True)
        )

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """nearest: 0, since it copies; bilinear: 1 per output element and neighbour, of which
        there are 2 on a sequence, 4 on a map with height and width, 8 on a volume."""
        return 2 ** len(out.sides) * out.elements if self.mode == "bilinear" else 0
