"""Which rows of a network's table are shown, and in which order."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from costcalc.costs.table import Analysis, LayerCost, Row
from costcalc.errors import CostcalcError, nearest
from costcalc.metrics import of_layers
from costcalc.text import clean


def sorts() -> list[str]:
    """What --sort takes: metrics, largest first, and texts in order."""
    return [*of_layers(), *_TEXTS]


_TEXTS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: row.name,
    "type": lambda row: row.type,
    "line": lambda row: row.line,
}


class Selection(NamedTuple):
    """Networks, and which of their rows are reported: what --depth, --layers and --sort ask for."""

    analyses: Sequence[Analysis]
    depth: int | None = 1
    """How deep blocks are opened; None opens all."""
    pattern: str | None = None
    sort: str | None = None

    @property
    def is_flat(self) -> bool:
        """Whether rows stand on their own, with full names, instead of below their blocks."""
        return self.pattern is not None or (self.sort is not None and self.depth != 1)

    def rows(self, analysis: Analysis) -> list[Row]:
        """The rows of the table of one of the networks. Raises CostcalcError where none match."""
        if self.pattern is None:
            rows = analysis.rows(self.depth)
        else:
            pattern = self.pattern
            rows = [row for row in analysis.rows(None) if row.layer and _matches(row, pattern)]
            if not rows:
                types = {layer.type for layer in analysis.layers}
                names = (layer.name for layer in analysis.layers)
                raise CostcalcError(
                    f"no layer of {clean(analysis.name)} matches '{pattern}'",
                    hint=nearest(pattern, (*types, *names))
                    or "a pattern such as '*.conv2d' or 'depthwise_conv2d' matches names and types",
                )
        if self.sort is not None:
            key = _TEXTS.get(self.sort, partial(_descending, self.sort))
            # An open block and its layers would be torn apart: only what is closed is sorted.
            rows = sorted((row for row in rows if not row.opened), key=key)
        return rows

    def layers(self, analysis: Analysis) -> Sequence[LayerCost]:
        """The layers of one of the networks, whatever the depth."""
        if self.pattern is None and self.sort is None:
            return analysis.layers
        return [row.layer for row in self._replace(depth=None).rows(analysis) if row.layer]


def _descending(metric: str, row: Row) -> int:
    value: int = -row.cost[metric]
    return value


def _matches(row: Row, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(text, pattern) for text in (row.name, row.type))
