"""Tables before they are laid out: the same for text, terminals, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from costcalc.units import fixed

WIDE_PAGE = 100
"""The width from which on tables show their wide columns."""


class Column(NamedTuple):
    head: str
    left: bool = False
    wide: bool = False
    """Whether it is left out on a narrow page."""
    narrow: bool = False
    """Whether it is left out on a wide page."""
    show: Callable[[Any], str] | None = None
    """How to write its cells, unless they are texts already."""


class Sheet(NamedTuple):
    """A table: columns, rows, which rows are emphasized, and a row of sums, if any."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    strong: frozenset[int] = frozenset()
    foot: Sequence[str] | None = None
    keys: int = 1
    """How many columns identify a row: they stay where a table is split into several."""

    def widths(self) -> list[int]:
        """The width that each column needs."""
        lines = [[column.head for column in self.columns], *self.rows]
        if self.foot:
            lines.append(self.foot)
        return [max(map(len, cells)) for cells in zip(*lines, strict=True)]

    def fitted(self, width: int) -> Sheet:
        """Keep the columns for a page of this width, and write the cells as text."""
        wide = width >= WIDE_PAGE
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
            self.keys,
        )


Part: TypeAlias = "Sheet | str"
"""A page is an iterator of tables and lines of prose."""


def share(part: int | Fraction, whole: int | Fraction) -> str:
    """Write a percentage with two decimals; nothing if the whole is 0."""
    return f"{fixed(Fraction(100 * part) / whole, 2)} %" if whole else ""


def decimal(ratio: Fraction | None) -> str:
    return "" if ratio is None else fixed(ratio, 4)


def number(value: int | Fraction) -> str:
    """Write a count, or with two decimals what is none."""
    return f"{value:,}" if isinstance(value, int) else fixed(value, 2)
