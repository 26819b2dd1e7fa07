"""What a survey of a space was asked, and the answers, as reports show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from costcalc.errors import CostcalcWarning
from costcalc.spaces.answer import Question
from costcalc.spaces.drawn.survey import COMPARED, EstimatedDistribution, Found, Share, Survey
from costcalc.spaces.summary import SETTINGS

FEW = 100
"""The effective number of draws below which estimates by settings say little."""


class Estimated(NamedTuple):
    """The answers."""

    space: Survey
    question: Question
    within: Share | None
    """How many are within the limits, where there are limits."""
    distributions: Sequence[EstimatedDistribution]
    """Of all networks of the space; none where networks are asked for."""
    networks: Sequence[Found]
    """Those that were drawn."""

    def warnings(self) -> Iterator[CostcalcWarning]:
        """What weights that differ do to the estimates, or may do where draws are few."""
        space = self.space
        if self.question.wants_networks or self.question.measure != SETTINGS:
            return
        if space.settings.is_exact:
            if space.count < COMPARED:
                yield CostcalcWarning(
                    f"all {space.count:,} draws have one weight: that may be chance, and the "
                    "number of settings another",
                    hint=f"at least {COMPARED} --draws",
                )
        elif space.effective < FEW:
            yield CostcalcWarning(
                f"draws differ in weight: {space.networks_drawn:,} of them tell as much "
                f"of settings as {space.effective:.0f} of one weight: intervals may be too short",
                hint="more --draws; --measure choices, of which all draws tell alike",
            )


def estimate(survey: Survey, question: Question) -> Estimated:
    """Answer a question by draws. Raises CostcalcError where none fits what is asked."""
    limits = question.limits
    if question.sample is not None:
        networks = survey.sample(question.sample, limits, question.measure)
        return Estimated(survey, question, None, (), networks)
    survey.require_any()
    within = survey.within(limits) if limits else None
    found = [survey.distribution(name, question.measure) for name in survey.metrics]
    return Estimated(survey, question, within, found, ())
