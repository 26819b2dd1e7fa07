"""The breakpoints of a network's cost along its knobs, and what it costs between them.

Rounding makes cost a step function of a knob: between two breakpoints it is constant. Breakpoints
are exact, because between those that are known, everything that is rounded is affine in the knob.
The network is built over the middles of all intervals at once, with numbers that keep their
tangents (`numeric.grid.tangents`). Where the grid records that one is rounded or compared, its
value and its tangent say at which fractions within the interval the outcome changes. These split
the interval, and the network is built anew, until no interval has a breakpoint inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore.plan import Axis, Plan
from costcalc.explore.ranges import Range
from costcalc.numeric.exact import nearest_integer, whole

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from costcalc.numeric.grid import Grid, RoundingEvent

MAX_STEPS = 200_000
"""Breakpoints of one knob."""
MAX_SETTINGS = 10_000_000
"""Combinations of the intervals of all knobs."""


class Domain(NamedTuple):
    """Where a knob is searched: at whole numbers or, unless `is_whole`, at all numbers."""

    name: str
    low: Any
    high: Any
    low_open: bool
    is_whole: bool


class Interval:
    """A breakpoint (low is high), or the open interval between two."""

    __slots__ = ("half", "high", "is_point", "low", "middle")

    def __init__(self, low: Any, high: Any) -> None:
        self.low = low
        self.high = high
        self.is_point = low is high
        self.middle: Any = low
        self.half: Any = 0
        """How far the ends are from the middle."""
        if not self.is_point:
            over, under = low.numerator * high.denominator, low.denominator * high.denominator
            other = high.numerator * low.denominator
            self.middle = whole(Fraction(over + other, 2 * under))
            self.half = whole(Fraction(other - over, 2 * under))


class Plateau(NamedTuple):
    """Neighbouring values of a knob of the same cost."""

    low: Any
    high: Any
    low_open: bool
    high_open: bool

    def value(self, is_whole: bool) -> Any:
        """Choose the shortest decimal in it, or the largest whole number."""
        return self.high if is_whole else shortest_decimal(self)


def shortest_decimal(plateau: Plateau) -> Any:
    """Find the least decimal of the fewest places in a plateau, or take its middle.

    >>> shortest_decimal(Plateau(Fraction(513, 1024), Fraction(514, 1024), False, True))
    Fraction(501, 1000)
    """
    low, high = Fraction(plateau.low), Fraction(plateau.high)
    for places in range(40):
        unit = 10**places
        first = -(-low * unit // 1)
        if plateau.low_open and first == low * unit:
            first += 1
        if first < high * unit or (first == high * unit and not plateau.high_open):
            return whole(Fraction(int(first), unit))
    return whole((low + high) / 2)


class Breakpoints:
    """The intervals of each knob, and the cost at every combination of them."""

    def __init__(self, plan: Plan, domains: Sequence[Domain], metrics: Sequence[str]) -> None:
        """Refine the intervals until none has a breakpoint inside. Axes of plan have one value."""
        self.base = plan
        self.domains = domains
        self.metrics = metrics
        self.tracked = [number for number, own in enumerate(domains) if not own.is_whole]
        self.intervals: list[list[Interval]] = [_first_intervals(own) for own in domains]
        self.costs: dict[str, npt.NDArray[Any]] = {}
        self.valid: npt.NDArray[np.bool_]
        while self._refine():
            pass

    def plan(self) -> Plan:
        axes = [
            Axis(own.name, Range.of(self.setting(own, position.middle) for position in positions))
            for own, positions in zip(self.domains, self.intervals, strict=True)
        ]
        return self.base.with_axes(axes)

    def setting(self, own: Domain, value: Any) -> Any:
        """Make the value that an axis takes: a height becomes a size of the network's own shape."""
        if own.name != "resolution":
            return value
        shapes = self.base.declared.inputs or {}
        height, width = next(shape[1:] for shape in shapes.values() if len(shape) == 3)
        return value, max(1, nearest_integer(Fraction(value * width, height)))

    def _refine(self) -> bool:
        """Cost the middles of all intervals; split those with breakpoints inside, if any."""
        import numpy as np

        from costcalc.numeric.grid import Grid, NotAffineError

        knobs = len(self.domains)
        shape = tuple(map(len, self.intervals))
        if prod(shape) > MAX_SETTINGS:
            raise CostcalcError(
                f"the search has {prod(shape):,} settings, and the limit is {MAX_SETTINGS:,}",
                hint="a narrower --range, or fewer knobs to vary",
            )
        plan = self.plan()
        values = [axis.slice(0, axis.count) for axis in plan.axes]
        self.valid = np.zeros(shape, dtype=bool)
        self.costs = {metric: np.zeros(shape, dtype=np.int64) for metric in self.metrics}
        self.fault: CostcalcError | None = None
        steps: list[set[Any]] = [set() for _ in self.domains]
        grids: list[Grid] = []

        def costs_of(some: list[list[Any]]) -> dict[str, Any] | None:
            grid = Grid([len(axis) for axis in some])
            grid.events = []
            grids.append(grid)
            try:
                costs = measure(plan.over(some, grid, self.tracked), self.metrics)
            except CostcalcError as error:
                self.fault = error
                return None
            except NotAffineError:
                names = " and ".join(self.domains[number].name for number in self.tracked)
                raise CostcalcError(
                    f"{names} is multiplied by itself in this network, or divides: "
                    "its breakpoints are not exact fractions",
                    hint="sweep it instead",
                ) from None
            shape = grid.shape[:knobs]
            return {metric: grid.values(cost).reshape(shape) for metric, cost in costs.items()}

        for places, arrays in plan.by_structure(values, costs_of):
            for axis in self.tracked:
                own = [self.intervals[axis][place] for place in places[axis]]
                steps[axis] |= _steps(grids[-1], axis, own, len(steps[axis]))
            if arrays is None:
                continue
            part = np.ix_(*places[:knobs])
            self.valid[part] = True
            for metric, array in arrays.items():
                if array.dtype == object:
                    self.costs[metric] = self.costs[metric].astype(object)
                self.costs[metric][part] = array
        for axis, found in enumerate(steps):
            if found:
                self.intervals[axis] = _split(self.intervals[axis], found)
        return any(steps)

    # Results

    def counts(self, index: Sequence[int]) -> dict[str, int]:
        return {metric: int(costs[tuple(index)]) for metric, costs in self.costs.items()}

    def plateau(self, index: Sequence[int], axis: int, *, alone: bool = False) -> Plateau:
        """Join an interval and its neighbours along an axis that cost the same.

        `alone` takes the interval without its neighbours.
        """
        here = self.counts(index)
        positions = self.intervals[axis]

        def same(place: int) -> bool:
            other = [*index[:axis], place, *index[axis + 1 :]]
            return bool(self.valid[tuple(other)]) and self.counts(other) == here

        first = last = index[axis]
        while not alone and first > 0 and same(first - 1):
            first -= 1
        while not alone and last + 1 < len(positions) and same(last + 1):
            last += 1
        low, high = positions[first], positions[last]
        return Plateau(low.low, high.high, not low.is_point, not high.is_point)

    def knobs(self, index: Sequence[int]) -> tuple[dict[str, Any], dict[str, Plateau]]:
        """Choose the value of each knob at a position, and say on which plateau it lies.

        Along the first knob, neighbours of the same cost are one plateau. The other knobs keep to
        their interval, so that any values of the plateaus cost the same together.
        """
        plateaus = {
            own.name: self.plateau(index, axis, alone=axis > 0)
            for axis, own in enumerate(self.domains)
        }
        knobs = {
            own.name: self.setting(own, plateaus[own.name].value(own.is_whole))
            for own in self.domains
        }
        return knobs, plateaus


