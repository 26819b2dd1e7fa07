"""Upsampling, by interpolation."""

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer
from costcalc.layers.fields import Pair, pair, word
from costcalc.numeric.exact import Number
from costcalc.shapes import FeatureMap


class Upsample(Layer, type="upsample", family="upsamplings"):
    """A larger map, by a whole scale_factor or to a size; nearest or bilinear.

    Shapes: (channels, height, width) -> (channels, height * scale_factor, ...) or (channels, size).
    Errors: neither or both of scale_factor and size are given.
    Source: PyTorch's Upsample.
    """

    scale_factor: Pair = pair(None, shown_default="from size").means(
        "how many times as high and wide the output is", "times"
    )
    size: Pair = pair(None, shown_default="from scale_factor")
    mode: str = word(("nearest", "bilinear"), "nearest").means("how new elements are found")

    def output(self, x: FeatureMap) -> FeatureMap:
        if (self.scale_factor is None) == (self.size is None):
            raise CostcalcError("upsample needs either scale_factor or size")
        if self.size is not None:
            return FeatureMap(x.channels, *self.size)
        return FeatureMap(
            x.channels, x.height * self.scale_factor[0], x.width * self.scale_factor[1]
        )

    def other_ops(self, out: FeatureMap, x: FeatureMap) -> Number:
        """nearest: 0, since it copies; bilinear: 4 per output element, one per neighbour."""
        return 4 * out.elements if self.mode == "bilinear" else 0
