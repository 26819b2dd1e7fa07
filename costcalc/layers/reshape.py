"""Reshapes: they move, cut or pad elements and compute nothing."""

from operator import le

from costcalc.errors import CostcalcError
from costcalc.layers.axis import along, axis_of, single, size_along
from costcalc.layers.base import Layer, SameShape, check_divides, numbered
from costcalc.layers.convolution import for_each, spread
from costcalc.layers.fields import (
    REQUIRED,
    Around,
    Field,
    Sizes,
    around,
    show,
    size,
    sizes,
)
from costcalc.numeric.exact import (
    Number,
    ceil_div,
    divides,
    equal,
    holds,
    is_positive,
    sum_of,
)
from costcalc.shapes import TensorShape


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

    def output(self, x: TensorShape) -> TensorShape:
        check_divides("groups", self.groups, "channels", x.channels)
        return x


class Flatten(Layer, type="flatten", family="reshapes"):
    """All elements as one vector.

    Shapes: (channels, *sides) -> (channels * positions): a vector.
    Source: PyTorch's Flatten.
    """

    def output(self, x: TensorShape) -> TensorShape:
        return TensorShape(x.elements, (), x.batch)


class Slice(Layer, type="slice", family="reshapes"):
    """The places from start up to (not including) stop, along the channels or a side.

    Shapes: the side of the axis becomes (stop - start) / step, rounded up.
    Errors: the part is empty, or does not lie within the map.
    Source: Python's and PyTorch's slicing.
    """

    axis: int | str = along()
    start: Number = size(0, minimum=None).means(
        "the first place that is kept; below 0 it counts from the end", "index"
    )
    stop: Number = size(None, minimum=None, shown_default="the whole side").means(
        "the place behind the last that is kept; below 0 it counts from the end", "index"
    )
    step: Number = size(1).means("from one place that is kept to the next", "places")

    def output(self, x: TensorShape) -> TensorShape:
        axis = axis_of(self.axis, len(x.sides))
        dims = list(x.dims)
        side = dims[axis]
        start = _from_the_front(self.start, side)
        stop = side if self.stop is None else _from_the_front(self.stop, side)
        if not (holds(start >= 0) and holds(start < stop) and holds(stop <= side)):
            bounds = (self.start, 0 if self.stop is None else self.stop)
            raise CostcalcError(
                f"slice [{start}, {stop}) does not lie within {size_along(axis, x)}",
                hint=None
                if all(holds(bound >= 0) for bound in bounds)
                else "bounds below 0 count from the end",
            )
        dims[axis] = ceil_div(stop - start, self.step)
        return TensorShape(dims[0], dims[1:], x.batch)


def _from_the_front(place: Number, side: Number) -> Number:
    """A place of a side, which below 0 counts from its end."""
    return place + side * is_positive(-place)


MAX_PARTS = 1_000


_WHOLE: Field = size()


def _parts(value: object) -> int | Sizes:
    if isinstance(value, (list, tuple)):
        if not 1 <= len(value) <= MAX_PARTS:
            raise CostcalcError(f"must be 1 to {MAX_PARTS:,} sizes, not {len(value):,}")
        return tuple(_WHOLE.convert(size) for size in value)
    count = single(_WHOLE.convert(value), 1)
    if count > MAX_PARTS:
        raise CostcalcError(f"must be at most {MAX_PARTS:,}, not {show(count)}")
    return count


class Split(Layer, type="split", family="reshapes"):
    """Several maps: equal parts of one, or parts of given sizes, along the channels or a side.

    Shapes: (channels, *sides) -> as many maps as parts, which share the side of the axis.
    Errors: the parts are not equal, or the sizes do not add up to the side.
    Source: PyTorch's chunk and split.
    """

    parts: int | Sizes = Field("parts", _parts, REQUIRED, minimum=1).means(
        "how many equal parts, or a list of their sizes", "parts"
    )
    axis: int | str = along()

    number = 0
    """Which of the parts it hands on: a layer has one output, so that each part is a layer."""
    makes_several = True

    def each(self) -> list[Layer]:
        count = self.parts if isinstance(self.parts, int) else len(self.parts)
        made = [type(self)(vars(self)) for _ in range(count)]
        for number, part in enumerate(made):
            part.number = number
        return list(made)

    def output(self, x: TensorShape) -> TensorShape:
        axis = axis_of(self.axis, len(x.sides))
        dims, parts = list(x.dims), self.parts
        side, what = dims[axis], size_along(axis, x)
        if isinstance(parts, int):
            if not divides(parts, side):
                verb = "does" if axis else "do"
                raise CostcalcError(
                    f"split: {what} {verb} not divide into {parts} equal parts",
                    hint="a list has the size of each: parts: [...]",
                )
            dims[axis] = side // parts
        else:
            if not equal(sum_of(parts), side):
                sizes = " + ".join(map(str, parts[:20])) + (" + ..." if len(parts) > 20 else "")
                raise CostcalcError(f"split: {sizes} are not {what}")
            dims[axis] = parts[self.number]
        return TensorShape(dims[0], dims[1:], x.batch)


