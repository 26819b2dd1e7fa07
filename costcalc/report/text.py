"""Text: rich tables in a terminal; the same without boxes and colour where it is piped."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from costcalc.analysis import Analysis, Row
from costcalc.cost import COUNTED
from costcalc.report import tables

WIDE = 100
UNLIMITED = 400
"""The width of what is piped: nothing is cut."""


def console(file: object = None, *, width: int | None = None) -> Console:
    """The one way to a terminal: nothing in a text is markup, an emoji or a number to colour."""
    terminal = Console(
        file=file,  # type: ignore[arg-type]
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
    )
    if width is not None or not terminal.is_terminal:
        terminal.width = width or UNLIMITED
    return terminal


def table(sheet: tables.Sheet, width: int, boxes: bool) -> Table:
    sheet = sheet.fitted(width >= WIDE)
    grid = Table(
        title=sheet.title or None,
        box=SIMPLE_HEAD if boxes else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1) if boxes else (0, 2, 0, 0),
        header_style="bold" if boxes else "",
        show_footer=sheet.foot is not None,
        footer_style="bold" if boxes else "",
    )
    for number, column in enumerate(sheet.columns):
        grid.add_column(
            Text(column.head),
            Text(sheet.foot[number]) if sheet.foot else "",
            justify="left" if column.left else "right",
            overflow="ellipsis" if column.left else "fold",
            no_wrap=True,
            min_width=8 if column.left else len(column.head),
        )
    for number, row in enumerate(sheet.rows):
        strong = boxes and number in sheet.strong
        grid.add_row(*map(Text, row), style="bold" if strong else None)
    return grid


def report(
    analysis: Analysis, rows: Sequence[Row], *, flat: bool, width: int, boxes: bool
) -> Iterator[RenderableType]:
    """The parts of an analysis, top to bottom."""
    yield Text(tables.heading(analysis), "bold" if boxes else "")
    yield Text(tables.setting(analysis))
    yield Text("")
    yield table(tables.layers(analysis, rows, flat), width, boxes)
    yield Text("")
    if analysis.comparison:
        yield table(tables.comparison(analysis.comparison), width, boxes)
        yield Text("")
    yield table(tables.totals(analysis), width, boxes)
    yield Text("")
    yield Text(tables.rest(analysis))
    for line in tables.published(analysis):
        yield Text(f"published, {line}")


def footer(boxes: bool) -> Text:
    return Text(COUNTED, "dim" if boxes else "")


def renderable(analysis: Analysis) -> RenderableType:
    """What rich shows for an analysis."""
    return Group(*report(analysis, analysis.rows(), flat=False, width=80, boxes=True), footer(True))


def plain(analysis: Analysis) -> str:
    out = io.StringIO()
    page = console(out)
    for part in report(analysis, analysis.rows(), flat=False, width=UNLIMITED, boxes=False):
        page.print(part)
    return out.getvalue()


def html(analysis: Analysis) -> str:
    """The report as a notebook's cell shows it."""
    page = Console(
        file=io.StringIO(), record=True, width=120, markup=False, emoji=False, highlight=False
    )
    for part in report(analysis, analysis.rows(), flat=False, width=120, boxes=True):
        page.print(part)
    return page.export_html(inline_styles=True, code_format="<pre>{code}</pre>")
