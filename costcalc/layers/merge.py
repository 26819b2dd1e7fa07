"""Merges: several maps become one."""

from collections.abc import Sequence

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer
from costcalc.layers.fields import either, size
from costcalc.numeric.exact import Number, equal, maximum, minimum
from costcalc.shapes import TensorShape, aligned, axis_names


class Elementwise(Layer, family="merges"):
    inputs = (2, None)

    def other_ops(self, out: TensorShape, *maps: TensorShape) -> Number:
        """maps - 1 per output element."""
        return (len(maps) - 1) * out.elements


class Add(Elementwise, type="add"):
    """Sum of maps of one shape.

    Shapes: n times (channels, *sides) -> (channels, *sides); a map may lack sides of 1 at the end.
    Errors: the maps differ in shape.
    Source: He et al. 2015, arXiv:1512.03385, equation 1.
    """

    def output(self, *maps: TensorShape) -> TensorShape:
        first = max(maps, key=lambda x: len(x.sides))  # the first of the longest
        if not all(other is first or same_shape(first, other) for other in maps):
            raise CostcalcError(
                f"add needs maps of one shape, not {' and '.join(map(str, maps))}",
                hint="a pointwise_conv on one branch fits channels, a stride fits sizes",
            )
        return first


class Multiply(Elementwise, type="multiply"):
    """Product of maps; a side of 1 spreads over the others', as a gate over its map.

    Shapes: (channels, *sides) and the same or 1 in the place of each -> the larger.
    Errors: two sides differ and neither is 1.
    Source: Hu et al. 2017, arXiv:1709.01507, equation 4.
    """

    def output(self, *maps: TensorShape) -> TensorShape:
        dims = aligned(maps)
        out = [maximum(*sides) for sides in zip(*dims, strict=True)]
        for axis, side in enumerate(out):
            for own in dims:
                # From 1 to the largest: nothing is left to one of the two.
                if not equal(minimum(own[axis] - 1, side - own[axis]), 0):
                    raise CostcalcError(
                        f"multiply cannot fit maps of {' and '.join(map(str, maps))}: "
                        f"the {_plural(axis, len(out) - 1)} differ, and none is 1"
                    )
        return TensorShape(out[0], out[1:])


class Concat(Layer, type="concat", family="merges"):
    """Maps one after the other along the channels (axis 0) or a side (1 and more).

    Shapes: n maps that agree but for one axis -> a map with the sum of their sides on it.
    Errors: the maps differ along another axis.
    Source: Szegedy et al. 2014, arXiv:1409.4842, Figure 2.
    """

    axis: int = size(0, minimum=0)

    inputs = (1, None)

    def output(self, *maps: TensorShape) -> TensorShape:
        first, *others = dims = aligned(maps)
        names = check_axis(self.axis, len(first) - 1)
        for other in others:
            for axis, (own, side) in enumerate(zip(other, first, strict=True)):
                if axis != self.axis and not equal(own, side):
                    raise CostcalcError(
                        f"concat along the {names[self.axis]} cannot fit maps of "
                        f"{' and '.join(map(str, maps))}: "
                        f"the {_plural(axis, len(first) - 1)} differ"
                    )
        out = list(first)
        out[self.axis] = sum(own[self.axis] for own in dims)
        return TensorShape(out[0], out[1:])


def check_axis(axis: int, sides: int) -> Sequence[str]:
    """The names of a map's axes. Raises CostcalcError for an axis that it lacks."""
    names = axis_names(sides)
    if axis >= len(names):
        known = [f"{number} ({name})" for number, name in enumerate(names)]
        raise CostcalcError(f"axis must be {either(known)}, not {axis}")
    return names


def _plural(axis: int, sides: int) -> str:
    name = axis_names(sides)[axis]
    return name if name == "channels" else f"{name}s"


def same_shape(left: TensorShape, right: TensorShape) -> bool:
    """Whether maps have the same sides; one may lack sides of 1 at the end."""
    if len(left.sides) == len(right.sides):
        return equal(left.channels, right.channels) and all(map(equal, left.sides, right.sides))
    return all(map(equal, *aligned([left, right])))
