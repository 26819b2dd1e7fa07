"""Drawing the options of choices, and running something once for every way to draw them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import prod
from random import Random
from typing import NamedTuple, TypeAlias, TypeVar

from costcalc.errors import CostcalcError
from costcalc.language.item import Item
from costcalc.language.values import Choice, Value

Result = TypeVar("Result")

Path: TypeAlias = "tuple[tuple[Item, int], ...]"
"""Where a choice is drawn: the items around it from the outermost, each with the number of its
copy."""
MAX_DIGITS = 4_000
"""Of a number of settings; Python writes at most 4,300."""
MAX_RUNS = 50_000
"""Of one item, whose choices are drawn together."""


class Draw(NamedTuple):
    """An option that is drawn of a choice at a place."""

    path: Path
    choice: Choice
    option: int
    """Its number, from 0."""

    @property
    def value(self) -> Value:
        return self.choice.options[self.option]


Draws: TypeAlias = tuple[Draw, ...]


class TooManyError(CostcalcError):
    """A space, or a part of it, has more states or settings than are worked through."""


def check_countable(settings: int) -> None:
    """Raise TooManyError for a number of settings that is too long to be written."""
    if settings >= 10**MAX_DIGITS:
        raise TooManyError(
            f"the space has more than 10^{MAX_DIGITS} settings",
            hint="repeat items that choose less often, or choose once for all copies: in a param",
        )


class Dice:
    """Draws what is prescribed, and then first options; keeps what was drawn, in order.

    A choice that is evaluated again at its place is not drawn again.
    """

    def __init__(self, prescribed: Sequence[int] = ()) -> None:
        self._prescribed = prescribed
        self._drawn: dict[tuple[Path, Choice], int] = {}

    def draw(self, path: Path, choice: Choice) -> Value:
        key = path, choice
        option = self._drawn.get(key)
        if option is None:
            option = self._drawn[key] = self._option(choice)
        return choice.options[option]

    def _option(self, choice: Choice) -> int:
        """The number of the option that is drawn next."""
        place = len(self._drawn)
        return self._prescribed[place] if place < len(self._prescribed) else 0

    @property
    def draws(self) -> Draws:
        return tuple(Draw(*key, option) for key, option in self._drawn.items())


class RandomDice(Dice):
    """Draws at random, all options of a choice alike."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def _option(self, choice: Choice) -> int:
        return self._random.randrange(len(choice.options))

    @property
    def weight(self) -> int:
        """The product of the numbers of options of what was drawn: 1 over its probability.

        Its mean is the number of settings (Knuth 1975, Estimating the efficiency of backtrack
        programs).
        """
        return prod(len(choice.options) for _, choice in self._drawn)


def every(run: Callable[[Dice], Result]) -> list[tuple[Draws, Result]]:
    """Run once for every way to draw, in the order of the options."""
    found: list[tuple[Draws, Result]] = []
    waiting: list[tuple[int, ...]] = [()]
    while waiting:
        prescribed = waiting.pop()
        dice = Dice(prescribed)
        result = run(dice)
        draws = dice.draws
        found.append((draws, result))
        if len(found) + len(waiting) > MAX_RUNS:
            raise TooManyError(
                f"an item has more than {MAX_RUNS:,} ways to draw its choices together",
                hint="put its parts one after the other into a block or sequence, where each is "
                "drawn by itself; or estimate: costcalc space --draws 2000",
            )
        drawn = tuple(draw.option for draw in draws)
        # The last choice goes round first, so that the order is that of counting.
        for place in range(len(prescribed), len(draws)):
            options = range(len(draws[place].choice.options) - 1, 0, -1)
            waiting.extend((*drawn[:place], option) for option in options)
    return found


def chance(draws: Iterable[Draw]) -> Fraction:
    """The probability of options, where each choice is drawn by itself."""
    return Fraction(1, prod(len(draw.choice.options) for draw in draws))
