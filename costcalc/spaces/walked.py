"""A space that was walked: its networks by their paths and numbers, and what makes none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting, replace
from costcalc.language.library import shown_path
from costcalc.language.network_file import NetworkFile
from costcalc.spaces.draws import Draw, check_countable
from costcalc.spaces.faults import Fault, faults_of
from costcalc.spaces.paths import Cost, Edge, PathGraph
from costcalc.spaces.sample import costs_of
from costcalc.spaces.subject import Drawn, NoChoicesError, Subject
from costcalc.spaces.tables.numbers import Numbers
from costcalc.spaces.whole import WholeNetworks, walk_by_items


class Numbered(Drawn):
    """A network that was found by its path."""

    def __init__(
        self,
        space: Walked,
        path: Sequence[Edge],
        costs: Mapping[str, Cost],
        score: Fraction | None = None,
    ) -> None:
        super().__init__(space, costs, score)
        self.space = space
        self.path = path

    @property
    def draws(self) -> list[Draw]:
        return [draw for edge in self.path for draw in edge.draws]

    @property
    def number(self) -> int:
        return self.space.numbers.number(self.path)

    @property
    def title(self) -> str:
        path = shown_path(self.space.file.path)
        return f"Network {self.number:,} of {self.space.numbers.total:,} of {path}."


class Walked(Subject):
    """The networks that a file with choices describes, at a setting."""

    def __init__(self, file: NetworkFile, setting: Setting, metrics: Iterable[str]) -> None:
        super().__init__(file, setting, metrics)
        self.graph: PathGraph = walk_by_items(file, setting, self.metrics)
        self.setting = self.graph.setting
        if all(not edge.inner for edges in self.graph.out for edge in edges):
            build(file, setting)  # what is wrong with the one network comes first
            raise NoChoicesError(file.path)
        check_countable(self.total + self.impossible)
        whole = [name for name in self.metrics if name not in self.graph.metrics]
        self.whole = WholeNetworks(self.graph, whole)

    @cached_property
    def numbers(self) -> Numbers:
        return Numbers(self.graph)

    @property
    def total(self) -> int:
        """How many settings make a network."""
        return self.numbers.total

    @cached_property
    def faults(self) -> list[Fault]:
        """What makes no network, the most frequent first."""
        return faults_of(self.graph)

    def require_any(self) -> None:
        """Raise CostcalcError where no setting makes a network."""
        if not self.total:
            fault = self.faults[0].error
            raise CostcalcError(
                f"none of {self.impossible:,} settings makes a network: {fault.message}",
                position=fault.position,
                hint=fault.hint,
            )

    @property
    def impossible(self) -> int:
        """How many settings make no network."""
        return sum(fault.settings for fault in self.faults)

    def network(self, number: int) -> Numbered:
        """A network by its number, from 1."""
        return self._drawn(self.numbers.path(number))

    def check(self, drawn: Drawn) -> None:
        """Build a network by itself, and compare its costs with the sums over the space.

        Raises CostcalcError for a metric that is no sum over items: such as one of layers folded
        into layers of other items.
        """
        setting = replace(self.setting, variant=None, params={})
        costs = measure(build(drawn.file(), setting), self.metrics)
        for name, cost in costs.items():
            if cost != drawn.costs[name]:
                raise CostcalcError(
                    f"{name} is not the sum of what the items of this space cost one by one "
                    f"({drawn.costs[name]}, and {cost} as a whole)",
                    hint="put layers that are counted together into one block",
                )

    def _drawn(self, path: Sequence[Edge], score: Fraction | None = None) -> Numbered:
        sums = costs_of(self.graph, path)
        costs = {name: self.graph.value(name, own) for name, own in sums.items()}
        costs |= self.whole.costs(path)
        return Numbered(self, path, {name: costs[name] for name in self.metrics}, score)

    def checked(self, metric: str) -> str:
        return metric if metric in self.graph.metrics else super().checked(metric)
