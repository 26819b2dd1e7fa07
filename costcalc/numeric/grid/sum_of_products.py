"""Sums of products over a grid, which keep what varies along different axes apart.

Why a sweep of a million points is a small matrix product: channels depend on alpha alone and sides
of maps on rho alone. So the cost of a layer is a vector along alpha (the head) times a vector along
rho (the tail), and all layers on maps of one size have the same tail. A MobileNet has maps of six
sizes: its MACs at 1000 x 1000 settings are a 1000 x 6 matrix times a 6 x 1000 matrix, however many
layers there are. A Sum adds up the heads of equal tails while the network is built. Nothing is as
large as the grid before that one product, which makes some 50 million points a second.

The product is made in floats where a bound proves it exact (every partial sum is below 2^53), and
in integers elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np

from costcalc.numeric.base import OPERATIONS, AbstractNumber
from costcalc.numeric.exact import EXACT, LARGEST, Number
from costcalc.numeric.grid.along_axes import GridNumber, axes_of, elementwise, parts
from costcalc.numeric.grid.axes import Axes
from costcalc.numeric.grid.int_array import INT64, ONE, Array, constant, plus, times

FLOAT = 2**53
PRODUCT = 1 << 17
"""Multiplications of a tile of a matrix product."""
TILE = 1 << 11
"""Its columns, at most."""
MAX_TAILS = 1 << 22
"""Elements of the right factor of a matrix product."""


Tail: TypeAlias = "tuple[GridNumber, ...]"
Terms: TypeAlias = "dict[tuple[int, ...], tuple[Number, Tail]]"
"""Head and tail of each term, by the identity of its tail."""


class Sum(AbstractNumber):
    """A sum of products of numbers that vary along different axes.

    Each term is a head, which varies along the grid's first axis at most, times a tail of factors
    that vary along the other axes; terms of the same tail are added.
    """

    __slots__ = ("grid", "lead", "terms")

    def __init__(self, grid: Axes, terms: Terms) -> None:
        self.grid = grid
        self.terms = terms
        first = next((axis for axis, length in enumerate(grid.shape) if length > 1), 0)
        self.lead = 1 << first

    @classmethod
    def of(cls, grid: Axes, value: Any) -> Sum:
        if isinstance(value, Sum):
            return value
        one = cls(grid, {(): (1, ())})
        return (
            one.multiplied(value) if isinstance(value, GridNumber) else cls(grid, {(): (value, ())})
        )

    def multiplied(self, factor: GridNumber) -> Sum:
        axes = factor.axes
        result: Terms = {}
        for key, (head, tail) in self.terms.items():
            if not axes or self.lead & axes:
                _add(result, key, elementwise("*", head, factor), tail)
                continue
            joined: Any = factor
            for other in tail:
                if other.axes & axes:
                    joined = elementwise("*", other, joined)
            tail = (*(other for other in tail if not other.axes & axes), joined)
            tail = tuple(sorted(tail, key=lambda part: part.axes))
            _add(result, tuple(map(id, tail)), head, tail)
        return Sum(self.grid, result)

    def operate(self, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(value, (*EXACT, GridNumber, Sum)) for value in (left, right)):
            return NotImplemented
        other = right if left is self else left
        if isinstance(other, GridNumber) and other.tangents is not None:
            # The terms of a sum would not keep the tangents of a tracked number.
            left, right = (getattr(value, "dense", value) for value in (left, right))
            return OPERATIONS[operator](left, right)
        grid = self.grid
        if operator in "+-":
            result = dict(Sum.of(grid, left).terms)
            for key, (head, tail) in Sum.of(grid, right).terms.items():
                _add(result, key, head if operator == "+" else -head, tail)
            return Sum(grid, result)
        if operator == "*":
            if isinstance(other, GridNumber):
                return self.multiplied(other)
            if isinstance(other, EXACT):
                scaled = {key: (head * other, tail) for key, (head, tail) in self.terms.items()}
                return Sum(grid, scaled)
            result = {}
            for head, tail in Sum.of(grid, other).terms.values():
                product = self * head
                for factor in tail:
                    product = Sum.of(grid, product).multiplied(factor)
                for key, (more, end) in Sum.of(grid, product).terms.items():
                    _add(result, key, more, end)
            return Sum(grid, result)
        left, right = (value.dense if isinstance(value, Sum) else value for value in (left, right))
        return OPERATIONS[operator](left, right)

    def compare(self, operator: str, other: Any) -> Any:
        return self.dense.compare(operator, other.dense if isinstance(other, Sum) else other)

    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        return self.dense.extreme(word, values, written)

    def is_too_large(self) -> bool:
        over = under = 1  # bounds of the sum over one denominator
        for head, tail in self.terms.values():
            factors = [parts(part) for part in (head, *tail)]
            below = prod(denominators.bound for _, denominators in factors)
            over = over * below + under * prod(numerators.bound for numerators, _ in factors)
            under *= below
        return max(over, under) >= LARGEST and self.dense.is_too_large()

    def single(self) -> int:
        return self.dense.single()

    def whole(self) -> Any:
        numbers = [part for head, tail in self.terms.values() for part in (head, *tail)]
        if all(parts(part)[1] is ONE for part in numbers):
            return self
        return self.dense.whole()

    def is_positive(self) -> GridNumber:
        return self.dense.is_positive()

    @property
    def dense(self) -> GridNumber:
        """The same numbers, one for each point of the axes it depends on."""
        total, over, axes = constant(0), ONE, 0
        for head, tail in self.terms.values():
            numerators, denominators = parts(head)
            axes |= axes_of(head)
            for factor in tail:
                more, below = parts(factor)
                numerators = times(numerators, more)
                denominators = below if denominators is ONE else times(denominators, below)
                axes |= factor.axes
            if over is denominators is ONE:
                total = plus(total, numerators)
            else:
                total = plus(times(total, denominators), times(numerators, over))
                over = times(over, denominators)
        return GridNumber(self.grid, axes, total, None if over is ONE else over)

    # Values

    def bound(self) -> int:
        """A bound of every factor and every partial sum: each factor at its largest."""
        bounds = [
            [parts(part)[0].bound for part in (head, *tail)] for head, tail in self.terms.values()
        ]
        return max(sum(map(prod, bounds)), *(bound for own in bounds for bound in own), 0)

    def tight_bound(self) -> int:
        for head, tail in self.terms.values():
            for factor in (head, *tail):
                if isinstance(factor, GridNumber):
                    factor.numerators.tight()
        return self.bound()

    def values(self) -> Array:
        bound = self.bound()
        if bound >= FLOAT:
            bound = self.tight_bound()
        if bound < FLOAT:
            product = self._matrix_product()
            if product is not None:
                return product
        out = np.zeros(self.grid.shape, dtype=np.int64 if bound <= INT64 else object)
        for head, tail in self.terms.values():
            term = parts(head)[0].array.astype(out.dtype)
            for factor in tail:
                term = term * factor.numerators.array.astype(out.dtype)
            out += term
        return out

    def _matrix_product(self) -> Array | None:
        """Heads times tails in floats, if heads vary along the first axis and tails do not."""
        shape, lead = self.grid.shape, self.lead.bit_length() - 1
        if any(length > 1 for length in shape[:lead]):
            return None
        rest = shape[lead + 1 :]
        width = prod(rest)
        if not shape or len(self.terms) * width > MAX_TAILS:
            return None
        heads = np.empty((shape[lead], len(self.terms)))
        tails = np.empty((len(self.terms), width))
        for number, (head, tail) in enumerate(self.terms.values()):
            array = parts(head)[0].array
            if array.size > 1 and array.size != shape[lead]:
                return None
            heads[:, number] = array.reshape(-1)
            product: Any = 1
            for factor in tail:
                product = product * factor.numerators.array
            tails[number] = np.broadcast_to(product, (1,) * (lead + 1) + rest).reshape(-1)
        out = np.empty((shape[lead], width), dtype=np.int64)
        # Tiles stay in the processor's cache, and are too small for a library's threads, which
        # on a busy machine would wait for each other most of the time.
        across = min(width, TILE)
        down = max(1, PRODUCT // (len(self.terms) * across))
        buffer = np.empty((down, across))
        for top in range(0, shape[lead], down):
            rows = heads[top : top + down]
            for left in range(0, width, across):
                columns = tails[:, left : left + across]
                tile = buffer[: len(rows), : columns.shape[1]]
                np.matmul(rows, columns, out=tile)
                out[top : top + down, left : left + across] = tile
        return out.reshape(shape)


def _add(terms: Terms, key: tuple[int, ...], head: Number, tail: Tail) -> None:
    """Add a term; heads of the same tail become one."""
    if key in terms:
        head = elementwise("+", terms[key][0], head)
    terms[key] = (head, tail)
