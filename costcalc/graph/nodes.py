"""A network at one setting of its knobs: layers with shapes, who reads whom, and their blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.layers import Layer
from costcalc.numeric.exact import Number
from costcalc.shapes import FeatureMap

if TYPE_CHECKING:
    from costcalc.graph.setting import Setting
    from costcalc.language.item import Item
    from costcalc.language.network_file import Declared, NetworkFile


MAX_NAMES = 20_000_000


class Input:
    """An input of the network."""

    __slots__ = ("name", "shape")

    def __init__(self, name: str, shape: FeatureMap) -> None:
        self.name = name
        self.shape = shape


class Node:
    """One layer at its place: what it reads, the map it leaves, and where it was written."""

    __slots__ = ("group", "inputs", "item", "label", "layer", "line", "name", "shape", "times")

    def __init__(
        self,
        layer: Layer,
        inputs: Nodes,
        shape: FeatureMap,
        label: str,
        group: Group,
        line: int,
        item: Item,
    ) -> None:
        self.layer = layer
        self.inputs = inputs
        self.shape = shape
        self.label = label
        self.group = group
        self.line = line
        self.item = item
        """What it was made from."""
        self.name = label
        self.times: Number = 1
        """How often it counts: once, but for what a symbol switches on or repeats."""


Nodes: TypeAlias = "list[Input | Node]"
Consumers: TypeAlias = "dict[Input | Node, list[Node | None]]"


class Group:
    """A block, a structure or the network itself: a branch of the tree whose leaves are layers."""

    __slots__ = ("children", "item", "label", "line", "name", "parent", "type")

    def __init__(
        self, label: str, type: str, line: int, parent: Group | None, item: Item | None = None
    ) -> None:
        self.label = label
        self.type = type
        self.line = line
        self.parent = parent
        self.item = item
        """What it was made from; None for the network, and for a part of an item."""
        self.children: list[Group | Node] = []
        self.name = ""
        if parent is not None:
            parent.children.append(self)

    def nodes(self) -> Iterator[Node]:
        for child in self.children:
            if isinstance(child, Group):
                yield from child.nodes()
            else:
                yield child

    def dismantle(self) -> None:
        """Let go of what stands below: parents and children hold each other."""
        for child in self.children:
            if isinstance(child, Group):
                child.dismantle()
        self.children.clear()

    def name_children(self, length: int = 0) -> int:
        """Dotted names down the tree; siblings of one label are numbered from 1.

        `length` is that of all names so far, which is bounded, and returned.
        """
        counts: dict[str, int] = {}
        for child in self.children:
            counts[child.label] = counts.get(child.label, 0) + 1
        prefix = f"{self.name}." if self.name else ""
        used: dict[str, int] = {}
        for child in self.children:
            label = child.label
            if counts[label] > 1:
                number = used.get(label, 0) + 1
                while counts.get(f"{label}_{number}") == 1:
                    number += 1
                used[label] = number
                label = f"{label}_{number}"
            child.name = prefix + label
            length += len(child.name)
            if length > MAX_NAMES:
                raise CostcalcError(f"the names of all layers have over {MAX_NAMES:,} characters")
            if isinstance(child, Group):
                length = child.name_children(length)
        return length


def consumers(nodes: Iterable[Node], outputs: Iterable[Input | Node]) -> Consumers:
    """The layers that read each map, in order; None stands for the world outside."""
    found: Consumers = {}
    for node in nodes:
        for source in node.inputs:
            found.setdefault(source, []).append(node)
    for source in outputs:
        found.setdefault(source, []).append(None)
    return found


class Network:
    """A network at one setting of its knobs."""

    def __init__(
        self,
        file: NetworkFile,
        setting: Setting,
        declared: Declared,
        *,
        inputs: list[Input],
        nodes: list[Node],
        root: Group,
        outputs: Nodes,
    ) -> None:
        self.file = file
        self.setting = setting
        """With the variant and alpha that the file has, where none was given."""
        self.declared = declared
        self.inputs = inputs
        self.nodes = nodes
        """The layers in execution order."""
        self.root = root
        self.outputs = outputs

    @cached_property
    def consumers(self) -> Consumers:
        """Who reads each map; a map that nobody reads is not among them."""
        return consumers(self.nodes, self.outputs)

    def only_consumer(self, source: Input | Node) -> Node | None:
        """The layer that reads a map, where it alone does."""
        found = self.consumers.get(source, ())
        return found[0] if len(found) == 1 else None
