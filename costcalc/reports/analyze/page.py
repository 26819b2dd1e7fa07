"""What `costcalc analyze` reports to people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from costcalc.costs.selection import Selection
from costcalc.costs.separable import Comparison
from costcalc.costs.table import Analysis, Row
from costcalc.costs.totals import Costs, metrics_of
from costcalc.metrics import COUNTED, METRICS
from costcalc.render.sheet import Column, Part, Sheet, decimal, number, share
from costcalc.reports.analyze.published import published
from costcalc.reports.labels import (
    amount,
    device_line,
    heading,
    setting_lines,
    side,
    size,
    title,
)
from costcalc.text import escaped
from costcalc.units import decimal_text, short_count


def page(selection: Selection) -> Iterator[Part]:
    """Report every network, a summary if there are several, and what is counted."""
    for analysis in selection.analyses:
        yield from _network(analysis, selection.rows(analysis), selection.is_flat)
        yield ""
    if len(selection.analyses) > 1:
        yield summary(selection.analyses)
    yield COUNTED


def _network(analysis: Analysis, rows: Sequence[Row], flat: bool) -> Iterator[Part]:
    """Report one network: its layers, the comparison, the totals, published figures."""
    yield heading(analysis.network, analysis.variant)
    yield setting(analysis)
    yield from setting_lines(analysis.network.file, analysis.network.setting)
    yield layers(analysis, rows, flat)
    if analysis.comparison:
        yield compared(analysis.comparison)
        yield comparison(analysis.comparison)
    yield totals(analysis)
    yield from counted(analysis)
    yield from rest(analysis)
    yield from device_line(analysis.network.setting)
    for line in published(analysis):
        yield f"published, {line}"


def layers(analysis: Analysis, rows: Sequence[Row], flat: bool) -> Sheet:
    """A row per layer or closed block; open blocks are bold above their parts.

    flat: rows stand alone and show full names.
    """
    total: Costs = analysis.cost
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
        single = row.layer
        if row.opened:
            strong.add(index)
        label = row.name if flat else "  " * row.level + row.label
        if not row.label.startswith(row.type):  # it has a name of its own
            label += f" ({row.type})"
        if row.experts:
            label += " ({} of {} active)".format(*row.experts)
        cells.append(
            [
                escaped(label),
                size(single.kernel_size) if single else "",
                side(single.stride) if single else "",
                _output(row, analysis),
                number(row.cost.params),
                number(row.cost.other_ops),
                number(row.cost.macs),
                share(row.cost.macs, total.macs),
            ]
        )
    label, shown = "total", total
    chosen = [layer for row in rows for layer in row.layers] if flat else analysis.layers
    if len(chosen) < len(analysis.layers):
        label, shown = f"{len(chosen)} of {len(analysis.layers)} layers", analysis.cost_of(chosen)
    sums = map(number, (shown.params, shown.other_ops, shown.macs))
    foot = [label, "", "", "", *sums, "" if shown is total else share(shown.macs, total.macs)]
    return Sheet(columns, cells, frozenset(strong), foot)


def _output(row: Row, analysis: Analysis) -> str:
    """The shape of a sample; before it how many a sample of the input has become, if several."""
    shape = row.output_shape
    if shape is None or shape.batch is None:
        return str(shape or "")
    samples = Fraction(shape.samples, analysis.batch)
    return str(shape) if samples == 1 else f"{decimal_text(samples)} of {shape}"


def compared(rows: Sequence[Comparison]) -> str:
    ratio = "1/N + 1/D_K²" if _is_plane(rows) else "1/N + 1/(product of the kernel's sides)"
    return f"Standard (*) against depthwise separable convolution: ratio {ratio}"


def _is_plane(rows: Sequence[Comparison]) -> bool:
    """Whether all maps have height and width, as the paper's letters say."""
    return all(len(row.kernel_size) == 2 for row in rows)


def comparison(rows: Sequence[Comparison]) -> Sheet:
    plane = _is_plane(rows)
    sides = side if plane else size
    columns = [
        Column("layer", left=True),
        Column("D_K" if plane else "kernel"),
        Column("M"),
        Column("N"),
        Column("D_F" if plane else "output"),
        Column("standard", wide=True, show=number),
        Column("depthwise", wide=True, show=number),
        Column("pointwise", wide=True, show=number),
        Column("standard", narrow=True, show=short_count),
        Column("separable", narrow=True, show=short_count),
        Column("ratio", wide=True, show=str),
        Column("ratio", show=decimal),
    ]
    cells = [
        [
            escaped(row.name) + (" *" if row.written_as == "standard" else ""),
            sides(row.kernel_size),
            str(row.in_channels),
            str(row.out_channels),
            sides(row.output_size),
            row.standard_macs,
            row.depthwise_macs,
            row.pointwise_macs,
            row.standard_macs,
            row.separable_macs,
            ratio,
            ratio,
        ]
        for row, ratio in ((row, row.ratio) for row in rows)
    ]
    return Sheet(columns, cells)


_IN_TOTALS = ("macs", "params")


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


def counted(analysis: Analysis) -> Iterator[str]:
    """What the tool of the convention prints, and the program of the file's own format."""
    sums = analysis.totals
    if not analysis.accounting.is_default:
        params = sums.convention_params
        more = f", {number(params)} params" if params != sums.params else ""
        yield f"{title('total', analysis.accounting)}: {number(sums.total)}{more}"
    if analysis.printed is not None:
        yield f"{analysis.printed.format.name} prints {analysis.printed.text}"


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
            escaped(analysis.variant or analysis.name),
            str(analysis.input),
            decimal_text(analysis.alpha),
            "" if analysis.rho is None else decimal_text(analysis.rho),
            number(analysis.totals.params),
            number(analysis.totals.macs),
            decimal(analysis.totals.ratio),
            *counted_cells(analysis),
        ]
        for analysis in analyses
    ]
    return Sheet([*columns, *counted_columns(analyses)], rows)


def counted_columns(analyses: Sequence[Analysis]) -> list[Column]:
    """Columns for what the tool of the convention prints, if there is a convention."""
    if not analyses or analyses[0].accounting.is_default:
        return []
    own = analyses[0].accounting
    return [
        Column(title(metric, own), wide=metric != "total")
        for metric in METRICS
        if METRICS[metric].needs_convention
    ]


def _by_convention() -> list[str]:
    return [name for name, metric in METRICS.items() if metric.needs_convention]


def counted_cells(analysis: Analysis) -> list[str]:
    if analysis.accounting.is_default:
        return []
    return [number(analysis.totals[name]) for name in _by_convention()]


def setting(analysis: Analysis) -> str:
    shapes = analysis.inputs
    inputs = (
        str(analysis.input)
        if len(shapes) == 1
        else ", ".join(f"{escaped(name)} {shape}" for name, shape in shapes.items())
    )
    rho = "differs by side" if analysis.rho is None else decimal_text(analysis.rho)
    batch = f"   batch {analysis.batch:,}" if analysis.batch > 1 else ""
    return f"input {inputs}   alpha {decimal_text(analysis.alpha)}   rho {rho}{batch}"


def rest(analysis: Analysis) -> Iterator[str]:
    """The metrics that are not in the table of totals; those of memory are a line of their own."""
    totals = analysis.totals
    lines: tuple[list[str], list[str]] = ([], [])
    for name in metrics_of(analysis.network):
        metric = METRICS[name]
        shown = name not in _IN_TOTALS and metric.tells(totals.__getitem__)
        if shown and not metric.needs_convention:
            lines[metric.needs_runtime].append(f"{amount(name, totals[name])} {metric.title}")
    yield from map("   ".join, filter(None, lines))
