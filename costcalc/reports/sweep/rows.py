"""What `costcalc sweep` reports to programs: columns under their names, and lines of CSV."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, repeat
from typing import Any

from costcalc.explore.sweep import Sweep, Swept
from costcalc.explore.table import Column, SweepTable
from costcalc.metrics import METRICS
from costcalc.render import columns, csv
from costcalc.reports.values import figure
from costcalc.units import decimal_text


def named(sweep: Sweep, table: SweepTable) -> dict[str, Column]:
    """Name the columns as programs read them: knobs, metrics, ratios and accuracies."""
    found = {name: table[name] for name in ("alpha", "rho", "resolution", *sweep.plan.further)}
    for metric in sweep.metrics:
        if metric in METRICS:
            is_whole = METRICS[metric].is_whole
            found[metric] = table[metric] if is_whole else table[metric].map(figure)
        elif metric == "ratio":
            found["ratio_float"] = _ratio(table["macs"], table["standard_macs"])
        elif metric == "share":
            whole = sweep.full["macs"] if sweep.full else 0
            found["share_float"] = _ratio(table["macs"], whole)
        else:
            found["top1"] = table["top1"].map(lambda top1: None if top1 is None else float(top1))
    if sweep.limits:
        found["exceeds"] = table["exceeds"]
    return found


def _ratio(column: Column, whole: Column | int) -> Column:
    """Divide columns of the same places, each ratio rounded once; None where the whole is 0."""
    counts: Any = column.values
    wholes: Any = whole if isinstance(whole, int) else whole.values
    if not isinstance(counts, list):
        import numpy as np

        exact = 1 << 53  # up to there a float holds every whole number
        if np.max(counts, initial=0) <= exact >= np.max(wholes) and np.min(wholes) > 0:
            return Column(counts.astype(float) / wholes, column.places)
    all_ = repeat(whole) if isinstance(whole, int) else whole.listed()
    pairs = zip(column.listed(), all_, strict=False)
    return Column([count / whole if whole else None for count, whole in pairs], column.places)


def rows(swept: Swept) -> Iterator[dict[str, Any]]:
    """A row a point; knobs are decimals where those end."""
    sweep = swept.sweep
    for table in swept.tables:
        found = {name: column.map(_cell) for name, column in named(sweep, table).items()}
        for values in zip(*found.values(), strict=True):
            yield {
                "network": sweep.name,
                **dict(zip(found, values, strict=True)),
                **_convention(sweep),
            }


def csv_lines(swept: Swept) -> Iterator[str | bytes]:
    """The lines of CSV of these rows, many at a time."""
    sweep = swept.sweep
    end = "".join(f",{csv.text(value)}" for value in _convention(sweep).values()) + "\n"
    head: list[str] = []
    for table in swept.tables:
        found = named(sweep, table.distinct())
        if not head:
            head = ["network", *found, *_convention(sweep)]
            yield ",".join(map(csv.text, head)) + "\n"
        befores = chain([f"{csv.text(sweep.name)},"], repeat(","))
        cells = list(zip(befores, found.values(), strict=False))
        yield from columns.lines(cells, end, lambda value: csv.text(_cell(value)))


def _convention(sweep: Sweep) -> dict[str, str]:
    """Name the convention that counts totals, where one was asked for."""
    counted = sweep.plan.setting.accounting
    return {} if counted.is_default else {"convention": counted.name}


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(value)
    return decimal_text(value) if isinstance(value, Fraction) else value
