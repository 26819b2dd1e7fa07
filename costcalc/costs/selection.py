"""Which layers a pattern matches; which rows of the table are shown, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, NamedTuple

from costcalc.costs.table import Analysis, LayerCost, Row
from costcalc.errors import CostcalcError, nearest
from costcalc.graph.nodes import Network, Node
from costcalc.metrics import of_layers


def matches(node: Node, pattern: str) -> bool:
    """Whether a layer's dotted name or its type matches a pattern such as `body.*` or `conv2d`.

    In names as in patterns the case counts: two layers may differ by it alone, and a limit must not
    hold for a layer that nobody meant.
    """
    return fnmatchcase(node.name, pattern) or fnmatchcase(node.layer.type, pattern)


def matching(network: Network, pattern: str) -> list[Node]:
    """The layers that a pattern matches. Raises CostcalcError where it matches none."""
    found = [node for node in network.nodes if matches(node, pattern)]
    if not found:
        names = [node.name for node in network.nodes]
        types = dict.fromkeys(node.layer.type for node in network.nodes)
        raise CostcalcError(
            f"no layer of {network.name} matches '{pattern}'",
            hint=nearest(pattern, [*names, *types, *_patterns_of_blocks(names)])
            or "a pattern such as '*.conv2d' or 'conv2d' matches names and types",
        )
    return found


def _patterns_of_blocks(names: Iterable[str]) -> dict[str, None]:
    """Return a pattern such as `body.*` for each block that layers lie in."""
    found: dict[str, None] = {}
    for name in names:
        while name := name.rpartition(".")[0]:
            found[f"{name}.*"] = None
    return found


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
