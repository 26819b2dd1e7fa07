"""Inlay hints: what comes out of each item, and what it costs, at the end of its line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.editor.document import Document
from costcalc.editor.line_costs import LineCost, share
from costcalc.metrics import METRICS, check_metrics
from costcalc.units import short_count

PARTS = ("shape", "macs", "share")
"""What a hint says unless the editor's settings say otherwise; any metric of layers may stand."""
_SEVERAL = 3
"""The most shapes that a hint lists; more are the first and the last."""


def check_parts(parts: Sequence[str]) -> None:
    """Raise CostcalcError for a part that no hint has."""
    check_metrics([part for part in parts if part not in ("shape", "share")], metrics_of_hints())


def metrics_of_hints() -> list[str]:
    """The metrics that a hint can say: those of layers that depend on nothing to be asked for."""
    return [
        name
        for name, metric in METRICS.items()
        if metric.is_of_layers and not (metric.is_asked_for or metric.needs_convention)
    ]


def inlay_hints(
    document: Document, uri: str, first: int, last: int, parts: Sequence[str] = PARTS
) -> list[dict[str, Any]]:
    """The hints of the editor's lines `first` to `last`; tooltips are asked for one by one."""
    found = []
    total = document.sound.total if document.sound else 0
    for line, cost in sorted(document.costs.items()):
        if first <= line <= last:
            found.append(
                {
                    "position": document.text.end_of_line(line),
                    "label": label(cost, total, parts),
                    "paddingLeft": True,
                    "data": {"uri": uri, "line": line},
                }
            )
    return found


def label(cost: LineCost, total: int, parts: Sequence[str] = PARTS) -> str:
    """`32×112×112 · 10.8 M MACs · 1.9 %`."""
    return " · ".join(_part(cost, part, total) for part in parts)


def _part(cost: LineCost, part: str, total: int) -> str:
    if part == "shape":
        return _shapes(cost)
    if part == "share":
        return share(int(cost.cost["macs"]), total)
    return f"{short_count(int(cost.cost[part]))} {METRICS[part].title}"


def _shapes(cost: LineCost) -> str:
    texts = list(dict.fromkeys(map(str, cost.shapes)))
    if len(texts) > _SEVERAL:
        texts = [texts[0], "…", texts[-1]]
    return ", ".join(texts)


def resolved(document: Document, hint: dict[str, Any]) -> dict[str, Any]:
    """A hint with its tooltip."""
    cost = document.costs.get(hint["data"]["line"])
    if cost is None or document.sound is None:
        return hint
    return {**hint, "tooltip": tooltip(cost, document.sound.total)}


def tooltip(cost: LineCost, total: int) -> str:
    """The exact figures of a line."""
    macs = int(cost.cost["macs"])
    lines = [
        f"{macs:,} MACs, {share(macs, total)} of {total:,}",
        f"{int(cost.cost['params']):,} params",
        f"{int(cost.cost['other_ops']):,} other ops",
    ]
    if len(cost.nodes) > 1:
        lines.append(f"{len(cost.nodes):,} layers")
    return "\n".join(lines)
