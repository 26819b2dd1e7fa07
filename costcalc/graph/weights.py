"""Let layers use the weights of others, which must be of the same shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.assembly import Assembly
from costcalc.graph.evaluate import condition
from costcalc.graph.nodes import Node, Nodes
from costcalc.graph.precision import bits_of
from costcalc.language.expressions import INDEX
from costcalc.language.item import Item
from costcalc.language.yaml_nodes import position
from costcalc.layers.embedding import Embedding
from costcalc.layers.linear import Linear
from costcalc.metrics.of_nodes import numbers_of
from costcalc.numeric.exact import UNKNOWN, Number, equal

BESIDE = frozenset(
    ("call", "stride", "padding", "output_padding", "dilation", "causal", "window", "past")
)
"""Fields that say how a layer goes over its map, and nothing of its weights."""


class SharedWeights(Assembly):
    """Knows, while a network is built, whose weights a layer uses, and whether they are trained."""

    def __init__(self) -> None:
        super().__init__()
        self.lent: dict[Item, list[Node]] = {}
        """The layers that were last built of items whose weights others use."""
        self.paired = 0
        """Above 0 inside of what shares weights, whose layers must come out one by one."""

    def _with_weights(self, item: Item, scope: dict[str, Any], build: Callable[[], Nodes]) -> Nodes:
        """Build an item that says something of its weights, or whose weights another item uses."""
        start, outer, around = len(self.nodes), self.trainable, self.bits
        if item.bits is not None:
            self.bits, self.has_bits = bits_of(item, scope).over(around), True
        if item.trainable is not None:
            outcome = condition(item.trainable, scope, item.file.path, "trainable")
            self.trainable = outcome if isinstance(outcome, bool) else outcome.single()
        if item.shares:
            self.lent.pop(item, None)
        paired = item.lends or item.lender is not None
        self.paired += paired
        try:
            maps = build()
        finally:
            self.paired -= paired
            self.trainable, self.bits = outer, around
        if item.lender is not None and len(self.nodes) > start:  # else it is skipped
            of = f"'{item.lender.names[0]}'"
            self._take(item, start, self.lent.get(item.lender, []), item.repeat is not None, of)
        if item.lends and not item.shares:
            self.lent[item] = self.nodes[start:]
        return maps

    @contextmanager
    def _copying(self, item: Item, number: int, scope: dict[str, Any]) -> Iterator[None]:
        """Build a copy of an item: it sees its number, and may use the weights of the first."""
        start, before = len(self.nodes), scope.get(INDEX)
        if item.indexed:
            scope[INDEX] = number
        self.paired += item.shares
        try:
            yield
        finally:
            self.paired -= item.shares
            if item.indexed:
                scope[INDEX] = before
        if not item.shares:
            return
        if item in self.lent:
            self._take(item, start, self.lent[item], False, "the first copy")
        else:
            self.lent[item] = self.nodes[start:]

    def _take(self, item: Item, start: int, lent: Sequence[Node], copies: bool, of: str) -> None:
        assert item.weights is not None
        if any(_is_unknown(node) for node in (*lent, *self.nodes[start:])):
            return  # behind a fault
        try:
            take_weights(self.nodes[start:], lent, copies, of)
        except CostcalcError as error:
            error.position = position(item.file.path, item.weights)
            self.faults.record(error)


def take_weights(nodes: Sequence[Node], lent: Sequence[Node], copies: bool, of: str) -> None:
    """Let layers use the weights of others, in order, or with copies of all of them in turn.

    Layers without weights, such as activations, are passed over. `of` names the others in errors.
    Raises CostcalcError at the first difference.
    """
    own, others = _with_weights(nodes), _with_weights(lent)
    if not others and own:
        raise CostcalcError(
            f"there are no weights of {of} at this setting",
            hint="it is switched off, or its layers have no weights, as activations have none",
        )
    in_turn = copies and len(own) > len(others) and len(own) % len(others) == 0
    for number, (node, other) in enumerate(zip(own, cycle(others) if in_turn else others), 1):  # noqa: B905
        if not _fit(node, other):
            raise CostcalcError(
                f"layer {number} of those with weights is not as in {of}: "
                f"{_shown(node)}, and there {_shown(other)}",
                hint="weights are shared by layers of one type with weights of the same shapes; "
                "stride, padding and dilation may differ",
            )
        node.weights = other
    if not in_turn and len(own) != len(others):
        more = own[len(others) :] or others[len(own) :]
        where = "here" if len(own) > len(others) else f"in {of}"
        raise CostcalcError(
            f"{_layers(len(own))} with weights here, and {len(others)} in {of}: "
            f"only {where} is a {_shown(more[0])}",
            hint="the two must have the same layers with weights, in the same order",
        )


def _with_weights(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if not _is_zero(numbers_of(node))]


def _is_unknown(node: Node) -> bool:
    maps = (node, *node.inputs)
    return any(side is UNKNOWN for source in maps for side in source.shape.dims)


def _is_zero(number: Number) -> bool:
    return type(number) is int and number == 0


def _fit(node: Node, other: Node) -> bool:
    """Whether the weights of two layers have the same shapes."""
    mine, theirs = node.layer, other.layer
    if isinstance(mine, Linear) and isinstance(theirs, Embedding):
        return equal(node.shape.channels, theirs.num_embeddings) and equal(
            node.inputs[0].shape.channels, theirs.embedding_dim
        )
    return (
        type(mine) is type(theirs)
        and len(node.inputs) == len(other.inputs)
        and all(
            equal(x.shape.channels, y.shape.channels)
            for x, y in zip(node.inputs, other.inputs, strict=True)
        )
        and equal(node.shape.channels, other.shape.channels)
        and all(
            _same(value, theirs.values().get(name))
            for name, value in mine.values().items()
            if name not in BESIDE
        )
        and equal(numbers_of(node), numbers_of(other))
        and all(map(equal, _experts(node), _experts(other)))
    )


def _same(one: Any, other: Any) -> bool:
    """Whether two values of a field agree; None stands for what the map says."""
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(map(_same, one, other))
    return one is None or other is None or one is other or equal(one, other)


def _experts(node: Node) -> tuple[Number, ...]:
    return (1,) if node.experts is None else (node.experts.count,)


def _layers(count: int) -> str:
    return f"{count} layer" + "s" * (count != 1)


def _shown(node: Node) -> str:
    """A layer with what its weights depend on: conv2d of 3 to 16 channels, kernel 3x3."""
    layer = node.layer
    if isinstance(layer, Embedding):
        return f"{layer.type} of {layer.num_embeddings} vectors of {layer.embedding_dim}"
    before = " and ".join(str(source.shape.channels) for source in node.inputs)
    parts = [f"{layer.type} of {before} to {node.shape.channels} channels"]
    if layer.kernel_size is not None:
        parts.append(f"kernel {'×'.join(map(str, layer.kernel_size))}")
    copies = f" of each of {node.experts.count} experts" if node.experts else ""
    count = numbers_of(node)
    shown = f"{count:,}" if isinstance(count, int) else str(count)
    return f"{', '.join(parts)} ({shown} params{copies})"
