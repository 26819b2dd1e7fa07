"""Build one network of a space without walking it, by the size of the options of each choice."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.builder import Builder
from costcalc.graph.diagnostics import UnmetError
from costcalc.graph.limits import UndrawnError
from costcalc.language.item import Fields, Item
from costcalc.language.values import Choice, Value


class _OneOfMany(Builder):
    """Passes conditions that a network must meet: others of the space may meet them."""

    def _require(self, item: Item, fields: Fields, scope: dict[str, Any]) -> None:
        with suppress(UnmetError):
            super()._require(item, fields, scope)


class LargestOptions(_OneOfMany):
    """Draws the largest number of each choice, and the last option where not all are numbers."""

    def draw(self, choice: Choice) -> Value:
        return _by_size(choice)[-1]


class SmallestOptions(_OneOfMany):
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
