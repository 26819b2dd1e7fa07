"""Fold batch norm into the layer before it, as networks are deployed."""

from __future__ import annotations

from costcalc.graph.nodes import Input, Network, Node, consumers
from costcalc.layers.convolution import Convolution
from costcalc.layers.linear import Linear


def fold_batch_norm(network: Network) -> None:
    """Fold each batch norm into the convolution or linear layer that it alone reads.

    It scales the layer's weights and shifts its bias, so that the layer has a bias afterwards and
    the norm costs nothing. A norm stays where anything else reads the layer's map.
    """
    readers = consumers(network.nodes, network.outputs)
    folded: dict[Input | Node, Input | Node] = {}
    for node in network.nodes:
        node.inputs = [folded.get(source, source) for source in node.inputs]
        before = _foldable(node)
        if before is not None and len(readers[before]) == 1:
            before.layer = type(before.layer)({**vars(before.layer), "bias": True})
            readers[before] = readers.get(node, [])
            folded[node] = before
            node.group.children.remove(node)
    network.nodes = [node for node in network.nodes if node not in folded]
    network.outputs = [folded.get(source, source) for source in network.outputs]


def _foldable(node: Node) -> Node | None:
    """Return the layer that a batch norm could be folded into."""
    if node.layer.type != "batch_norm":
        return None
    before = node.inputs[0]
    if isinstance(before, Node) and isinstance(before.layer, (Convolution, Linear)):
        return before
    return None
