"""Draw networks of a space that are within limits, each with the same probability.

A path is drawn backwards through tables of sums that are rounded down, by how many paths lead to
each state with the sum that is left: so every path within the rounded limits is as probable as any
other. One whose true costs are over a limit is refused.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, product
from math import ceil, floor
from random import Random
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.spaces.drawn.estimates import wilson
from costcalc.spaces.limits import Limits, is_sum, within_maxima
from costcalc.spaces.paths import Edge, PathGraph
from costcalc.spaces.tables.buckets import Buckets
from costcalc.spaces.weights import largest_sum

MAX_TABLES = 2
"""Metrics that tables are made of; the others are looked at in what is drawn."""
MAX_SAMPLES = 1_000_000
MAX_TRIES = 2_000_000
MAX_BUILT = 2_000
"""Networks that are built while hardly any is within the limits."""
UNLIMITED = 2**200


class Sampled(NamedTuple):
    """A network that was drawn: the edges of its path, and its costs by metric."""

    edges: tuple[Edge, ...]
    costs: dict[str, int]


class Estimate(NamedTuple):
    """How many networks are within limits, by what share of samples is."""

    value: int
    low: int
    high: int
    """The ends of the interval that holds the number in 95 of 100 cases."""
    accepted: int
    tried: int


class Sampler:
    """Draws paths within limits."""

    def __init__(
        self,
        graph: PathGraph,
        limits: Limits,
        seed: int,
        by_chance: bool = False,
        fits: Callable[[Sequence[Edge]], bool] | None = None,
    ) -> None:
        """by_chance: each choice is drawn by itself, and what does not fit is refused.

        fits: whether a network is within further limits, for which it is built.
        """
        self.graph = graph
        self.limits = limits
        self._random = Random(seed)
        self._fits = fits
        self.tried = self.built = self.accepted = 0
        paths = within_maxima(graph, limits.most)
        sums = {name: limits.most.get(name, UNLIMITED) for name in limits.metrics if is_sum(name)}
        tight = dict(sorted(sums.items(), key=lambda pair: pair[1] == UNLIMITED)[:MAX_TABLES])
        places = [graph.place(name) for name in tight]
        pairs = zip(tight.values(), places, strict=True)
        most = [min(own, largest_sum(paths, place)) for own, place in pairs]
        self.buckets = Buckets(paths, places, most, by_chance=by_chance)
        if not self.buckets.is_empty:
            self._start(tight)

    def _start(self, tight: dict[str, int]) -> None:
        """The sums of a whole network from which a path is drawn backwards, and their numbers."""
        table = self.buckets.tables[-1]
        lows = [0] * table.ndim
        deep = len(self.buckets.paths.into)
        known = zip(self.buckets.axes, self.buckets.widths, tight, strict=True)
        for at, (axis, width, name) in enumerate(known):
            steps = -(-(self.limits.least.get(name, axis.base) - axis.base) // axis.step)
            # Each edge is rounded down by less than a bucket.
            lows[at] = max(0, steps // width - (deep if width > 1 else 0))
        self._sums: list[tuple[int, ...]] = []
        weights: list[Any] = []
        ranges = [range(low, size) for low, size in zip(lows, table.shape, strict=True)]
        part = table[tuple(slice(own.start, own.stop) for own in ranges)].ravel().tolist()
        for sums, many in zip(product(*ranges), part, strict=True):
            if many:
                self._sums.append(sums)
                weights.append(many)
        self._totals = list(accumulate(weights))

    @property
    def is_empty(self) -> bool:
        """Whether it is known beforehand that nothing fits."""
        return self.buckets.is_empty or not self._sums

    def draw(self, count: int) -> Iterator[Sampled]:
        """Draw so many networks. Raises CostcalcError where hardly any fits."""
        if not 1 <= count <= MAX_SAMPLES:
            raise CostcalcError(f"there are 1 to {MAX_SAMPLES:,} samples, not {count:,}")
        while self.accepted < count:
            found = self.once()
            if found is not None:
                yield found
            elif (self.tried >= MAX_TRIES and self.accepted * 1000 < self.tried) or (
                self.built >= MAX_BUILT and self.accepted * 100 < self.built
            ):
                how = f", {self.built:,} of them built by themselves" if self.built else ""
                raise CostcalcError(
                    f"of {self.tried:,} networks that were drawn{how}, {self.accepted:,} are "
                    "within all limits: there may be none",
                    hint="loosen a limit",
                )

    def once(self) -> Sampled | None:
        """Draw a network; None where it is over a limit."""
        self.tried += 1
        into = self.buckets.paths.into
        sums = self._sums[self._one_of(self._totals)]
        state = len(into) - 1
        path: list[Edge] = []
        while state:
            place, sums = self.buckets.before(state, sums, self._one_of)
            path.append(into[state][place])
            state = path[-1].source
        path.reverse()
        costs = costs_of(self.graph, path)
        if not self.limits.fits(costs):
            return None
        if self._fits is not None:
            self.built += 1
            if not self._fits(path):
                return None
        self.accepted += 1
        return Sampled(tuple(path), costs)

    def _one_of(self, totals: Any) -> int:
        """A place, drawn by weights that are summed up."""
        if self.buckets.by_chance:
            return min(bisect_right(totals, self._random.random() * totals[-1]), len(totals) - 1)
        return bisect_right(totals, self._random.randrange(int(totals[-1])))

    def estimate(self) -> Estimate:
        """How many networks fit, by those that were drawn so far: without bias."""
        return estimated(self._totals[-1], self.accepted, self.tried)


def estimated(of: int, accepted: int, tried: int) -> Estimate:
    """Estimate how many of some networks are meant, by samples of them that are."""
    low, high = map(Fraction, wilson(accepted / tried, tried))
    return Estimate(of * accepted // tried, floor(of * low), ceil(of * high), accepted, tried)


def costs_of(graph: PathGraph, path: Sequence[Edge]) -> dict[str, int]:
    """The costs of a path by metric."""
    columns = zip(*(edge.costs for edge in path), strict=True)
    return {
        name: (sum if is_sum(name) else max)(column)
        for name, column in zip(graph.metrics, columns, strict=True)
    }
