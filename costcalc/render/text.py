"""Plain text of a page, for pipes and files: columns set with spaces, and nothing cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from costcalc.render.sheet import Part, Sheet

UNLIMITED = 10**6


def lines(parts: Iterable[Part], width: int = UNLIMITED) -> Iterator[str]:
    for part in spaced(parts):
        if isinstance(part, str):
            yield f"{part}\n"
        else:
            yield from table(part.fitted(width))


def spaced(parts: Iterable[Part]) -> Iterator[Part]:
    """Put one empty line around every table."""
    blank = True
    for part in parts:
        if isinstance(part, Sheet):
            if not blank:
                yield ""
            yield part
            yield ""
            blank = True
        elif part or not blank:
            yield part
            blank = not part


def table(sheet: Sheet) -> Iterator[str]:
    """Write a table with names flush left and numbers flush right."""
    widths = sheet.widths()
    heads = [column.head for column in sheet.columns]
    for row in (heads, *sheet.rows, *([sheet.foot] if sheet.foot else ())):
        cells = (
            cell.ljust(width) if column.left else cell.rjust(width)
            for cell, width, column in zip(row, widths, sheet.columns, strict=True)
        )
        yield "  ".join(cells).rstrip() + "\n"
