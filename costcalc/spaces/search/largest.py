"""The networks of a space within limits, those that cost most by a metric first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from costcalc.spaces.limits import Limits, is_sum, within_maxima
from costcalc.spaces.paths import Edge, PathGraph
from costcalc.spaces.search.attained import TooManySumsError, largest_within
from costcalc.spaces.search.best import best_first, largest_maximum


def largest_first(graph: PathGraph, metric: str, limits: Limits) -> Iterator[Sequence[Edge]]:
    """Yield the networks within limits, the largest first. Raises TooManyError."""
    if not is_sum(metric):
        yield from largest_maximum(graph, metric, limits)
        return
    if metric in limits.most and not limits.least:
        with suppress(TooManySumsError):
            yield from _by_sums(graph, metric, limits)
            return
    place = graph.place(metric)
    values = {state: [edge.costs[place] for edge in edges] for state, edges in enumerate(graph.out)}
    for own in best_first(graph, values, limits):
        yield own.path


def _by_sums(graph: PathGraph, metric: str, limits: Limits) -> Iterator[Sequence[Edge]]:
    """By the sums that are attained. Raises TooManySumsError before the first."""
    others = {
        graph.place(name): own
        for name, own in limits.most.items()
        if name != metric and is_sum(name)
    }
    within = within_maxima(graph, limits.most)
    for path, _ in largest_within(within, graph.place(metric), limits.most[metric], others):
        yield path
