"""Which lines of a text are those of another, as far as nobody has changed them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_LARGE = 400
"""Changed lines beyond which all lines between the first and the last are one change."""


class Hunk(NamedTuple):
    """Lines `start` to `end` of the old text, which are `now` to `now_end` of the new."""

    start: int
    end: int
    now: int
    now_end: int


def hunks(old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    """What was changed, in order; the lines between are equal."""
    first = 0
    most = min(len(old), len(new))
    while first < most and old[first] == new[first]:
        first += 1
    last = 0
    while last < most - first and old[-1 - last] == new[-1 - last]:
        last += 1
    ends = len(old) - last, len(new) - last
    if (first, first) == ends:
        return []
    if max(ends) - first > _LARGE or first in ends:
        return [Hunk(first, ends[0], first, ends[1])]
    matcher = SequenceMatcher(None, old[first : ends[0]], new[first : ends[1]], autojunk=False)
    return [
        Hunk(a + first, b + first, c + first, d + first)
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]


def reverted(old: Sequence[str], new: Sequence[str], undone: Sequence[Hunk]) -> list[str]:
    """The new lines with some of the changes undone."""
    lines: list[str] = []
    at = 0
    for hunk in undone:
        lines += [*new[at : hunk.now], *old[hunk.start : hunk.end]]
        at = hunk.now_end
    return [*lines, *new[at:]]


def moved(changes: Sequence[Hunk], count: int) -> dict[int, int]:
    """Where each line of the old text that nobody has changed stands in the new."""
    found: dict[int, int] = {}
    at = shift = 0
    for hunk in [*changes, Hunk(count, count, 0, 0)]:
        found.update({line: line + shift for line in range(at, hunk.start)})
        at, shift = hunk.end, hunk.now_end - hunk.end
    return found
