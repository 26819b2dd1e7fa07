"""Build one network of a space without walking it, by the size of the options of each choice."""

from __future__ import annotations

from fractions import Fraction

from costcalc.errors import CostcalcError
from costcalc.graph.builder import Builder
from costcalc.graph.limits import UndrawnError
from costcalc.language.values import Choice, Value


class LargestOptions(Builder):
    """Draws the largest number of each choice, and the last option where not all are numbers."""

    def draw(self, choice: Choice) -> Value:
        return _by_size(choice)[-1]


class SmallestOptions(Builder):
    """Draws the smallest number of each choice, and the first option where not all are numbers."""

    def draw(self, choice: Choice) -> Value:
        return _by_size(choice)[0]


def _by_size(choice: Choice) -> list[Value]:
    """The options, the largest number last; as they are written where not all are numbers."""
    options = list(choice.options)
    if all(type(option.constant) in (int, Fraction) for option in options):
        options.sort(key=lambda option: Fraction(option.constant))
    return options


def lacks_draws(error: CostcalcError) -> bool:
    """Whether all that is wrong with a network is that it is a space of them."""
    return all(isinstance(own, UndrawnError) for own in error.problems)
