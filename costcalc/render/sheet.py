"""A table before it is laid out: columns and cells. Text, terminal and Markdown show the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from costcalc.units import fixed

WIDE = 100
"""From this width on, tables show their wide columns."""


class Column(NamedTuple):
    head: str
    left: bool = False
    wide: bool = False
    """Left out where the page is narrow."""
    narrow: bool = False
    """Left out where the page is wide."""
    show: Callable[[Any], str] | None = None
    """How its cells are written, where they are not texts yet."""


class Sheet(NamedTuple):
    """A table: columns, rows of cells, which rows stand out, and the row of sums, if any."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    strong: frozenset[int] = frozenset()
    foot: Sequence[str] | None = None

    def widths(self) -> list[int]:
        """What each column needs."""
        lines = [[column.head for column in self.columns], *self.rows]
        if self.foot:
            lines.append(self.foot)
        return [max(map(len, cells)) for cells in zip(*lines, strict=True)]

    def fitted(self, width: int) -> Sheet:
        """The table with the columns for a wide or a narrow page."""
        wide = width >= WIDE
        keep = [
            number
            for number, column in enumerate(self.columns)
            if not (column.narrow if wide else column.wide)
        ]
        shows = [(number, self.columns[number].show) for number in keep]
        return Sheet(
            [self.columns[number]._replace(show=None) for number in keep],
            [[show(row[n]) if show else row[n] for n, show in shows] for row in self.rows],
            self.strong,
            self.foot and [self.foot[number] for number in keep],
        )


Part: TypeAlias = "Sheet | str"
"""A page is tables and lines of prose, top to bottom."""


def share(part: int, whole: int) -> str:
    """A percentage with two decimals; empty where there is nothing to share."""
    return f"{fixed(Fraction(100 * part, whole), 2)} %" if whole else ""


def decimal(ratio: Fraction | None) -> str:
    return "" if ratio is None else fixed(ratio, 4)


def number(value: int) -> str:
    return f"{value:,}"
