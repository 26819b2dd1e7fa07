"""The sums that sweeps and searches ask of a network, in whatever kind of number it was built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from costcalc.costs.convention_counts import Counting
from costcalc.costs.separable import compare
from costcalc.graph.nodes import Network, Node
from costcalc.layers import Layer
from costcalc.metrics import TOTALS, WEIGHTS, Cost
from costcalc.numeric.exact import Number

STANDARD = "standard_macs"
"""MACs with every separable convolution in standard form."""


def measure(network: Network, metrics: Sequence[str]) -> dict[str, Number]:
    """Each of the metrics, summed over the layers: COUNTS, TOTALS, WEIGHTS and STANDARD."""
    sums: dict[str, Number] = {}
    for metric in metrics:
        if metric == STANDARD:
            written = Cost(macs=_sum(network.nodes, "macs"), params=0)
            sums[metric] = compare(network, written).standard.macs
        else:
            sums[metric] = value_of(network, metric)
    return sums


def value_of(network: Network, metric: str, nodes: Iterable[Node] | None = None) -> Number:
    """One of COUNTS, TOTALS and WEIGHTS, of the network or of some of its layers."""
    if metric not in TOTALS:
        return sum_of(metric, network.nodes if nodes is None else nodes)
    convention = network.accounting and network.accounting.convention
    if convention is None:
        return value_of(network, "macs" if metric == "total" else "params", nodes)
    counting = Counting(network, convention)
    return counting.total(nodes) if metric == "total" else counting.params(nodes)


def sum_of(metric: str, nodes: Iterable[Node]) -> Number:
    """One of COUNTS and WEIGHTS over some layers."""
    if metric == "flops":
        return 2 * _sum(nodes, "macs")
    if metric in WEIGHTS:
        return WEIGHTS[metric] * _sum(nodes, "params")
    return _sum(nodes, metric)


def _sum(nodes: Iterable[Node], count: str) -> Number:
    total: Number = 0
    free = getattr(Layer, count)
    for node in nodes:
        formula = getattr(type(node.layer), count)
        if formula is free:
            continue
        inputs = node.inputs
        if len(inputs) == 1:
            cost = formula(node.layer, node.shape, inputs[0].shape)
        else:
            cost = formula(node.layer, node.shape, *[source.shape for source in inputs])
        if type(cost) is not int or cost:
            total += cost if type(node.times) is int and node.times == 1 else cost * node.times
    return total
