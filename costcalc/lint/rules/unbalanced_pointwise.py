"""A pointwise convolution moves far more than one with as many MACs needs to.

A pointwise convolution from c1 to c2 channels over h·w places has h·w·c1·c2 MACs and moves
h·w·(c1 + c2) + c1·c2 numbers, which for given MACs is least where c1 = c2:
2·sqrt(h·w·MACs) + MACs/(h·w). At 56×56, 128→128 moves 819,200 numbers, and 32→512, with as many
MACs, 1,722,368.

Found: at least 1 % of the network's MACs, and 1.5 times the least. The expansion by 6 of an
inverted bottleneck is 1.43 times.

What helps: channels that differ less; a bottleneck in fewer, wider steps.

Source: ShuffleNet V2 (Ma et al. 2018, arXiv:1807.11164), guideline G1.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt

from costcalc.costs.latency import macs_of
from costcalc.devices.kinds import kind_of
from costcalc.lint.rule import INFO, Found, Rule, Subject

LEAST_SHARE = 100
"""One part in so many of the network's MACs."""
TIMES = (3, 2)
"""Of the least traffic."""


def check(subject: Subject) -> Iterator[Found]:
    for node in subject.network.nodes:
        if kind_of(node) != "pointwise":
            continue
        macs = int(macs_of(node))
        if not macs or macs * LEAST_SHARE < subject.macs:
            continue
        x, out = node.inputs[0].shape, node.shape
        places = int(out.positions * out.samples)
        moved = int(x.elements * x.samples + out.elements * out.samples + x.channels * out.channels)
        least = 2 * isqrt(places * macs) + macs // places
        over, under = TIMES
        if moved * under >= least * over:
            wasted = (moved - least) * subject.width
            yield Found(
                node,
                f"{x.channels} to {out.channels} channels move {moved:,} numbers, and as many MACs "
                f"between equal channels {least:,}",
                "channels that differ less, or a bottleneck in fewer and wider steps",
                wasted,
                subject.moving(node, wasted),
            )


RULE = Rule(INFO, check)
