"""What a step of training takes: the MACs forward and backward, and an estimate of the memory."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.graph.nodes import Input, Network, Node
from costcalc.metrics.of_nodes import own_numbers
from costcalc.metrics.training import DEFAULT_OPTIMIZER, OPTIMIZERS, is_trained
from costcalc.numeric.exact import Number, sum_of

WIDTH = 4
"""Bytes of a number in training: float32."""


def training_memory(network: Network) -> Number:
    """Bytes of params, their gradients, what the optimizer keeps of them, and maps that are kept.

    An estimate: how long each map is kept, and what a kernel keeps beside, is the framework's own.
    """
    trained = sum_of(own_numbers(node) * node.times for node in network.nodes if node.trainable)
    frozen = sum_of(own_numbers(node) * node.times for node in network.nodes if not node.trainable)
    kept = 2 + OPTIMIZERS[network.setting.optimizer or DEFAULT_OPTIMIZER]
    return WIDTH * (kept * trained + frozen + sum_of(kept_elements(network)))


def kept_elements(network: Network) -> Iterator[Number]:
    """The elements of what is kept for the way back, each map once."""
    seen: set[Input | Node] = set()
    for node in network.nodes:
        if not node.has_gradient:
            continue
        for source in _kept_maps(node):
            if source not in seen:
                seen.add(source)
                times = source.times if isinstance(source, Node) else node.times
                yield source.shape.elements * source.shape.samples * times
        inside = _kept_inside(node)
        if type(inside) is not int or inside:
            yield inside * node.shape.samples * node.times


KEEPS_OUTPUT = ("relu", "sigmoid", "tanh", "softmax")
"""Activations whose gradient is made of what they hand on; that of others is of their input."""
_KEEP_MAPS = ("map_products", "attention_layers", "recurrent_layers", "normalizations")


def _kept_maps(node: Node) -> Iterator[Input | Node]:
    """The maps that the gradients of a layer are made of."""
    layer = node.layer
    if layer.family == "activations":
        yield from [node] if layer.type in KEEPS_OUTPUT else node.inputs
    elif layer.family in ("convolutions", "linear_layers"):
        if is_trained(node):
            yield from node.inputs
    elif (
        layer.family in _KEEP_MAPS
        or layer.type in ("multiply", "divide")
        or (layer.family == "poolings" and layer.kernel_size is not None)
    ):
        yield from node.inputs


def _kept_inside(node: Node) -> Number:
    """The elements of what a layer makes of its own, in numbers of 4 bytes."""
    if node.layer.type.startswith("max_pool"):
        return 2 * node.shape.elements  # where each maximum was, in 8 bytes
    if node.layer.type == "dropout":
        return node.shape.elements  # what was left in
    if node.layer.family not in ("attention_layers", "recurrent_layers"):
        return 0
    maps = [source.shape for source in node.inputs]
    made = node.layer.activations(node.shape, *maps)
    return made - node.shape.elements if node.layer.family == "attention_layers" else made
