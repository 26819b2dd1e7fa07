"""What a space was asked, and the answers, as reports show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.errors import CostcalcWarning
from costcalc.spaces.limits import Limits
from costcalc.spaces.space import Space, Within
from costcalc.spaces.summary import SETTINGS, Distribution
from costcalc.spaces.walked import Numbered


class Question(NamedTuple):
    """What is asked."""

    limits: Limits
    measure: str = SETTINGS
    sample: int | None = None
    seed: int = 0
    largest: str | None = None
    pareto: Sequence[str] = ()
    score: str | None = None
    """The path of a score file."""
    top: int = 1

    @property
    def wants_networks(self) -> bool:
        return bool(self.sample is not None or self.largest or self.pareto or self.score)


class Answer(NamedTuple):
    """The answers."""

    space: Space
    question: Question
    within: Within | None
    """How many are within the limits, where there are limits."""
    chance: tuple[Fraction, Fraction] | None
    """Bounds of the probability of being within them where each choice is drawn by itself."""
    distributions: Sequence[Distribution]
    """Of all networks of the space; none where networks are asked for."""
    extremes: Sequence[Numbered]
    """The smallest network and the largest."""
    networks: Sequence[Numbered]
    """Those that were drawn or found."""

    def warnings(self) -> Iterable[CostcalcWarning]:
        return ()


def ask(space: Space, question: Question) -> Answer:
    """Answer a question. Raises CostcalcError where no network fits what is asked."""
    space.require_any()
    extremes = space.extremes()
    limits = question.limits
    if question.wants_networks:
        networks = _networks(space, question)
        return Answer(space, question, None, None, (), extremes, networks)
    within = space.within(limits, question.seed) if limits else None
    chance = space.share(limits) if limits else None
    # A metric may be limited alone, though too many networks would have to be built to describe it.
    described = [
        name for name in space.metrics if space.describes(name) or name not in limits.metrics
    ]
    found = [space.distribution(name, question.measure) for name in described]
    return Answer(space, question, within, chance, found, extremes, ())


def _networks(space: Space, question: Question) -> list[Numbered]:
    limits = question.limits
    score = space.score(question.score) if question.score else None
    if question.sample is not None:
        return space.sample(question.sample, limits, question.seed, question.measure)
    if question.pareto:
        found = space.pareto(question.pareto, limits, score)
    elif score is not None:
        found = space.best(score, limits, question.top)
    else:
        assert question.largest is not None
        found = space.largest(question.largest, limits, question.top)
    if not found:
        raise space.nothing_within(limits)
    return found
