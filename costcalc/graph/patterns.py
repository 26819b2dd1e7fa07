"""Which layers a pattern matches."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from costcalc.errors import CostcalcError, nearest
from costcalc.graph.nodes import Network, Node


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
