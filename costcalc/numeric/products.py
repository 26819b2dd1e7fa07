"""A metric over a grid of settings: the product of two thin matrices.

A metric is a polynomial of tables (`tables`). Each of its monomials is a head, which varies along
the grid's first axis, times a tail of what varies along the others; monomials of one tail share it.
So the metric at all points is a product of heads and tails. For MobileNet's MACs over alpha x rho,
the tails are the areas of its six sizes of maps.

The product is taken in floats, which BLAS multiplies fastest, where no sum can reach 2^53, so that
each is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from costcalc.numeric.exact import Number
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.tables import INT64, Served, Table, run_of, shrunk, size, values_of
from costcalc.numeric.work import ELEMENT, Work

if TYPE_CHECKING:
    from costcalc.numeric.tables import Array

EXACT_FLOAT = 2**53
TILE = 1 << 11
"""Columns of a tile of a matrix product, at most."""
TILE_ELEMENTS = 1 << 17
"""Multiplications of a tile."""
PRODUCTS = 24
"""How many terms of a matrix product take as long as one of a table."""
MAX_TAILS = 1 << 22
"""Elements of the right factor of a matrix product."""


def totals(polynomial: Polynomial, tables: Sequence[Table], shape: Sequence[int]) -> Array:
    """Evaluate a polynomial at every point of the grid.

    The trace must serve the whole grid. Where a value is not whole, all are Fractions.
    """
    atoms = {atom for monomial, _ in polynomial for atom, _ in monomial}
    if any(type(tables[atom].den) is not int for atom in atoms):
        num, den = values_of(polynomial, tables)
        return _everywhere(_divided(num, den), shape)
    lead = next((axis for axis, length in enumerate(shape) if length > 1), 0)
    scale = lcm(*(c.denominator for _, c in polynomial))
    heads: dict[Any, dict[Any, Number]] = {}
    mixed: dict[Any, Number] = {}
    for monomial, c in polynomial:
        tail = frozenset(power for power in monomial if tables[power[0]].num.shape[lead] == 1)
        head = monomial - tail
        if all(tables[atom].num.size == tables[atom].num.shape[lead] for atom, _ in head):
            # A constant is a tail of its own, and a factor of the head as well.
            heads.setdefault(tail, {})[head] = c * scale
        else:
            mixed[monomial] = c * scale
    total: Array = np.zeros((1,) * len(shape), dtype=np.int64)
    if heads:
        factors = [
            (values_of(Polynomial(head), tables)[0], values_of(Polynomial({tail: 1}), tables)[0])
            for tail, head in heads.items()
        ]
        total = _sum_of_products(factors, lead, shape)
    if mixed:
        total = plus(total, values_of(Polynomial(mixed), tables)[0])
    return _everywhere(_divided(total, scale), shape)


def _divided(num: Array, den: Any) -> Array:
    """Divide exactly: as whole numbers where all are, else as Fractions."""
    if type(den) is int:
        if den == 1:
            return num
        if den > INT64:
            num = num.astype(object)
    if not np.any(num % den):
        return np.asarray(num // den)
    over, under = np.broadcast_arrays(num, np.asarray(den, dtype=object))
    pairs = zip(over.reshape(-1).tolist(), under.reshape(-1).tolist(), strict=True)
    fractions = np.empty(over.size, dtype=object)
    fractions[:] = [Fraction(a, b) for a, b in pairs]
    return fractions.reshape(over.shape)


def _sum_of_products(
    factors: Sequence[tuple[Array, Array]], lead: int, shape: Sequence[int]
) -> Array:
    """The sum of heads, which vary along the axis `lead`, times tails, which vary along others."""
    # Of each factor as well: of 10^30 times 0, int64 does not hold the one.
    bound = sum((size(head) or 1) * (size(tail) or 1) for head, tail in factors)
    rest = [1 if axis == lead else length for axis, length in enumerate(shape)]
    columns = prod(rest)
    if bound >= EXACT_FLOAT or len(factors) * columns > MAX_TAILS or columns == 1:
        kind: Any = np.int64 if bound <= INT64 else object
        terms = (head.astype(kind) * tail.astype(kind) for head, tail in factors)
        return sum(terms, start=np.zeros((1,) * len(shape), dtype=kind))
    rows = shape[lead]
    left = np.concatenate(
        [np.broadcast_to(head.reshape(-1, 1), (rows, 1)) for head, _ in factors], 1
    ).astype(float)
    right = np.stack([np.broadcast_to(tail, rest).reshape(-1) for _, tail in factors]).astype(float)
    out = np.empty((rows, columns), dtype=np.int64)
    across = min(columns, TILE)
    down = max(1, TILE_ELEMENTS // (len(factors) * across))
    buffer = np.empty((down, across))
    for top in range(0, rows, down):
        for start in range(0, columns, across):
            part = left[top : top + down], right[:, start : start + across]
            tile = buffer[: len(part[0]), : part[1].shape[1]]
            np.matmul(*part, out=tile)
            out[top : top + down, start : start + across] = tile
    # The lead is the first axis that is longer than 1, so the points are in their order already.
    return out.reshape(shape)


def everything(polynomials: dict[str, Polynomial], served: Served, work: Work) -> dict[str, Array]:
    """Each polynomial over the part of the grid along whose axes the trace serves."""
    tables = served.tables
    if not all(bool(mask.all()) for mask in served.along):
        places = [run_of(np.nonzero(mask)[0]) for mask in served.along]
        tables = [table.cut(places) for table in tables]
    shape = [int(mask.sum()) for mask in served.along]
    terms = sum(len(polynomial.terms) for polynomial in polynomials.values())
    work.charge(ELEMENT * prod(shape) * terms // PRODUCTS)
    return {name: totals(polynomial, tables, shape) for name, polynomial in polynomials.items()}


def multiple(array: Array, factor: int) -> Array:
    """The array times a positive number, of Python ints where int64 would not hold an element."""
    if factor == 1:
        return array
    if max(1, size(array)) * factor > INT64:  # of an array of zeros, the factor itself
        array = array.astype(object)
    return array * factor


def plus(left: Array, right: Array) -> Array:
    """The sum of two arrays, of Python ints where int64 would not hold it."""
    if size(left) + size(right) > INT64:
        left = left.astype(object)
    return np.asarray(left + right)


def _everywhere(array: Array, shape: Sequence[int]) -> Array:
    return np.ascontiguousarray(np.broadcast_to(shrunk(np.asarray(array)), tuple(shape)))
