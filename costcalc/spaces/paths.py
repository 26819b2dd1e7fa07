"""A space as a graph: every path through it is one setting, and costs what its edges cost."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from math import lcm
from typing import NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import METRICS
from costcalc.spaces.draws import Draw, Draws, Path, chance
from costcalc.spaces.units import Costs

Cost: TypeAlias = "int | Fraction"
"""A value of a metric; costs of edges are whole, in parts of one where values are not."""


class Edge(NamedTuple):
    """A step from a state to one behind it: what is drawn, and what is built."""

    source: int
    target: int
    prefix: Path
    """Where the paths of its draws begin."""
    inner: Draws
    costs: Costs
    error: CostcalcError | None = None
    """What is wrong with the network from here on."""

    @property
    def draws(self) -> Draws:
        return tuple(Draw(self.prefix + d.path, d.choice, d.option) for d in self.inner)

    @property
    def chance(self) -> Fraction:
        return chance(self.inner)


class PathGraph(NamedTuple):
    """States by number, each behind all those that lead to it; 0 is the start."""

    file: NetworkFile
    setting: Setting
    metrics: tuple[str, ...]
    out: Sequence[Sequence[Edge]]
    """The edges from each state, in the order of what is drawn.

    The last state but one is that of a complete network, and the last one that of what has turned
    out to make no network.
    """

    parts: Sequence[int]
    """How many parts of the costs of edges are 1, by metric: 1 of what is counted."""

    @property
    def end(self) -> int:
        return len(self.out) - 2

    @property
    def faulty(self) -> int:
        return len(self.out) - 1

    @property
    def edges(self) -> int:
        return sum(map(len, self.out))

    def place(self, metric: str) -> int:
        """The place of a metric in the costs of an edge."""
        return self.metrics.index(metric)

    def value(self, metric: str, cost: int) -> Cost:
        """The value of a metric that is summed up in parts."""
        parts = self.parts[self.place(metric)]
        return cost if parts == 1 else Fraction(cost, parts)


def in_whole_parts(
    metrics: Sequence[str], out: Sequence[Sequence[Edge]]
) -> tuple[list[int], Sequence[Sequence[Edge]]]:
    """The edges with whole costs, and how many parts of them are 1, by metric."""
    parts = [1] * len(metrics)
    for place, name in enumerate(metrics):
        if not METRICS[name].is_whole:
            costs = {edge.costs[place] for edge in chain(*out)}
            parts[place] = lcm(*(Fraction(cost).denominator for cost in costs))
    if any(own != 1 for own in parts):
        out = [[edge._replace(costs=_times(edge.costs, parts)) for edge in own] for own in out]
    return parts, out


def _times(costs: Sequence[Cost], parts: Sequence[int]) -> Costs:
    return tuple(int(cost * own) for cost, own in zip(costs, parts, strict=True))
