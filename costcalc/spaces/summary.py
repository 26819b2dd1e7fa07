"""How the costs of a space's networks are distributed: mean, quantiles and a histogram."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from math import lcm
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError, nearest
from costcalc.spaces.limits import is_sum, within_maxima
from costcalc.spaces.paths import Cost, Edge, PathGraph
from costcalc.spaces.sample import costs_of
from costcalc.spaces.search.best import extreme
from costcalc.spaces.subject import Drawn
from costcalc.spaces.tables.maxima import weights_by_maximum
from costcalc.spaces.weights import Live

SETTINGS, CHOICES = "settings", "choices"
MEASURES = SETTINGS, CHOICES
"""Every setting counts once, or as often as it is drawn where each choice is drawn by itself."""
QUANTILES = tuple(Fraction(n, 100) for n in (5, 25, 50, 75, 95))
BARS = 20
"""Of a histogram."""
MAX_SUMS = 300_000
"""Sums that are kept one by one."""
MAX_EXACT_MEAN = 50_000
"""Edges over which a mean is computed in fractions."""


def is_by_choices(measure: str) -> bool:
    """Whether networks count as often as they are drawn. Raises CostcalcError if unknown."""
    if measure not in MEASURES:
        raise CostcalcError(f"unknown measure '{measure}'", hint=nearest(measure, MEASURES))
    return measure == CHOICES


class Quantile(NamedTuple):
    """The cost that a part of the networks does not exceed: from a bound to another."""

    part: Fraction
    least: Cost
    most: Cost


class Bar(NamedTuple):
    """Networks that cost from a number up to another, and their share, which is nearly so."""

    low: Cost
    high: Cost
    share: float


class Distribution(NamedTuple):
    """The costs of a space's networks by one metric."""

    metric: str
    least: Cost
    most: Cost
    mean: Fraction | None
    """None, as quantiles and bars, of a maximum that has too many values to count each."""
    quantiles: Sequence[Quantile]
    bars: Sequence[Bar]

    def in_units(self, parts: int) -> Distribution:
        """The same of costs of which so many parts are 1."""
        if parts == 1:
            return self
        return Distribution(
            self.metric,
            Fraction(self.least, parts),
            Fraction(self.most, parts),
            None if self.mean is None else self.mean / parts,
            [
                Quantile(q.part, Fraction(q.least, parts), Fraction(q.most, parts))
                for q in self.quantiles
            ],
            [
                Bar(Fraction(bar.low, parts), Fraction(bar.high, parts), bar.share)
                for bar in self.bars
            ],
        )


def distribution(graph: PathGraph, metric: str, measure: str, bars: int) -> Distribution:
    """Compute the distribution of a metric. There must be a network."""
    least = costs_of(graph, extreme(graph, metric, largest=False))[metric]
    most = costs_of(graph, extreme(graph, metric, largest=True))[metric]
    paths = within_maxima(graph, {})
    place = graph.place(metric)
    by_chance = is_by_choices(measure)
    if not is_sum(metric):
        found = weights_by_maximum(paths, place, _weights(paths.into, by_chance))
        return (
            Distribution(metric, least, most, None, (), ())
            if found is None
            else _exact(metric, found, bars)
        )
    down = up = _by_sums(paths, place, by_chance)
    if down is None or up is None:
        from costcalc.spaces.tables.histogram import Histograms

        histograms = Histograms(paths, place, most, by_chance)
        down, up = (_Cumulated(*histograms.rounded(up=up)) for up in (False, True))
    quantiles = [Quantile(part, down.quantile(part), up.quantile(part)) for part in QUANTILES]
    return Distribution(
        *(metric, least, most, mean(paths, place, by_chance), quantiles),
        list(_bars(down, up, least, most, bars)),
    )


def distribution_of(
    metric: str, networks: Sequence[Drawn], measure: str, bars: int
) -> Distribution:
    """The distribution of a metric of networks that were built. There must be one."""
    parts = lcm(*(Fraction(drawn.costs[metric]).denominator for drawn in networks))
    by_chance = is_by_choices(measure)
    weights: dict[int, Any] = {}
    for drawn in networks:
        cost = int(drawn.costs[metric] * parts)
        weights[cost] = weights.get(cost, 0) + (drawn.chance if by_chance else 1)
    return _exact(metric, weights, bars).in_units(parts)