# Intervals


def _first_intervals(own: Domain) -> list[Interval]:
    if own.is_whole:
        count = own.high - own.low + 1
        if count > MAX_STEPS:
            raise CostcalcError(
                f"{own.name} has {count:,} values, and the limit is {MAX_STEPS:,}",
                hint=f"narrow it: --range {own.name}={own.low}..{own.low + MAX_STEPS - 1}",
            )
        return [Interval(value, value) for value in range(own.low, own.high + 1)]
    ends = [Interval(own.high, own.high)]
    if own.low < own.high:
        ends.insert(0, Interval(own.low, own.high))
        if not own.low_open:
            ends.insert(0, Interval(own.low, own.low))
    return ends


def _split(positions: Sequence[Interval], steps: set[Any]) -> list[Interval]:
    """Split intervals at the breakpoints that lie in them."""
    points = {p for position in positions for p in (position.low, position.high)} | steps
    # By floats first: comparing fractions costs more, and few are that close.
    ordered = sorted(points, key=lambda point: (point.numerator / point.denominator, point))
    first = positions[0]
    result: list[Interval] = []
    for low, high in zip([None, *ordered], ordered, strict=False):
        if low is not None:
            result.append(Interval(low, high))
        result.append(Interval(high, high))
    return result if first.is_point else result[1:]


def _steps(grid: Grid, axis: int, positions: Sequence[Interval], before: int) -> set[Any]:
    """Find the breakpoints within the intervals of an axis, from what the grid recorded."""
    events = [event for event in grid.events or () if axis in (event.value.tangents or {})]
    half = grid.axis(axis, [position.half for position in positions]) if events else None
    found: set[Any] = set()
    for event in events:
        for position, value, rate, level, count in _crossings(event, axis, half, positions):
            if before + len(found) + count > MAX_STEPS:
                raise CostcalcError(
                    f"the knob has more than {MAX_STEPS:,} steps in its range",
                    hint="narrow it: --range alpha=0.4..0.6, for one",
                )
            first = position.middle + (level - value) / rate
            # All on one denominator: adding fractions would take most of the time of a search.
            start, step = first.numerator * rate.numerator, first.denominator * rate.denominator
            under = first.denominator * rate.numerator
            found.update(whole(Fraction(start + n * step, under)) for n in range(count))
    return found


def _crossings(
    event: RoundingEvent, axis: int, half: Any, positions: Sequence[Interval]
) -> Iterator[tuple[Interval, Fraction, Fraction, int, int]]:
    """Find the intervals in which an outcome changes.

    Yields the interval, the value at its middle, its rate, the first level that it passes and how
    many. A number that is rounded down passes whole numbers, one that is compared passes 0.
    """
    import numpy as np

    from costcalc.numeric.grid import Ratios

    value, tangent = event.value.untracked(), event.value.tangents[axis]
    ends = Ratios(value - tangent * half), Ratios(value + tangent * half)
    at = Ratios(value), Ratios(tangent)
    for index in np.argwhere(ends[0].crosses(ends[1], event.kind)).tolist():
        low, high = sorted(end.value(index) for end in ends)
        first, last = (low // 1 + 1, -(-high // 1) - 1) if event.kind == "floor" else (0, 0)
        here, rate = (number.value(index) for number in at)
        yield positions[index[axis]], here, rate, first, last - first + 1
