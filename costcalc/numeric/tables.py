"""A trace over a grid of settings: exact tables along the axes.

A step that depends on one knob is a table along that knob's axis, however large the grid is. What a
metric makes of the tables is `products`.

Tables are int64 where a bound proves that it holds them, and Python ints elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm, prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from costcalc.numeric.exact import LARGEST, Number
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.rules import COMPARISONS, Ratio
from costcalc.numeric.trace import Guard, Predicate, Step, Trace
from costcalc.numeric.work import BIG_ELEMENT, ELEMENT, Work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

INT64 = 2**63 - 1


class Table:
    """An exact number at each place of the axes that it depends on; other axes have length 1."""

    __slots__ = ("bound", "den", "num")

    den: Any
    """Above 0; the int 1 where all are whole numbers."""

    def __init__(self, num: Array, den: Any = 1) -> None:
        self.num = shrunk(num)
        self.den = den if type(den) is int else shrunk(den)
        if type(den) is int and den != 1:
            self.den = shrunk(np.full((1,) * num.ndim, den, dtype=object))
        self.bound = max(size(self.num), size(self.den))

    @classmethod
    def along(cls, axis: int, axes: int, values: Sequence[Number]) -> Table:
        """The values of a knob, one at each position of an axis."""
        shape = [1] * axes
        shape[axis] = len(values)
        num = np.array([value.numerator for value in values], dtype=object).reshape(shape)
        dens = [value.denominator for value in values]
        if all(den == 1 for den in dens):
            return cls(num)
        return cls(num, np.array(dens, dtype=object).reshape(shape))

    @property
    def held(self) -> int:
        """What it takes in memory, in numbers of int64."""
        dens = 0 if type(self.den) is int else _held(np.asarray(self.den))
        return _held(self.num) + dens

    @property
    def work(self) -> int:
        """What it takes to compute it by one term, in operations."""
        each = BIG_ELEMENT if self.num.dtype == object else ELEMENT
        return each * int(self.num.size) // 3

    def cut(self, places: Sequence[Any]) -> Table:
        """The table at some places of each axis."""
        new = Table.__new__(Table)
        new.num, new.den, new.bound = _cut(self.num, places), self.den, self.bound
        if type(self.den) is not int:
            new.den = _cut(np.asarray(self.den), places)
        return new


class Served(NamedTuple):
    """The tables of a trace's atoms, and where on the grid the trace serves."""

    tables: list[Table]
    along: list[Array]
    """For each axis, at which of its positions."""
    across: Array | None
    """At which points of the whole grid; None where that follows from the axes."""

    @property
    def is_everywhere(self) -> bool:
        return self.across is None and all(bool(mask.all()) for mask in self.along)


MAX_HELD = 8_000_000
"""Numbers of all tables; one of Python's ints counts as 6."""
MAX_TABLE = 1_000_000
"""Numbers of a table that depends on several knobs."""


class TooManyNumbersError(Exception):
    """The tables of a grid would take too much memory: it is to be cut."""


def serve(trace: Trace, knobs: Sequence[Table], shape: Sequence[int], work: Work) -> Served:
    """Run the trace over the grid. Raises TooManyNumbersError."""
    tables = list(knobs)
    held = 0
    served = Served(tables, [np.ones(length, dtype=bool) for length in shape], None)
    guards = list(trace.guards.values())
    checked = 0
    for place in range(len(trace.steps) + 1):
        while checked < len(guards) and guards[checked].after <= place:
            served = _restricted(served, _met(guards[checked], tables), shape)
            checked += 1
        if place < len(trace.steps):
            step = trace.steps[place]
            numbers = _numbers(step, tables, len(shape))
            if numbers > MAX_TABLE or numbers * len(step.operands) > MAX_HELD:
                raise TooManyNumbersError
            tables.append(_step(step, tables))
            work.charge(tables[-1].work * sum(len(part.terms) for part in step.parts()))
            held += tables[-1].held
            if held > MAX_HELD:
                raise TooManyNumbersError
    if trace.may_be_large(max((table.bound for table in tables), default=1)):
        for polynomial in trace.sized:
            num, den = values_of(polynomial, tables, wide=True)
            common = np.gcd(num, den)
            fits = (abs(num) < LARGEST * common) & (den < LARGEST * common)
            served = _restricted(served, np.asarray(fits, dtype=bool), shape)
    return served


def _restricted(served: Served, met: Array, shape: Sequence[int]) -> Served:
    """Where a guard is met, too; `met` has an axis for each of the grid, or length 1 there."""
    varying = [axis for axis, length in enumerate(met.shape) if length > 1]
    if len(varying) > 1:
        across = np.broadcast_to(met, shape)
        return served._replace(across=across if served.across is None else served.across & across)
    axis = varying[0] if varying else 0
    served.along[axis][...] &= met.reshape(-1)
    return served


