"""The axes of a grid, and numbers along them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError
from costcalc.numeric.exact import Number
from costcalc.numeric.grid.along_axes import GridNumber, parts
from costcalc.numeric.grid.axes import Axes
from costcalc.numeric.grid.int_array import INT64, Array, Ints, shrunk
from costcalc.numeric.grid.sum_of_products import Sum


class Grid(Axes):
    """A grid of settings: each knob is an axis, and each of its values a position."""

    def axis(self, axis: int, values: Sequence[Number], *, tracked: bool = False) -> GridNumber:
        """The number that takes these values along an axis, one at each position.

        A tracked one stands for any value near these, and `events` records where it is rounded or
        compared.
        """
        shape = [1] * len(self.shape)
        shape[axis] = len(values)
        numerators = Ints.of([value.numerator for value in values], tuple(shape))
        denominators = [value.denominator for value in values]
        whole = not tracked and all(d == 1 for d in denominators)
        return GridNumber(
            self,
            1 << axis if len(values) > 1 else 0,
            numerators,
            None if whole else Ints.of(denominators, tuple(shape)),
            {axis: 1} if tracked else None,
        )

    def joined(self, operator: str, left: Any, right: Any) -> Any:
        terms = Sum.of(self, left)
        return terms.operate(operator, terms, right)

    def values(self, number: Number) -> Array:
        """The number at every point: int64, or Python ints where int64 would not hold one."""
        if isinstance(number, (Sum, GridNumber)):
            number = number.whole()
            if number is None:
                raise CostcalcError("this must be a whole number")
        if isinstance(number, Sum):
            return shrunk(number.values())
        if isinstance(number, GridNumber):
            array = number.numerators.array
            return shrunk(np.ascontiguousarray(np.broadcast_to(array, self.shape)))
        return np.full(self.shape, number, dtype=np.int64 if abs(number) <= INT64 else object)


class Ratios:
    """A number's values as exact ratios, one at each position of its axes."""

    def __init__(self, number: Number) -> None:
        if isinstance(number, Sum):
            number = number.dense
        over, under = parts(number)
        self.over = over.array
        self.under = under.array

    def value(self, index: Sequence[int]) -> Fraction:
        """The value at a position of all axes."""
        return Fraction(*(_at(array, index) for array in (self.over, self.under)))

    def crosses(self, other: Ratios, kind: str) -> Array:
        """Whether an event of this kind lies strictly between these values and others."""
        if kind == "sign":
            return np.asarray(np.sign(self.over) * np.sign(other.over) < 0)
        floors = np.minimum(self.over // self.under, other.over // other.under)
        ceils = np.maximum(-(-self.over // self.under), -(-other.over // other.under))
        return np.asarray(floors + 1 < ceils)


def _at(array: Array, index: Sequence[int]) -> int:
    places = index[len(index) - array.ndim :]
    return int(array[tuple(0 if n == 1 else i for n, i in zip(array.shape, places, strict=True))])
