"""What a metric of layers is of one layer, by its node in the graph (`graph.nodes.Node`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from costcalc.numeric.exact import Number, ceil_div


def formula(method: str) -> Callable[[Any], Number]:
    """What a method of the layer's class says of its output's shape and its inputs'."""

    def of(node: Any) -> Number:
        inputs = node.inputs
        rule = getattr(node.layer, method)
        if len(inputs) == 1:  # by far the most usual
            return rule(node.shape, inputs[0].shape)
        return rule(node.shape, *[source.shape for source in inputs])

    return of


def of_samples(method: str) -> Callable[[Any], Number]:
    """What a method says of one sample, times the samples of the output."""
    of_one = formula(method)

    def of(node: Any) -> Number:
        samples = node.shape.samples
        once = of_one(node)
        if node.experts is not None:
            once = once * node.experts.active
        return once if type(samples) is int and samples == 1 else once * samples

    return of


_numbers = formula("params")


def numbers_of(node: Any) -> Number:
    """What a layer has of weights, its own or those of another layer."""
    return _numbers(node)


def own_numbers(node: Any) -> Number:
    """What a layer has of weights that no layer before it has, of all its copies in a mixture."""
    own = _numbers(node)
    if node.weights is not None:
        if node.layer.type == node.weights.layer.type:
            return 0
        own = own - _numbers(node.weights)  # a linear layer's bias, beside a table of embeddings
    return own if node.experts is None else own * node.experts.count


BIASED = ("convolutions", "linear_layers", "attention_layers", "recurrent_layers")
"""Families whose layers have biases beside their weights."""


def biases_of(node: Any) -> Number:
    """The biases of a layer as it is written."""
    layer = node.layer
    if layer.family not in BIASED or not getattr(layer, "bias", False):
        return 0
    shapes = [source.shape for source in node.inputs]
    without = type(layer)({**vars(layer), "bias": False})
    return layer.params(node.shape, *shapes) - without.params(node.shape, *shapes)


def held(node: Any, numbers: Number, width: int) -> Number:
    """The bytes of weights of a layer: of so many each, unless its bits are said."""
    bits = node.bits.weights
    return numbers * width if bits is None else ceil_div(numbers * bits, 8)


def stored(width: int) -> Callable[[Any], Number]:
    """The bytes of what a layer has of weights: `width` each, or its bits, but for biases."""

    def of(node: Any) -> Number:
        numbers = own_numbers(node)
        if node.bits.weights is None or (type(numbers) is int and not numbers):
            return numbers * width
        biases = biases_of(node)
        if node.experts is not None:
            biases = biases * node.experts.count
        return held(node, numbers - biases, width) + biases * width

    return of


def trained(node: Any) -> Number:
    return own_numbers(node) if node.trainable else 0


def frozen(node: Any) -> Number:
    return 0 if node.trainable else own_numbers(node)


def active(node: Any) -> Number:
    if node.experts is None or not node.trainable or node.weights is not None:
        return trained(node)
    return _numbers(node) * node.experts.active
