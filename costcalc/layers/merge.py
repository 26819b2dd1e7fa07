"""Merges: several maps become one."""

from costcalc.errors import CostcalcError
from costcalc.layers.axis import along, axis_of
from costcalc.layers.base import Layer
from costcalc.layers.fields import word
from costcalc.numeric.exact import Number, equal, maximum, minimum
from costcalc.shapes import TensorShape, aligned, axis_names


class Elementwise(Layer, family="merges"):
    inputs = (2, None)

    def other_ops(self, out: TensorShape, *maps: TensorShape) -> Number:
        """maps - 1 per output element."""
        return (len(maps) - 1) * out.elements


class OfOneShape(Elementwise):
    """What merges maps of one shape."""

    def output(self, *maps: TensorShape) -> TensorShape:
        first = max(maps, key=lambda x: len(x.sides))  # the first of the longest
        if not all(other is first or same_shape(first, other) for other in maps):
            raise CostcalcError(
                f"{self.type} needs maps of one shape, not {' and '.join(map(str, maps))}",
                hint="a pointwise_conv on one branch fits channels, a stride fits sizes",
            )
        return first


class Spreading(Elementwise):
    """What merges maps of which a side of 1 spreads over the others'."""

    def output(self, *maps: TensorShape) -> TensorShape:
        dims = aligned(maps)
        out = [maximum(*sides) for sides in zip(*dims, strict=True)]
        for axis, side in enumerate(out):
            for own in dims:
                # From 1 to the largest: nothing is left to one of the two.
                if not equal(minimum(own[axis] - 1, side - own[axis]), 0):
                    raise CostcalcError(
                        f"{self.type} cannot fit maps of {' and '.join(map(str, maps))}: "
                        f"the {_plural(axis, len(out) - 1)} differ, and none is 1"
                    )
        return TensorShape(out[0], out[1:])


class Add(OfOneShape, type="add"):
    """Sum of maps of one shape.

    Shapes: n times (channels, *sides) -> (channels, *sides); a map may lack sides of 1 at the end.
    Errors: the maps differ in shape.
    Source: He et al. 2015, arXiv:1512.03385, equation 1.
    """


class Subtract(OfOneShape, type="subtract"):
    """The first map less all others, of one shape.

    Shapes: as of add.
    Errors: as of add.
    Source: PyTorch's torch.sub.
    """


class Maximum(OfOneShape, type="maximum"):
    """The largest of the maps' elements at each place, of maps of one shape.

    Shapes: as of add.
    Errors: as of add.
    Source: Goodfellow et al. 2013, arXiv:1302.4389 (maxout); PyTorch's torch.maximum.
    """


class Minimum(OfOneShape, type="minimum"):
    """The least of the maps' elements at each place, of maps of one shape.

    Shapes: as of add.
    Errors: as of add.
    Source: PyTorch's torch.minimum.
    """


class Multiply(Spreading, type="multiply"):
    """Product of maps; a side of 1 spreads over the others', as a gate over its map.

    Shapes: (channels, *sides) and the same or 1 in the place of each -> the larger.
    Errors: two sides differ and neither is 1.
    Source: Hu et al. 2017, arXiv:1709.01507, equation 4.
    """


class Divide(Spreading, type="divide"):
    """The first map divided by all others; a side of 1 spreads over the others'.

    Shapes: as of multiply.
    Errors: as of multiply.
    Source: PyTorch's torch.div.
    """


FUNCTIONS = (
    *("abs", "negate", "sign", "reciprocal", "square", "sqrt", "power", "exp", "log", "erf"),
    *("floor", "ceil", "round", "sin", "cos", "tan", "arctan", "sinh", "cosh", "softplus"),
    *("softsign", "clip", "quantize", "compare", "logic", "select", "remainder"),
)


class OfEachElement(Spreading, type="elementwise"):
    """A function of each element of a map, or of the elements of several at each place.

    What has a type of its own, such as an activation or a sum, is better written as that.

    Shapes: unchanged; of several maps as of multiply.
    Errors: as of multiply.
    Source: NumPy's universal functions.
    """

    function: str = word(FUNCTIONS).means("what is computed; it changes no cost")

    inputs = (1, None)

    def output(self, *maps: TensorShape) -> TensorShape:
        return super().output(*maps) if len(maps) > 1 else maps[0]

    def other_ops(self, out: TensorShape, *maps: TensorShape) -> Number:
        """1 per output element; of several maps, maps - 1."""
        return (len(maps) - 1 or 1) * out.elements


class Concat(Layer, type="concat", family="merges"):
    """Maps one after the other along the channels or a side.

    Shapes: n maps that agree but for one axis -> a map with the sum of their sides on it.
    Errors: the maps differ along another axis.
    Source: Szegedy et al. 2014, arXiv:1409.4842, Figure 2.
    """

    axis: int | str = along()

    inputs = (1, None)

    def output(self, *maps: TensorShape) -> TensorShape:
        first, *others = dims = aligned(maps)
        along = axis_of(self.axis, len(first) - 1)
        for other in others:
            for axis, (own, side) in enumerate(zip(other, first, strict=True)):
                if axis != along and not equal(own, side):
                    raise CostcalcError(
                        f"concat along the {axis_names(len(first) - 1)[along]} cannot fit maps of "
                        f"{' and '.join(map(str, maps))}: "
                        f"the {_plural(axis, len(first) - 1)} differ"
                    )
        out = list(first)
        out[along] = sum(own[along] for own in dims)
        return TensorShape(out[0], out[1:])


def _plural(axis: int, sides: int) -> str:
    name = axis_names(sides)[axis]
    return name if name == "channels" else f"{name}s"


def same_shape(left: TensorShape, right: TensorShape) -> bool:
    """Whether maps have the same sides; one may lack sides of 1 at the end."""
    if len(left.sides) == len(right.sides):
        return equal(left.channels, right.channels) and all(map(equal, left.sides, right.sides))
    return all(map(equal, *aligned([left, right])))
