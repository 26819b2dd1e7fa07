"""The two global knobs: the width multiplier alpha and the resolution multiplier rho (rule 3).

MobileNet paper (arXiv:1704.04861), sections 3.3 and 3.4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from costcalc.errors import CostcalcError
from costcalc.layers.fields import show
from costcalc.numeric.base import AbstractNumber, Condition
from costcalc.numeric.exact import (
    Number,
    divides,
    divisible,
    equal,
    floor,
    holds,
    maximum,
    nearest_integer,
    rounded,
    whole,
)
from costcalc.shapes import FeatureMap

if TYPE_CHECKING:
    from costcalc.language.network_file import Rounding, Shape


class Knobs:
    """alpha, and the resolution as rho or as a size; None is what the file says."""

    def __init__(
        self,
        alpha: Number | None = None,
        rho: Number | None = None,
        resolution: tuple[Number, Number] | None = None,
    ) -> None:
        self.alpha = alpha
        self.rho = rho
        self.resolution = resolution

    def inputs(self, shapes: Mapping[str, Shape]) -> dict[str, FeatureMap]:
        """The inputs at this resolution (rule 3); a vector has none."""
        return {name: self._input(shape) for name, shape in shapes.items()}

    def _input(self, shape: Shape) -> FeatureMap:
        if len(shape) == 1:
            return FeatureMap(shape[0], 1, 1)
        channels, height, width = shape
        if self.resolution is not None:
            height, width = self.resolution
        elif self.rho is not None:
            height = maximum(1, nearest_integer(self.rho * height))
            width = maximum(1, nearest_integer(self.rho * width))
        return FeatureMap(channels, height, width)

    def ratio(self, shapes: Mapping[str, Shape]) -> Number | None:
        """rho: as given, or of the resolution to the file's; None if the sides' ratios differ."""
        if self.resolution is None:
            return 1 if self.rho is None else self.rho
        ratios = [
            new * Fraction(1, old)
            for shape in shapes.values()
            if len(shape) == 3
            for new, old in zip(self.resolution, shape[1:], strict=True)
        ]
        if not all(equal(ratio, ratios[0]) for ratio in ratios[1:]):
            return None
        return whole(ratios[0]) if ratios else 1


def scaler(alpha: Number, rounding: Rounding) -> Callable[[Number], Number]:
    """`scaled`: a declared width times alpha as a channel count (rules 3 and 22)."""
    rule, divisor = rounding

    def compute(width: Number) -> Number:
        if not holds(width >= 0):
            raise CostcalcError(f"a width must be at least 0, not {show(width)}")
        if isinstance(width, AbstractNumber):
            is_zero = width == 0
            if isinstance(is_zero, Condition):
                is_zero = is_zero.decide()
            if is_zero is not False:
                return 0 if is_zero is True else is_zero.select(0, at_least_one(width))
        return at_least_one(width)

    def at_least_one(width: Number) -> Number:
        scaled = alpha * width
        if rule == "divisor":
            return divisible(scaled, divisor)
        if rule == "exact" and not divides(1, scaled):
            raise CostcalcError(
                f"rounding: exact, and alpha {alpha} times the width {width} is {scaled}"
            )
        to_integer = nearest_integer if rule == "nearest" else floor
        return rounded(lambda exact: maximum(1, to_integer(exact)), scaled)

    known: dict[Number, Number] = {0: 0}

    def scaled(width: Number) -> Number:
        if type(width) is not int:
            return compute(width)
        if width not in known:
            known[width] = compute(width)
        return known[width]

    return scaled
