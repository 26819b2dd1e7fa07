"""How many networks of a space have each value of a metric that is a maximum, such as the peak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.spaces.weights import Live

MAX_STEPS = 4_000_000
"""Edges that are followed, once for each value."""


def weights_by_maximum(
    paths: Live, place: int, weights: Sequence[Sequence[Any]]
) -> dict[int, Any] | None:
    """The number of paths with each value, or their weight; None where that takes too long.

    Those whose largest cost is a value are those on which no edge costs more, less those on which
    none costs as much.

    weights: of edges, beside `Live.into`.
    """
    values = sorted({edge.costs[place] for edges in paths.into for edge in edges})
    if len(values) * sum(map(len, paths.into)) > MAX_STEPS:
        return None
    found: dict[int, Any] = {}
    below: Any = 0
    for value in values:
        within = _weight_within(paths, place, weights, value)
        if within != below:
            found[value] = within - below
        below = within
    return found


def _weight_within(paths: Live, place: int, weights: Sequence[Sequence[Any]], most: int) -> Any:
    """The weight of the paths on which no edge costs more."""
    before: list[Any] = [0] * len(paths.into)
    before[0] = 1
    for state, edges in enumerate(paths.into):
        for edge, weight in zip(edges, weights[state], strict=True):
            if edge.costs[place] <= most and before[edge.source]:
                before[state] += before[edge.source] * weight
    return before[-1]
