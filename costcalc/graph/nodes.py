"""The graph of a network at one setting: inputs, layers, and the groups that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.graph.bits import UNSAID
from costcalc.graph.setting import AS_WRITTEN, Setting
from costcalc.language.declared import Declared
from costcalc.layers import Layer
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape

if TYPE_CHECKING:
    from costcalc.language.inputs import Shape
    from costcalc.language.item import Item
    from costcalc.language.network_file import NetworkFile


MAX_NAMES = 20_000_000


class Input:
    """An input of a network: a name and a shape."""

    __slots__ = ("element_bits", "has_gradient", "name", "shape")

    def __init__(self, name: str, shape: TensorShape, *, has_gradient: bool = False) -> None:
        self.name = name
        self.shape = shape
        self.element_bits: int | None = None
        """In how many bits an element is held, where that is said; None leaves it to the dtype."""
        self.has_gradient = has_gradient
        """Whether it stands for a map that has; see `Node.has_gradient`."""


class Origin(NamedTuple):
    """Where a layer or a block comes from: a line of a text, or a node of a model file."""

    path: str = ""
    line: int | None = None
    """The line of its item, or of the item in the network's own file that uses it."""
    node: str | None = None
    """The name of its node in a model file."""
    item: Item | None = None
    """The item that it was made from; None without a text, and for a part of an item."""

    @property
    def part(self) -> Origin:
        """The origin of a part of this item, such as a branch."""
        return self._replace(item=None)


class Experts(NamedTuple):
    """How many copies of a layer there are in a mixture, and how many a place goes through."""

    count: Number
    active: Number

    def within(self, outer: Experts | None) -> Experts:
        """The copies of what stands inside of an expert."""
        if outer is None:
            return self
        return Experts(outer.count * self.count, outer.active * self.active)


class Node:
    """A layer in a network: its inputs, the shape of its output, and where it comes from."""

    __slots__ = (
        *("bits", "element_bits", "experts", "group", "has_gradient", "inputs", "label", "layer"),
        *("name", "origin"),
        *("shape", "times", "trainable", "weights"),
    )

    def __init__(
        self,
        layer: Layer,
        inputs: Nodes,
        shape: TensorShape,
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
        """How often it counts: once, unless a symbol switches it on or repeats it."""
        self.weights: Node | None = None
        """The layer whose weights it uses; None where it has its own."""
        self.trainable = True
        """Whether its own weights are trained, or frozen."""
        self.experts: Experts | None = None
        """Of a mixture: the copies that it stands for."""
        self.bits = UNSAID
        """In how many its weights and the maps that it reads are held, as far as that is said."""
        self.element_bits: int | None = None
        """In how many an element of its map is held; None leaves it to the dtype."""
        self.has_gradient = False
        """Whether training takes a gradient of its map: it, or a layer before it, is trained."""

    def copied(self, inputs: Nodes, group: Group, origin: Origin) -> Node:
        """The same layer at another place of the network, put into a group."""
        node = Node(self.layer, inputs, self.shape, self.label, group, origin)
        node.trainable = self.trainable
        node.experts = self.experts
        node.bits = self.bits
        node.has_gradient = self.has_gradient
        group.children.append(node)
        return node


Nodes: TypeAlias = "list[Input | Node]"
Consumers: TypeAlias = "dict[Input | Node, list[Node | None]]"


class Group:
    """A block, a structure or the whole network: a node of the tree whose leaves are layers."""

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
        """Break the circles of parents and children below, so that memory is free at once."""
        for child in self.children:
            if isinstance(child, Group):
                child.dismantle()
        self.children.clear()

    def name_children(self, length: int = 0) -> int:
        """Give all layers and groups below dotted names; siblings of one label are numbered from 1.

        Returns the length of all names together, starting from `length`; it is limited.
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
    """Find the layers that read each map, in order; None stands for the outside of the network."""
    found: Consumers = {}
    for node in nodes:
        for source in node.inputs:
            found.setdefault(source, []).append(node)
    for source in outputs:
        found.setdefault(source, []).append(None)
    return found


class Network:
    """A network at one setting.

    It is built from a text in the network language (`file`), or comes from elsewhere: then only the
    text is missing, and what a text alone can say, such as the line of an edit.
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
        stated: Mapping[str, Shape] | None = None,
        file: NetworkFile | None = None,
    ) -> None:
        """Name the layers and groups below the root by their labels."""
        self.name = name
        self.path = path
        self.source = source
        """The publication or the model that it follows."""
        self.setting = setting
        """The setting that it was built at, with its variant and alpha even if none was given."""
        self.declared = declared or Declared({})
        """What the file and its variant state, and the params that were given."""
        self.stated = stated or {x.name: x.shape.dims for x in inputs}
        """The inputs as they are stated, before rho or a resolution changes them."""
        self.file = file
        self.inputs = inputs
        self.nodes = nodes
        """The layers in execution order."""
        self.outputs = outputs
        self.root = root
        root.name_children()

    @cached_property
    def consumers(self) -> Consumers:
        """The layers that read each map; a map that none reads is left out."""
        return consumers(self.nodes, self.outputs)

    def only_consumer(self, source: Input | Node) -> Node | None:
        """Return the layer that reads a map, if nothing else does."""
        found = self.consumers.get(source, ())
        return found[0] if len(found) == 1 else None
