"""Markdown of a page, for a web page or a comment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from costcalc.render.sheet import Part, Sheet
from costcalc.render.text import UNLIMITED

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~!&$@])")


def escape(text: str) -> str:
    """Escape what Markdown or HTML would not show as it is."""
    return _SPECIAL.sub(r"\\\1", text)


def lines(parts: Iterable[Part]) -> Iterator[str]:
    for number, part in enumerate(parts):
        if isinstance(part, Sheet):
            yield from table(part)
        elif part:
            yield f"{'## ' if number == 0 else ''}{escape(part)}\n\n"


def table(sheet: Sheet) -> Iterator[str]:
    sheet = sheet.fitted(UNLIMITED)
    yield _line(map(_cell, (column.head for column in sheet.columns)))
    yield _line("---" if column.left else "---:" for column in sheet.columns)
    for row in sheet.rows:
        yield _line(map(_cell, row))
    if sheet.foot:
        yield _line(f"**{escape(cell)}**" if cell else "" for cell in sheet.foot)
    yield "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _cell(text: str) -> str:
    bare = text.lstrip(" ")
    return "&nbsp;" * (len(text) - len(bare)) + escape(bare)
