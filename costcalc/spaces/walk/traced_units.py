"""Units that differ in numbers alone, built once over traced numbers.

A unit reads the sides and channels of maps, params, alpha and rho. What it costs is traced over
those of them that differ (`numeric.trace`), once for each way to draw its choices. In arrays it is
then computed for all units at once: exactly, as tables are int64 only where a bound proves it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.graph.scaling import scaler
from costcalc.language.declared import Rounding
from costcalc.language.values import DRAW
from costcalc.numeric.exact import Number, whole
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.trace import Knob, Trace
from costcalc.numeric.traced import Traced, knobs_of, polynomial_of
from costcalc.numeric.work import UNLIMITED
from costcalc.shapes import TensorShape
from costcalc.spaces.draws import Dice, Draws, every
from costcalc.spaces.reading import Reads
from costcalc.spaces.units import Maps, Outcome, Unit, UnitBuilder

if TYPE_CHECKING:
    from costcalc.numeric.tables import Array

Case: TypeAlias = "tuple[UnitBuilder, Unit, Reads]"
Kind: TypeAlias = "tuple[type[TensorShape], Number | None]"
"""The class of a map's shape, and its batch."""
Form: TypeAlias = "list[tuple[int, Kind]]"
"""How many numbers each map has, and its kind."""
Turn: TypeAlias = Callable[[Number], Number]
FEW = 16
"""Units that are built one by one; and a trace that serves fewer is not worth its making."""
ROWS = 1 << 15
"""Units that are computed at a time."""
MAX_OUTCOMES = 400_000
"""Of units alike: each is a step of the walk, which ends before there are more."""
KNOBS = "alpha", "rho"


