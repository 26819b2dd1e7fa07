"""The tables of a report as plain cells; text and Markdown lay out the same ones."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.analysis import Analysis, LayerCost, Row
from costcalc.errors import CostcalcError, nearest
from costcalc.listing import Listed
from costcalc.printable import clean
from costcalc.published import Published, matching
from costcalc.report.names import side, size
from costcalc.separable import Comparison
from costcalc.spec.published import Printed
from costcalc.units import decimal_text, short_count


class Column(NamedTuple):
    head: str
    left: bool = False
    wide: bool = False
    """Left out where the page is narrow."""
    narrow: bool = False
    """Left out where the page is wide."""


class Sheet(NamedTuple):
    """A table: columns, rows of cells, which rows stand out, and the row of sums, if any."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    strong: frozenset[int] = frozenset()
    foot: Sequence[str] | None = None

    def fitted(self, wide: bool) -> Sheet:
        """The table with the columns for a wide or a narrow page."""
        keep = [
            number
            for number, column in enumerate(self.columns)
            if not (column.narrow if wide else column.wide)
        ]
        return Sheet(
            [self.columns[number] for number in keep],
            [[row[number] for number in keep] for row in self.rows],
            self.strong,
            self.foot and [self.foot[number] for number in keep],
        )


# What --sort takes: the columns of numbers, largest first, and the texts in order.
SORTS: dict[str, Callable[[Row], object]] = {
    "macs": lambda row: -row.cost.macs,
    "flops": lambda row: -row.cost.macs,
    "params": lambda row: -row.cost.params,
    "other_ops": lambda row: -row.cost.other_ops,
    "activations": lambda row: -row.cost.activations,
    "name": lambda row: row.name,
    "type": lambda row: row.type,
    "line": lambda row: row.line,
}


