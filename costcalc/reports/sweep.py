"""What a sweep says: a row a point, or for two knobs a grid a metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from costcalc.explore.plan import Axis, value_text
from costcalc.explore.sweep import Point, Sweep
from costcalc.metrics import COUNTED
from costcalc.render.sheet import Column, Part, Sheet, decimal, number, share
from costcalc.reports.labels import accounting_lines, excess, heading, percent, side, title
from costcalc.reports.points import Found
from costcalc.text import clean
from costcalc.units import decimal_text, short_count

WIDEST = 8
"""Columns of a grid; beyond, points are rows."""


def page(found: Found) -> Iterator[Part]:
    """The points, and where their figures come from."""
    sweep, points, kept = found.sweep, found.points, found.kept
    varying = [axis for axis in sweep.plan.axes if axis.count > 1]
    metrics = [name for name in sweep.metrics if name != "top1" or any(p.top1 for p in points)]
    yield heading(sweep.plan.file, sweep.plan.variant)
    yield _setting(sweep, varying, points)
    yield from accounting_lines(sweep.plan.accounting)
    if kept:
        yield kept
    grid = None if kept or len(varying) != 2 else _grid_axes(varying)
    if grid:
        for metric in metrics:
            yield _title(sweep, metric)
            yield _grid(sweep, points, metric, *grid)
    else:
        yield _rows(sweep, points, varying, metrics)
    if sweep.limits and grid:
        yield f"! over {' or over '.join(_limit(sweep, *limit) for limit in sweep.limits.items())}"
    if "ratio" in metrics:
        yield "of standard: MACs over those with every separable convolution in standard form"
    if "share" in metrics and sweep.full is not None:
        yield f"share: of the {sweep.full['macs']:,} MACs of the network as written"
    if "top1" in metrics and sweep.accuracy is not None:
        yield f"top-1: published, {clean(sweep.accuracy.source)}"
        for source in sweep.accuracy.others:
            yield f"  --source takes another: {clean(source)}"
    yield COUNTED


def _setting(sweep: Sweep, varying: Sequence[Axis], points: Sequence[Point]) -> str:
    names = [axis.key for axis in varying]
    parts = [f"sweep of {' and '.join(names)}: {sweep.plan.count:,} points"] if names else []
    if points:
        here = points[0]
        if "alpha" not in names:
            parts.append(f"alpha {decimal_text(here.alpha)}")
        if "rho" not in names and "resolution" not in names:
            parts.append(f"resolution {value_text(here.resolution)}")
    parts += [f"{clean(name)} {clean(text)}" for name, text in sweep.plan.fixed_texts.items()]
    return "   ".join(parts)


def _limit(sweep: Sweep, metric: str, limit: int) -> str:
    return f"{number(limit)} {_title(sweep, metric)}"


def _title(sweep: Sweep, metric: str) -> str:
    return title(metric, sweep.plan.accounting)


# Rows


def _rows(
    sweep: Sweep, points: Sequence[Point], varying: Sequence[Axis], metrics: Sequence[str]
) -> Sheet:
    columns: list[Column] = []
    cells: list[list[Any]] = [[] for _ in points]

    def add(column: Column, cell: Callable[[Point], Any]) -> None:
        columns.append(column)
        for row, point in zip(cells, points, strict=True):
            row.append(cell(point))

    for axis in varying:
        add(Column(clean(axis.name)), lambda point, name=axis.key: _knob(point, name))  # type: ignore[misc]
        if axis.key == "rho":
            add(Column("resolution"), lambda point: value_text(point.resolution))
    if not varying:
        add(Column("alpha"), lambda point: decimal_text(point.alpha))
    for metric in metrics:
        head = Column(_title(sweep, metric))
        add(head, lambda point, metric=metric: _cell(sweep, point, metric))  # type: ignore[misc]
    if sweep.limits:
        add(Column("within", left=True), lambda point: _within(sweep, point))
    return Sheet(columns, cells)


def _knob(point: Point, name: str) -> str:
    return side(point.resolution) if name == "resolution" else clean(value_text(point.knob(name)))


def _within(sweep: Sweep, point: Point) -> str:
    if not point.exceeds:
        return "yes"
    return "no: " + ", ".join(
        f"{_title(sweep, name)} {excess(point.counts[name], sweep.limits[name])}"
        for name in point.exceeds
    )


def _cell(sweep: Sweep, point: Point, metric: str) -> str:
    if metric == "ratio":
        return decimal(point.ratio)
    if metric == "share":
        return share(point.counts["macs"], sweep.full["macs"]) if sweep.full else ""
    if metric == "top1":
        return "" if point.top1 is None else percent(point.top1)
    return number(point.counts[metric])


# Grids


def _grid_axes(varying: Sequence[Axis]) -> tuple[int, int, Axis, Axis] | None:
    """Which axis runs down and which across, where a grid is not too wide."""
    for down, across in ((0, 1), (1, 0)):
        if varying[across].count <= WIDEST:
            return down, across, varying[down], varying[across]
    return None


def _grid(
    sweep: Sweep,
    points: Sequence[Point],
    metric: str,
    down: int,
    across: int,
    rows: Axis,
    columns: Axis,
) -> Sheet:
    steps = (columns.count if down == 0 else 1), (1 if down == 0 else rows.count)
    counts = metric in sweep.counts
    heads = [points[place * steps[1]] for place in range(columns.count)]
    sheet = [Column(f"{clean(rows.name)} \\ {clean(columns.name)}", left=True)]
    for point in heads:
        head = _knob(point, columns.key)
        if counts:
            sheet.append(Column(head, wide=True, show=lambda cell: number(cell[0]) + cell[1]))
            sheet.append(
                Column(head, narrow=True, show=lambda cell: short_count(cell[0]) + cell[1])
            )
        else:
            sheet.append(Column(head))
    cells: list[list[Any]] = []
    for row in range(rows.count):
        line: list[Any] = [_knob(points[row * steps[0]], rows.key)]
        for place in range(columns.count):
            point = points[row * steps[0] + place * steps[1]]
            mark = "!" if point.exceeds else " " if sweep.limits else ""
            if counts:
                line += [(point.counts[metric], mark)] * 2
            else:
                line.append(_cell(sweep, point, metric) + mark)
        cells.append(line)
    return Sheet(sheet, cells)
