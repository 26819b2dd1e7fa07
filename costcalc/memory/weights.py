"""What weights take in flash, and what each operation moves between memory and arithmetic."""

from __future__ import annotations

from costcalc.graph.runtime import Runtime
from costcalc.memory.program import Operation
from costcalc.metrics.of_nodes import biases_of, held, numbers_of, own_numbers
from costcalc.numeric.exact import Number, sum_of


def biases(operation: Operation) -> Number:
    """The biases that an operation adds: those of its layer, or of the norm that is folded."""
    node = operation.node
    return node.shape.channels if folds_norm(operation) else biases_of(node)


def folds_norm(operation: Operation) -> bool:
    return any(layer.layer.type == "batch_norm" for layer in operation.layers[1:])


def flash_of(runtime: Runtime, operation: Operation) -> Number:
    """Bytes of an operation's own weights and biases; what is shared is with the first."""
    node = operation.node
    stored = [own_numbers(layer) for layer in operation.layers]
    if all(type(own) is int and own == 0 for own in stored):
        return 0
    copies = 1 if node.experts is None else node.experts.count
    own_biases = copies * biases_of(node)
    numbers = stored[0] - own_biases
    if not folds_norm(operation):
        return held(node, numbers, runtime.width) + own_biases * runtime.bias_width
    return held(node, numbers, runtime.width) + copies * node.shape.channels * runtime.bias_width


def traffic_of(runtime: Runtime, operation: Operation) -> Number:
    """Bytes of an operation's inputs, outputs and weights, each once."""
    node = operation.node
    maps = sum_of(map_.size for map_ in (*operation.reads, *operation.writes))
    numbers = numbers_of(node) - biases_of(node)
    if node.experts is not None:
        numbers = numbers * node.experts.active
    return maps + held(node, numbers, runtime.width) + biases(operation) * runtime.bias_width


def constants(operation: Operation) -> int:
    """The constant tensors of an operation in a .tflite file."""
    family = operation.node.layer.family
    if family in ("convolutions", "linear_layers"):
        return 2  # the converter gives each a bias
    if family == "reshapes" or operation.node.layer.type == "global_avg_pool":
        return 1  # the new shape, or the axes
    return int(
        any(type(numbers_of(layer)) is not int or numbers_of(layer) for layer in operation.layers)
    )
