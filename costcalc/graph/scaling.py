"""Scale declared widths by the width multiplier alpha .

MobileNet paper (arXiv:1704.04861), section 3.3; docs/language.md, "Alpha and rho".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from costcalc.errors import CostcalcError
from costcalc.layers.fields import show
from costcalc.numeric.base import AbstractNumber, Condition
from costcalc.numeric.exact import (
    Number,
    divides,
    divisible,
    floor,
    holds,
    maximum,
    nearest_integer,
    rounded,
)

if TYPE_CHECKING:
    from costcalc.language.declared import Rounding


def scaler(alpha: Number, rounding: Rounding) -> Callable[[Number], Number]:
    """Make `scaled`, which turns a declared width times alpha into a number of channels."""
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
