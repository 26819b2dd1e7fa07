"""What each line of a network's file costs: the items on it, with all their copies and uses."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from costcalc.costs.table import Analysis
from costcalc.costs.totals import Costs
from costcalc.graph.nodes import Group, Node
from costcalc.shapes import TensorShape
from costcalc.units import fixed


class LineCost(NamedTuple):
    """The layers that the items of a line make."""

    nodes: list[Node]
    shapes: list[TensorShape]
    """What comes out of each copy and each use."""
    cost: Costs

    @property
    def shape(self) -> TensorShape:
        """What comes out of the last copy."""
        return self.shapes[-1]


def line_costs(analysis: Analysis) -> dict[int, LineCost]:
    """The cost of each line, from 1, that has an item of the network; without those of no layer."""
    nodes: dict[int, list[Node]] = {}
    shapes: dict[int, list[TensorShape]] = {}
    for line, made in _items(analysis.network.root, frozenset()):
        nodes.setdefault(line, []).extend(made)
        shapes.setdefault(line, []).append(made[-1].shape)
    return {
        line: LineCost(made, shapes[line], analysis.cost_of_nodes(made))
        for line, made in nodes.items()
    }


def share(part: int | Fraction, whole: int | Fraction) -> str:
    """A part of a whole in percent, with one decimal."""
    return f"{fixed(Fraction(100 * part) / whole if whole else 0, 1)} %"


def _items(group: Group, around: frozenset[int]) -> Iterator[tuple[int, list[Node]]]:
    """The layers of each item, by its line. What an item is made of may stand on its own line, as
    the layers of a shipped block do, and is part of it there."""
    for child in group.children:
        line = child.origin.line
        is_group = isinstance(child, Group)
        if line is not None and line not in around:
            made = list(child.nodes()) if isinstance(child, Group) else [child]
            if made:
                yield line, made
        if is_group:
            assert isinstance(child, Group)
            yield from _items(child, around if line is None else around | {line})
