"""Text: rich tables in a terminal; the same without boxes and colour where it is piped."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import IO, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from costcalc.analysis import Analysis, Row
from costcalc.cost import COUNTED
from costcalc.report import tables

WIDE = 100
NARROWEST_NAME = 12
UNLIMITED = 400
"""The width of what is piped: nothing is cut, and nothing wrapped."""

Parts = Callable[[int, bool], Iterable[RenderableType]]
"""What to show, for a width and for with or without boxes."""


def console(file: IO[str] | None = None, **more: Any) -> Console:
    """Nothing in a text is markup, an emoji or a number to colour. NO_COLOR means no style."""
    if os.environ.get("NO_COLOR"):
        more["color_system"] = None
    return Console(file=file, markup=False, emoji=False, highlight=False, **more)


def pieces(parts: Parts) -> Iterator[str]:
    """The parts as plain text."""
    out = io.StringIO()
    page = console(out, width=UNLIMITED, force_terminal=False)
    for part in parts(UNLIMITED, False):
        if isinstance(part, Text):  # prose is for the reader to wrap
            yield f"{part.plain}\n"
            continue
        page.print(part)
        for line in out.getvalue().splitlines():
            yield f"{line.rstrip()}\n"
        out.seek(0)
        out.truncate()


def table(sheet: tables.Sheet, width: int, boxes: bool) -> Table:
    """The sheet in this width: names give way where it is short, numbers never."""
    sheet = sheet.fitted(width >= WIDE)
    foot = sheet.foot or [""] * len(sheet.columns)
    cells = [[column.head for column in sheet.columns], foot, *sheet.rows]
    widths = [max(len(row[number]) for row in cells) for number in range(len(sheet.columns))]
    gaps = 2 * (len(widths) - 1)
    names = max(NARROWEST_NAME, width - sum(widths[1:]) - gaps)
    widths[0] = min(widths[0], names)
    grid = Table(
        box=SIMPLE_HEAD if boxes else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0) if boxes else (0, 2, 0, 0),
        header_style="bold" if boxes else "",
        show_footer=sheet.foot is not None,
        footer_style="bold" if boxes else "",
        min_width=sum(widths) + gaps,
    )
    for number, column in enumerate(sheet.columns):
        grid.add_column(
            Text(_short(column.head, widths[number])),
            Text(foot[number]),
            justify="left" if column.left else "right",
            no_wrap=True,
            width=widths[number],
        )
    for number, row in enumerate(sheet.rows):
        strong = boxes and number in sheet.strong
        first = Text(_short(row[0], widths[0]))
        grid.add_row(first, *map(Text, row[1:]), style="bold" if strong else None)
    return grid


def _short(name: str, width: int) -> str:
    """A name's ends, where there is no room for all of it: its end tells layers apart."""
    if len(name) <= width:
        return name
    head = (width - 1) // 3
    return f"{name[:head]}…{name[len(name) - (width - 1 - head) :]}"


def report(
    analysis: Analysis, rows: Sequence[Row], flat: bool, width: int, boxes: bool
) -> Iterator[RenderableType]:
    """The parts of an analysis, top to bottom."""
    yield Text(tables.heading(analysis), "bold" if boxes else "")
    yield Text(tables.setting(analysis))
    yield Text("")
    yield table(tables.layers(analysis, rows, flat), width, boxes)
    yield Text("")
    if analysis.comparison:
        yield Text(tables.COMPARED)
        yield table(tables.comparison(analysis.comparison), width, boxes)
        yield Text("")
    yield table(tables.totals(analysis), width, boxes)
    yield Text("")
    yield Text(tables.rest(analysis))
    for line in tables.published(analysis):
        yield Text(f"published, {line}")


def line(words: str = "") -> Text:
    return Text(words)


def footer(boxes: bool) -> Text:
    return Text(COUNTED, "dim" if boxes else "")


def renderable(analysis: Analysis) -> RenderableType:
    """What rich shows for an analysis."""
    return Group(*report(analysis, analysis.rows(), False, 80, True), footer(True))


def plain(analysis: Analysis) -> str:
    return "".join(pieces(partial(report, analysis, analysis.rows(), False)))


def html(analysis: Analysis) -> str:
    """The report as a notebook's cell shows it."""
    page = console(io.StringIO(), record=True, width=120)
    for part in report(analysis, analysis.rows(), False, 120, True):
        page.print(part)
    return page.export_html(inline_styles=True, code_format="<pre>{code}</pre>")
