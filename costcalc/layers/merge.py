"""Merges: several maps become one."""

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer
from costcalc.layers.fields import size
from costcalc.numeric.exact import Number, equal, maximum, minimum
from costcalc.shapes import FeatureMap

AXES = ("channels", "height", "width")
_PLURAL = ("channels", "heights", "widths")


class Elementwise(Layer, family="merges"):
    inputs = (2, None)

    def other_ops(self, out: FeatureMap, *maps: FeatureMap) -> Number:
        """maps - 1 per output element."""
        return (len(maps) - 1) * out.elements


class Add(Elementwise, type="add"):
    """Sum of maps of one shape.

    Shapes: n times (channels, height, width) -> (channels, height, width).
    Errors: the maps differ in shape.
    Source: He et al. 2015, arXiv:1512.03385, equation 1.
    """

    def output(self, *maps: FeatureMap) -> FeatureMap:
        first = maps[0]
        if not all(same_shape(first, other) for other in maps[1:]):
            raise CostcalcError(
                f"add needs maps of one shape, not {' and '.join(map(str, maps))}",
                hint="a pointwise_conv2d on one branch fits channels, a stride fits sizes",
            )
        return first


class Multiply(Elementwise, type="multiply"):
    """Product of maps; a side of 1 spreads over the others', as a gate over its map.

    Shapes: (channels, height, width) and (channels or 1, height or 1, width or 1) -> the larger.
    Errors: two sides differ and neither is 1.
    Source: Hu et al. 2017, arXiv:1709.01507, equation 4.
    """

    def output(self, *maps: FeatureMap) -> FeatureMap:
        out = FeatureMap(*(maximum(*sides) for sides in zip(*maps, strict=True)))
        for axis in range(3):
            for x in maps:
                # From 1 to the largest: nothing is left to one of the two.
                if not equal(minimum(x[axis] - 1, out[axis] - x[axis]), 0):
                    raise CostcalcError(
                        f"multiply cannot fit maps of {' and '.join(map(str, maps))}: "
                        f"the {_PLURAL[axis]} differ, and none is 1"
                    )
        return out


class Concat(Layer, type="concat", family="merges"):
    """Maps one after the other along the channels (axis 0), the height (1) or the width (2).

    Shapes: n maps that agree but for one axis -> a map with the sum of their sides on it.
    Errors: the maps differ along another axis.
    Source: Szegedy et al. 2014, arXiv:1409.4842, Figure 2.
    """

    axis: int = size(0, minimum=0)

    inputs = (1, None)

    def output(self, *maps: FeatureMap) -> FeatureMap:
        check_axis(self.axis)
        first = maps[0]
        for other in maps[1:]:
            for axis in range(3):
                if axis != self.axis and not equal(other[axis], first[axis]):
                    raise CostcalcError(
                        f"concat along the {AXES[self.axis]} cannot fit maps of "
                        f"{' and '.join(map(str, maps))}: the {_PLURAL[axis]} differ"
                    )
        total = sum(x[self.axis] for x in maps)
        return first._replace(**{AXES[self.axis]: total})


def check_axis(axis: int) -> None:
    if axis > 2:
        raise CostcalcError(f"axis must be 0 (channels), 1 (height) or 2 (width), not {axis}")


def same_shape(left: FeatureMap, right: FeatureMap) -> bool:
    return all(equal(a, b) for a, b in zip(left, right, strict=True))
