"""The sums that sweeps and searches ask of a network, in whatever kind of number it was built."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.arithmetic import Number
from costcalc.cost import Cost
from costcalc.dag import Network
from costcalc.separable import compare

COUNTS = ("macs", "flops", "params", "other_ops", "activations")
STANDARD = "standard_macs"
"""MACs with every separable convolution in standard form."""


def measure(network: Network, metrics: Sequence[str]) -> dict[str, Number]:
    """Each of the metrics, summed over the layers: COUNTS and STANDARD."""
    sums: dict[str, Number] = {}
    for metric in metrics:
        if metric == STANDARD:
            written = Cost(macs=_sum(network, "macs"), params=0)
            sums[metric] = compare(network, written).standard.macs
        elif metric == "flops":
            sums[metric] = 2 * _sum(network, "macs")
        else:
            sums[metric] = _sum(network, metric)
    return sums


def _sum(network: Network, count: str) -> Number:
    total: Number = 0
    for step in network.steps:
        cost = getattr(step.layer, count)(step.map, *[wire.map for wire in step.inputs])
        if type(cost) is not int or cost:
            total += cost if type(step.times) is int and step.times == 1 else cost * step.times
    return total
