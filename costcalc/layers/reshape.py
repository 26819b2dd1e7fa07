"""Reshapes: they move, cut or pad elements and compute nothing."""

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer, SameShape, check_divides
from costcalc.layers.fields import Pair, Sides, pair, sides, size
from costcalc.layers.merge import AXES, check_axis
from costcalc.numeric.exact import Number, divides, equal, holds
from costcalc.shapes import FeatureMap


class Identity(SameShape, type="identity", family="reshapes"):
    """The map as it is.

    Shapes: unchanged.
    Source: PyTorch's Identity.
    """

    between_convolutions = True


class ChannelShuffle(SameShape, type="channel_shuffle", family="reshapes"):
    """Channels in the order in which groups take turns: one of each group, then the next of each.

    Shapes: unchanged.
    Errors: groups do not divide the channels.
    Source: Zhang et al. 2017, arXiv:1707.01083, Figure 1.
    """

    groups: Number = size().means("groups that the channels are dealt between", "groups")

    def output(self, x: FeatureMap) -> FeatureMap:
        check_divides("groups", self.groups, "channels", x.channels)
        return x


class Flatten(Layer, type="flatten", family="reshapes"):
    """All elements as one vector.

    Shapes: (channels, height, width) -> (channels * height * width, 1, 1).
    Source: PyTorch's Flatten.
    """

    def output(self, x: FeatureMap) -> FeatureMap:
        return FeatureMap(x.elements, 1, 1)


class Slice(Layer, type="slice", family="reshapes"):
    """The part from start up to (not including) stop, along channels, height or width.

    Shapes: the side of the axis (0 channels, 1 height, 2 width) becomes stop - start.
    Errors: the part is empty, or does not lie within the map.
    Source: Python's and PyTorch's slicing.
    """

    axis: int = size(0, minimum=0)
    start: Number = size(0, minimum=0).means("the first place that is kept", "index")
    stop: Number = size(None, shown_default="the whole side").means(
        "the place behind the last that is kept", "index"
    )

    def output(self, x: FeatureMap) -> FeatureMap:
        check_axis(self.axis)
        side = x[self.axis]
        stop = side if self.stop is None else self.stop
        if not (holds(self.start < stop) and holds(stop <= side)):
            raise CostcalcError(
                f"slice [{self.start}, {stop}) does not lie within the {side} of the "
                f"map's {AXES[self.axis]}"
            )
        return x._replace(**{AXES[self.axis]: stop - self.start})


class CenterCrop(Layer, type="center_crop", family="reshapes"):
    """The middle of the first map, cut to `size` or to the size of a second map.

    Shapes: (channels, height, width) -> (channels, size).
    Errors: neither or both of size and a second map are given; the part is larger than the map.
    Source: Ronneberger et al. 2015, arXiv:1505.04597, Figure 1 (copy and crop).
    """

    size: Pair = pair(None, shown_default="the second map's size")

    inputs = (1, 2)

    def output(self, x: FeatureMap, like: FeatureMap | None = None) -> FeatureMap:
        if (self.size is None) == (like is None):
            raise CostcalcError(
                "center_crop needs either size or a second map",
                hint="from: [map, map_of_that_size], or size: [height, width]",
            )
        height, width = self.size or (like or x)[1:]
        if not (holds(height <= x.height) and holds(width <= x.width)):
            raise CostcalcError(f"{height}×{width} cannot be cut out of a {x} map")
        return FeatureMap(x.channels, height, width)


class ZeroPad2d(Layer, type="zero_pad2d", family="reshapes"):
    """Zeros around the map: a number, [height, width] or [top, bottom, left, right].

    Shapes: (channels, height, width) -> (channels, height + top + bottom, width + left + right).
    Source: PyTorch's ZeroPad2d.
    """

    padding: Sides = sides().means("zeros around the map", "elements")

    def output(self, x: FeatureMap) -> FeatureMap:
        top, bottom, left, right = self.padding
        return FeatureMap(x.channels, x.height + top + bottom, x.width + left + right)


class Tokens(Layer, type="tokens", family="reshapes"):
    """A map as tokens: its patch x patch squares in a row, the places within one side by side.

    Shapes: (channels, height, width) -> (channels, height * width / patch², patch²).
    Errors: the patches do not fill the map.
    Source: Dosovitskiy et al. 2020, arXiv:2010.11929, section 3.1; Mehta and Rastegari 2021,
    arXiv:2110.02178, Figure 1 (unfold).
    """

    patch: Pair = pair(1).means("height and width of a patch", "elements")

    def output(self, x: FeatureMap) -> FeatureMap:
        height, width = self.patch
        if not (divides(height, x.height) and divides(width, x.width)):
            raise CostcalcError(f"patches of {height}×{width} do not fill a {x} map")
        return FeatureMap(x.channels, x.height // height * (x.width // width), height * width)


class Untokens(Layer, type="untokens", family="reshapes"):
    """Tokens as a map again.

    Shapes: (channels, n, p) -> (channels, height, width), where n * p = height * width.
    Errors: n * p is not height * width.
    Source: Mehta and Rastegari 2021, arXiv:2110.02178, Figure 1 (fold).
    """

    height: Number = size().means("height of the map that the tokens become", "elements")
    width: Number = size().means("width of the map that the tokens become", "elements")

    def output(self, x: FeatureMap) -> FeatureMap:
        if not equal(x.area, self.height * self.width):
            raise CostcalcError(f"{x} tokens do not make a map of {self.height}×{self.width}")
        return FeatureMap(x.channels, self.height, self.width)