def prepared(cases: Mapping[Hashable, Case]) -> Iterator[tuple[Hashable, list[Outcome]]]:
    """Yield the outcomes of as many units as it is worth to trace, by their keys."""
    groups: dict[Hashable, list[tuple[Hashable, tuple[Number, ...]]]] = {}
    for key, case in cases.items():
        found = numbers_of(case)
        if found is not None:
            form, numbers = found
            groups.setdefault(form, []).append((key, numbers))
    for group in groups.values():
        while len(group) >= FEW:
            rows = [numbers for _, numbers in group]
            traced = trace(cases[group[0][0]], list(zip(*rows, strict=True)))
            if traced is None:
                break
            group = group[: MAX_OUTCOMES // len(traced.ways) + 1]
            outcomes = traced.outcomes(rows[: len(group)])
            yield from (
                (key, found)
                for (key, _), found in zip(group, outcomes, strict=True)
                if found is not None
            )
            left = [own for own, found in zip(group, outcomes, strict=True) if found is None]
            if len(group) - len(left) < FEW:
                break
            group = left


def numbers_of(case: Case) -> tuple[Hashable, tuple[Number, ...]] | None:
    """All that a unit reads beside numbers, and these; None where some are not known."""
    numbers: list[Number] = []

    def keep(number: Number) -> Number:
        numbers.append(number)
        return number

    _, unit, reads = case
    _turned(case, keep)
    if not all(type(number) in (int, Fraction) for number in numbers):
        return None
    shapes = [unit.maps, *(unit.named.get(name, ()) for name in sorted(reads.maps))]
    rest = [
        (name, None if name not in values or _is_number(values[name]) else _frozen(values[name]))
        for values in (unit.own, unit.params)
        for name in sorted(reads.values & values.keys())
    ]
    is_indexed = unit.item is None or unit.item.indexed
    form = (
        *(unit.item, unit.copy if is_indexed else unit.copy and 1),
        *(unit.sees_params, len(numbers)),
        tuple(tuple((len(one.sides), _kind(one)) for one in own) for own in shapes),
        tuple(rest),
    )
    return form, tuple(numbers)


def map_numbers(case: Case) -> range:
    """Which of its numbers are of the maps that a unit is built on."""
    head, unit, _ = case
    first = sum(name in head.base for name in KNOBS)
    return range(first, first + sum(len(one.dims) for one in unit.maps))


def _turned(case: Case, turn: Turn) -> tuple[dict[str, Number], Unit]:
    """Alpha, rho and a unit, with each number that it reads replaced."""
    head, unit, reads = case
    knobs = {name: turn(head.base[name]) for name in KNOBS if name in head.base}
    named = dict(unit.named)
    maps = tuple(_turned_shape(one, turn) for one in unit.maps)
    for name in sorted(reads.maps & named.keys()):
        named[name] = tuple(_turned_shape(one, turn) for one in named[name])
    own, params = (_turned_values(values, reads, turn) for values in (unit.own, unit.params))
    return knobs, unit._replace(maps=maps, named=named, own=own, params=params)


def _turned_shape(shape: TensorShape, turn: Turn) -> TensorShape:
    return type(shape)(turn(shape.channels), [turn(side) for side in shape.sides], shape.batch)


def _kind(shape: TensorShape) -> Kind:
    return type(shape), shape.batch


def _turned_values(values: Mapping[str, Any], reads: Reads, turn: Turn) -> dict[str, Any]:
    new = dict(values)
    for name in sorted(reads.values & values.keys()):
        if _is_number(values[name]):
            new[name] = turn(values[name])
    return new


def _is_number(value: Any) -> bool:
    return type(value) in (int, Fraction)


def _frozen(value: Any) -> Hashable:
    return tuple(map(_frozen, value)) if isinstance(value, list) else (type(value), value)


class UnitTrace(NamedTuple):
    """A unit built over traced numbers, for one way to draw."""

    trace: Trace
    costs: list[Polynomial]
    maps: list[tuple[list[Polynomial], Kind]]
    """Channels and sides of each map that it makes, and its kind."""

    @property
    def form(self) -> Form:
        return [(len(dims), kind) for dims, kind in self.maps]


class TracedUnit(NamedTuple):
    """A unit for all ways to draw, over the numbers that differ."""

    varying: list[int]
    """Their places among all numbers that it reads."""
    ways: list[tuple[Draws, UnitTrace]]

    def outcomes(self, rows: Sequence[Sequence[Number]]) -> list[list[Outcome] | None]:
        """What it makes of each row of numbers; None where the traces do not serve."""
        found: list[list[Outcome] | None] = []
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            along = [(0, [row[place] for row in part]) for place in self.varying]
            computed = self.computed(along, (len(part),))
            if computed is None:
                return [None] * len(rows)
            served, ways = computed
            columns = [
                (draws, [own.tolist() for own in costs], shapes_of(way.form, rows_of(dims)))
                for (draws, way), (costs, dims) in zip(self.ways, ways, strict=True)
            ]
            for place, is_served in enumerate(served.tolist()):
                found.append(
                    [
                        Outcome(draws, tuple(own[place] for own in costs), shapes[place], None)
                        for draws, costs, shapes in columns
                    ]
                    if is_served
                    else None
                )
        return found

    def computed(
        self, columns: Sequence[tuple[int, Sequence[Number]]], shape: tuple[int, ...]
    ) -> tuple[Array, list[tuple[list[Array], list[Array]]]] | None:
        """Where all traces serve, and the costs and the dims of maps for each way to draw.

        columns: the numbers that vary, each along an axis of the shape. None where there are too
        many of them.
        """
        import numpy as np

        from costcalc.numeric.products import totals
        from costcalc.numeric.tables import Table, TooManyNumbersError, serve

        tables = [Table.along(axis, len(shape), numbers) for axis, numbers in columns]
        everywhere = np.ones(shape, dtype=bool)
        found = []
        for _, way in self.ways:
            try:
                served = serve(way.trace, tables, shape, UNLIMITED)
            except TooManyNumbersError:
                return None
            for axis, along in enumerate(served.along):
                everywhere &= along.reshape([-1 if own == axis else 1 for own in range(len(shape))])
            if served.across is not None:
                everywhere &= served.across
            dims = [dim for own, _ in way.maps for dim in own]
            costs, sides = (
                [totals(one, served.tables, shape) for one in own] for own in (way.costs, dims)
            )
            found.append((costs, sides))
        return everywhere, found


def rows_of(columns: Sequence[Array]) -> Iterator[tuple[int, ...]]:
    return zip(*(own.tolist() for own in columns), strict=True)


def shapes_of(form: Form, rows: Iterable[Sequence[int]]) -> list[Maps]:
    """The maps of each row of channels and sides; those that are alike are one."""
    known: dict[Sequence[int], Maps] = {}

    def made(row: Sequence[int]) -> Maps:
        left = map(whole, row)
        maps = []
        for count, (shape, batch) in form:
            channels, *sides = islice(left, count)
            maps.append(shape(channels, sides, batch))
        return tuple(maps)

    found = []
    for row in rows:
        if row not in known:
            known[row] = made(row)
        found.append(known[row])
    return found


def trace(case: Case, columns: Sequence[Sequence[Number]]) -> TracedUnit | None:
    """Trace a unit over those of the numbers that it reads that differ in their columns.

    None where it is faulty, or depends on more than the numbers.
    """
    _, own = numbers_of(case) or (None, ())
    varying = [place for place, column in enumerate(columns) if len(set(column)) > 1]
    knobs = {str(place): _knob(own[place], columns[place]) for place in varying}
    try:
        return TracedUnit(varying, every(lambda dice: _run(case, knobs, dice)))
    except (CostcalcError, ZeroDivisionError):
        return None


def _knob(value: Number, column: Sequence[Number]) -> Knob:
    is_whole = all(type(number) is int for number in column)
    return Knob(value, is_whole, 0 if min(column) > 0 else None)


def _run(case: Case, knobs: Mapping[str, Knob], dice: Dice) -> UnitTrace:
    traced = Trace(knobs)
    numbers = knobs_of(traced)
    count = iter(range(1_000_000))

    def turn(number: Number) -> Number:
        return numbers.get(str(next(count)), number)

    head = case[0]
    own, unit = _turned(case, turn)
    builder = copy(head)
    builder.base = {**head.base, **own, DRAW: builder.draw}
    if isinstance(own["alpha"], Traced):
        rounding = head.declared.rounding or Rounding()
        builder.base["scaled"] = scaler(own["alpha"], rounding)
    costs, maps = builder.built(unit, dice)
    traced.memo.clear()
    return UnitTrace(
        traced,
        [polynomial_of(cost) for cost in costs],
        [([polynomial_of(dim) for dim in one.dims], _kind(one)) for one in maps],
    )
