"""How many states a space has at least, known before the walk through it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costcalc.language.item import Item
from costcalc.spaces.reading import Reading
from costcalc.spaces.walk.params import Params


def states_at_least(items: Sequence[Item], reading: Reading, params: Params) -> tuple[int, int]:
    """The largest number of settings of params before an item, and the place of the item.

    They are of params that are certainly drawn by then, and that it or one behind still reads: each
    of their settings is a state of its own.
    """
    first: dict[object, int] = {}
    last: dict[object, int] = {}
    for place, item in enumerate(items):
        for choice in params.behind(reading.head(item)):
            first.setdefault(choice, place)
        for choice in params.behind(reading.whole(item).values):
            last[choice] = place
    return max(
        (
            (
                prod(
                    len(own.options) for own in params.choices if _is_live(own, first, last, place)
                ),
                place,
            )
            for place in range(len(items))
        ),
        default=(1, 0),
    )


def _is_live(choice: object, first: dict[object, int], last: dict[object, int], place: int) -> bool:
    return choice in first and first[choice] <= place <= last[choice]
