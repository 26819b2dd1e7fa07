"""How many networks of a space cost about so much, or how probable they are: rounded sums.

What an edge costs more than it must is rounded to whole buckets, and added up state by state. Down
and up, the true sums lie between. Only tables that are still to be read are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import getsizeof
from typing import Any, NamedTuple

import numpy as np

from costcalc.spaces.levels import Array, Levels, Reduced
from costcalc.spaces.tables.tables import INT64
from costcalc.spaces.weights import Live, number_of

MAX_BUCKETS = 1 << 14
MAX_ADDITIONS = 500_000_000
"""Of entries of tables: a second's."""
MAX_BYTES = 128 * 2**20
"""Of the tables that are kept at a time."""
SLOWER = 16
"""Times as long an addition takes where a number of networks has more than 64 bits."""


class Histogram(NamedTuple):
    """Weights of networks by what they cost, rounded."""

    costs: Sequence[int]
    """The cost at the lower end of each bucket."""
    weights: Sequence[Any]
    """How many networks are in it, or their probability."""
    total: Any
    """Of all networks, also those that are rounded up beyond the last bucket."""


class Histograms:
    """Makes histograms of one metric, with costs rounded down or up."""

    def __init__(self, paths: Live, place: int, most: int, by_chance: bool) -> None:
        """most: the largest cost that is asked for: not below the least cost of a network."""
        self.levels = Levels(paths)
        edges = self.levels.edges
        self.axis: Reduced = self.levels.reduced(
            self.levels.array(edge.costs[place] for edge in edges)
        )
        self.most = most
        self.chances = np.array([float(edge.chance) for edge in edges]) if by_chance else None
        states = np.arange(self.levels.states)
        self.last_use = states.copy()
        np.maximum.at(self.last_use, self.levels.source, self.levels.target)
        ends = np.bincount(self.last_use, minlength=len(states))
        kept = int((states + 1 - (ends.cumsum() - ends)).max())
        additions, size = MAX_ADDITIONS, 8
        total = 1 if by_chance else number_of(paths)
        if total > INT64:
            additions, size = additions // SLOWER, size + getsizeof(total)
        most = min(additions // len(edges), MAX_BYTES // (size * kept))
        self.buckets = max(2, min(MAX_BUCKETS, most))

    def rounded(self, *, up: bool) -> Histogram:
        steps = self.axis.steps_within(self.most)
        width = -(-(steps + 1) // self.buckets)
        size = steps // width + 1
        numbers = (self.axis.numbers + (width - 1 if up else 0)) // width
        arcs, weights = self._arcs(np.minimum(numbers, size).astype(np.int64), size)
        ends = np.searchsorted(arcs[:, 0], np.arange(self.levels.states + 1)).tolist()
        rows, factors = arcs[:, 1:].tolist(), weights.tolist()
        totals: list[Any] = [1.0 if self.chances is not None else 1]
        tables: dict[int, Array] = {0: np.zeros(size, dtype=self._kind(1))}
        tables[0][0] = 1
        leave: dict[int, list[int]] = {}
        for state, last in enumerate(self.last_use.tolist()):
            leave.setdefault(last, []).append(state)
        for state in range(1, self.levels.states):
            own = range(ends[state], ends[state + 1])
            totals.append(sum(totals[rows[arc][0]] * factors[arc] for arc in own))
            tables[state] = _added(
                np.zeros(size, dtype=self._kind(totals[state])),
                [(tables[rows[arc][0]], rows[arc][1], factors[arc]) for arc in own],
            )
            for done in leave.get(state, ()):
                if done != self.levels.states - 1:
                    del tables[done]
        costs = [
            min(self.most, self.axis.base + place * width * self.axis.step) for place in range(size)
        ]
        return Histogram(costs, tables[self.levels.states - 1].tolist(), totals[-1])

    def _arcs(self, numbers: Array, size: int) -> tuple[Array, Array]:
        """Target, source and number of edges, those alike once; and what they weigh together."""
        levels = self.levels
        keys = (levels.target * levels.states + levels.source) * (size + 1) + numbers
        keys, place, many = np.unique(keys, return_inverse=True, return_counts=True)
        pairs, number = np.divmod(keys, size + 1)
        arcs = np.stack([*np.divmod(pairs, levels.states), number], axis=1)
        if self.chances is None:
            return arcs, many
        return arcs, np.bincount(place.reshape(-1), weights=self.chances)

    def _kind(self, total: Any) -> Any:
        if self.chances is not None:
            return np.float64
        return np.int64 if total <= INT64 else object


def _added(table: Array, parts: Sequence[tuple[Array, int, Any]]) -> Array:
    """Add tables, each moved by a number and so many times; what is moved out of it is lost."""
    size = len(table)
    for before, number, many in parts:
        part = before[: size - number].astype(table.dtype, copy=False)
        table[number:] += part if many == 1 else part * many
    return table
