"""A space by networks that are drawn choice by choice, without a walk through it.

The walk is as long as there are different states; a draw is one network, however many there are. So
what is known is estimated, of any metric that a network has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import islice
from random import Random
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.graph.collection import uncollected
from costcalc.graph.setting import Setting, replace
from costcalc.language.library import shown_path
from costcalc.language.network_file import NetworkFile
from costcalc.language.overrides import read_overrides
from costcalc.spaces.drawn.estimates import (
    CostEstimate,
    Count,
    Estimate,
    EstimatedBar,
    Spread,
    Weights,
    all_settings,
    settings_counted,
)
from costcalc.spaces.drawn.tries import Drawing, FaultMet, Numbers, Tried
from costcalc.spaces.draws import Draws
from costcalc.spaces.limits import Limits
from costcalc.spaces.paths import Cost
from costcalc.spaces.subject import NO_LIMITS, Drawn, Given, NoChoicesError, Subject
from costcalc.spaces.summary import BARS, CHOICES, QUANTILES, SETTINGS, is_by_choices

MAX_DRAWS = 1_000_000
COMPARED = 100
"""Draws whose weights are compared at least, before all are taken to have one."""


class Found(Drawn):
    """A network that was drawn without a walk: it has no number."""

    def __init__(self, survey: Survey, place: int, costs: Mapping[str, Cost], draws: Draws) -> None:
        super().__init__(survey, costs)
        self.survey = survey
        self.place = place
        """The number of the draw, from 1."""
        self._draws = draws

    @property
    def draws(self) -> Draws:
        return self._draws

    @property
    def label(self) -> str:
        return f"draw_{self.place}"

    @property
    def title(self) -> str:
        path = shown_path(self.survey.file.path)
        return f"Draw {self.place:,} (seed {self.survey.seed}) of {path}."


class Share(NamedTuple):
    """How many networks are within limits."""

    networks: Count
    by_settings: Estimate
    """Their share, each setting counting once."""
    by_choices: Estimate
    """Their share of networks that are drawn choice by choice."""
    draws: int


class EstimatedDistribution(NamedTuple):
    """The costs of a space's networks by one metric."""

    metric: str
    least: Cost
    """Of the networks that were drawn."""
    most: Cost
    mean: Estimate
    quantiles: Sequence[tuple[Fraction, CostEstimate]]
    bars: Sequence[EstimatedBar]


