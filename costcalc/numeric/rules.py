"""What each step of a trace does: one entry a step, for every way to interpret it.

A new kind of step is one entry here, and nothing elsewhere.

    floor a b      a // b                       quotient a b   a / b
    ceil a b       -(-a // b)                   mod a b        a % b
    min, max       of any number of values      divisible n d  see `exact.divisible`
    bracket c      1 where c holds, else 0      select c a b   a where c holds, else b
    name a         a, under a name              whole a        a, which a guard says is whole
    settled a      a after a rule, led through a reference: of an `UnroundedTrace` only

What no expression says, such as a plan of memory, is a Procedure in the place of an operation.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from costcalc.numeric.exact import Number, divisible

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
INVERTED = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}

Low: TypeAlias = "tuple[Number, bool] | None"
"""A bound below, and whether the number is always above it; None where there is none."""
Ratio: TypeAlias = "tuple[Any, Any]"
"""Arrays of numerators and of denominators above 0; the denominators may be the int 1."""


class Rule(NamedTuple):
    """How one operation is interpreted. Tests come as bools, or as arrays of bools."""

    exact: Callable[..., Number]
    arrays: Callable[..., Ratio]
    """The same on arrays; the first argument is NumPy."""
    lowest: Callable[[Sequence[Low], Sequence[Number | None]], Low]
    """A bound below, from those of its operands and from the numbers that are constant."""
    is_whole: bool = False
    """Whether its outcome is a whole number."""
    keeps_whole: bool = False
    """Whether it is one where all its operands are."""
    is_multiple: bool = False
    """Whether it is a multiple of its last operand, and whole where that is."""
    jumps: str | None = None
    """Where it jumps, or bends, as its operands change continuously: where their ratio passes an
    integer (`integers`), where `divisible` rounds to another multiple (`multiples`), where two of
    them pass each other (`order`), or where its test comes out differently (`test`)."""
    is_step: bool = False
    """Whether it is constant in between, however its operands change."""


# Lower bounds


def _floor_low(lows: Sequence[Low], constants: Sequence[Number | None]) -> Low:
    over, under = lows
    if over is None or under is None:
        return None
    if constants[1] is not None and constants[1] > 0:
        return Fraction(over[0]) / constants[1] // 1, False
    return (0, False) if over[0] >= 0 and _is_above_0(under) else None


def _ceil_low(lows: Sequence[Low], constants: Sequence[Number | None]) -> Low:
    over, under = lows
    if over is None or under is None:
        return None
    if constants[1] is not None and constants[1] > 0:
        bound = Fraction(over[0]) / constants[1]
        return (bound // 1 + 1 if over[1] else -(-bound // 1)), False
    return (int(_is_above_0(over)), False) if over[0] >= 0 and _is_above_0(under) else None


def _mod_low(lows: Sequence[Low], constants: Sequence[Number | None]) -> Low:
    return (0, False) if _is_above_0(lows[1]) else None


def _quotient_low(lows: Sequence[Low], constants: Sequence[Number | None]) -> Low:
    over, under = lows
    return (0, _is_above_0(over)) if over and over[0] >= 0 and _is_above_0(under) else None


def _least_of_all(lows: Sequence[Low], constants: Sequence[Number | None]) -> Low:
    known = [low for low in lows if low is not None]
    return min(known) if len(known) == len(lows) else None


def _largest_of_any(lows: Sequence[Low], constants: Sequence[Number | None]) -> Low:
    return max((low for low in lows if low is not None), default=None)


def _divisible_low(lows: Sequence[Low], constants: Sequence[Number | None]) -> Low:
    return lows[1]


def _zero(lows: Sequence[Low], constants: Sequence[Number | None]) -> Low:
    return 0, False


def _same_low(lows: Sequence[Low], constants: Sequence[Number | None]) -> Low:
    return lows[0]


def _is_above_0(low: Low) -> bool:
    return low is not None and (low[0] > 0 or (low[0] == 0 and low[1]))


# Arrays


def _floor(np: Any, a: Ratio, b: Ratio) -> Ratio:
    return a[0] * b[1] // (a[1] * b[0]), 1


def _ceil(np: Any, a: Ratio, b: Ratio) -> Ratio:
    return -(-(a[0] * b[1]) // (a[1] * b[0])), 1


def _mod(np: Any, a: Ratio, b: Ratio) -> Ratio:
    return a[0] * b[1] % (a[1] * b[0]), a[1] * b[1]


def _quotient(np: Any, a: Ratio, b: Ratio) -> Ratio:
    sign = np.where(b[0] < 0, -1, 1)
    return a[0] * b[1] * sign, a[1] * b[0] * sign


def _picked(np: Any, keep: Any, a: Ratio, b: Ratio) -> Ratio:
    one = type(a[1]) is type(b[1]) is int and a[1] == b[1]
    return np.where(keep, a[0], b[0]), a[1] if one else np.where(keep, a[1], b[1])


def _extreme(comparison: str) -> Callable[..., Ratio]:
    def rule(np: Any, first: Ratio, *others: Ratio) -> Ratio:
        for other in others:
            keep = COMPARISONS[comparison](first[0] * other[1], other[0] * first[1])
            first = _picked(np, keep, first, other)
        return first

    return rule


def _select(np: Any, test: Any, then: Ratio, otherwise: Ratio) -> Ratio:
    return _picked(np, test, then, otherwise)


def _divisible(np: Any, value: Ratio, by: Ratio) -> Ratio:
    """`exact.divisible`: the multiple nearest to n / d, and one more below nine tenths of it."""
    n, d = value[0] * by[1], value[1] * by[0]
    times = np.maximum(1, (2 * n + d) // (2 * d))
    return (times + (9 * n > 10 * times * d)) * by[0], by[1]


def _bracket(np: Any, test: Any) -> Ratio:
    return test.astype(np.int64), 1


def _whole(np: Any, value: Ratio) -> Ratio:
    return value[0] // value[1], 1


def _same(np: Any, value: Ratio, *_: Any) -> Ratio:
    return value


RULES: dict[str, Rule] = {
    "floor": Rule(lambda a, b: a // b, _floor, _floor_low, True, jumps="integers", is_step=True),
    "ceil": Rule(lambda a, b: -(-a // b), _ceil, _ceil_low, True, jumps="integers", is_step=True),
    "mod": Rule(lambda a, b: a % b, _mod, _mod_low, keeps_whole=True, jumps="integers"),
    "quotient": Rule(lambda a, b: Fraction(a) / b, _quotient, _quotient_low),
    "min": Rule(
        lambda *values: min(values),
        _extreme("<="),
        _least_of_all,
        keeps_whole=True,
        jumps="order",
    ),
    "max": Rule(
        lambda *values: max(values),
        _extreme(">="),
        _largest_of_any,
        keeps_whole=True,
        jumps="order",
    ),
    "divisible": Rule(
        divisible,
        _divisible,
        _divisible_low,
        is_multiple=True,
        jumps="multiples",
        is_step=True,
    ),
    "bracket": Rule(int, _bracket, _zero, is_whole=True, jumps="test", is_step=True),
    "select": Rule(
        lambda test, then, otherwise: then if test else otherwise,
        _select,
        _least_of_all,
        keeps_whole=True,
        jumps="test",
    ),
    "name": Rule(lambda a: a, _same, _same_low, keeps_whole=True),
    "settled": Rule(lambda a, *_: a, _same, lambda *_: None),
    # Where it is served it is whole, so between the places where its guard changes it is constant.
    "whole": Rule(lambda a: a, _whole, _same_low, is_whole=True, is_step=True),
}


class Procedure:
    """Code that makes a whole number, at least 0, of whole numbers; it is run at every setting.

    Where its operands keep their values, so does its outcome: it has no breakpoints of its own.
    """

    def exact(self, values: Sequence[int]) -> int:
        """The number that it makes of these."""
        raise NotImplementedError

    def arrays(self, np: Any, columns: Any) -> Any:
        """The numbers that it makes of each column of a two-dimensional array."""
        return np.array([self.exact(column) for column in columns.T.tolist()], dtype=object)

    @property
    def rule(self) -> Rule:
        return Rule(
            lambda *values: self.exact([int(value) for value in values]),
            self._over_grid,
            lambda *_: (0, False),
            is_whole=True,
            is_step=True,
        )

    def _over_grid(self, np: Any, *operands: Ratio) -> Ratio:
        values = np.broadcast_arrays(*(num // den for num, den in operands))
        columns = np.stack([value.reshape(-1) for value in values])
        return self.arrays(np, columns).reshape(values[0].shape), 1


Operation: TypeAlias = "str | Procedure"
"""What a step does: the name of one of RULES, or a procedure."""


def rule_of(operation: Operation) -> Rule:
    return RULES[operation] if isinstance(operation, str) else operation.rule
