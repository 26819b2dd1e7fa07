"""What a metric of layers is of one layer, by its node in the graph (`graph.nodes.Node`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from costcalc.numeric.exact import Number


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


def trained(node: Any) -> Number:
    return own_numbers(node) if node.trainable else 0


def frozen(node: Any) -> Number:
    return 0 if node.trainable else own_numbers(node)


def active(node: Any) -> Number:
    if node.experts is None or not node.trainable or node.weights is not None:
        return trained(node)
    return _numbers(node) * node.experts.active
