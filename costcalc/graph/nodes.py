"""A network at one setting of its knobs: layers with shapes, who reads whom, and their blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.graph.setting import AS_WRITTEN, Setting
from costcalc.language.network_file import Declared
from costcalc.layers import Layer
from costcalc.numeric.exact import Number
from costcalc.shapes import FeatureMap

if TYPE_CHECKING:
    from costcalc.language.item import Item
    from costcalc.language.network_file import NetworkFile


MAX_NAMES = 20_000_000


class Input:
    """An input of the network."""

    __slots__ = ("name", "shape")

    def __init__(self, name: str, shape: FeatureMap) -> None:
        self.name = name
        self.shape = shape


class Origin(NamedTuple):
    """Where a layer or a block comes from: from a text, or from a node of a model file."""

    path: str = ""
    line: int | None = None
    """Of the item in the network's own file, also for what it makes by blocks of other files."""
    node: str | None = None
    """The name of the node of a model file."""
    item: Item | None = None
    """The item that became it; None where no text was read, and for a part of an item."""

    @property
    def part(self) -> Origin:
        """The origin of a part of an item, such as a branch, which is no item itself."""
        return self._replace(item=None)


class Node:
    """One layer at its place: what it reads, the map it leaves, and where it comes from."""

    __slots__ = ("group", "inputs", "label", "layer", "name", "origin", "shape", "times")

    def __init__(
        self,
        layer: Layer,
        inputs: Nodes,
        shape: FeatureMap,
        label: str,
        group: Group,
        origin: Origin = Origin(),  # noqa: B008 - a tuple, which nobody changes
    ) -> None:
        self.layer = layer
        self.inputs = inputs
        self.shape = shape
        self.label = label
        self.group = group
        self.origin = origin
        self.name = label
        self.times: Number = 1
        """How often it counts: once, but for what a symbol switches on or repeats."""


Nodes: TypeAlias = "list[Input | Node]"
Consumers: TypeAlias = "dict[Input | Node, list[Node | None]]"


class Group:
    """A block, a structure or the network itself: a branch of the tree whose leaves are layers."""

    __slots__ = ("children", "label", "name", "origin", "parent", "type")

    def __init__(
        self,
        label: str,
        type: str,
        parent: Group | None = None,
        origin: Origin = Origin(),  # noqa: B008
    ) -> None:
        self.label = label
        self.type = type
        self.parent = parent
        self.origin = origin
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
    """A network at one setting.

    It may come from a text in the network language (file), or from anywhere else: then nothing but
    the text is missing, and what only a text can say, such as where it was edited.
    """

    def __init__(
        self,
        name: str,
        inputs: list[Input],
        nodes: list[Node],
        outputs: Nodes,
        root: Group,
        *,
        path: str = "",
        source: str | None = None,
        setting: Setting = AS_WRITTEN,
        declared: Declared | None = None,
        file: NetworkFile | None = None,
    ) -> None:
        """Names the layers and blocks below the root by their labels."""
        self.name = name
        self.path = path
        self.source = source
        """The publication or model that it describes."""
        self.setting = setting
        """With the variant and alpha that the file has, where none was given."""
        self.declared = declared or Declared({}, {x.name: tuple(x.shape) for x in inputs})
        """What the file or its variant states, with the params that were given."""
        self.file = file
        self.inputs = inputs
        self.nodes = nodes
        """The layers in execution order."""
        self.outputs = outputs
        self.root = root
        root.name_children()

    @cached_property
    def consumers(self) -> Consumers:
        """Who reads each map; a map that nobody reads is not among them."""
        return consumers(self.nodes, self.outputs)

    def only_consumer(self, source: Input | Node) -> Node | None:
        """The layer that reads a map, where it alone does."""
        found = self.consumers.get(source, ())
        return found[0] if len(found) == 1 else None
