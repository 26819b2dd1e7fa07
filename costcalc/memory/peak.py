"""The peak: the most bytes that are alive at once. No plan without tiles needs less."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.memory.lifetimes import Buffer, Lifetimes
from costcalc.numeric.base import AbstractNumber
from costcalc.numeric.exact import Number, maximum, sum_of


def alive_at(buffers: Sequence[Buffer], steps: int) -> list[list[Buffer]]:
    """The buffers that are alive at each step, from 0 on, in the order in which they were made."""
    starting: list[list[Buffer]] = [[] for _ in range(steps + 1)]
    for buffer in buffers:
        starting[buffer.first].append(buffer)
    found: list[list[Buffer]] = []
    alive: list[Buffer] = []
    for step, new in enumerate(starting):
        alive = [buffer for buffer in alive if buffer.last >= step] + new
        found.append(alive)
    return found


def live_bytes(buffers: Sequence[Buffer], steps: int) -> list[int]:
    """The bytes that are alive at each step, from 0 on."""
    changes = [0] * (steps + 2)
    for buffer in buffers:
        changes[buffer.first] += buffer.size
        changes[buffer.last + 1] -= buffer.size
    found = []
    total = 0
    for change in changes[:-1]:
        total += change
        found.append(total)
    return found


def peak(lifetimes: Lifetimes) -> Number:
    """The most bytes that are alive at one step."""
    buffers = lifetimes.buffers
    if not any(isinstance(buffer.size, AbstractNumber) for buffer in buffers):
        return max(live_bytes(buffers, lifetimes.steps))
    return maximum(*terms(lifetimes))


def terms(lifetimes: Lifetimes) -> list[Number]:
    """The sums of which the peak is the largest: one for each step that may be it.

    Only at the last step before something ends, with something new since the last such step, can
    something be alive together that is not so at another step.
    """
    buffers = lifetimes.buffers
    first = {buffer.first for buffer in buffers}
    last = {buffer.last for buffer in buffers}
    found = []
    grown = False
    for step, alive in enumerate(alive_at(buffers, lifetimes.steps)):
        grown = grown or step in first
        if grown and step in last:
            found.append(sum_of(buffer.size for buffer in alive))
            grown = False
    return found
