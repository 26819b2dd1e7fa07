"""The breakpoints of a network's cost along its knobs, and what it costs between them.

Rounding makes cost a step function of a knob: between two breakpoints it is constant. Each trace of
the network lists its breakpoints exactly (`numeric.breaks`); where they show that there are other
structures of the network in between, these are traced too, until nothing new is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.explore.axes import Axis
from costcalc.explore.plan import Plan
from costcalc.explore.ranges import Range
from costcalc.explore.traces import Bounds
from costcalc.metrics import METRICS
from costcalc.numeric.breaks import Breaks, NotAffineError, TooManyError, mixed_with
from costcalc.numeric.exact import nearest_integer, whole
from costcalc.numeric.trace import Trace

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_STEPS = 200_000
"""Breakpoints of one knob."""
MAX_SETTINGS = 4_000_000
"""Combinations of the intervals of all knobs: some 200 MB of costs."""
MAX_MIXED = 10_000
"""Settings of other knobs at which one knob's breakpoints are listed anew."""


class Domain(NamedTuple):
    """Where a knob is searched: at whole numbers or, unless `is_whole`, at all numbers."""

    name: str
    low: Any
    high: Any
    low_open: bool
    is_whole: bool


class Interval:
    """A breakpoint (low is high), or the open interval between two."""

    __slots__ = ("high", "inside", "is_point", "low")

    def __init__(self, low: Any, high: Any) -> None:
        self.low = low
        self.high = high
        self.is_point = low is high
        self.inside: Any = low
        """A value in it: the mediant of its ends, whose denominator is small."""
        if not self.is_point:
            over, under = low.numerator + high.numerator, low.denominator + high.denominator
            self.inside = whole(Fraction(over, under))


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
        self.quick = {metric: METRICS[metric].at_least or metric for metric in metrics}
        """By metric, itself or a bound below it, which is known at every position."""
        self.intervals: list[list[Interval]] = [_intervals(own, ()) for own in domains]
        self.costs: dict[str, npt.NDArray[Any]] = {}
        """Of quick metrics, at every position."""
        self.valid: npt.NDArray[np.bool_]
        varied = [
            Axis(
                own.name,
                Range.of([self.setting(own, own.high)]),
                bounds=Bounds.within(own.low, own.is_whole),
            )
            for own in domains
        ]
        self.plan = plan.with_axes(varied)
        """The knobs to vary are its first axes."""
        self._listed: dict[Any, set[Any]] = {}
        """The breakpoints of each trace along a knob, the others at given values."""
        self._known: list[set[Any]] = [set() for _ in domains]
        """The breakpoints at which the intervals of each knob are split."""
        while self._refine():
            pass
        from costcalc.explore.slow import slow_metrics

        self.slow = slow_metrics(self.plan, self.values(), self.quick)

    def setting(self, own: Domain, value: Any) -> Any:
        """Make the value that an axis takes: a height becomes a size of the network's own shape."""
        if own.name != "resolution":
            return value
        shapes = self.base.inputs.values()
        height, width = next(shape[-2:] for shape in shapes if len(shape) > 2)
        return value, max(1, nearest_integer(Fraction(value * width, height)))

    def values(self) -> list[list[Any]]:
        """A value in each position of each axis."""
        varied = [
            [self.setting(own, position.inside) for position in positions]
            for own, positions in zip(self.domains, self.intervals, strict=True)
        ]
        return [*varied, *(axis.slice(0, 1) for axis in self.base.axes)]

    def _refine(self) -> bool:
        """Cost all positions; split the intervals in which something changes, if there are any."""
        import numpy as np

        shape = tuple(map(len, self.intervals))
        if prod(shape) > MAX_SETTINGS:
            raise CostcalcError(
                f"the search has {prod(shape):,} settings, and the limit is {MAX_SETTINGS:,}",
                hint="a narrower --range, or fewer knobs to vary",
            )
        values = self.values()
        metrics = tuple(dict.fromkeys(self.quick.values()))
        costs = self.plan.over(values, metrics)
        self.fault = next(iter(costs.faults.values()), None)
        none = np.zeros(shape, dtype=np.int64)
        self.costs = {m: costs.metrics.get(m, none).reshape(shape) for m in metrics}
        self.valid = np.ones(shape, dtype=bool)
        if costs.valid is not None:
            self.valid = costs.valid.reshape(shape)
        refined = False
        for axis, own in enumerate(self.domains):
            places = set() if own.is_whole else self._breakpoints(axis, own, values)
            if not places <= self._known[axis]:
                self._known[axis] |= places
                self.intervals[axis] = _intervals(own, self._known[axis])
                refined = True
        return refined

    def _breakpoints(self, axis: int, own: Domain, values: list[list[Any]]) -> set[Any]:
        """Every place along a knob at which a trace says that something may change."""
        traces = self.plan.traces(values, tuple(self.costs))
        if traces.is_full:
            raise CostcalcError(
                f"the network has more than {len(traces.found)} structures along {own.name}",
                hint="sweep it instead, or narrow the range",
            )
        knob = self.plan.axes[axis].key
        found: set[Any] = set()
        for traced in traces.found:
            for others in self._others(traced.trace, knob, values):
                key = id(traced.trace), knob, tuple(others.values())
                if key in self._listed:
                    found |= self._listed[key]
                    continue
                breaks = Breaks(traced.trace, knob, others, MAX_STEPS - len(found), self.plan.work)
                try:
                    self._listed[key] = set(breaks.between(own.low, own.high))
                    found |= self._listed[key]
                except NotAffineError:
                    raise CostcalcError(
                        f"{own.name} is multiplied by itself in this network, or divides: "
                        "its breakpoints are not exact fractions",
                        hint="sweep it instead",
                    ) from None
                except TooManyError:
                    raise CostcalcError(
                        f"the knob has more than {MAX_STEPS:,} steps in its range",
                        hint="narrow it: --range alpha=0.4..0.6, for example",
                    ) from None
        return found

    def _others(self, trace: Trace, knob: str, values: list[list[Any]]) -> Iterator[dict[str, Any]]:
        """The values of the other knobs at which to look for breakpoints of one.

        Where no step depends on that one and another, any will do.
        """
        own = dict(zip(trace.knobs, trace.values, strict=False))
        knobs = self.plan.knobs(values)
        mixed = mixed_with(trace, knob)
        if prod(len(knobs[name]) for name in mixed) > MAX_MIXED:
            raise CostcalcError(
                f"breakpoints of {knob} depend on {' and '.join(mixed)}, with too many values",
                hint="narrow their ranges, or sweep instead",
            )
        for numbers in product(*(knobs[name] for name in mixed)):
            yield {**own, **dict(zip(mixed, numbers, strict=True))}

    # Results

    def counts(self, index: Sequence[int]) -> dict[str, Any]:
        """The metrics at a position: ints, and Fractions of what need not be whole."""
        return {metric: self._count(metric, index) for metric in self.metrics}

    def _count(self, metric: str, index: Sequence[int]) -> Any:
        slow = self.slow.get(metric)
        value = self.costs[metric][tuple(index)] if slow is None else slow.one(index)
        return whole(value) if type(value) is Fraction else int(value)

    def plateau(self, index: Sequence[int], axis: int, *, alone: bool = False) -> Plateau:
        """Join an interval and its neighbours along an axis that cost the same.

        `alone` takes the interval without its neighbours.
        """
        here = self.counts(index)
        positions = self.intervals[axis]

        def same(place: int) -> bool:
            other = [*index[:axis], place, *index[axis + 1 :]]
            return bool(self.valid[tuple(other)]) and all(
                self._count(metric, other) == count for metric, count in here.items()
            )

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


def _intervals(own: Domain, places: Collection[Any]) -> list[Interval]:
    """Whole numbers, or breakpoints and the open intervals between them and the domain's ends."""
    if own.is_whole:
        count = own.high - own.low + 1
        if count > MAX_STEPS:
            raise CostcalcError(
                f"{own.name} has {count:,} values, and the limit is {MAX_STEPS:,}",
                hint=f"narrow it: --range {own.name}={own.low}..{own.low + MAX_STEPS - 1}",
            )
        return [Interval(value, value) for value in range(own.low, own.high + 1)]
    # By floats first: comparing fractions costs more, and few are that close.
    inner = sorted(places, key=lambda end: (end.numerator / end.denominator, end))
    found = [Interval(own.low, own.low)]
    for low, high in pairwise([own.low, *inner, own.high] if own.low < own.high else [own.low]):
        found += [Interval(low, high), Interval(high, high)]
    return found[1:] if own.low_open and len(found) > 1 else found
