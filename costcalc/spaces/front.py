"""The networks of a space that no other beats in some metrics, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import le
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
    paths = within_maxima(graph, limits.most)
    names = list(dict.fromkeys([*metrics, *(n for n in limits.most if is_sum(n))]))
    places = [graph.place(name) for name in names]
    rest = [_cheapest_rest(paths, place) for place in places]
    bounds = [
        (at, limits.most[name])
        for at, name in enumerate(names)
        if name in limits.most and is_sum(name)
    ]
    joins: list[Any] = [int.__add__ if is_sum(name) else max for name in names]
    joins += [int.__add__] if values else []
    value_of = {
        id(edge): -own
        for state, edges in enumerate(graph.out if values else ())
        for edge, own in zip(edges, (values or {})[state], strict=True)
    }
    fronts: list[list[Label]] = [[] for _ in paths.into]
    fronts[0] = [((0,) * (len(places) + bool(values)), None)]
    made = 0
    for state, edges in enumerate(paths.into):
        found: list[Label] = []
        for edge in edges:
            own = tuple(edge.costs[place] for place in places)
            if values:
                own = (*own, value_of[id(edge)])
            for label in fronts[edge.source]:
                costs = tuple(join(a, b) for join, a, b in zip(joins, label[0], own, strict=True))
                if all(costs[at] + rest[at][state] <= most for at, most in bounds):
                    found.append((costs, (edge, label)))
        if edges:
            fronts[state] = _front(found)
        made += len(found)
        if made > MAX_POINTS:
            raise TooManyError(
                f"more than {MAX_POINTS:,} partial networks may be on the front",
                hint="limit a metric, or take others",
            )
    # A limited metric that is not asked for had to be kept apart up to here.
    asked = [*range(len(metrics)), *([len(places)] if values else [])]
    ends = _front([(tuple(own[0][at] for at in asked), own) for own in fronts[-1]])
    return [_path(label) for _, (_, label) in ends]


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
    kept: list[Label] = []
    for label in labels:
        costs = label[0]
        # With two numbers, the last one kept has the least of the second.
        others = kept[-1:] if len(costs) <= 2 else kept
        if not any(all(map(le, other[0], costs)) for other in others):
            kept.append(label)
    return kept


def _cheapest_rest(paths: Live, place: int) -> list[int]:
    """The least that comes behind each state."""
    rest: dict[int, int] = {len(paths.into) - 1: 0}
    for state in range(len(paths.into) - 1, -1, -1):
        for edge in paths.into[state] if state in rest else ():
            cost = edge.costs[place] + rest[state]
            rest[edge.source] = min(cost, rest.get(edge.source, cost))
    return [rest.get(state, 0) for state in range(len(paths.into))]
