"""CSV: a line a layer, or a network. Cells that a spreadsheet would run as a formula are quoted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from costcalc.costs.shipped import Listed, Printed
from costcalc.costs.table import LayerCost
from costcalc.explore.sweep import Sweep
from costcalc.reports.json import layer, listed, printed
from costcalc.reports.labels import size
from costcalc.reports.points import Chunk, point_columns
from costcalc.text import clean
from costcalc.units import decimal_text

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def layers(networks: Iterable[tuple[str, Sequence[LayerCost]]]) -> Iterator[str]:
    """The layers of networks, each line beginning with its network's name."""
    return _table({"network": name, **layer(row)} for name, rows in networks for row in rows)


def networks(rows: Iterable[Listed]) -> Iterator[str]:
    return _table(listed(row) for row in rows)


def published(rows: Iterable[Printed]) -> Iterator[str]:
    return _table(printed(row) for row in rows)


def sweep(result: Sweep, chunks: Iterable[Chunk]) -> Iterator[str]:
    """A line a point; knobs are decimals where those end."""
    head = None
    for chunk in chunks:
        columns = point_columns(result, chunk, _knob, "")
        if result.limits:
            columns["exceeds"] = [" ".join(names) for names in columns["exceeds"]]
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        points = len(next(iter(columns.values())))
        if not result.plan.accounting.is_default:  # whose totals these are
            columns["convention"] = [_cell(result.plan.accounting.name)] * points
        if head is None:
            head = ["network", *columns]
            writer.writerow(map(_cell, head))
        name = _cell(result.name)
        writer.writerows(zip([name] * points, *columns.values(), strict=True))
        yield buffer.getvalue()


def _knob(name: str, value: Any) -> Any:
    return _cell(decimal_text(value) if isinstance(value, Fraction) else value)


def _table(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(row)
        writer.writerow(_cell(value) for value in row.values())
        if number % 256 == 255:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return "'" + clean(value) if value.startswith(_FORMULA) else clean(value)
    if isinstance(value, tuple):
        return size(value) if len(value) == 2 else "×".join(map(str, value))
    return "" if value is None else value