def share(part: int, whole: int) -> str:
    """A percentage with two decimals, rounded half up; empty where there is nothing to share."""
    if not whole:
        return ""
    hundredths = (20000 * part + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def decimal(ratio: Fraction | None) -> str:
    return "" if ratio is None else f"{float(ratio):.4f}"


def number(value: int) -> str:
    return f"{value:,}"


def pick(analysis: Analysis, depth: int | None, pattern: str | None, sort: str | None) -> list[Row]:
    """The rows that --depth, --layers and --sort ask for."""
    if pattern is not None:
        rows = [
            row
            for row in analysis.rows(None)
            if len(row.layers) == 1 and row.layers[0].name == row.name and matches(row, pattern)
        ]
        if not rows:
            types = {layer.type for layer in analysis.layers}
            raise CostcalcError(
                f"no layer of {clean(analysis.name)} matches '{pattern}'",
                hint=nearest(pattern, (*types, *(layer.name for layer in analysis.layers)))
                or "a pattern such as '*.conv2d' or 'depthwise_conv2d' matches names and types",
            )
    else:
        rows = analysis.rows(depth)
    if sort is not None:
        if pattern is None and (depth is None or depth > 1):
            # An open block and its layers would be torn apart: sort the layers alone.
            rows = [row for row in rows if _is_closed(row, rows)]
        rows = sorted(rows, key=SORTS[sort])  # type: ignore[arg-type]
    return rows


def _is_closed(row: Row, rows: Sequence[Row]) -> bool:
    return not any(other.name.startswith(row.name + ".") for other in rows)


def matches(row: Row | LayerCost, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(text, pattern) for text in (row.name, row.type))


def layers(analysis: Analysis, rows: Sequence[Row], flat: bool) -> Sheet:
    """Rows by block, opened ones in bold with their parts below; `flat` shows full names."""
    total = analysis.cost
    columns = [
        Column("layer", left=True),
        Column("kernel", wide=True),
        Column("stride", wide=True),
        Column("output"),
        Column("params"),
        Column("other ops", wide=True),
        Column("MACs"),
        Column("share"),
    ]
    cells = []
    strong = set()
    for index, row in enumerate(rows):
        single = row.layers[0] if len(row.layers) == 1 and row.layers[0].name == row.name else None
        if single is None and index + 1 < len(rows) and rows[index + 1].level > row.level:
            strong.add(index)
        label = row.name if flat else "  " * row.level + row.label
        cells.append(
            [
                clean(label),
                size(single.kernel_size) if single else "",
                side(single.stride) if single else "",
                str(row.output_shape or ""),
                number(row.cost.params),
                number(row.cost.other_ops),
                number(row.cost.macs),
                share(row.cost.macs, total.macs),
            ]
        )
    foot = ["total", "", "", "", *map(number, (total.params, total.other_ops, total.macs)), ""]
    return Sheet(columns, cells, frozenset(strong), foot)


COMPARED = "Standard (*) against depthwise separable convolution: ratio 1/N + 1/D_K²"


def comparison(rows: Sequence[Comparison]) -> Sheet:
    columns = [
        Column("layer", left=True),
        Column("D_K"),
        Column("M"),
        Column("N"),
        Column("D_F"),
        Column("standard", wide=True),
        Column("depthwise", wide=True),
        Column("pointwise", wide=True),
        Column("standard", narrow=True),
        Column("separable", narrow=True),
        Column("ratio", wide=True),
        Column("ratio"),
    ]
    cells = [
        [
            clean(row.name) + (" *" if row.written_as == "standard" else ""),
            side(row.kernel_size),
            str(row.in_channels),
            str(row.out_channels),
            side(row.output_size),
            number(row.standard_macs),
            number(row.depthwise_macs),
            number(row.pointwise_macs),
            short_count(row.standard_macs),
            short_count(row.separable_macs),
            str(row.ratio),
            decimal(row.ratio),
        ]
        for row in rows
    ]
    return Sheet(columns, cells)


def totals(analysis: Analysis) -> Sheet:
    sums = analysis.totals
    columns = [
        Column("total", left=True),
        Column("MACs"),
        Column("FLOPs", wide=True),
        Column("params"),
        Column("of standard"),
    ]
    rows = [
        ("as written", sums.macs, sums.params, sums.ratio),
        ("all standard", sums.standard_macs, sums.standard_params, None),
        ("all separable", sums.separable_macs, sums.separable_params, sums.separable_ratio),
    ]
    if not analysis.comparison:
        rows = rows[:1]
    cells = [
        [name, number(macs), number(2 * macs), number(params), decimal(ratio)]
        for name, macs, params, ratio in rows
    ]
    return Sheet(columns, cells, frozenset({0}))


def summary(analyses: Sequence[Analysis]) -> Sheet:
    columns = [
        Column("network", left=True),
        Column("input"),
        Column("alpha"),
        Column("rho", wide=True),
        Column("params"),
        Column("MACs"),
        Column("ratio"),
    ]
    rows = [
        [
            clean(analysis.variant or analysis.name),
            str(analysis.input),
            decimal_text(analysis.alpha),
            "" if analysis.rho is None else decimal_text(analysis.rho),
            number(analysis.totals.params),
            number(analysis.totals.macs),
            decimal(analysis.totals.ratio),
        ]
        for analysis in analyses
    ]
    return Sheet(columns, rows)


def listing(rows: Sequence[Listed]) -> Sheet:
    columns = [
        Column("network", left=True),
        Column("input"),
        Column("params"),
        Column("MACs"),
        Column("top-1"),
        Column("source", left=True, wide=True),
    ]
    cells = [
        [
            clean(row.variant or row.name),
            str(row.analysis.input),
            number(row.analysis.totals.params),
            number(row.analysis.totals.macs),
            "" if row.top1 is None else f"{decimal_text(row.top1)} %",
            clean(row.source or ""),
        ]
        for row in rows
    ]
    return Sheet(columns, cells)


def heading(analysis: Analysis) -> str:
    title = clean(analysis.name)
    if analysis.variant and analysis.variant != analysis.name:
        title += f" ({clean(analysis.variant)})"
    return f"{title}  {clean(analysis.path)}"


def setting(analysis: Analysis) -> str:
    shapes = analysis.inputs
    inputs = (
        str(analysis.input)
        if len(shapes) == 1
        else ", ".join(f"{clean(name)} {shape}" for name, shape in shapes.items())
    )
    rho = "differs by side" if analysis.rho is None else decimal_text(analysis.rho)
    return f"input {inputs}   alpha {decimal_text(analysis.alpha)}   rho {rho}"


def rest(analysis: Analysis) -> str:
    sums = analysis.totals
    return f"{sums.flops:,} FLOPs   {sums.other_ops:,} other ops   {sums.activations:,} activations"


def published(analysis: Analysis) -> list[str]:
    """A line a source: what it prints for this setting, and where the computed figure differs."""
    return [_published(analysis, row) for row in matching(analysis)]


def _published(analysis: Analysis, row: Published) -> str:
    figures = row.figures
    parts = [
        _figure(printed, what, agreement, exact)
        for printed, what, agreement, exact in (
            (figures.macs, "MACs", row.macs, analysis.totals.macs),
            (figures.params, "params", row.params, analysis.totals.params),
        )
        if printed is not None
    ]
    for rank, value in ((1, figures.top1), (5, figures.top5)):
        if value is not None:
            parts.append(f"top-{rank} {decimal_text(value)} %")
    note = f" ({clean(figures.note)})" if figures.note and "differs" in row else ""
    return f"{clean(figures.source or 'published')}: {', '.join(parts)}{note}"


def _figure(printed: Printed, what: str, agreement: str | None, exact: int) -> str:
    text = f"{printed.text} {what}"
    if agreement == "truncated":
        return f"{text} (truncated)"
    if agreement == "differs":
        percent = 100 * Fraction(exact - printed.value, printed.value) if printed.value else None
        off = "" if percent is None else f", {float(percent):+.1f} %"
        return f"{text} (computed {exact:,}{off})"
    return text
