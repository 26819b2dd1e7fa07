"""The one sum over layers, of whatever kind of number the network was built in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from costcalc.graph.nodes import Node
from costcalc.numeric.exact import Number


def summed(of: Callable[[Node], Number], nodes: Iterable[Node]) -> Number:
    """The sum of a layer's number over layers, each as often as it counts in the network."""
    total: Number = 0
    for node in nodes:
        value = of(node)
        # Each addition of arrays or symbols takes time: most layers cost nothing, and count once.
        if type(value) is not int or value:
            total += value if type(node.times) is int and node.times == 1 else value * node.times
    return total
