"""What `costcalc sweep` reports to people: a row a point, or for two knobs a grid a metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from costcalc.explore.axes import Axis
from costcalc.explore.inputs import resolution_axes
from costcalc.explore.plan import value_text
from costcalc.explore.sweep import Sweep, Swept
from costcalc.explore.table import SweepTable, joined
from costcalc.metrics import COUNTED, METRICS
from costcalc.render.sheet import Column, Part, Sheet, decimal, share
from costcalc.reports.labels import (
    amount,
    device_line,
    excess,
    heading,
    percent,
    setting_lines,
    side,
    title,
)
from costcalc.text import escaped
from costcalc.units import decimal_text, short_count

MAX_ACROSS = 8
"""Columns of a grid; with more, points are rows."""


def page(swept: Swept) -> Iterator[Part]:
    """Report the points, and the sources of their figures."""
    sweep, rule = swept.sweep, swept.rule
    table = joined(swept.tables)
    varying = [axis for axis in sweep.plan.axes if axis.count > 1]
    metrics = [name for name in sweep.metrics if name != "top1" or any(table["top1"])]
    yield heading(sweep.plan.file, sweep.plan.setting.variant)
    yield _setting(sweep, varying, table)
    yield from setting_lines(sweep.plan.file, sweep.plan.setting)
    if rule:
        yield rule
    grid = None if rule or len(varying) != 2 else _grid_axes(varying)
    if grid:
        for metric in metrics:
            yield _title(sweep, metric)
            yield _grid(sweep, table, metric, *grid)
    else:
        yield _rows(sweep, table, varying, metrics)
    if sweep.limits and grid:
        yield f"! over {' or over '.join(_limit(sweep, *limit) for limit in sweep.limits.items())}"
    if "ratio" in metrics:
        yield "of standard: MACs over those with every separable convolution in standard form"
    if "share" in metrics and sweep.full is not None:
        yield f"share: of the {sweep.full['macs']:,} MACs of the network as written"
    if "top1" in metrics and sweep.accuracy is not None:
        yield f"top-1: published, {escaped(sweep.accuracy.source)}"
        for source in sweep.accuracy.others:
            yield f"  --source takes another: {escaped(source)}"
    yield from device_line(sweep.plan.setting)
    yield COUNTED


def _setting(sweep: Sweep, varying: Sequence[Axis], table: SweepTable) -> str:
    names = [axis.key for axis in varying]
    parts = [f"sweep of {' and '.join(names)}: {sweep.plan.count:,} points"] if names else []
    if table.points:
        if "alpha" not in names:
            parts.append(f"alpha {decimal_text(table['alpha'][0])}")
        sized = {"rho", "resolution"} & set(names) or resolution_axes(sweep.plan)
        if sweep.plan.has_resolution and not sized:
            parts.append(f"resolution {value_text(table['resolution'][0])}")
    parts += [f"{escaped(name)} {escaped(text)}" for name, text in sweep.plan.fixed_texts.items()]
    return "   ".join(parts)


def _limit(sweep: Sweep, metric: str, limit: int) -> str:
    return f"{amount(metric, limit)} {_title(sweep, metric)}"


def _title(sweep: Sweep, metric: str) -> str:
    return title(metric, sweep.plan.setting.accounting)


# Rows


def _rows(
    sweep: Sweep, table: SweepTable, varying: Sequence[Axis], metrics: Sequence[str]
) -> Sheet:
    columns: list[tuple[Column, list[str]]] = []
    for axis in varying:
        columns.append((Column(escaped(axis.name)), _knobs(table, axis.key)))
        if axis.key == "rho":
            columns.append((Column("resolution"), [*table["resolution"].map(value_text)]))
    if not varying:
        columns.append((Column("alpha"), [*table["alpha"].map(decimal_text)]))
    keys = len(columns)
    columns += [(Column(_title(sweep, name)), _cells(sweep, table, name)) for name in metrics]
    if sweep.limits:
        within = [_within(sweep, table, point) for point in range(table.points)]
        columns.append((Column("within", left=True), within))
    heads, cells = zip(*columns, strict=True)
    return Sheet(heads, list(zip(*cells, strict=True)), keys=keys)


def _knobs(table: SweepTable, key: str) -> list[str]:
    """Write the values of a knob, for every point."""
    text = side if key == "resolution" else lambda value: escaped(value_text(value))
    return [*table[key].map(text)]


def _within(sweep: Sweep, table: SweepTable, point: int) -> str:
    over = [
        f"{_title(sweep, name)} {excess(table[name][point], sweep.limits[name])}"
        for name in table["exceeds"][point]
    ]
    return f"no: {', '.join(over)}" if over else "yes"


def _cells(sweep: Sweep, table: SweepTable, metric: str) -> list[str]:
    """Write a metric, for every point."""
    if metric == "ratio":
        pairs = zip(table["macs"], table["standard_macs"], strict=True)
        return [decimal(Fraction(macs, all_) if all_ else None) for macs, all_ in pairs]
    if metric == "share":
        full = sweep.full
        return [share(macs, full["macs"]) if full else "" for macs in table["macs"]]
    if metric == "top1":
        return ["" if top1 is None else percent(top1) for top1 in table["top1"]]
    return [amount(metric, count) for count in table[metric]]


# Grids


def _grid_axes(varying: Sequence[Axis]) -> tuple[int, int, Axis, Axis] | None:
    """Choose the axes that run down and across; None where the grid would be too wide."""
    for down, across in ((0, 1), (1, 0)):
        if varying[across].count <= MAX_ACROSS:
            return down, across, varying[down], varying[across]
    return None


def _grid(
    sweep: Sweep,
    table: SweepTable,
    metric: str,
    down: int,
    across: int,
    rows: Axis,
    columns: Axis,
) -> Sheet:
    steps = (columns.count if down == 0 else 1), (1 if down == 0 else rows.count)
    places = [place * steps[1] for place in range(columns.count)]
    is_count = metric in sweep.counts and METRICS[metric].is_whole
    counts = list(table[metric]) if is_count else None
    texts = _cells(sweep, table, metric)
    names, heads = _knobs(table, rows.key), _knobs(table, columns.key)
    marks = [""] * table.points
    if sweep.limits:
        marks = ["!" if over else " " for over in table["exceeds"]]
    sheet = [Column(f"{escaped(rows.name)} \\ {escaped(columns.name)}", left=True)]
    for place in places:
        if counts:
            sheet.append(Column(heads[place], wide=True))
            sheet.append(Column(heads[place], narrow=True))
        else:
            sheet.append(Column(heads[place]))
    cells: list[list[Any]] = []
    for start in (row * steps[0] for row in range(rows.count)):
        line = [names[start]]
        for point in (start + place for place in places):
            line.append(texts[point] + marks[point])
            if counts:
                line.append(short_count(counts[point]) + marks[point])
        cells.append(line)
    return Sheet(sheet, cells)
