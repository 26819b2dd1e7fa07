"""Build one network of a space without walking it: the largest option of each choice."""

from __future__ import annotations

from fractions import Fraction

from costcalc.errors import CostcalcError
from costcalc.graph.builder import Builder
from costcalc.graph.limits import UndrawnError
from costcalc.language.values import Choice, Value


class LargestOptions(Builder):
    """Draws the largest number of each choice, and the last option where not all are numbers."""

    def draw(self, choice: Choice) -> Value:
        values = [option.constant for option in choice.options]
        if any(type(value) not in (int, Fraction) for value in values):
            return choice.options[-1]
        return max(choice.options, key=lambda option: Fraction(option.constant))


def lacks_draws(error: CostcalcError) -> bool:
    """Whether all that is wrong with a network is that it is a space of them."""
    return all(isinstance(own, UndrawnError) for own in error.problems)
