"""Operators and functions of expressions, for any kind of number.

A list may hold another many times over, through params, so nothing here walks a list.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.layers.fields import show
from costcalc.numeric.base import AbstractNumber, Condition
from costcalc.numeric.exact import (
    UNKNOWN,
    Number,
    ceil,
    divisible,
    floor,
    holds,
    maximum,
    minimum,
    nearest_integer,
    quotient,
    too_large,
    whole,
)


def require_numbers(symbol: str, left: Any, right: Any) -> None:
    for value in (left, right):
        if isinstance(value, (bool, str, list)) or not hasattr(value, "__floordiv__"):
            raise CostcalcError(f"'{symbol}' needs numbers, not {show(value)}")


def bounded(value: Number) -> Number:
    value = whole(value)
    if too_large(value):
        what = "fraction" if isinstance(value, Fraction) else "value"
        raise CostcalcError(f"a {what} has more than 100 digits")
    return value


def _remainder(left: Number, right: Number) -> Number:
    for value in (left, right):
        if isinstance(value, AbstractNumber):
            value.note_remainder(left, right)
    return left % right


ARITHMETIC: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "Add": ("+", lambda a, b: a + b),
    "Sub": ("-", lambda a, b: a - b),
    "Mult": ("*", lambda a, b: a * b),
    "Div": ("/", quotient),
    "FloorDiv": ("//", lambda a, b: a // b),
    "Mod": ("%", _remainder),
}
ORDERINGS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "Lt": ("<", lambda a, b: a < b),
    "LtE": ("<=", lambda a, b: a <= b),
    "Gt": (">", lambda a, b: a > b),
    "GtE": (">=", lambda a, b: a >= b),
}


def same(left: Any, right: Any) -> Any:
    if isinstance(left, list) or isinstance(right, list):
        raise CostcalcError("lists cannot be compared; compare their items")
    if isinstance(left, Condition) or isinstance(right, Condition):
        return _same_outcome(left, right)
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return left == right


def _same_outcome(left: Any, right: Any) -> Any:
    """Whether two outcomes are the same, of which one or both are undecided."""
    if isinstance(left, bool):
        left, right = right, left
    if isinstance(right, bool):
        return left if right else ~left
    if not (isinstance(left, Condition) and isinstance(right, Condition)):
        return False
    both: Any = (left, right)
    return (both[0] & both[1]) | (~both[0] & ~both[1])


def decided(condition: Any) -> Any:
    """The outcome of a comparison: a bool, or a Condition if its kind of number leaves it open."""
    return condition.decide() if isinstance(condition, Condition) else holds(condition)


def negated(outcome: Any) -> Any:
    return not outcome if type(outcome) is bool else ~outcome


def truth(value: Any, what: str) -> Any:
    """A condition's outcome, as `decided` has it."""
    if type(value) is bool:
        return value
    if isinstance(value, Condition):
        return value.decide()
    if value is not UNKNOWN:
        raise CostcalcError(
            f"{what} must be true or false, not {show(value)}", hint="compare it: n > 0"
        )
    return True


def _divisible(value: Number, divisor: Number = 8) -> Number:
    if not holds(divisor > 0):
        raise CostcalcError(f"divisible needs a divisor above 0, not {show(divisor)}")
    return divisible(value, divisor)


FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any] | None]] = {
    # name: (fewest arguments, most arguments, function)
    "min": (1, 20, partial(minimum, written=True)),
    "max": (1, 20, partial(maximum, written=True)),
    "ceil": (1, 1, ceil),
    "floor": (1, 1, floor),
    "round": (1, 1, nearest_integer),
    "divisible": (1, 2, _divisible),
    "scaled": (1, 1, None),  # by the network's alpha and rounding: the scope's own
}
