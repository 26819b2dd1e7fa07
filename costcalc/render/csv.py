"""CSV with a line per row. Cells that a spreadsheet would run as a formula are quoted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from costcalc.text import escaped

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_FLUSH = 256
"""Rows written at a time."""


def lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Write the keys of the first row, then every row."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(map(cell, row))
        writer.writerow(map(cell, row.values()))
        if number % _FLUSH == _FLUSH - 1:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def cell(value: Any) -> Any:
    """Make a value safe to open in a spreadsheet: 3×3 for a size, no text that is a formula."""
    if isinstance(value, str):
        return "'" + escaped(value) if value.startswith(_FORMULA) else escaped(value)
    if isinstance(value, tuple):
        return "×".join(map(str, value))
    return "" if value is None else value


def text(value: Any) -> str:
    """Write a cell as it stands in a line, in quotes where it needs them."""
    found = str(cell(value))
    if '"' in found or "," in found:
        return '"' + found.replace('"', '""') + '"'
    return found
