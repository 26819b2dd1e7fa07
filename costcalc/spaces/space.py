"""A space of networks: what it is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.spaces.limits import Limits
from costcalc.spaces.sample import Estimate, Sampler, costs_of, estimated
from costcalc.spaces.score import Score, read_score
from costcalc.spaces.search.best import best_first, extreme
from costcalc.spaces.search.front import pareto, unbeaten
from costcalc.spaces.search.largest import largest_first
from costcalc.spaces.subject import NO_LIMITS, Given
from costcalc.spaces.summary import (
    BARS,
    SETTINGS,
    Distribution,
    distribution,
    distribution_of,
    is_by_choices,
)
from costcalc.spaces.tables.count import Counted, chance_within, count_within
from costcalc.spaces.walked import Numbered, Walked
from costcalc.spaces.whole import FEW, too_many_to_build

DESCRIBED = ("macs", "params")
"""What a space is described by, unless other metrics are asked for."""
ESTIMATED_BY = 2000
"""Samples of an estimate."""
BUILT_FOR_ESTIMATE = 500
"""Where samples have to be built: that many at most."""


class Within(NamedTuple):
    """How many networks are within limits; an estimate where that is known by bounds alone."""

    counted: Counted
    estimate: Estimate | None


class Space(Walked):
    """The networks that a file with choices describes, at a setting."""

    def __init__(
        self, file: NetworkFile, setting: Setting, metrics: Iterable[str] = DESCRIBED
    ) -> None:
        super().__init__(file, setting, metrics)

    def count(self, limits: Given) -> Counted:
        """Count the networks within limits, exactly or between proven bounds."""
        parts, whole = self._limits(limits)
        return self._counted(count_within(self.graph, parts), parts, whole)

    def _counted(self, among: Counted, parts: Limits, whole: Limits) -> Counted:
        """Count the networks within all limits, among those within the limits on parts."""
        if not whole:
            return among
        if among.most <= FEW:
            found = sum(1 for _ in self.whole.all_within(parts, whole))
            return Counted(found, found)
        return Counted(0, among.most)

    def within(self, limits: Given, seed: int = 0) -> Within:
        """Count the networks within limits; estimate it too where only bounds are proven."""
        parts, whole = self._limits(limits)
        among = count_within(self.graph, parts)
        counted = self._counted(among, parts, whole)
        if counted.most * 100 <= counted.least * 101:
            return Within(counted, None)  # closer than samples would tell
        sampler = self._sampler(limits, seed)
        if sampler.is_empty:
            return Within(Counted(0, 0), None)
        while sampler.tried < ESTIMATED_BY and sampler.built < BUILT_FOR_ESTIMATE:
            sampler.once()
        if whole and among.is_exact and sampler.built:
            return Within(counted, estimated(among.most, sampler.accepted, sampler.built))
        return Within(counted, sampler.estimate())

    def share(self, limits: Given) -> tuple[Fraction, Fraction] | None:
        """Bounds of the probability of being within limits where each choice is drawn by itself.

        They hold but for the rounding of floats. None where there are two sums or lower limits, or
        limits on what only a whole network costs.
        """
        parts, whole = self._limits(limits)
        return None if whole else chance_within(self.graph, parts)

    def sample(
        self, count: int, limits: Given = NO_LIMITS, seed: int = 0, measure: str = SETTINGS
    ) -> list[Numbered]:
        """Draw so many networks within limits, each with the same probability."""
        sampler = self._sampler(limits, seed, by_chance=is_by_choices(measure))
        if sampler.is_empty:
            raise self.nothing_within(limits)
        return [self._drawn(found.edges) for found in sampler.draw(count)]

    def nothing_within(self, limits: Given) -> CostcalcError:
        """The error where no network is within the limits that were asked for."""
        parts, _ = self._limits(limits)
        metrics = parts.metrics or self.graph.metrics[:1]
        ranges = [
            f"{self._value(name, largest=False)} to {self._value(name, largest=True)} {name}"
            for name in metrics
        ]
        return CostcalcError(
            "no network of the space is within the limits", hint=f"it has {', '.join(ranges)}"
        )

    def _value(self, metric: str, largest: bool) -> str:
        """The least of a metric that a walk adds up, or the most."""
        own = costs_of(self.graph, extreme(self.graph, metric, largest))[metric]
        value = self.graph.value(metric, own)
        return f"{value:,}" if isinstance(value, int) else f"{float(value):.4g}"

    def smallest(self, metric: str = "macs") -> Numbered:
        if self.checked(metric) in self.whole.metrics:
            return self._by_building(metric, NO_LIMITS, "the one with least")[-1]
        return self._drawn(extreme(self.graph, metric, largest=False))

    def extremes(self) -> tuple[Numbered, Numbered]:
        """The smallest and the largest network, by the first metric that a walk adds up.

        Raises CostcalcError where their costs are not what they are as a whole.
        """
        metric = self.graph.metrics[0]
        (largest,) = self.largest(metric)
        found = self.smallest(metric), largest
        for drawn in found:
            self.check(drawn)
        return found

    def largest(self, metric: str, limits: Given = NO_LIMITS, count: int = 1) -> list[Numbered]:
        """The networks within limits that cost most by a metric, the largest first."""
        if self.checked(metric) in self.whole.metrics:
            return self._by_building(metric, limits, "the one with most")[:count]
        parts, whole = self._limits(limits)
        if not parts and not whole and count == 1:
            return [self._drawn(extreme(self.graph, metric, largest=True))]
        paths = self.whole.fitting(largest_first(self.graph, metric, parts), whole)
        return [self._drawn(path) for path in islice(paths, count)]

    def _by_building(self, metric: str, limits: Given, what: str) -> list[Numbered]:
        """All networks within limits, those with most of a metric first, where they are few."""
        parts, whole = self._limits(limits)
        self._require_few(parts, [metric], what)
        found = map(self._drawn, self.whole.all_within(parts, whole))
        return sorted(found, key=lambda drawn: drawn.costs[metric], reverse=True)

    def score(self, path: str) -> Score:
        """Read a score file; see `spaces.score`."""
        return read_score(self.graph, self.labels, path)

    def best(self, score: Score, limits: Given = NO_LIMITS, count: int = 1) -> list[Numbered]:
        """The networks within limits that score most, the best first."""
        parts, whole = self._limits(limits)
        ranked = (own.path for own in best_first(self.graph, score.values, parts))
        found = islice(self.whole.fitting(ranked, whole), count)
        return [self._drawn(path, score.of(path)) for path in found]

    def pareto(
        self, metrics: Sequence[str], limits: Given = NO_LIMITS, score: Score | None = None
    ) -> list[Numbered]:
        """The networks within limits that no other beats in metrics and score."""
        for name in metrics:
            self.checked(name)
        parts, whole = self._limits(limits)
        of_whole = [name for name in self.whole.metrics if name in (*metrics, *whole.metrics)]
        if of_whole:
            self._require_few(parts, of_whole, "those that no other beats")
            paths = self.whole.all_within(parts, whole)
            found = [self._drawn(path, score and score.of(path)) for path in paths]
            return unbeaten(found, metrics)
        front = pareto(self.graph, metrics, parts, score.values if score else None)
        return [self._drawn(path, score and score.of(path)) for path in front]

    def describes(self, metric: str) -> bool:
        """Whether it is known how all networks cost by a metric."""
        return metric in self.graph.metrics or self.total <= FEW

    def distribution(self, metric: str, measure: str = SETTINGS) -> Distribution:
        if self.checked(metric) in self.whole.metrics:
            networks = self._by_building(metric, NO_LIMITS, "its distribution")
            return distribution_of(metric, networks, measure, BARS)
        found = distribution(self.graph, metric, measure, BARS)
        return found.in_units(self.graph.parts[self.graph.place(metric)])

    def _limits(self, given: Given) -> tuple[Limits, Limits]:
        """Limits as the graph adds costs up, and those on what only a whole network costs.

        given: limits, or the largest values by metric.
        """
        parts, whole = self.read_limits(given).split(self.graph.metrics)
        return parts.in_parts(self.graph), whole

    def _sampler(self, limits: Given, seed: int, by_chance: bool = False) -> Sampler:
        parts, whole = self._limits(limits)
        fits = (lambda path: whole.fits(self.whole.costs(path))) if whole else None
        return Sampler(self.graph, parts, seed, by_chance, fits)

    def _require_few(self, parts: Limits, names: Sequence[str], what: str) -> None:
        """Raise CostcalcError where not all networks within limits can be built."""
        most = count_within(self.graph, parts).most
        if most > FEW:
            raise too_many_to_build(names, most, what)
