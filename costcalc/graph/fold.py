"""Fold batch norm into the layer before it, as networks are deployed."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.graph.nodes import Consumers, Input, Network, Node, consumers
from costcalc.layers.convolution import Convolution
from costcalc.layers.linear import Linear


def fold_batch_norm(network: Network) -> None:
    """Fold each batch norm into the convolution or linear layer that it alone reads.

    It scales the layer's weights and shifts its bias, so that the layer has a bias afterwards and
    the norm costs nothing. A norm stays where anything else reads the layer's map, and where layers
    share weights that their norms would scale by numbers of their own.
    """
    folded: dict[Input | Node, Input | Node] = dict(foldable_norms(network).items())
    for node in network.nodes:
        node.inputs = [folded.get(source, source) for source in node.inputs]
        before = folded.get(node)
        if isinstance(before, Node):
            before.layer = type(before.layer)({**vars(before.layer), "bias": True})
            node.group.children.remove(node)
    network.nodes = [node for node in network.nodes if node not in folded]
    network.outputs = [folded.get(source, source) for source in network.outputs]
    _inherit(network.nodes, folded)


def foldable_norms(network: Network) -> dict[Node, Node]:
    """Find the batch norms that can be folded, each with the layer that takes it in."""
    readers = consumers(network.nodes, network.outputs)
    fixed = _fixed(network.nodes, readers)
    folded: dict[Node, Node] = {}
    for node in network.nodes:
        before = _foldable(node, folded)
        if before is not None and before not in fixed and len(readers[before]) == 1:
            readers[before] = readers.get(node, [])
            folded[node] = before
    return folded


def _foldable(node: Node, folded: Mapping[Node, Node]) -> Node | None:
    """Return the layer that a batch norm could be folded into, behind norms that are folded."""
    if node.layer.type != "batch_norm":
        return None
    before = node.inputs[0]
    if isinstance(before, Node):
        before = folded.get(before, before)
    if isinstance(before, Node) and isinstance(before.layer, (Convolution, Linear)):
        return before
    return None


def _fixed(nodes: list[Node], readers: Consumers) -> set[Node]:
    """Find layers with shared weights whose norms are not shared, or not read alone."""
    families: dict[Node, list[Node]] = {}
    for node in nodes:
        if node.weights is not None:
            owner = owner_of(node)
            families.setdefault(owner, [owner]).append(node)
    fixed: set[Node] = set()
    for family in families.values():
        norms = {_owner_of_norm(node, readers) for node in family}
        if len(norms) > 1 or None in norms:
            fixed.update(family)
    return fixed


def _owner_of_norm(node: Node, readers: Consumers) -> Node | None:
    """The layer that has the weights of the batch norm behind a layer, if that can be folded."""
    found = readers.get(node, [])
    norm = found[0] if len(found) == 1 else None
    return None if norm is None or _foldable(norm, {}) is not node else owner_of(norm)


def owner_of(node: Node) -> Node:
    """The layer whose own weights a layer uses."""
    while node.weights is not None:
        node = node.weights
    return node


def _inherit(nodes: list[Node], folded: dict[Input | Node, Input | Node]) -> None:
    """Give the weights of folded norms to the first of those that used them and are left."""
    heirs: dict[Node, Node] = {}
    for node in nodes:
        owner = owner_of(node)
        if owner is not node and owner in folded:
            node.weights = heirs.get(owner)
            heirs.setdefault(owner, node)
