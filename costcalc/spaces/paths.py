"""A space as a graph: every path through it is one setting, and costs what its edges cost."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.spaces.draws import Draw, Draws, Path, chance
from costcalc.spaces.units import Costs


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
