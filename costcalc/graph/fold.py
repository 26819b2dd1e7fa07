"""Batch norm folded into the layer before it, as networks are deployed."""

from __future__ import annotations

from costcalc.graph.nodes import Input, Network, Node, consumers
from costcalc.layers.convolution import Convolution
from costcalc.layers.linear import Linear


def fold_batch_norm(network: Network) -> None:
    """Batch norm goes into the convolution or linear layer before it, as in a deployed network.

    It scales the weights and moves the bias, so that the layer has a bias from then on, and what
    it computed itself is gone. Where another layer reads the map between the two it stays.
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
    """What a batch norm could be folded into."""
    if node.layer.type != "batch_norm":
        return None
    before = node.inputs[0]
    if isinstance(before, Node) and isinstance(before.layer, (Convolution, Linear)):
        return before
    return None
