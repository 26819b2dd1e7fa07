"""Which rows of a network's table are shown, and in which order."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from typing import Any

from costcalc.costs.table import Analysis, LayerCost, Row
from costcalc.errors import CostcalcError, nearest
from costcalc.text import clean

# What --sort takes: the columns of numbers, largest first, and the texts in order.
_SORTS: dict[str, Callable[[Row], Any]] = {
    "macs": lambda row: -row.cost.macs,
    "flops": lambda row: -row.cost.macs,
    "params": lambda row: -row.cost.params,
    "other_ops": lambda row: -row.cost.other_ops,
    "activations": lambda row: -row.cost.activations,
    "name": lambda row: row.name,
    "type": lambda row: row.type,
    "line": lambda row: row.line,
}


SORTS = tuple(_SORTS)


def pick(analysis: Analysis, depth: int | None, pattern: str | None, sort: str | None) -> list[Row]:
    """The rows that --depth, --layers and --sort ask for."""
    if pattern is not None:
        rows = [row for row in analysis.rows(None) if row.layer and _matches(row, pattern)]
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
        # An open block and its layers would be torn apart: only what is closed is sorted.
        rows = sorted((row for row in rows if not row.opened), key=_SORTS[sort])
    return rows


def pick_layers(analysis: Analysis, pattern: str | None, sort: str | None) -> list[LayerCost]:
    """The layers that --layers and --sort ask for."""
    if pattern is None and sort is None:
        return analysis.layers
    return [row.layer for row in pick(analysis, None, pattern, sort) if row.layer]


def _matches(row: Row, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(text, pattern) for text in (row.name, row.type))
