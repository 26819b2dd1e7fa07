"""Which rows of a network's table are shown, and in which order."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence

from costcalc.analysis import Analysis, LayerCost, Row
from costcalc.errors import CostcalcError, nearest
from costcalc.printable import clean

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
