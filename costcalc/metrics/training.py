"""What training takes: the optimizers that are known, and the MACs forward and backward."""

from __future__ import annotations

from typing import Any

from costcalc.errors import CostcalcError, nearest
from costcalc.metrics.of_nodes import of_samples
from costcalc.numeric.exact import Number

OPTIMIZERS = {"sgd": 0, "momentum": 1, "adam": 2}
"""Numbers that an optimizer keeps of each trained param."""
DEFAULT_OPTIMIZER = "adam"


def known_optimizer(name: str) -> str:
    """Take the name of an optimizer. Raises CostcalcError where it is not known."""
    if name not in OPTIMIZERS:
        raise CostcalcError(
            f"unknown optimizer '{name}'",
            hint=nearest(name, OPTIMIZERS) or f"one of {', '.join(OPTIMIZERS)}",
        )
    return name


_macs, _products, _inner = map(of_samples, ("macs", "product_macs", "inner_macs"))


def training_macs(node: Any) -> Number:
    """The MACs of a layer forward, and backward for its weights and for its inputs.

    The gradient of weights takes as many as the layer itself, and so does that of its inputs. A
    layer needs none of its weights where these are frozen, and none of its inputs where nothing
    before it is trained.
    """
    macs = _macs(node)
    if not node.has_gradient or (type(macs) is int and not macs):
        return macs
    products = _products(node)
    weighted = macs - products
    sources = [source.has_gradient for source in node.inputs]
    total = macs
    if is_trained(node):
        total = total + weighted
    if any(sources):
        total = total + weighted
    elif node.layer.has_weights:  # what it reads of its own has a gradient all the same
        total = total + _inner(node)
    of_maps = 2 if node.layer.has_weights or len(sources) > 2 else sum(sources)
    return total + of_maps * products


def is_trained(node: Any) -> bool:
    """Whether the weights that a layer uses are trained."""
    owner = node if node.weights is None else node.weights
    return bool(node.layer.has_weights and owner.trainable)
