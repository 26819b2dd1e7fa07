"""The traces of one network over its knobs: each serves the settings at which it is built alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.graph.builder import Builder
from costcalc.graph.nodes import Network
from costcalc.graph.tracing import Measure, NetworkTrace, trace_network
from costcalc.numeric.exact import Number
from costcalc.numeric.point import at_point
from costcalc.numeric.trace import Knob, Predicate
from costcalc.numeric.work import TERM, Work

if TYPE_CHECKING:
    from costcalc.explore.filling import Costs

MAX_TRACES = 256
"""Of one network that are kept."""
FEW_POINTS = 16
"""A trace that serves fewer is not worth its making: the rest is built point by point."""
TERMS = 3
"""About as many has a layer."""
MAX_TERMS = 100
"""For each layer and 50 beside them: a trace with more is slower than its network."""

Setting = tuple[Number, ...]
"""A number for each knob."""


class Bounds(NamedTuple):
    """What is known of a knob at every setting that is asked for; see `Knob`."""

    is_whole: bool
    least: Number | None
    above: bool

    @classmethod
    def of(cls, values: Sequence[Number]) -> Bounds:
        """Of all these, coarsely: so that other parts of the same values have the same range."""
        return cls.within(min(values), all(isinstance(value, int) for value in values))

    @classmethod
    def within(cls, low: Number, is_whole: bool) -> Bounds:
        """Of every number from `low` on, or every whole number."""
        return cls(is_whole, 1 if low >= 1 else 0 if low >= 0 else None, False)


class Grid(NamedTuple):
    """Settings: each knob takes its values along an axis. Height and width may share one."""

    shape: tuple[int, ...]
    knobs: Sequence[tuple[int, Sequence[Number]]]
    """By knob, its axis and its values along it."""

    def setting(self, index: Sequence[int]) -> Setting:
        return tuple(values[index[axis]] for axis, values in self.knobs)

    def halves(self) -> Iterator[tuple[list[range], Grid]]:
        """Cut the longest axis in two: the places of each half along all axes, and the half."""
        longest = max(range(len(self.shape)), key=self.shape.__getitem__)
        length = self.shape[longest]
        for places in (range(length // 2), range(length // 2, length)):
            along = [range(own) for own in self.shape]
            along[longest] = places
            knobs = [
                (axis, values[places.start : places.stop] if axis == longest else values)
                for axis, values in self.knobs
            ]
            yield along, Grid(tuple(map(len, along)), knobs)


class Traces:
    """Traces a network where no trace serves yet."""

    def __init__(
        self,
        build: Callable[[Sequence[Number], type[Builder]], Network],
        measure: Measure,
        ranges: Mapping[str, Bounds],
        work: Work,
        *,
        is_open: bool,
    ) -> None:
        self._build = build
        self._measure = measure
        self._ranges = ranges
        self._work = work
        self._closed: set[Predicate] | None = set() if is_open else None
        self.found: list[NetworkTrace] = []

    @property
    def is_full(self) -> bool:
        """Whether there may be traces that were not kept."""
        return len(self.found) == MAX_TRACES

    def layers(self, setting: Setting) -> int:
        """How long a trace takes at a point, in layers; at least 1."""
        if not self.found:
            self.trace(setting)
        return max(1, self.found[0].layers, self.found[0].terms // TERMS)

    def trace(self, setting: Setting) -> NetworkTrace:
        """A new trace, at a setting."""
        knobs = {
            name: Knob(value, *own)
            for (name, own), value in zip(self._ranges.items(), setting, strict=True)
        }

        def build(numbers: Mapping[str, Number], builder: type[Builder]) -> Network:
            return self._build([numbers[name] for name in knobs], builder)

        made = trace_network(build, self._measure, knobs, self._closed)
        if len(self.found) < MAX_TRACES:
            self.found.append(made)
        return made

    def plain(self, setting: Setting) -> dict[str, Number]:
        """What the network costs at a setting, built in plain numbers. Raises CostcalcError."""
        return dict(self._measure(self._build(setting, Builder)))

    def at(self, setting: Setting) -> dict[str, Number]:
        """What the network costs at a setting. Raises CostcalcError."""
        for traced in self.found:
            if not _is_fast(traced):
                return self.plain(setting)
            values = self._values(traced, setting)
            if values is not None:
                break
        else:
            if self.is_full:
                return self.plain(setting)
            traced = self.trace(setting)
            values = self._values(traced, setting)
        if traced.error is not None or values is None:
            return self.plain(setting)  # a fault is told with the numbers of this setting
        return {name: polynomial.at(values) for name, polynomial in traced.metrics.items()}

    def _values(self, traced: NetworkTrace, setting: Setting) -> list[Number] | None:
        self._work.charge(TERM * traced.terms)
        return at_point(traced.trace, dict(zip(traced.trace.knobs, setting, strict=True)))

    def over(self, grid: Grid) -> Costs:
        """What the network costs at all points of a grid, which is cut where it is large."""
        from costcalc.explore.filling import joined
        from costcalc.numeric.tables import TooManyNumbersError

        with suppress(TooManyNumbersError):  # which holds the tables made so far until it is left
            return self._over(grid)
        parts = [(places, self.over(half)) for places, half in grid.halves()]
        return joined(grid.shape, parts)

    def _over(self, grid: Grid) -> Costs:
        from costcalc.explore.filling import Filling
        from costcalc.numeric.tables import Table

        tables = [Table.along(axis, len(grid.shape), own) for axis, own in grid.knobs]
        filling = Filling(grid.shape, self._work)
        for traced in self.found:
            if _is_fast(traced):
                filling.add(traced, tables)
        made = served = 0
        while (place := filling.first_left()) is not None:
            setting = grid.setting(place)
            # The first few traces are free; then they must have served some points on average.
            if made < MAX_TRACES and served >= FEW_POINTS * (made - 4):
                traced = self.trace(setting)
                if _is_fast(traced):
                    served += filling.add(traced, tables)
                made += 1
            if filling.is_left(place):
                try:
                    filling.put(place, self.plain(setting))
                except CostcalcError as error:
                    filling.put(place, error)
        return filling.costs()


def _is_fast(traced: NetworkTrace) -> bool:
    """Whether it is worth running, and not slower than the network itself is built."""
    return traced.terms <= MAX_TERMS * (traced.layers + 50)