def _exact(metric: str, weights: Mapping[int, Any], bars: int) -> Distribution:
    """The distribution where the weight of each cost is known."""
    costs = sorted(weights)
    own = _Cumulated(costs, [weights[cost] for cost in costs], None)
    return Distribution(
        *(metric, costs[0], costs[-1]),
        Fraction(sum(cost * many for cost, many in weights.items())) / Fraction(own.total),
        [Quantile(part, own.quantile(part), own.quantile(part)) for part in QUANTILES],
        list(_bars(own, own, costs[0], costs[-1], bars)),
    )


class _Cumulated:
    """How many networks, or how much chance, there is up to each cost."""

    def __init__(self, costs: Sequence[int], weights: Sequence[Any], total: Any) -> None:
        """costs: rising. total: where not all networks are among the weights."""
        self.costs = costs
        self.sums: list[Any] = list(accumulate(weights))
        self.total = total or self.sums[-1]

    def quantile(self, part: Fraction) -> int:
        wanted = part * self.total if isinstance(self.total, int) else float(part) * self.total
        return self.costs[min(bisect_left(self.sums, wanted), len(self.costs) - 1)]

    def share(self, cost: int) -> float:
        """The share of networks up to a cost."""
        place = bisect_right(self.costs, cost) - 1
        if place < 0:
            return 0.0
        many = self.sums[place]
        return float(Fraction(many, self.total) if isinstance(many, int) else many / self.total)


def _by_sums(paths: Live, place: int, by_chance: bool) -> _Cumulated | None:
    """By all costs that occur; None where they are too many."""
    weights = _weights(paths.into, by_chance)
    found: list[dict[int, Any]] = [{} for _ in paths.into]
    found[0] = {0: 1}
    left = MAX_SUMS
    for state, edges in enumerate(paths.into):
        own = found[state]
        for edge, weight in zip(edges, weights[state], strict=True):
            before = found[edge.source]
            left -= len(before)
            if left < 0:
                return None
            for cost, many in before.items():
                new = cost + edge.costs[place]
                own[new] = own.get(new, 0) + many * weight
    costs = sorted(found[-1])
    return _Cumulated(costs, [found[-1][cost] for cost in costs], None)


def _bars(down: _Cumulated, up: _Cumulated, least: int, most: int, bars: int) -> Any:
    if least == most:
        yield Bar(least, most, 1.0)
        return
    edges = [least + (most - least) * number // bars for number in range(bars + 1)]
    before = 0.0
    for low, high in pairwise(edges):
        last = high == most
        reached = 1.0 if last else (down.share(high - 1) + up.share(high - 1)) / 2
        yield Bar(low, high, max(0.0, reached - before))
        before = reached


def mean(paths: Live, place: int, by_chance: bool) -> Fraction:
    """The mean cost of the networks, exactly; by chance in a very large space, nearly."""
    weights = _weights(paths.into, by_chance)
    size = len(paths.into)
    before: list[Any] = [0] * size
    before[0] = 1
    for state, edges in enumerate(paths.into):
        for edge, weight in zip(edges, weights[state], strict=True):
            before[state] += before[edge.source] * weight
    behind: list[Any] = [0] * size
    behind[-1] = 1
    summed: Any = 0
    for state in range(size - 1, -1, -1):
        for edge, weight in zip(paths.into[state], weights[state], strict=True):
            behind[edge.source] += weight * behind[state]
            summed += before[edge.source] * weight * behind[state] * edge.costs[place]
    total = before[-1]
    return Fraction(summed, total) if isinstance(summed, int) else Fraction(summed / total)


def _weights(into: Sequence[Sequence[Edge]], by_chance: bool) -> list[list[Any]]:
    if not by_chance:
        return [[1] * len(edges) for edges in into]
    is_small = sum(map(len, into)) <= MAX_EXACT_MEAN
    return [[edge.chance if is_small else float(edge.chance) for edge in edges] for edges in into]
