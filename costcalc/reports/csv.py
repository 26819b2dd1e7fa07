"""CSV: a line a layer, or a network. Cells that a spreadsheet would run as a formula are quoted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from costcalc.explore.sweep import Sweep
from costcalc.render.csv import cell
from costcalc.reports.points import Chunk, point_columns
from costcalc.units import decimal_text


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
            columns["convention"] = [cell(result.plan.accounting.name)] * points
        if head is None:
            head = ["network", *columns]
            writer.writerow(map(cell, head))
        name = cell(result.name)
        writer.writerows(zip([name] * points, *columns.values(), strict=True))
        yield buffer.getvalue()


def _knob(name: str, value: Any) -> Any:
    return cell(decimal_text(value) if isinstance(value, Fraction) else value)