def run_of(places: Array) -> Any:
    """Neighbouring places as a slice, which is cut without a copy."""
    if len(places) and places[-1] - places[0] + 1 == len(places):
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


# Tables


def _step(step: Step, tables: Sequence[Table]) -> Table:
    operands = [
        _outcome(operand, tables) if isinstance(operand, Predicate) else values_of(operand, tables)
        for operand in step.operands
    ]
    numbers = [operand for operand in operands if isinstance(operand, tuple)]
    largest = max((max(size(num), size(den)) for num, den in numbers), default=0)
    if 32 * largest * largest > INT64:  # more than a rule multiplies two operands by
        operands = [
            _wide(operand) if isinstance(operand, tuple) else operand for operand in operands
        ]
    if step.operation in ("floor", "ceil", "mod", "quotient", "divisible"):
        # A guard says that a divisor is not 0: what is computed there is not used.
        num, den = operands[1]
        operands[1] = np.where(num == 0, 1, num), den
    num, den = step.rule.arrays(np, *operands)
    return Table(np.asarray(num), den)


def _numbers(step: Step, tables: Sequence[Table], axes: int) -> int:
    """How many numbers the table of a step will have."""
    shapes = [tables[atom].num.shape for part in step.parts() for atom in part.variables]
    return prod(max(shape[axis] for shape in shapes) for axis in range(axes)) if shapes else 1


def values_of(polynomial: Polynomial, tables: Sequence[Table], *, wide: bool = False) -> Ratio:
    """A polynomial over the axes that its atoms vary along."""
    scale = lcm(*(c.denominator for _, c in polynomial))
    powers: dict[Any, int] = {}  # the highest power of each atom that is no whole number
    for monomial, _ in polynomial:
        for atom, n in monomial:
            if type(tables[atom].den) is not int:
                powers[atom] = max(n, powers.get(atom, 0))
    den_bound = scale * prod(tables[atom].bound ** n for atom, n in powers.items())
    bound = den_bound
    terms = []
    for monomial, c in polynomial:
        factors = [table for atom, n in monomial for table in [tables[atom].num] * n]
        own = dict(monomial)
        for atom, n in powers.items():
            factors += [tables[atom].den] * (n - own.get(atom, 0))
        terms.append((int(c * scale), factors))
        largest = prod(tables[atom].bound ** max(n, powers.get(atom, 0)) for atom, n in monomial)
        bound += abs(int(c * scale)) * largest * den_bound
    kind: Any = object if wide or bound > INT64 else np.int64
    num: Any = np.zeros((1,) * tables[0].num.ndim, dtype=kind) if tables else np.zeros(1, kind)
    for c, factors in terms:
        term: Any = c
        for factor in factors:
            term = term * factor.astype(kind, copy=False)
        num = num + term
    den: Any = scale
    for atom, n in powers.items():
        for _ in range(n):
            den = den * tables[atom].den.astype(kind, copy=False)
    return num, den


def _outcome(test: Predicate, tables: Sequence[Table]) -> Array:
    """A test at each place of the axes that it depends on."""
    if test.operation in ("and", "or"):
        outcomes = [_outcome(part, tables) for part in test.operands]
        join = np.logical_and if test.operation == "and" else np.logical_or
        joined = outcomes[0]
        for outcome in outcomes[1:]:
            joined = join(joined, outcome)
        return joined
    if test.operation == "not":
        return np.logical_not(_outcome(test.operands[0], tables))
    if test.operation == "whole":
        num, den = values_of(test.operands[0], tables)
        return np.asarray(num % den == 0)
    left, right = test.operands
    num, _ = values_of(left - right, tables)
    return np.asarray(COMPARISONS[test.operation](num, 0))


def _met(guard: Guard, tables: Sequence[Table]) -> Array:
    outcome = _outcome(guard.test, tables)
    return outcome if guard.outcome else np.logical_not(outcome)


def _cut(array: Array, places: Sequence[Any]) -> Array:
    for axis, own in enumerate(places):
        if array.shape[axis] > 1:
            array = array[(slice(None),) * axis + (own,)]
    return array


def _wide(ratio: Ratio) -> Ratio:
    num, den = ratio
    if type(den) is int and den != 1:
        den = np.full((1,) * num.ndim, den, dtype=object)
    return num.astype(object), den if type(den) is int else den.astype(object)


def _held(array: Array) -> int:
    return int(array.size) * (6 if array.dtype == object else 1)


def size(array: Any) -> int:
    """The largest absolute value."""
    if type(array) is int:
        return abs(array)
    return max(abs(int(array.max())), abs(int(array.min()))) if array.size else 0


def shrunk(array: Array) -> Array:
    """As int64 where all of it fits and is whole."""
    if array.dtype == object and size(array) <= INT64:
        if any(type(value) is Fraction for value in array.flat):
            return array
        return array.astype(np.int64)
    return array
