"""A page in a terminal: rules, bold text, and columns fitted to the width, by rich."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import IO, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from costcalc.render import layout, text
from costcalc.render.sheet import Part, Sheet

MAX_RULED_ROWS = 2000
"""Longer tables are set as plain text: rich would take seconds."""


def console(file: IO[str] | None = None, **more: Any) -> Console:
    """A console that shows texts as they are, without markup, emoji or coloured numbers.

    With NO_COLOR in the environment it uses no colour.
    """
    if os.environ.get("NO_COLOR"):
        more["color_system"] = None
    return Console(file=file, markup=False, emoji=False, highlight=False, **more)


def progress_bar(total: int) -> Any:
    """Start a progress bar on standard error, with one task. It vanishes when it is stopped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    bar = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(sys.stderr),
        transient=True,
    )
    bar.add_task("", total=total)
    bar.start()
    return bar


def render(parts: Iterable[Part], width: int) -> Iterator[RenderableType]:
    for number, part in enumerate(text.spaced(parts)):
        if isinstance(part, str):
            yield Text(part, "bold" if number == 0 else "")
        elif len(part.rows) > MAX_RULED_ROWS:
            yield Text("".join(text.table(part.fitted(width))).rstrip("\n"))
        else:
            for place, piece in enumerate(layout.pieces(part.fitted(width), width)):
                if place:
                    yield Text()
                yield table(piece, width)


def print_page(page: Console, parts: Iterable[Part]) -> None:
    width = page.width
    for part in render(parts, width):
        # Rich would squeeze a table wider than the page, cutting numbers: let the terminal wrap it.
        page.width = max(width, getattr(part, "min_width", None) or 0)
        page.print(part, crop=False)
    page.width = width


def table(sheet: Sheet, width: int) -> Table:
    """Set a table that fits into a width, as `layout` wraps it."""
    widths = layout.widths(sheet, width)
    foot = sheet.foot or [""] * len(widths)
    grid = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
        show_footer=sheet.foot is not None,
        footer_style="bold",
        min_width=sum(widths) + layout.GAP * (len(widths) - 1),
    )
    for number, column in enumerate(sheet.columns):
        grid.add_column(
            Text(layout.wrapped(column.head, widths[number])),
            Text(foot[number]),
            justify="left" if column.left else "right",
            vertical="top",
            no_wrap=True,
            width=widths[number],
        )
    for number, row in enumerate(sheet.rows):
        cells = map(layout.wrapped, row, widths)
        grid.add_row(*map(Text, cells), style="bold" if number in sheet.strong else None)
    return grid
