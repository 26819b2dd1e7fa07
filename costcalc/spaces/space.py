"""A space of networks: what it is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.collection import uncollected
from costcalc.graph.setting import Setting, replace
from costcalc.language.library import shown_path
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import check_metrics
from costcalc.project.amounts import read_limit
from costcalc.spaces.attained import TooManySumsError, largest_within
from costcalc.spaces.best import best_first, extreme, largest_maximum
from costcalc.spaces.count import Counted, chance_within, count_within
from costcalc.spaces.draws import Draw
from costcalc.spaces.faults import Fault, faults_of
from costcalc.spaces.front import pareto
from costcalc.spaces.limits import Limits, check_is_of_parts, is_sum, within_maxima
from costcalc.spaces.numbers import Numbers
from costcalc.spaces.paths import Cost, Edge, PathGraph
from costcalc.spaces.sample import Estimate, Sampler, costs_of
from costcalc.spaces.score import Score, read_score
from costcalc.spaces.subject import Drawn, NoChoicesError, Subject
from costcalc.spaces.summary import CHOICES, SETTINGS, Distribution, distribution
from costcalc.spaces.walking import walk

DESCRIBED = ("macs", "params")
"""What a space is described by, unless other metrics are asked for."""
Given: TypeAlias = "Limits | Mapping[str, Cost | str]"
"""Limits, or the largest values by metric: {"macs": "300M"}."""
NO_LIMITS = Limits({})
BARS = 20
ESTIMATED_BY = 2000
"""Samples of an estimate."""


class Numbered(Drawn):
    """A network that was found by its path."""

    def __init__(
        self,
        space: Space,
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


class Within(NamedTuple):
    """How many networks are within limits; an estimate where that is known by bounds alone."""

    counted: Counted
    estimate: Estimate | None


class Space(Subject):
    """The networks that a file with choices describes, at a setting."""

    def __init__(
        self, file: NetworkFile, setting: Setting, metrics: Iterable[str] = DESCRIBED
    ) -> None:
        super().__init__(file, setting, metrics)
        for name in self.metrics:
            check_is_of_parts(name, setting)
        with uncollected():
            self.graph: PathGraph = walk(file, setting, self.metrics)
        self.setting = self.graph.setting
        if all(not edge.inner for edges in self.graph.out for edge in edges):
            raise NoChoicesError(file.path)

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

    def count(self, limits: Given) -> Counted:
        """Count the networks within limits, exactly or between proven bounds."""
        return count_within(self.graph, self._limits(limits))

    def within(self, limits: Given, seed: int = 0) -> Within:
        """Count the networks within limits; estimate it too where only bounds are proven."""
        counted = self.count(limits)
        if counted.most * 100 <= counted.least * 101:
            return Within(counted, None)  # closer than samples would tell
        sampler = Sampler(self.graph, self._limits(limits), seed)
        for _ in range(ESTIMATED_BY):
            sampler.once()
        return Within(counted, sampler.estimate())

    def share(self, limits: Given) -> tuple[Fraction, Fraction] | None:
        """Bounds of the probability of being within limits where each choice is drawn by itself.

        They hold but for the rounding of floats. None where there are two sums or lower limits.
        """
        return chance_within(self.graph, self._limits(limits))

    def sample(
        self, count: int, limits: Given = NO_LIMITS, seed: int = 0, measure: str = SETTINGS
    ) -> list[Numbered]:
        """Draw so many networks within limits, each with the same probability."""
        limits = self._limits(limits)
        sampler = Sampler(self.graph, limits, seed, by_chance=measure == CHOICES)
        if sampler.is_empty:
            raise self.nothing_within()
        return [self._drawn(found.edges) for found in sampler.draw(count)]

    def nothing_within(self) -> CostcalcError:
        """The error where no network is within the limits that were asked for."""
        costs = self.smallest(self.metrics[0]).costs.items()
        said = ", ".join(f"{cost:,} {name}" for name, cost in costs)
        return CostcalcError(
            "no network of the space is within the limits", hint=f"the smallest has {said}"
        )

    def smallest(self, metric: str = "macs") -> Numbered:
        return self._drawn(extreme(self.graph, self._checked(metric), largest=False))

    def largest(self, metric: str, limits: Given = NO_LIMITS, count: int = 1) -> list[Numbered]:
        """The networks within limits that cost most by a metric, the largest first."""
        place = self.graph.place(self._checked(metric))
        limits = self._limits(limits)
        if not limits and count == 1:
            return [self._drawn(extreme(self.graph, metric, largest=True))]
        if not is_sum(metric):
            paths = largest_maximum(self.graph, metric, limits)
            return [self._drawn(path) for path in islice(paths, count)]
        if metric in limits.most and not limits.least:
            others = {
                self.graph.place(name): own
                for name, own in limits.most.items()
                if name != metric and is_sum(name)
            }
            within = within_maxima(self.graph, limits.most)
            with suppress(TooManySumsError):
                found = largest_within(within, place, limits.most[metric], others)
                return [self._drawn(path) for path, _ in islice(found, count)]
        values = {
            state: [edge.costs[place] for edge in edges]
            for state, edges in enumerate(self.graph.out)
        }
        ranked = islice(best_first(self.graph, values, limits), count)
        return [self._drawn(own.path) for own in ranked]

    def score(self, path: str) -> Score:
        """Read a score file; see `spaces.score`."""
        return read_score(self.graph, self.labels, path)

    def best(self, score: Score, limits: Given = NO_LIMITS, count: int = 1) -> list[Numbered]:
        """The networks within limits that score most, the best first."""
        limits = self._limits(limits)
        ranked = islice(best_first(self.graph, score.values, limits), count)
        return [self._drawn(own.path, score.of(own.value)) for own in ranked]

    def pareto(
        self, metrics: Sequence[str], limits: Given = NO_LIMITS, score: Score | None = None
    ) -> list[Numbered]:
        """The networks within limits that no other beats in metrics and score."""
        limits = self._limits(limits)
        for name in metrics:
            self._checked(name)
        points = pareto(self.graph, metrics, limits, score.values if score else None)
        return [self._drawn(point.path, score and score.of(point.reached)) for point in points]

    def network(self, number: int) -> Numbered:
        """A network by its number, from 1."""
        return self._drawn(self.numbers.path(number))

    def distribution(self, metric: str, measure: str = SETTINGS) -> Distribution:
        found = distribution(self.graph, self._checked(metric), measure, BARS)
        return found.in_units(self.graph.parts[self.graph.place(metric)])

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
        costs = costs_of(self.graph, tuple(path))
        values = {name: self.graph.value(name, own) for name, own in costs.items()}
        return Numbered(self, path, values, score)

    def _limits(self, given: Given) -> Limits:
        """Limits as the graph adds costs up, also of the largest values by metric."""
        if not isinstance(given, Limits):
            read: dict[str, Any] = {name: read_limit(name, own) for name, own in given.items()}
            given = Limits(read)
        for name in given.metrics:
            self._checked(name)
        return given.in_parts(self.graph)

    def _checked(self, name: str) -> str:
        if name not in self.metrics:
            check_metrics([name])
            raise CostcalcError(
                f"the space was walked for {', '.join(self.metrics)}, and not for {name}",
                hint=f"space(metrics=[..., '{name}'])",
            )
        return name
