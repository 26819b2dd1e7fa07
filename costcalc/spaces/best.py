"""The best networks of a space within limits: those that cost least, or reach most.

Paths are followed best first, by what they have reached and the most that may still come. A bound
on what may come takes the limits into account: what is reached is charged for what it costs, at a
price at which the best path just keeps within the limit (Lagrange).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.spaces.draws import TooManyError
from costcalc.spaces.limits import Limits, is_sum, within_maxima
from costcalc.spaces.paths import Edge, PathGraph
from costcalc.spaces.weights import Live

MAX_FOLLOWED = 1_000_000
"""Partial paths that are followed."""
SCALE = 1 << 24
"""Prices are multiples of 1 / SCALE."""
PRECISION = 1 << 10
"""A price is found to a part of itself of this size."""


class Ranked(NamedTuple):
    """A network and what it reaches."""

    path: tuple[Edge, ...]
    value: int


def extreme(graph: PathGraph, metric: str, largest: bool) -> list[Edge]:
    """The path of the network that costs least or most by a metric: the first of several."""
    paths = within_maxima(graph, {})
    place = graph.place(metric)
    sign = -1 if largest else 1
    join = int.__add__ if is_sum(metric) else max
    best: list[tuple[int, Edge | None]] = [(0, None)] * len(paths.into)
    for state, edges in enumerate(paths.into):
        if edges:
            costs = [join(best[edge.source][0], edge.costs[place]) for edge in edges]
            own = min(range(len(edges)), key=lambda n: (sign * costs[n], n))
            best[state] = costs[own], edges[own]
    found: list[Edge] = []
    edge = best[-1][1]
    while edge is not None:
        found.append(edge)
        edge = best[edge.source][1]
    return found[::-1]


def best_first(
    graph: PathGraph, values: Mapping[int, Sequence[int]], limits: Limits
) -> Iterator[Ranked]:
    """Yield the networks within limits, those that reach most first.

    values: what each edge adds, by the state that it leaves, beside `PathGraph.out`.
    Raises TooManyError where the search gets too long.
    """
    search = _Search(graph, values, limits)
    yield from search.run()


def largest_maximum(graph: PathGraph, metric: str, limits: Limits) -> Iterator[tuple[Edge, ...]]:
    """Yield the networks within limits, those with most of a metric that is a maximum first."""
    place = graph.place(metric)
    found = {edge.costs[place] for edges in graph.out for edge in edges}
    for most in sorted(found, reverse=True):
        if most <= limits.most.get(metric, most):
            reaches = {
                state: [int(edge.costs[place] == most) for edge in edges]
                for state, edges in enumerate(graph.out)
            }
            for path, value in best_first(
                graph, reaches, Limits({**limits.most, metric: most}, limits.least)
            ):
                if not value:
                    break
                yield path


class _Search:
    def __init__(
        self, graph: PathGraph, values: Mapping[int, Sequence[int]], limits: Limits
    ) -> None:
        self.graph = graph
        self.paths: Live = within_maxima(graph, limits.most)
        value_of = {
            id(edge): own
            for state, edges in enumerate(graph.out)
            for edge, own in zip(edges, values[state], strict=True)
        }
        self.out: list[list[tuple[Edge, int]]] = [[] for _ in self.paths.into]
        for edges in self.paths.into:
            for edge in edges:
                self.out[edge.source].append((edge, value_of[id(edge)]))
        sums = {name: own for name, own in limits.most.items() if is_sum(name)}
        self.places = [graph.place(name) for name in sums]
        self.most = list(sums.values())
        least = {name: own for name, own in limits.least.items() if is_sum(name)}
        self.least = [(graph.place(name), own) for name, own in least.items()]
        if len(least) < len(limits.least):
            raise CostcalcError("a maximum can be limited from above alone here")
        self.cheapest = [
            self._rest([0] * len(graph.metrics), 0, place, -1) for place in self.places
        ]
        self.dearest = [
            self._rest([0] * len(graph.metrics), 0, place, 1) for place, _ in self.least
        ]
        self.prices = self._priced()

    def _rest(self, prices: Sequence[int], scale: int, place: int = 0, sign: int = 0) -> list[int]:
        """The most that may come behind each state: values, less prices times costs."""
        found = [0] * len(self.out)
        for state in range(len(self.out) - 2, -1, -1):
            found[state] = max(
                (
                    scale * value
                    - sum(price * edge.costs[own] for own, price in enumerate(prices) if price)
                    + sign * edge.costs[place]
                    + found[edge.target]
                    for edge, value in self.out[state]
                ),
                default=0,
            )
        return found

    def _priced(self) -> list[tuple[list[int], list[int]]]:
        """Prices of the limited metrics, each with what may come behind each state at them."""
        size = len(self.graph.metrics)
        prices = [0] * size
        free = tuple(prices)
        own = self._cheap(free, list(zip(self.places, self.most, strict=True)))
        return [(list(one), self._rest(one, SCALE)) for one in dict.fromkeys((free, own))]

    def _cheap(self, prices: tuple[int, ...], limits: list[tuple[int, int]]) -> tuple[int, ...]:
        """The prices at which the bound on the whole space is least: it is convex in them.

        Those of the first two metrics are looked for together, and then those of the others.
        """
        nested, others = limits[:2], limits[2:]
        prices = self._nested(prices, nested)
        for limit in others:
            prices = self._nested(prices, [limit])
        return prices

    def _nested(self, prices: tuple[int, ...], limits: list[tuple[int, int]]) -> tuple[int, ...]:
        if not limits:
            return prices
        (place, _), *others = limits
        known: dict[int, tuple[int, tuple[int, ...]]] = {}

        def bound(price: int) -> int:
            if price not in known:
                own = self._nested((*prices[:place], price, *prices[place + 1 :]), others)
                known[price] = self._whole(own), own
            return known[price][0]

        high = 1
        while high < SCALE * SCALE and bound(2 * high) < bound(high):
            high *= 2
        low, high = 0, 2 * high
        while high - low > 2 + high // PRECISION:
            middle = (low + high) // 2
            if bound(middle) <= bound(middle + 1):
                high = middle + 1
            else:
                low = middle
        bound((low + high) // 2)
        bound(0)
        return min(known.values())[1]

    def _whole(self, prices: Sequence[int]) -> int:
        """The most that any network may reach, at prices."""
        charged: int = sum(
            prices[place] * limit for place, limit in zip(self.places, self.most, strict=True)
        )
        return self._rest(prices, SCALE)[0] + charged

    def _bound(self, state: int, value: int, costs: Sequence[int]) -> int | None:
        """The most that a path may reach within the limits, times SCALE; None where none is."""
        for place, limit, rest in zip(self.places, self.most, self.cheapest, strict=True):
            if costs[place] - rest[state] > limit:
                return None
        for (place, own), rest in zip(self.least, self.dearest, strict=True):
            if costs[place] + rest[state] < own:
                return None
        least: int = min(
            SCALE * value
            + rest[state]
            + sum(
                prices[place] * (limit - costs[place])
                for place, limit in zip(self.places, self.most, strict=True)
            )
            for prices, rest in self.prices
        )
        return least

    def run(self) -> Iterator[Ranked]:
        end = len(self.out) - 1
        order = count()
        zero = (0,) * len(self.graph.metrics)
        heap: list[tuple[int, int, int, int, int, tuple[int, ...], tuple[Edge, ...]]] = []
        first = self._bound(0, 0, zero)
        if first is None or not self.out[0]:
            return
        heap.append((-first, 0, 0, 0, 0, zero, ()))
        followed = 0
        while heap:
            _, _, _, state, value, costs, path = heappop(heap)
            if state == end:
                yield Ranked(path, value)
                continue
            followed += 1
            if followed > MAX_FOLLOWED:
                raise TooManyError(
                    f"more than {MAX_FOLLOWED:,} partial networks may still be the best",
                    hint="fewer limits, or draw samples: --sample",
                )
            for edge, own in self.out[state]:
                new = tuple(map(int.__add__, costs, edge.costs))
                reached = value + own
                bound = self._bound(edge.target, reached, new)
                if bound is not None:
                    # Of equal bounds, the path that has come furthest.
                    key = -bound, -edge.target, next(order)
                    heappush(heap, (*key, edge.target, reached, new, (*path, edge)))