class CenterCrop(Layer, type="center_crop", family="reshapes"):
    """The middle of the first map, cut to `size` or to the size of a second map.

    Shapes: (channels, *sides) -> (channels, *size).
    Errors: neither or both of size and a second map are given; the part is larger than the map.
    Source: Ronneberger et al. 2015, arXiv:1505.04597, Figure 1 (copy and crop).
    """

    size: Sizes | None = sizes(None, shown_default="the second map's size")

    inputs = (1, 2)

    def output(self, x: TensorShape, like: TensorShape | None = None) -> TensorShape:
        if (self.size is None) == (like is None):
            raise CostcalcError(
                "center_crop needs either size or a second map",
                hint="from: [map, map_of_that_size], or size: [height, width]",
            )
        size = (like or x).sides if self.size is None else for_each(self.size, x)
        if len(size) != len(x.sides) or not all(map(holds, map(le, size, x.sides))):
            raise CostcalcError(f"{'×'.join(map(str, size))} cannot be cut out of a {x} map")
        return x.with_sides(size)


class ZeroPad(Layer, type="zero_pad", family="reshapes"):
    """Zeros around the map: a number, one for each side or two for each side.

    Shapes: (channels, *sides) -> (channels, *sides), each side with what is put before and after.
    Source: PyTorch's ZeroPad2d.
    """

    padding: Around = around().means("zeros around the map", "elements")

    def output(self, x: TensorShape) -> TensorShape:
        sides = zip(spread(x, len(self.padding)), self.padding, strict=True)
        return x.with_sides(side + before + after for side, (before, after) in sides)


ZeroPad1d, ZeroPad2d, ZeroPad3d = numbered(ZeroPad)


class Tokens(Layer, type="tokens", family="reshapes", sides=2):
    """A map as tokens: its patch x patch squares in a row; each place of a square is a sample.

    Shapes: (channels, height, width) -> (channels, height * width / patch², 1), of patch² times as
    many samples.
    Errors: the patches do not fill the map.
    Source: Dosovitskiy et al. 2020, arXiv:2010.11929, section 3.1; Mehta and Rastegari 2021,
    arXiv:2110.02178, Figure 1 (unfold).
    """

    patch: Sizes = sizes(1).means("height and width of a patch", "elements")

    moves_batch = True

    def output(self, x: TensorShape) -> TensorShape:
        height, width = self.patch
        rows, columns = spread(x, 2)
        if not (divides(height, rows) and divides(width, columns)):
            raise CostcalcError(
                f"patches of {height}×{width} do not fill a {x} map",
                hint="rearrange: {pattern: b c (h p) (w q) -> (b p q) c (h w), p: 2, q: 2, "
                "pad: true, layers: [...]} fills sides up",
            )
        tokens = rows // height * (columns // width)
        return TensorShape(x.channels, (tokens, 1), _in_samples(x, height * width))


def _in_samples(x: TensorShape, places: Number) -> Number | None:
    """As many samples as a map has where so many places of each become samples."""
    return x.batch if type(places) is int and places == 1 else x.samples * places


class Untokens(Layer, type="untokens", family="reshapes"):
    """Tokens as a map again, the places of a patch out of the samples too.

    Shapes: (channels, n, 1) -> (channels, height, width), of height * width / n times fewer
    samples.
    Errors: the tokens do not make such a map.
    Source: Mehta and Rastegari 2021, arXiv:2110.02178, Figure 1 (fold).
    """

    height: Number = size().means("height of the map that the tokens become", "elements")
    width: Number = size().means("width of the map that the tokens become", "elements")

    moves_batch = True

    def output(self, x: TensorShape) -> TensorShape:
        sides = (self.height, self.width)
        samples, positions = x.samples, self.height * self.width
        if type(samples) is int and samples == 1:
            fits, batch = equal(x.positions, positions), x.batch
        else:
            places = positions // x.positions
            fits = equal(x.positions * places, positions) and divides(places, samples)
            batch = samples // places
        if not fits:
            raise CostcalcError(f"{x} tokens do not make a map of {self.height}×{self.width}")
        return TensorShape(x.channels, sides, batch)
