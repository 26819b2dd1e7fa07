"""What a search must find, found the slow way: the cost on every breakpoint, and between them.

It shares no code with the search. Who asks says where the knobs may have breakpoints, by the rules
of the network language, and may name too many: neighbours that cost the same become one plateau.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import ceil, floor
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError

COUNTS = ("macs", "flops", "params", "other_ops", "activations")


class Cell(NamedTuple):
    """A value of a knob (low is high), or the open interval between two."""

    low: Any
    high: Any

    @property
    def inside(self) -> Any:
        return self.low if self.low == self.high else (self.low + self.high) / 2

    @property
    def is_open(self) -> bool:
        return self.low != self.high


def cells(steps: Iterable[Any], low: Any, high: Any, low_open: bool = True) -> list[Cell]:
    """A range that is cut at its steps: (low, a), a, (a, b), b, ..., high."""
    low, high = Fraction(low), Fraction(high)
    points = sorted({low, high, *(step for step in steps if low < step < high)})
    found = [Cell(low, low)]
    for before, after in pairwise(points):
        found += [Cell(before, after), Cell(after, after)]
    return found[1:] if low_open else found


def wholes(low: int, high: int) -> list[Cell]:
    return [Cell(value, value) for value in range(low, high + 1)]


# Where what is computed from a knob x comes out otherwise


def integers(rate: Any, shift: Any, low: Any, high: Any) -> set[Fraction]:
    """Where rate * x + shift is a whole number."""
    rate, shift = Fraction(rate), Fraction(shift)
    ends = sorted((rate * low + shift, rate * high + shift))
    return {(k - shift) / rate for k in range(floor(ends[0]), ceil(ends[1]) + 1)}


def divisible_steps(rate: Any, divisor: int, low: Any, high: Any) -> set[Fraction]:
    """Where divisible(rate * x, divisor) may step: half way, and where 0.9 of it is passed."""
    rate = Fraction(rate)
    half_way = integers(rate / divisor, Fraction(1, 2), low, high)
    passed = integers(rate * Fraction(9, 10) / divisor, 0, low, high)
    return half_way | passed


def width_steps(width: int, rounding: str | int, low: Any, high: Any) -> set[Fraction]:
    """Where a declared width times alpha comes out as another channel count."""
    if isinstance(rounding, int):
        return divisible_steps(width, rounding, low, high)
    return integers(width, Fraction(1, 2) if rounding == "nearest" else 0, low, high)


# Costs


Costs = dict[tuple[int, ...], "dict[str, int] | None"]


class Table:
    """What the network costs at every combination of the knobs' cells; None where it cannot be."""

    def __init__(
        self,
        model: Any,
        axes: Mapping[str, Sequence[Cell]],
        value: Callable[[str, Any], Any] = lambda name, inside: inside,
        **fixed: Any,
    ) -> None:
        self.names = list(axes)
        self.axes = list(axes.values())
        self.costs: Costs = {}
        for index in product(*(range(len(axis)) for axis in self.axes)):
            knobs = {
                name: value(name, axis[place].inside)
                for name, axis, place in zip(self.names, self.axes, index, strict=True)
            }
            self.costs[index] = cost_of(model, **knobs, **fixed)

    @property
    def known(self) -> list[dict[str, int]]:
        return [counts for counts in self.costs.values() if counts is not None]

    def feasible(self, index: tuple[int, ...], limits: Mapping[str, int]) -> bool:
        counts = self.costs[index]
        return counts is not None and not exceeded(counts, limits)

    def largest(self, limits: Mapping[str, int]) -> list[tuple[int, ...]]:
        """Every combination within limits such that no other has all knobs as large."""
        reached: dict[tuple[int, ...], bool] = {}
        found = []
        for index in reversed(list(self.costs)):
            above = any(reached.get(other, False) for other in _next_ones(index))
            fits = self.feasible(index, limits)
            reached[index] = above or fits
            if fits and not above:
                found.append(index)
        return found

    def plateau(self, index: tuple[int, ...], metrics: Sequence[str], axis: int = 0) -> "Plateau":
        """All neighbours along an axis that cost the same."""
        row = self.axes[axis]

        def counts(place: int) -> Any:
            return picked(self.costs[(*index[:axis], place, *index[axis + 1 :])], metrics)

        first = last = index[axis]
        while first > 0 and counts(first - 1) == counts(index[axis]):
            first -= 1
        while last + 1 < len(row) and counts(last + 1) == counts(index[axis]):
            last += 1
        return Plateau(row[first].low, row[last].high, row[first].is_open, row[last].is_open)

    def above(self, index: tuple[int, ...]) -> tuple[int, ...] | None:
        """The first place above along the first knob where there is a network."""
        for place in range(index[0] + 1, len(self.axes[0])):
            other = (place, *index[1:])
            if self.costs[other] is not None:
                return other
        return None

    def nearest_ratio(self, limits: Mapping[str, int]) -> Fraction:
        """The least, over all places, of the worst metric over its limit."""
        return min(worst_ratio(counts, limits) for counts in self.known)


def _next_ones(index: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for axis, place in enumerate(index):
        yield (*index[:axis], place + 1, *index[axis + 1 :])


def cost_of(model: Any, **knobs: Any) -> dict[str, int] | None:
    params = {
        name: knobs.pop(name) for name in list(knobs) if name not in ("alpha", "rho", "resolution")
    }
    try:
        totals = model.cost(params, **knobs).totals
    except CostcalcError:
        return None
    return {metric: getattr(totals, metric) for metric in COUNTS}


def exceeded(counts: Mapping[str, int], limits: Mapping[str, int]) -> list[str]:
    return [metric for metric, limit in limits.items() if counts[metric] > limit]


def picked(counts: Mapping[str, int] | None, metrics: Sequence[str]) -> Any:
    return None if counts is None else {metric: counts[metric] for metric in metrics}


def worst_ratio(counts: Mapping[str, int], limits: Mapping[str, int]) -> Fraction:
    return max(Fraction(counts[metric], max(1, limit)) for metric, limit in limits.items())


class Plateau(NamedTuple):
    low: Any
    high: Any
    low_open: bool
    high_open: bool

    def holds(self, value: Any) -> bool:
        above = self.low < value if self.low_open else self.low <= value
        below = value < self.high if self.high_open else value <= self.high
        return above and below

    def shortest(self) -> Any:
        """The least of the decimals in it that have the fewest places; else its middle."""
        for places in range(40):
            start = floor(self.low * 10**places)
            for digits in (start, start + 1):
                value = Fraction(digits, 10**places)
                if self.holds(value):
                    return value
        return Fraction(self.low + self.high) / 2
