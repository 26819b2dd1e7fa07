"""The edges of a space as arrays, level by level: what is least over all paths, in few steps.

The level of a state is the number of edges on the longest path to it, so that an edge always leads
to a higher level, and all states of a level are computed together. Numbers are int64 where that
holds the sum over any path, and Python's integers in arrays of objects elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from costcalc.spaces.weights import Live

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"
INT64_SUMS = 2**62
"""Below this, two sums may be added up in int64."""


class Reduced(NamedTuple):
    """Numbers of edges as what each makes a path longer than it must be, in steps."""

    numbers: Array
    """At least 0, a number for each edge; on the shortest path from each state they are all 0."""
    base: int
    """The least sum over a path from the start to the end."""
    step: int
    """All sums are the base and a multiple of this."""

    def steps_within(self, limit: int) -> int:
        """How many steps above the base are still within a limit; below 0 if the base is not."""
        return (limit - self.base) // self.step


class Levels:
    """The edges of all paths, in the order of `Live.into`, and the order to pass through them."""

    def __init__(self, paths: Live) -> None:
        self.states = len(paths.into)
        self.edges = list(chain.from_iterable(paths.into))
        self.source = np.array([edge.source for edge in self.edges], dtype=np.int64)
        self.target = np.array([edge.target for edge in self.edges], dtype=np.int64)
        level = [0] * self.states
        for state, edges in enumerate(paths.into):
            level[state] = 1 + max((level[edge.source] for edge in edges), default=-1)
        self.length = max(level)
        """Edges on the longest path."""
        levels = np.array(level)
        self._ahead = list(_groups(self.target, levels[self.target]))
        self._back = list(_groups(self.source, -levels[self.source]))
        self._out = np.argsort(self.source, kind="stable")
        self._out_ends = np.searchsorted(self.source[self._out], np.arange(self.states + 1))

    def out(self, state: int) -> Array:
        """The edges that leave a state."""
        return self._out[self._out_ends[state] : self._out_ends[state + 1]]

    def array(self, numbers: Iterable[int]) -> Array:
        """A number for each edge, of a type that holds the sum over any path."""
        found = list(numbers)
        largest = max(map(abs, found), default=0) * max(1, self.length)
        return np.array(found, dtype=np.int64 if largest < INT64_SUMS else object)

    def ahead(self, numbers: Array) -> Array:
        """The least sum over a path from the start to each state."""
        found = np.zeros(self.states, dtype=numbers.dtype)
        for edges, starts, states in self._ahead:
            sums = found[self.source[edges]] + numbers[edges]
            found[states] = np.minimum.reduceat(sums, starts)
        return found

    def back(self, numbers: Array) -> Array:
        """The least sum over a path from each state to the end."""
        found = np.zeros(self.states, dtype=numbers.dtype)
        for edges, starts, states in self._back:
            sums = found[self.target[edges]] + numbers[edges]
            found[states] = np.minimum.reduceat(sums, starts)
        return found

    def reduced(self, numbers: Array) -> Reduced:
        """What each edge adds to the sum over the shortest path from where it begins."""
        rest = self.back(numbers)
        over = numbers + rest[self.target] - rest[self.source]
        step = int(np.gcd.reduce(over)) if len(over) else 0
        return Reduced(over // (step or 1), int(rest[0]), step or 1)

    def shortest(self, numbers: Array, rest: Array) -> list[int]:
        """The edges of the shortest path, given the least sums from each state to the end."""
        path: list[int] = []
        state = 0
        while state != self.states - 1:
            out = self.out(state)
            path.append(int(out[np.argmin(numbers[out] + rest[self.target[out]])]))
            state = int(self.target[path[-1]])
        return path


def _groups(states: Array, order: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Edges by level, in order: those of a state in a row, where these begin, and the states."""
    edges = np.lexsort((states, order))
    ends = np.flatnonzero(np.diff(order[edges])) + 1
    for part in np.split(edges, ends):
        if len(part):
            own = states[part]
            starts = np.flatnonzero(np.diff(own, prepend=own[0] - 1))
            yield part, starts, own[starts]
