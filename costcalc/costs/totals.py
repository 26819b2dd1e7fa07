"""The sums that sweeps and searches ask of a network, in whatever kind of number it was built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from costcalc.costs.convention_counts import Counting
from costcalc.costs.separable import compare
from costcalc.graph.nodes import Network, Step
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
            written = Cost(macs=_sum(network.steps, "macs"), params=0)
            sums[metric] = compare(network, written).standard.macs
        else:
            sums[metric] = value_of(network, metric)
    return sums


def value_of(network: Network, metric: str, steps: Iterable[Step] | None = None) -> Number:
    """One of COUNTS, TOTALS and WEIGHTS, of the network or of some of its layers."""
    if metric not in TOTALS:
        return sum_of(metric, network.steps if steps is None else steps)
    convention = network.accounting and network.accounting.convention
    if convention is None:
        return value_of(network, "macs" if metric == "total" else "params", steps)
    counting = Counting(network, convention)
    return counting.total(steps) if metric == "total" else counting.params(steps)


def sum_of(metric: str, steps: Iterable[Step]) -> Number:
    """One of COUNTS and WEIGHTS over some layers."""
    if metric == "flops":
        return 2 * _sum(steps, "macs")
    if metric in WEIGHTS:
        return WEIGHTS[metric] * _sum(steps, "params")
    return _sum(steps, metric)


def _sum(steps: Iterable[Step], count: str) -> Number:
    total: Number = 0
    free = getattr(Layer, count)
    for step in steps:
        formula = getattr(type(step.layer), count)
        if formula is free:
            continue
        inputs = step.inputs
        if len(inputs) == 1:
            cost = formula(step.layer, step.map, inputs[0].map)
        else:
            cost = formula(step.layer, step.map, *[wire.map for wire in inputs])
        if type(cost) is not int or cost:
            total += cost if type(step.times) is int and step.times == 1 else cost * step.times
    return total
