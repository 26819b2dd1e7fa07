"""Which rows of the table are shown, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from costcalc.costs.table import Analysis, LayerCost, Row
from costcalc.graph.patterns import matching
from costcalc.metrics import of_layers


def sorts() -> list[str]:
    """What --sort takes: metrics, largest first, and texts in order."""
    return [*of_layers(), *_TEXTS]


_TEXTS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: row.name,
    "type": lambda row: row.type,
    "line": lambda row: row.line or 0,
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
        rows = analysis.rows(self.depth if self.pattern is None else None)
        if self.pattern is not None:
            chosen = set(map(id, matching(analysis.network, self.pattern)))
            rows = [row for row in rows if row.layer and id(row.layer.node) in chosen]
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
