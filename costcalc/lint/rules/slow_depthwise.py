"""A depthwise convolution takes long for its few MACs.

Its weights are used once a place, so that kernels run it at a small part of the rate of a pointwise
convolution: at an eighth on an STM32H747 with X-CUBE-AI.

Found, with a device: a depthwise convolution with at least 5 % of the time, whose MACs run at half
the rate of a pointwise one or less.

What helps: a smaller kernel or map, fewer channels there, or a standard convolution of few
channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from costcalc.costs.latency import macs_of
from costcalc.devices.kinds import kind_of
from costcalc.lint.rule import INFO, Found, Rule, Subject

SHARE = 20
SLOWER = 2


def check(subject: Subject) -> Iterator[Found]:
    total = subject.total_seconds
    if subject.estimate is None or not total:
        return
    pointwise = subject.estimate.rates.get("pointwise")
    if pointwise is None or not pointwise.per_mac:
        return
    for node in subject.network.nodes:
        seconds = subject.seconds(node)
        macs = macs_of(node)
        if kind_of(node) != "depthwise" or not seconds or seconds * SHARE < total:
            continue
        as_pointwise = pointwise.per_mac * macs
        if seconds >= SLOWER * as_pointwise:
            times = Fraction(seconds) / as_pointwise
            yield Found(
                node,
                f"it takes {100 * float(seconds / total):.1f} % of the time, "
                f"{float(times):.1f} times what its MACs take in a pointwise convolution",
                "a smaller kernel or map, or fewer channels",
                None,
                seconds - as_pointwise,
            )


RULE = Rule(INFO, check)