class Survey(Subject):
    """A space, known by so many draws."""

    def __init__(
        self,
        file: NetworkFile,
        setting: Setting,
        metrics: Iterable[str],
        count: int,
        seed: int = 0,
    ) -> None:
        variant, _ = file.variant(setting.variant)
        given = read_overrides(file, setting.params)
        super().__init__(file, replace(setting, variant=variant, params=given), metrics)
        if not 1 <= count <= MAX_DRAWS:
            raise CostcalcError(f"there are 1 to {MAX_DRAWS:,} draws, not {count:,}")
        self.count = count
        self.seed = seed
        self.watched: Callable[[Iterator[Tried]], Iterator[Tried]] = iter
        """Passes draws on as they are made, and may show how far they are."""
        self._drawing = Drawing(self)
        first = self._drawing.draw(Random(seed))
        if not first.draws:
            raise first.error or NoChoicesError(file.path)

    # Draws

    def tries(self) -> Iterator[Tried]:
        """Draw networks one after the other: the same ones each time."""
        random = Random(self.seed)
        return self.watched(self._drawing.draw(random) for _ in range(self.count))

    def sample(self, count: int, limits: Given = NO_LIMITS, measure: str = SETTINGS) -> list[Found]:
        """The first so many draws within limits. Raises CostcalcError where there are fewer.

        Each setting is as probable as any other only where all draws have one weight.
        """
        with uncollected():
            found = list(islice(self._fitting(self.read_limits(limits), measure), count))
        if len(found) < count:
            within = " within the limits" if limits else ""
            raise CostcalcError(
                f"of {self.count:,} draws {len(found):,} are networks{within}, and {count:,} are "
                "asked for",
                hint="raise --draws, loosen a limit, or ask for fewer",
            )
        return found

    def _fitting(self, limits: Limits, measure: str) -> Iterator[Found]:
        """The draws within limits, once it is known from enough draws whether weights differ."""
        by_choices = is_by_choices(measure)
        weights: set[int] = set()
        faults: list[CostcalcError] = []
        waiting: list[Found] = []
        for place, tried in enumerate(self.tries(), 1):
            if tried.costs is None:
                faults = faults or [tried.fault]
                continue
            weights.add(tried.weight)
            if not by_choices and len(weights) > 1:
                raise _unequal()
            if limits.fits(tried.costs):
                draws = self._drawing.kept(tried.draws)
                waiting.append(Found(self, place, tried.costs, draws))
            if by_choices or place >= COMPARED:
                yield from waiting
                waiting.clear()
        if not weights:
            raise self._no_network(faults[0])
        yield from waiting

    def _no_network(self, fault: CostcalcError) -> CostcalcError:
        return CostcalcError(
            f"none of {self.count:,} draws makes a network: {fault.message}",
            position=fault.position,
            hint=fault.hint,
        )

    # Estimates

    @cached_property
    def _numbers(self) -> Numbers:
        numbers = Numbers(self.metrics)
        with uncollected():
            for tried in self.tries():
                numbers.add(tried)
        return numbers

    def require_any(self) -> None:
        """Raise CostcalcError where no draw made a network."""
        if not any(self._numbers.is_network):
            raise self._no_network(self.faults[0].error)

    @property
    def faults(self) -> list[FaultMet]:
        """What makes no network, the most frequent first."""
        return sorted(self._numbers.faults.values(), key=lambda fault: -fault.draws)

    @property
    def networks_drawn(self) -> int:
        """How many draws made a network."""
        return len(self._numbers.of_networks)

    @cached_property
    def settings(self) -> Count:
        """How many settings the choices have, with those that make no network."""
        return all_settings(self._numbers.weights)

    @cached_property
    def total(self) -> Count:
        """How many settings make a network."""
        return settings_counted(self._numbers.weights, self._numbers.is_network)

    def weights(self, measure: str = SETTINGS) -> Weights:
        """The weights of the draws that make a network, where settings count once; else all 1.

        Raises CostcalcError where there is none.
        """
        self.require_any()
        return self._equal_weights if is_by_choices(measure) else self._weights

    @cached_property
    def _weights(self) -> Weights:
        own = self._numbers.of_networks
        largest = max(own)
        return Weights([weight / largest for weight in own])

    @cached_property
    def _equal_weights(self) -> Weights:
        return Weights([1.0] * self.networks_drawn)

    @cached_property
    def effective(self) -> float:
        """How many draws of one weight tell as much of settings: fewer where weights differ."""
        return self.weights().effective

    def within(self, limits: Given) -> Share:
        """Estimate how many networks are within limits."""
        limits = self.read_limits(limits)
        numbers = self._numbers
        columns = [numbers.costs[name] for name in limits.metrics]
        fits = [
            limits.fits(dict(zip(limits.metrics, costs, strict=True)))
            for costs in zip(*columns, strict=True)
        ]
        each = iter(fits)
        counted = [made and next(each) for made in numbers.is_network]
        return Share(
            settings_counted(numbers.weights, counted),
            self.weights(SETTINGS).of(fits),
            self.weights(CHOICES).of(fits),
            sum(fits),
        )

    def distribution(self, metric: str, measure: str = SETTINGS) -> EstimatedDistribution:
        """Estimate how the networks' costs are distributed."""
        costs = self._numbers.costs[self.checked(metric)]
        weights = self.weights(measure)
        spread = Spread(costs, weights)
        return EstimatedDistribution(
            *(metric, spread.costs[0], spread.costs[-1], weights.mean(costs)),
            [(part, spread.quantile(part)) for part in QUANTILES],
            spread.bars(BARS),
        )


def _unequal() -> CostcalcError:
    return CostcalcError(
        "draws differ in weight, so that settings are not equally probable: some have fewer "
        "choices than others, or fewer options",
        hint="--measure choices samples networks as they are drawn",
    )
