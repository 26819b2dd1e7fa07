"""Random graphs of paths, and all their paths."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from random import Random

from costcalc.spaces.paths import Edge, PathGraph
from costcalc.spaces.weights import Live


def random_paths(seed: int, states: int = 7, costs: int = 3, unit: int = 1) -> Live:
    """A graph in which each state is reached and left; costs are near multiples of a unit."""
    random = Random(seed)

    def edge(source: int, target: int) -> Edge:
        numbers = random.choices([0, 1, 2] if seed % 2 else [0, 1, 2, 3, 5, 8, 9, 14], k=costs)
        own = tuple(unit * number + random.randrange(unit) % 7 for number in numbers)
        return Edge(source, target, (), (), own)

    into: list[list[Edge]] = [[] for _ in range(states)]
    for state in range(1, states):
        for source in (state - 1, *random.sample(range(state), random.randint(0, min(3, state)))):
            into[state].append(edge(source, state))
    return Live(None, into)  # type: ignore[arg-type]


def every_path(paths: Live, state: int | None = None) -> Iterator[tuple[Edge, ...]]:
    """All paths from the start to a state, by default the last."""
    state = len(paths.into) - 1 if state is None else state
    if state == 0:
        yield ()
    for edge in paths.into[state]:
        for before in every_path(paths, edge.source):
            yield (*before, edge)


def costs_of(path: tuple[Edge, ...]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*(edge.costs for edge in path), strict=True)))


def graph_of(paths: Live) -> PathGraph:
    """The graph of some paths, and an edge that leads to no network."""
    out: list[list[Edge]] = [[] for _ in range(len(paths.into) + 1)]
    for edge in chain.from_iterable(paths.into):
        out[edge.source].append(edge)
    out[1].append(Edge(1, len(paths.into), (), (), (0, 0, 0)))
    metrics = ("macs", "params", "activations")
    return PathGraph(None, None, metrics, out, (1, 1, 1))  # type: ignore[arg-type]
