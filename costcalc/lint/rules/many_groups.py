"""A grouped convolution moves far more than one without groups and with as many MACs.

A convolution in g groups has MACs/g, so that for the same MACs it has more channels, and moves more
numbers. Runtimes also have slower kernels for groups, if any.

Found: pointwise or larger convolutions with 2 groups or more, depthwise ones aside, with at least
1 % of the network's MACs.

What helps: fewer groups, or a depthwise and a pointwise convolution.

Source: ShuffleNet V2 (Ma et al. 2018, arXiv:1807.11164), guideline G2.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt

from costcalc.costs.latency import macs_of
from costcalc.devices.kinds import kind_of
from costcalc.layers.base import volume
from costcalc.lint.rule import WARNING, Found, Rule, Subject

LEAST_SHARE = 100


def check(subject: Subject) -> Iterator[Found]:
    for node in subject.network.nodes:
        macs = int(macs_of(node))
        if kind_of(node) != "grouped" or not macs or macs * LEAST_SHARE < subject.macs:
            continue
        x, out = node.inputs[0].shape, node.shape
        places = int(out.positions * out.samples)
        kernel = int(volume(node.layer.kernel_size))
        moved = int(x.elements * x.samples + out.elements * out.samples) + macs // places
        least = 2 * isqrt(places * macs // kernel) + macs // places
        if moved > least:
            wasted = (moved - least) * subject.width
            yield Found(
                node,
                f"{node.layer.groups_of(x)} groups move {moved:,} numbers, and as many MACs "
                f"without groups {least:,}",
                "fewer groups, or a depthwise and a pointwise convolution",
                wasted,
                subject.moving(node, wasted),
            )


RULE = Rule(WARNING, check)
