"""Fit a table into the width of a page: texts are wrapped, and none is cut.

What gives way, in this order: heads wrap at their spaces; columns of text wrap, the last first;
and what is still too wide becomes several tables, each with the columns that identify a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from costcalc.render.sheet import Sheet

GAP = 2
MIN_TEXT_WIDTHS = (28, 20, 12)
"""Columns of text are narrowed in turns, so that none is very narrow beside a wide one."""
_BREAKS = (re.compile(r" +"), re.compile(r"(?<=[./:,])(?! )"), re.compile(r"(?<=[_\-=])(?! )"))
"""Where a text may be wrapped, the best places first."""


def widths(sheet: Sheet, width: int) -> list[int]:
    """Return a width for each column, the narrowest where the page has no room for more."""
    columns = range(len(sheet.columns))
    cells = Sheet(
        [column._replace(head="") for column in sheet.columns], sheet.rows, foot=sheet.foot
    )
    own = cells.widths()
    heads = [len(column.head) for column in sheet.columns]
    words = [max(map(len, column.head.split()), default=0) for column in sheet.columns]
    found = [max(pair) for pair in zip(own, heads, strict=True)]
    over = sum(found) + GAP * (len(found) - 1) - width
    while over > 0:
        slack = [found[n] - max(own[n], words[n]) for n in columns]
        widest = max((n for n in columns if slack[n] > 0), key=found.__getitem__, default=None)
        if widest is None:
            break
        found[widest] -= 1
        over -= 1
    texts = [n for n in columns if sheet.columns[n].left]
    for least in MIN_TEXT_WIDTHS:
        for n in sorted(texts, key=lambda n: (n == 0, not sheet.columns[n].wide, -n)):
            less = min(max(0, over), max(0, found[n] - max(least, words[n])))
            found[n] -= less
            over -= less
    return found


def pieces(sheet: Sheet, width: int) -> Iterator[Sheet]:
    """Yield the table; or several, each with some of its columns, where it is too wide."""
    found = widths(sheet, width)
    keys = list(range(sheet.keys))
    group = list(keys)
    for n in range(sheet.keys, len(found)):
        taken = sum(found[m] + GAP for m in group) + found[n]
        if taken > width and len(group) > len(keys):
            yield _part(sheet, group)
            group = list(keys)
        group.append(n)
    yield _part(sheet, group)


def _part(sheet: Sheet, columns: Sequence[int]) -> Sheet:
    if len(columns) == len(sheet.columns):
        return sheet
    return sheet._replace(
        columns=[sheet.columns[n] for n in columns],
        rows=[[row[n] for n in columns] for row in sheet.rows],
        foot=sheet.foot and [sheet.foot[n] for n in columns],
    )


def wrapped(text: str, width: int) -> str:
    """Break a text into lines: at spaces, else within a name behind a dot, else anywhere.

    Lines have the indent of the first, which says how deep a layer is.
    """
    bare = text.lstrip(" ")
    indent = text[: len(text) - len(bare)]
    room = max(1, width - len(indent))
    lines = []
    while len(bare) > room:
        end = next(filter(None, (_last_break(bare, room, at) for at in _BREAKS)), room)
        lines.append(indent + bare[:end].rstrip())
        bare = bare[end:].lstrip(" ")
    return "\n".join([*lines, indent + bare])


def _last_break(text: str, room: int, at: re.Pattern[str]) -> int | None:
    """Return where the last line that fits ends, unless it would be very short."""
    ends = [match.start() for match in at.finditer(text, 0, room + 1) if match.start() <= room]
    return ends[-1] if ends and 3 * ends[-1] >= room else None
