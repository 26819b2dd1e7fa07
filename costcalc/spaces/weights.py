"""The graph of a space with one whole number on each edge: what the tables add up.

The numbers are costs in steps of their greatest common divisor, or in buckets. Edges of one number
between two states are one arc, which counts as often as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import gcd
from typing import NamedTuple, TypeAlias

from costcalc.spaces.paths import Edge, PathGraph

Arcs: TypeAlias = Sequence[tuple[int, int, int]]
"""Sources, numbers and how many edges each stands for."""


class Weighed:
    """Arcs by the state that they lead to, and what is known of all paths through a state."""

    def __init__(self, into: Sequence[Arcs]) -> None:
        self.into = into
        self.end = len(into) - 1
        size = len(into)
        self.paths = [0] * size
        """How many paths lead to a state; 0 also where none goes on to the end."""
        self.least, self.most = [0] * size, [0] * size
        """Of the numbers on a path to a state."""
        self.paths[0] = 1
        for state in range(1, size):
            arcs = into[state]
            if arcs:
                self.paths[state] = sum(self.paths[source] * many for source, _, many in arcs)
                self.least[state] = min(self.least[source] + own for source, own, _ in arcs)
                self.most[state] = max(self.most[source] + own for source, own, _ in arcs)
        self.rest = [0] * size
        """How many paths lead on from a state to the end."""
        self.rest_least, self.rest_most = [0] * size, [0] * size
        self.rest[self.end] = 1
        seen = {self.end}
        for state in range(size - 1, 0, -1):
            for source, own, many in into[state]:
                self.rest[source] += many * self.rest[state]
                low, high = own + self.rest_least[state], own + self.rest_most[state]
                if source in seen:
                    low = min(low, self.rest_least[source])
                    high = max(high, self.rest_most[source])
                seen.add(source)
                self.rest_least[source], self.rest_most[source] = low, high
        self.last_use = list(range(size))
        """The last state that an arc of a state leads to."""
        for state, arcs in enumerate(into):
            for source, _, _ in arcs:
                self.last_use[source] = state

    @property
    def total(self) -> int:
        return self.paths[self.end]


class Live(NamedTuple):
    """The edges of all paths that lead to a network, by the state that they lead to."""

    graph: PathGraph
    into: Sequence[Sequence[Edge]]
    """States are numbered as in the graph, the end last."""


def live(graph: PathGraph, keeps: Callable[[Edge], bool] | None = None) -> Live:
    """Leave out edges that are on no path from the start to the end.

    keeps: says which edges may be used; all by default.
    """
    size = graph.end + 1
    reached = [False] * size
    reached[0] = True
    into: list[list[Edge]] = [[] for _ in range(size)]
    for state in range(size - 1):
        for edge in graph.out[state] if reached[state] else ():
            if edge.target < size and (keeps is None or keeps(edge)):
                reached[edge.target] = True
                into[edge.target].append(edge)
    leads = [False] * size
    leads[-1] = True
    for state in range(size - 1, -1, -1):
        if not leads[state]:
            into[state] = []
        for edge in into[state]:
            leads[edge.source] = True
    return Live(graph, into)


def number_of(paths: Live) -> int:
    """How many paths there are."""
    counts = [0] * len(paths.into)
    counts[0] = 1
    for state, edges in enumerate(paths.into):
        counts[state] += sum(counts[edge.source] for edge in edges)
    return counts[-1]


def potentials(paths: Live, place: int) -> list[int]:
    """The least cost of a path to each state, by one metric."""
    least = [0] * len(paths.into)
    for state, edges in enumerate(paths.into):
        if edges:
            least[state] = min(least[edge.source] + edge.costs[place] for edge in edges)
    return least


def largest_sum(paths: Live, place: int) -> int:
    """The most that a network costs, by a metric that is a sum."""
    most = [0] * len(paths.into)
    for state, edges in enumerate(paths.into):
        if edges:
            most[state] = max(most[edge.source] + edge.costs[place] for edge in edges)
    return most[-1]


class Excess(NamedTuple):
    """A metric of all paths as what each edge costs more than it must, in steps."""

    base: int
    """The least cost of a network."""
    step: int
    """All costs are the base and a multiple of this."""
    numbers: Sequence[Sequence[int]]
    """Of each edge, beside `Live.into`."""

    def steps_within(self, limit: int) -> int:
        """How many steps above the base still are within a limit; below 0 where even it is not."""
        return (limit - self.base) // self.step

    def cost(self, steps: int) -> int:
        return self.base + steps * self.step


def excess(paths: Live, place: int) -> Excess:
    least = potentials(paths, place)
    over = [
        [least[edge.source] + edge.costs[place] - least[state] for edge in edges]
        for state, edges in enumerate(paths.into)
    ]
    step = gcd(*(own for numbers in over for own in numbers)) or 1
    return Excess(least[-1], step, [[own // step for own in numbers] for numbers in over])


def weigh(paths: Live, numbers: Sequence[Sequence[int]]) -> Weighed:
    """Join edges with the same number between the same states."""
    into: list[Arcs] = []
    for edges, own in zip(paths.into, numbers, strict=True):
        many = Counter((edge.source, number) for edge, number in zip(edges, own, strict=True))
        into.append([(source, number, count) for (source, number), count in many.items()])
    return Weighed(into)


def rounded(numbers: Sequence[Sequence[int]], width: int, up: bool) -> list[list[int]]:
    """Numbers in buckets of a width: rounded up, or down."""
    add = width - 1 if up else 0
    return [[(number + add) // width for number in own] for own in numbers]
