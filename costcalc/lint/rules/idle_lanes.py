"""Channels are no multiple of what the device's kernels take at a time.

The last step of a row then works on fewer channels than it could, in the time of a full one.

Found, with a device that says its vector: a convolution or linear layer whose output channels leave
at least a tenth of the lanes idle.

What helps: the next multiple, which costs no time, or the one below.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from costcalc.lint.rule import INFO, Found, Rule, Subject

IDLE = 10
"""One part in so many of the lanes."""


def check(subject: Subject) -> Iterator[Found]:
    if subject.device is None or subject.device.vector is None:
        return
    vector = int(subject.device.vector.value)
    for node in subject.network.nodes:
        if node.layer.family not in ("convolutions", "linear_layers"):
            continue
        channels = int(node.shape.channels)
        lanes = -(-channels // vector) * vector
        if (lanes - channels) * IDLE >= lanes:
            seconds = subject.seconds(node)
            idle = Fraction(lanes - channels, lanes)
            yield Found(
                node,
                f"{channels} channels are computed in steps of {vector}: {lanes - channels} of "
                f"{lanes} lanes are idle",
                f"{lanes} channels" + (f", or {lanes - vector}" if lanes > vector else ""),
                None,
                None if seconds is None else seconds * idle,
            )


RULE = Rule(INFO, check)
