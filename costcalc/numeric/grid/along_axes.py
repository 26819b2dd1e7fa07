"""Exact numbers that vary along the axes of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError
from costcalc.numeric.base import AbstractNumber
from costcalc.numeric.exact import EXACT, LARGEST, Number, too_large
from costcalc.numeric.grid.axes import Axes, RoundingEvent
from costcalc.numeric.grid.int_array import ONE, Array, Ints, constant, floor_divided, plus, times
from costcalc.numeric.grid.split import Mask, SplitError
from costcalc.numeric.grid.tangents import tangents_of


class GridNumber(AbstractNumber):
    """An exact number at each position of some axes; arrays have an axis of length 1 for others.

    The `tangents` of a tracked number are its rates of change along the tracked axes (`tangents`).
    """

    __slots__ = ("axes", "denominators", "grid", "numerators", "tangents")

    def __init__(
        self,
        grid: Axes,
        axes: int,
        numerators: Ints,
        denominators: Ints | None = None,
        tangents: dict[int, Number] | None = None,
    ) -> None:
        self.grid = grid
        self.axes = axes
        """The axes that it depends on, one bit each."""
        self.numerators = numerators
        self.denominators = denominators
        self.tangents = tangents

    @property
    def is_whole(self) -> bool:
        """Whether it is known to be whole everywhere."""
        return self.denominators is None

    def __repr__(self) -> str:
        return (
            f"<GridNumber {self.numerators.array.reshape(-1)[:4].tolist()}... over {self.axes:b}>"
        )

    # Operators

    def operate(self, operator: str, left: Any, right: Any) -> Any:
        other = right if left is self else left
        if not isinstance(other, (*EXACT, GridNumber)):
            return NotImplemented  # Sum.operate takes it
        memo = self.grid.memo
        key = (operator, _key(left), _key(right))
        found = memo.get(key)
        if found is None:
            found = self._operate(operator, left, right)
            memo[key] = found, left, right  # kept alive, so that no other number gets their ids
            return found
        return found[0]

    def _operate(self, operator: str, left: Any, right: Any) -> Any:
        if operator == "%":
            return left - right * (left // right)
        tangents = tangents_of(operator, left, right)
        if operator in "+-*" and tangents is None and _apart(left, right):
            return self.grid.joined(operator, left, right)
        if operator == "//" and isinstance(right, int) and right == 1 and left.is_whole:
            return left
        return self._each(operator, left, right, tangents)

    def _each(
        self, operator: str, left: Any, right: Any, tangents: dict[int, Number] | None
    ) -> GridNumber:
        """left `+ - * / //` right at each position of all their axes."""
        a, c = parts(left)
        b, d = parts(right)
        if operator in ("/", "//"):
            b, d = _inverted(b, d)
        if operator in "+-":
            sign = 1 if operator == "+" else -1
            if c is d is ONE:
                numerators, denominators = plus(a, b, sign), ONE
            else:
                numerators, denominators = plus(times(a, d), times(b, c), sign), times(c, d)
        else:
            numerators = a if b is ONE else b if a is ONE else times(a, b)
            denominators = d if c is ONE else c if d is ONE else times(c, d)
        axes = axes_of(left) | axes_of(right)
        if operator == "//":
            if tangents is not None:
                self._record(
                    "floor", GridNumber(self.grid, axes, numerators, denominators, tangents)
                )
            if denominators is not ONE:
                numerators = floor_divided(numerators, denominators)
            return GridNumber(self.grid, axes, numerators)
        return GridNumber(
            self.grid, axes, numerators, None if denominators is ONE else denominators, tangents
        )

    def _record(self, kind: str, value: GridNumber) -> None:
        if self.grid.events is not None:
            self.grid.events.append(RoundingEvent(kind, value))

    # Comparisons

    def compare(self, operator: str, other: Any) -> Any:
        if not isinstance(other, (*EXACT, GridNumber)):
            return NotImplemented
        if other is self and self.tangents is None:
            return operator in ("==", "<=", ">=")
        self._record_sign(self, other)
        x, y = _crossed(self, other)
        array = _COMPARED[operator](x, y)
        if array.all():
            return True
        return Mask(array) if array.any() else False

    def _record_sign(self, left: Any, right: Any) -> None:
        if any(
            isinstance(value, GridNumber) and value.tangents is not None for value in (left, right)
        ):
            difference = left - right
            if isinstance(difference, GridNumber) and difference.tangents is not None:
                self._record("sign", difference)

    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        result, *others = (getattr(value, "dense", value) for value in values)
        for value in others:
            result = self._extreme(word, result, value)
        return result

    def _extreme(self, word: str, left: Any, right: Any) -> Any:
        if left is right:
            return left
        if isinstance(left, EXACT) and isinstance(right, EXACT):
            return min(left, right) if word == "min" else max(left, right)
        self._record_sign(left, right)
        x, y = _crossed(left, right)
        chosen = x <= y if word == "min" else x >= y
        if chosen.all() and chosen.shape == _shape(left):
            return left
        if not chosen.any() and chosen.shape == _shape(right):
            return right
        picked = self._picked(chosen, left, right)
        rates = [getattr(value, "tangents", None) or {} for value in (left, right)]
        if any(rates):
            picked.tangents = {
                axis: self._picked(chosen, rates[0].get(axis, 0), rates[1].get(axis, 0))
                for axis in {*rates[0], *rates[1]}
            }
        return picked

    def _picked(self, chosen: Array, left: Number, right: Number) -> GridNumber:
        """The left where it is chosen, else the right."""
        (a, c), (b, d) = parts(left), parts(right)
        numerators = Ints(np.where(chosen, a.array, b.array), max(a.bound, b.bound))
        denominators = None
        if not (c is d is ONE):
            denominators = Ints(np.where(chosen, c.array, d.array), max(c.bound, d.bound))
        axes = sum(1 << axis for axis, length in enumerate(chosen.shape) if length > 1)
        return GridNumber(
            self.grid, axes | axes_of(left) | axes_of(right), numerators, denominators
        )

    def is_positive(self) -> GridNumber:
        self._record_sign(self, 0)
        array = (self.numerators.array > 0).astype(np.int64)
        return GridNumber(self.grid, self.axes, Ints(array, 1))

    def untracked(self) -> GridNumber:
        """The same number without its tangents."""
        return GridNumber(self.grid, self.axes, self.numerators, self.denominators)

    def is_too_large(self) -> bool:
        numbers = [part for part in (self.numerators, self.denominators) if part is not None]
        if all(part.bound < LARGEST or part.tight() < LARGEST for part in numbers):
            return False
        over, under = np.broadcast_arrays(*(part.array for part in parts(self)))
        values = [Fraction(int(n), int(d)) for n, d in zip(over.flat, under.flat, strict=True)]
        labels = np.array(list(map(too_large, values))).reshape(over.shape)
        if labels.any() and not labels.all():
            raise SplitError(labels)
        return bool(labels.any())

    # As a whole number

    def single(self) -> int:
        array = self.whole_array()
        first = array.reshape(-1)[0]
        if not (array == first).all():
            raise SplitError(array)
        return int(first)

    def whole_array(self) -> Array:
        number = self.whole()
        if number is None:
            raise CostcalcError("this must be a whole number")
        return number.numerators.array

    def whole(self) -> GridNumber | None:
        if self.denominators is None:
            return self
        if self.tangents is not None:
            self._record("floor", self)
        numerators, denominators = self.numerators, self.denominators
        rest = numerators.array % denominators.array == 0
        if not rest.any():
            return None
        if not rest.all():
            raise SplitError(rest)
        return GridNumber(self.grid, self.axes, floor_divided(numerators, denominators))


_COMPARED: dict[str, Any] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def elementwise(operator: str, left: Any, right: Any) -> Any:
    """left `+ *` right as one GridNumber, even if they vary along different axes."""
    if not (isinstance(left, GridNumber) and isinstance(right, GridNumber) and _apart(left, right)):
        return left + right if operator == "+" else left * right
    memo = left.grid.memo
    key = ("each", operator, id(left), id(right))
    if key not in memo:
        memo[key] = left._each(operator, left, right, None), left, right
    return memo[key][0]


def _key(value: Any) -> Any:
    return id(value) if isinstance(value, GridNumber) else ("number", value)


def parts(value: Any) -> tuple[Ints, Ints]:
    """Numerators and denominators."""
    if isinstance(value, GridNumber):
        return value.numerators, value.denominators or ONE
    denominator = ONE if value.denominator == 1 else constant(value.denominator)
    return constant(value.numerator), denominator


def _inverted(numerators: Ints, denominators: Ints) -> tuple[Ints, Ints]:
    """The parts of a divisor, inverted; the new denominators are above 0."""
    array = numerators.array
    zero = array == 0
    if zero.all():
        raise ZeroDivisionError
    if zero.any():
        raise SplitError(zero)
    if (array < 0).any():
        sign = Ints(np.where(array < 0, -1, 1), 1)
        return times(denominators, sign), times(numerators, sign)
    return denominators, numerators


def _crossed(left: Any, right: Any) -> tuple[Array, Array]:
    """Arrays that compare as the numbers do."""
    (a, c), (b, d) = parts(left), parts(right)
    x = a if d is ONE else times(a, d)
    y = b if c is ONE else times(b, c)
    return x.array, y.array


def _shape(value: Any) -> tuple[int, ...]:
    return value.numerators.array.shape if isinstance(value, GridNumber) else ()


def axes_of(value: Any) -> int:
    return value.axes if isinstance(value, GridNumber) else 0


def _apart(left: Any, right: Any) -> bool:
    """Whether both vary, and neither along the axes of the other alone."""
    a, b = axes_of(left), axes_of(right)
    return a & b != a and a & b != b
