"""The one sum over layers, of whatever kind of number the network was built in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from costcalc.graph.nodes import Node
from costcalc.numeric.exact import Number, sum_of


def summed(of: Callable[[Node], Number], nodes: Iterable[Node]) -> Number:
    """The sum of a layer's number over layers, each as often as it counts in the network."""
    values = []
    for node in nodes:
        value = of(node)
        # Most layers cost nothing, and count once.
        if type(value) is not int or value:
            once = type(node.times) is int and node.times == 1
            values.append(value if once else value * node.times)
    return sum_of(values)
