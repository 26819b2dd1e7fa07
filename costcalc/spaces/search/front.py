"""The networks of a space that no other beats in some metrics, exactly."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from costcalc.errors import CostcalcError
from costcalc.spaces.draws import TooManyError
from costcalc.spaces.limits import Limits, is_sum, within_maxima
from costcalc.spaces.paths import Edge, PathGraph
from costcalc.spaces.subject import Drawn
from costcalc.spaces.weights import Live

Label: TypeAlias = tuple[tuple[int, ...], Any]
"""Costs, and the last edge with the label before it; None at the start."""
Last = TypeVar("Last")
Network = TypeVar("Network", bound=Drawn)


MAX_POINTS = 2_000_000
"""Partial networks that are made, where at most three numbers are compared."""
MAX_COMPARED = 300_000
"""Where there are more, so that each is compared with all that are kept."""


def pareto(
    graph: PathGraph,
    metrics: Sequence[str],
    limits: Limits,
    values: Mapping[int, Sequence[int]] | None = None,
) -> list[tuple[Edge, ...]]:
    """The networks within limits that no other beats in some metrics, cheapest in the first first.

    values: what each edge adds to what is to be large, by the state that it leaves. One network
    stands for all with the same costs. Raises TooManyError.
    """
    if limits.least:
        raise CostcalcError("a front takes limits from above alone")
    search = _Search(graph, list(dict.fromkeys(metrics)), limits, values)
    ends = _front([(search.asked(label), label) for label in search.labels()])
    return [_path(link) for _, (_, link) in ends]


class _Search:
    """Follows all paths that may be on the front, by their costs so far."""

    def __init__(
        self,
        graph: PathGraph,
        metrics: list[str],
        limits: Limits,
        values: Mapping[int, Sequence[int]] | None,
    ) -> None:
        self.paths = within_maxima(graph, limits.most)
        # A limited metric that is not asked for has to be kept apart up to the end.
        names = list(dict.fromkeys([*metrics, *filter(is_sum, limits.most)]))
        self.places = [graph.place(name) for name in names]
        rest = [_cheapest_rest(self.paths, place) for place in self.places]
        self.bounds = [
            (at, limits.most[name], rest[at])
            for at, name in enumerate(names)
            if name in limits.most and is_sum(name)
        ]
        """The place of each limited sum, its limit, and the least that comes behind each state."""
        self.joins: list[Any] = [int.__add__ if is_sum(name) else max for name in names]
        self.value_of: dict[int, int] = {}
        """What edges add to the costs, so that what is to be large is small."""
        self.kept = [*range(len(metrics))]
        if values is not None:
            self.joins.append(int.__add__)
            self.kept.append(len(names))
            for state, edges in enumerate(graph.out):
                negative = (-value for value in values[state])
                self.value_of.update(zip(map(id, edges), negative, strict=True))

    def asked(self, label: Label) -> tuple[int, ...]:
        """The costs of a label that are asked for."""
        return tuple(label[0][at] for at in self.kept)

    def labels(self) -> list[Label]:
        """The front of the networks, with all metrics. Raises TooManyError."""
        fronts: list[list[Label]] = [[] for _ in self.paths.into]
        fronts[0] = [((0,) * len(self.joins), None)]
        made = 0
        most = MAX_POINTS if len(self.joins) <= 3 else MAX_COMPARED
        for state, edges in enumerate(self.paths.into):
            found = [
                own for edge in edges for own in self._extended(fronts[edge.source], edge, state)
            ]
            made += len(found)
            if made > most:
                raise TooManyError(
                    f"more than {most:,} partial networks may be on the front",
                    hint="limit a metric, or take fewer of them",
                )
            if edges:
                fronts[state] = _front(found)
        return fronts[-1]

    def _extended(self, labels: Sequence[Label], edge: Edge, state: int) -> Iterator[Label]:
        """The labels of a state behind an edge, as far as a network may be within the limits."""
        own = [edge.costs[place] for place in self.places]
        if self.value_of:
            own.append(self.value_of[id(edge)])
        for label in labels:
            costs = tuple(join(a, b) for join, a, b in zip(self.joins, label[0], own, strict=True))
            if all(costs[at] + rest[state] <= most for at, most, rest in self.bounds):
                yield costs, (edge, label)


def _path(link: Any) -> tuple[Edge, ...]:
    path: list[Edge] = []
    while link is not None:
        path.append(link[0])
        link = link[1][1]
    return tuple(reversed(path))


def unbeaten(networks: Sequence[Network], metrics: Sequence[str]) -> list[Network]:
    """Of networks that were built, those that no other beats in metrics and score."""
    labels: list[tuple[Any, Network]] = [
        ((*(drawn.costs[name] for name in metrics), -(drawn.score or 0)), drawn)
        for drawn in networks
    ]
    return [drawn for _, drawn in _front(labels)]


def _front(labels: list[tuple[Any, Last]]) -> list[tuple[Any, Last]]:
    """The labels that no other beats, in order of their costs."""
    labels.sort(key=lambda label: label[0])
    if labels and len(labels[0][0]) > 3:
        return _by_comparisons(labels)
    stairs = _Stairs()
    return [label for label in labels if stairs.add(*(*label[0][1:], 0, 0)[:2])]


class _Stairs:
    """The pairs of numbers of which no other is as small in both: one number rises, one falls."""

    def __init__(self) -> None:
        self._rising: list[Any] = []
        self._falling: list[Any] = []

    def add(self, rising: Any, falling: Any) -> bool:
        """Add a pair; False where one that is there is at most as large in both."""
        place = bisect_right(self._rising, rising)
        if place and self._falling[place - 1] <= falling:
            return False
        start = bisect_left(self._rising, rising, hi=place)
        stop = start
        while stop < len(self._falling) and self._falling[stop] >= falling:
            stop += 1
        self._rising[start:stop] = [rising]
        self._falling[start:stop] = [falling]
        return True


def _by_comparisons(labels: Sequence[tuple[Any, Last]]) -> list[tuple[Any, Last]]:
    """The labels in order that none before them beats, by any number of costs."""
    import numpy as np

    from costcalc.spaces.search import dominance

    def array(column: Sequence[Any]) -> dominance.Array:
        is_small = all(type(own) is int and abs(own) < 2**63 for own in column)
        return np.array(column, dtype=np.int64 if is_small else object)

    columns = list(map(array, zip(*(costs for costs, _ in labels), strict=True)))
    return [labels[place] for place in dominance.unbeaten(columns).tolist()]


def _cheapest_rest(paths: Live, place: int) -> list[int]:
    """The least that comes behind each state."""
    rest: dict[int, int] = {len(paths.into) - 1: 0}
    for state in range(len(paths.into) - 1, -1, -1):
        for edge in paths.into[state] if state in rest else ():
            cost = edge.costs[place] + rest[state]
            rest[edge.source] = min(cost, rest.get(edge.source, cost))
    return [rest.get(state, 0) for state in range(len(paths.into))]
