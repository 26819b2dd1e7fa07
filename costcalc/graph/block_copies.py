"""Make what a block made before of the same values and a map of the same shape once more."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from types import NoneType
from typing import Any, TypeAlias

from costcalc.graph.nodes import Group, Input, Node, Origin
from costcalc.language.item import Blocks, Signature
from costcalc.shapes import TensorShape

_PLAIN = (int, str, Fraction, type, Signature, NoneType)
Place: TypeAlias = "tuple[int | None, str | None]"


class MadeBlock:
    """The layers that a block made of one map, and what building them took."""

    def __init__(self, group: Group, source: Input | Node, out: Input | Node, file: Blocks) -> None:
        self.group = group
        self.source = source
        self.out = out
        self.file = file
        """The network's own file, whose items stand on lines of their own."""
        self.weights = {node: node.weights for node in group.nodes() if node.weights is not None}
        """Whose weights its layers use by the block itself: an item that uses the block may later
        let them use those of layers elsewhere."""

    def again(self, group: Group, source: Input | Node, nodes: list[Node]) -> Input | Node:
        """Make the layers in another group, of another map, and add them to the nodes."""
        made: dict[Input | Node, Input | Node] = {self.source: source}
        self._copy(self.group, group, group.origin[1:3], made, nodes)
        return made[self.out]

    def alone(self) -> MadeBlock:
        """The same outside of its network, which then need not be kept."""
        group = Group(self.group.label, self.group.type, None, self.group.origin)
        source = Input("", self.source.shape)
        return MadeBlock(group, source, self.again(group, source, []), self.file)

    def _copy(
        self,
        old: Group,
        new: Group,
        place: Place,
        made: dict[Input | Node, Input | Node],
        nodes: list[Node],
    ) -> None:
        """Copy what is in a group; items of other files stand where the one that uses them does."""
        for child in old.children:
            origin, inside = child.origin, place
            if origin.item is not None and origin.item.file is self.file:
                inside = origin[1:3]
            elif origin[1:3] != place:
                origin = Origin(origin.path, *place, origin.item)
            if isinstance(child, Group):
                group = Group(child.label, child.type, new, origin)
                self._copy(child, group, inside, made, nodes)
            else:
                node = child.copied([made[one] for one in child.inputs], new, origin)
                if child in self.weights:
                    weights = made[self.weights[child]]
                    assert isinstance(weights, Node)
                    node.weights = weights
                made[child] = node
                nodes.append(node)


def alike(values: Mapping[str, Any], shape: TensorShape) -> Hashable | None:
    """What is equal for values and shapes of which a block makes the same; None where that cannot
    be told, as of numbers that stand for several."""
    if not all(type(number) is int for number in shape.dims):
        return None
    if shape.batch is not None and type(shape.batch) is not int:
        return None
    try:
        key = tuple((name, _plain(value)) for name, value in values.items())
    except TypeError:
        return None
    return key, shape.dims, shape.batch


def _plain(value: Any) -> Hashable:
    """A value with its type, since True is equal to 1. Raises TypeError for one of another kind."""
    if isinstance(value, _PLAIN):
        return type(value), value
    if isinstance(value, (list, tuple)):
        return type(value), tuple(map(_plain, value))
    raise TypeError
