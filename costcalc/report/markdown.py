"""Markdown: the same tables for a page or a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from costcalc.analysis import Analysis, Row
from costcalc.cost import COUNTED
from costcalc.report import tables

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~!&$@])")


def escape(text: str) -> str:
    """The text as it is, whatever Markdown or HTML it looks like."""
    return _SPECIAL.sub(r"\\\1", text)


def table(sheet: tables.Sheet) -> Iterator[str]:
    sheet = sheet.fitted(True)
    yield _line([column.head for column in sheet.columns])
    yield _line(["---" if column.left else "---:" for column in sheet.columns], raw=True)
    for row in sheet.rows:
        yield _line(row)
    if sheet.foot:
        yield _line([f"**{escape(cell)}**" if cell else "" for cell in sheet.foot], raw=True)
    yield "\n"


def _line(cells: Sequence[str], raw: bool = False) -> str:
    shown = (cell if raw else _cell(cell) for cell in cells)
    return f"| {' | '.join(shown)} |\n"


def _cell(text: str) -> str:
    indent = len(text) - len(text.lstrip(" "))
    return "&nbsp;" * indent + escape(text.lstrip(" "))


def analyses(
    results: Sequence[Analysis], rows: Sequence[Sequence[Row]], flat: bool
) -> Iterator[str]:
    for result, picked in zip(results, rows, strict=True):
        yield f"## {escape(tables.heading(result))}\n\n"
        yield f"{escape(tables.setting(result))}\n\n"
        yield from table(tables.layers(result, picked, flat))
        if result.comparison:
            yield f"{escape(tables.COMPARED)}\n\n"
            yield from table(tables.comparison(result.comparison))
        yield from table(tables.totals(result))
        yield f"{escape(tables.rest(result))}\n\n"
        for line in tables.published(result):
            yield f"- published, {escape(line)}\n"
        yield "\n"
    if len(results) > 1:
        yield from table(tables.summary(results))
    yield f"{escape(COUNTED)}\n"
