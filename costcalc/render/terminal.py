"""The page in a terminal, by rich: rules, weight, and columns fitted to the width."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import IO, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from costcalc.render import text
from costcalc.render.sheet import Part, Sheet

NARROWEST_NAME = 12
NARROWEST_TEXT = 10
LONG = 2000
"""Beyond so many rows rich takes seconds: such a table is set as plain text."""


def console(file: IO[str] | None = None, **more: Any) -> Console:
    """Nothing in a text is markup, an emoji or a number to colour. NO_COLOR means no style."""
    if os.environ.get("NO_COLOR"):
        more["color_system"] = None
    return Console(file=file, markup=False, emoji=False, highlight=False, **more)


def progress_bar(total: int) -> Any:
    """A bar on standard error, running, which vanishes when it is stopped; it has one task."""
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
        elif len(part.rows) > LONG:
            yield Text("".join(text.table(part.fitted(width))).rstrip("\n"))
        else:
            yield table(part.fitted(width), width)


def print_page(page: Console, parts: Iterable[Part]) -> None:
    width = page.width
    for part in render(parts, width):
        # Rich would squeeze what is wider than the page, numbers too: so the terminal wraps it.
        page.width = max(width, getattr(part, "min_width", None) or 0)
        page.print(part, crop=False)
    page.width = width


def table(sheet: Sheet, width: int) -> Table:
    """The sheet in this width: what is only for wide pages gives way, then names; numbers never."""
    widths = sheet.widths()
    gaps = 2 * (len(widths) - 1)
    for number in range(len(widths) - 1, 0, -1):
        if sheet.columns[number].wide and sheet.columns[number].left:
            over = max(0, sum(widths) + gaps - width)
            widths[number] -= min(over, max(0, widths[number] - NARROWEST_TEXT))
    widths[0] = min(widths[0], max(NARROWEST_NAME, width - sum(widths[1:]) - gaps))
    foot = sheet.foot or [""] * len(widths)
    grid = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
        show_footer=sheet.foot is not None,
        footer_style="bold",
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
        first = Text(_short(row[0], widths[0]))
        style = "bold" if number in sheet.strong else None
        others = [
            cell if len(cell) <= widths[n] else f"{cell[: widths[n] - 1]}…"
            for n, cell in enumerate(row[1:], 1)
        ]
        grid.add_row(first, *map(Text, others), style=style)
    return grid


def _short(name: str, width: int) -> str:
    """A name where there is no room for all of it: its block, and as much of its end as fits."""
    if len(name) <= width:
        return name
    block, *inner = name.split(".")
    for start in range(1, len(inner)):
        short = f"{block}…{'.'.join(inner[start:])}"
        if len(short) <= width:
            return short
    head = (width - 1) // 2
    return f"{name[:head]}…{name[len(name) - (width - 1 - head) :]}"
