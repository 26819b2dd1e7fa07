"""What was published of a network, beside what is computed."""

from __future__ import annotations

from fractions import Fraction

from costcalc.costs.published import Published, published_for
from costcalc.costs.table import Analysis
from costcalc.language.published import PrintedCount
from costcalc.text import escaped
from costcalc.units import decimal_text, fixed


def published(analysis: Analysis) -> list[str]:
    """A line per source: what it prints for this setting, and how far the exact count is off."""
    return [_published(analysis, row) for row in published_for(analysis)]


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
    note = f" ({escaped(figures.note)})" if figures.note and "differs" in row else ""
    return f"{escaped(figures.source or 'published')}: {', '.join(parts)}{note}"


def _figure(printed: PrintedCount, what: str, agreement: str | None, exact: int) -> str:
    text = f"{printed.text} {what}"
    if agreement == "truncated":
        return f"{text} (truncated)"
    if agreement == "differs":
        off = ""
        if printed.value:
            percent = Fraction(100 * (exact - printed.value), printed.value)
            off = f", {'+' * (percent > 0)}{fixed(percent, 1)} %"
        return f"{text} (computed {exact:,}{off})"
    return text
