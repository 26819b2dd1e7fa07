"""What `costcalc sweep` reports to spreadsheets: a line a point."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from costcalc.render.csv import cell
from costcalc.reports.points import Found, point_columns
from costcalc.units import decimal_text


def lines(found: Found) -> Iterator[str]:
    """A line a point; knobs are decimals where those end."""
    for number, columns in enumerate(_columns(found)):
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        if number == 0:
            writer.writerow(map(cell, columns))
        writer.writerows(zip(*columns.values(), strict=True))
        yield buffer.getvalue()


def rows(found: Found) -> Iterator[dict[str, Any]]:
    for columns in _columns(found):
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))


def _columns(found: Found) -> Iterator[dict[str, list[Any]]]:
    sweep = found.sweep
    for chunk in found.chunks:
        columns = point_columns(sweep, chunk, _knob, "")
        if sweep.limits:
            columns["exceeds"] = [" ".join(names) for names in columns["exceeds"]]
        points = len(next(iter(columns.values())))
        if not sweep.plan.accounting.is_default:  # whose totals these are
            columns["convention"] = [cell(sweep.plan.accounting.name)] * points
        yield {"network": [cell(sweep.name)] * points, **columns}


def _knob(name: str, value: Any) -> Any:
    return cell(decimal_text(value) if isinstance(value, Fraction) else value)
