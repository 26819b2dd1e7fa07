"""The shipped networks, and what was published about them beside what is exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcalc.costs.shipped import Listed, Printed
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports.analyze.page import counted_cells, counted_columns
from costcalc.reports.labels import side
from costcalc.text import clean
from costcalc.units import decimal_text


def listing(rows: Sequence[Listed]) -> Sheet:
    columns = [
        Column("network", left=True),
        Column("input"),
        Column("params"),
        Column("MACs"),
        *counted_columns([row.analysis for row in rows[:1]]),
        Column("top-1"),
        Column("source", left=True, wide=True),
    ]
    cells = [
        [
            clean(row.variant or row.name),
            str(row.analysis.input),
            number(row.analysis.totals.params),
            number(row.analysis.totals.macs),
            *counted_cells(row.analysis),
            "" if row.top1 is None else f"{decimal_text(row.top1)} %",
            clean(row.source or ""),
        ]
        for row in rows
    ]
    return Sheet(columns, cells)


def published_listing(rows: Sequence[Printed]) -> Iterator[Part]:
    """Published figures beside exact ones; * marks what is no rounding of it, and why is below."""
    columns = [
        Column("network", left=True),
        Column("alpha"),
        Column("input"),
        Column("published"),
        Column("MACs"),
        Column("published"),
        Column("params"),
        Column("source", left=True, wide=True),
    ]
    cells = []
    reasons: dict[str, None] = {}
    for row in rows:
        texts = []
        for figure, agreement in zip(
            (row.figures.macs, row.figures.params), row.agreements, strict=True
        ):
            mark = " *" if agreement == "differs" else ""
            texts.append("" if figure is None else f"{figure.text}{mark}")
        size = row.resolution
        cells.append(
            [
                clean(row.name),
                decimal_text(row.alpha),
                side(size),
                texts[0],
                number(row.macs),
                texts[1],
                number(row.params),
                clean(row.figures.source or ""),
            ]
        )
        if row.differs and row.figures.note:
            source = clean(row.figures.source or "published")
            reasons[f"* {clean(row.name)}, {source}: {clean(row.figures.note)}"] = None
    yield Sheet(columns, cells)
    yield from reasons
