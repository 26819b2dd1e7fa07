"""The best networks of a space within limits: those that cost least, or reach most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.spaces.draws import TooManyError
from costcalc.spaces.limits import Limits, is_sum, within_maxima
from costcalc.spaces.paths import Edge, PathGraph

if TYPE_CHECKING:
    from costcalc.spaces.search.prices import Problem


TOGETHER = 1, 8, 64
"""Networks that are looked for together, by labels; any more are found one by one."""


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
    Raises TooManyError.
    """
    from costcalc.spaces.search.one_by_one import one_by_one
    from costcalc.spaces.search.partial import least

    problem, loss = _problem(graph, values, limits)
    if problem is None:
        return
    known: set[tuple[int, ...]] = set()

    def new(found: Iterable[tuple[int, tuple[int, ...]]]) -> Iterator[Ranked]:
        for own, path in found:
            if path not in known:
                known.add(path)
                edges = tuple(problem.levels.edges[place] for place in path)
                yield Ranked(edges, -(loss.base + own * loss.step))

    with suppress(TooManyError):
        for count in TOGETHER:
            found = least(problem, count)
            yield from new(found)
            if len(found) < count:
                return
    yield from new(one_by_one(problem))


def _problem(
    graph: PathGraph, values: Mapping[int, Sequence[int]], limits: Limits
) -> tuple[Problem | None, Any]:
    """The search for what reaches most, and what a loss is; no search where there is no path."""
    from costcalc.spaces.levels import Levels
    from costcalc.spaces.search.prices import Problem

    if any(not is_sum(name) for name in limits.least):
        raise CostcalcError("a maximum can be limited from above alone here")
    paths = within_maxima(graph, limits.most)
    if not any(paths.into):
        return None, None
    levels = Levels(paths)
    value_of = {
        id(edge): own
        for state, edges in enumerate(graph.out)
        for edge, own in zip(edges, values[state], strict=True)
    }
    loss = levels.reduced(levels.array(-value_of[id(edge)] for edge in levels.edges))
    costs, most = [], []
    for sign, given in ((1, limits.most), (-1, limits.least)):
        for name, limit in given.items():
            if is_sum(name):
                place = graph.place(name)
                numbers = (sign * edge.costs[place] for edge in levels.edges)
                own = levels.reduced(levels.array(numbers))
                costs.append(own.numbers)
                most.append(own.steps_within(sign * limit))
    return Problem(levels, loss.numbers, costs, most), loss


def largest_maximum(graph: PathGraph, metric: str, limits: Limits) -> Iterator[tuple[Edge, ...]]:
    """Yield the networks within limits, those with most of a metric that is a maximum first."""
    place = graph.place(metric)
    for most in sorted(_maxima_within(graph, place, limits), reverse=True):
        if most <= limits.most.get(metric, most):
            reaches = {
                state: [int(edge.costs[place] == most) for edge in edges]
                for state, edges in enumerate(graph.out)
            }
            own = Limits({**limits.most, metric: most}, limits.least)
            for path, value in best_first(graph, reaches, own):
                if not value:
                    break
                yield path


def _maxima_within(graph: PathGraph, place: int, limits: Limits) -> set[int]:
    """The costs, by a metric that is a maximum, of edges that paths within each limit have."""
    zero = {state: [0] * len(edges) for state, edges in enumerate(graph.out)}
    problem, _ = _problem(graph, zero, limits)
    if problem is None:
        return set()
    levels = problem.levels
    # Costs are reduced: behind an edge, a path need cost no more.
    ways = [
        levels.ahead(cost)[levels.source] + cost <= limit
        for cost, limit in zip(problem.costs, problem.limits, strict=True)
    ]
    return {
        edge.costs[place]
        for number, edge in enumerate(levels.edges)
        if all(w[number] for w in ways)
    }
