"""Plans of the arena: the greedy planner's, and a better one where a search finds it.

The greedy planner's order, largest first, wastes memory where a smaller buffer would have to be
placed before a larger one. Any plan is what placing its buffers in some order comes to (sort them
by their offsets, and each goes into its lowest gap or below), so the search goes over orders. It
ends at a plan that is as small as the bound below, the peak of aligned sizes, or after MAX_PLACED
buffers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from costcalc.memory.arena import Overlaps, aligned, largest_first, overlaps, placed, top
from costcalc.memory.lifetimes import Buffer, Lifetimes

MAX_PLACED = 400_000
"""Buffers that a search places in all its tries."""


class Plan(NamedTuple):
    """An offset for each buffer."""

    buffers: Sequence[Buffer]
    sizes: Sequence[int]
    """Of the buffers, aligned."""
    offsets: Sequence[int]
    bound: int
    """No plan is smaller: the largest sum of aligned sizes that are alive at once."""

    @property
    def arena(self) -> int:
        return top(self.offsets, self.sizes)


def buffers_of(lifetimes: Lifetimes) -> list[Buffer]:
    """What lies in the arena: maps, in the order in which they are made, and scratch memory."""
    return [*lifetimes.buffers, *lifetimes.scratch()]


class _Search:
    def __init__(self, lifetimes: Lifetimes) -> None:
        self.buffers = buffers_of(lifetimes)
        self.sizes = aligned(
            [buffer.size for buffer in self.buffers], lifetimes.program.runtime.alignment
        )
        self.near: Overlaps = overlaps(
            [buffer.first for buffer in self.buffers], [buffer.last for buffer in self.buffers]
        )
        self.bound = _bound(self.buffers, self.sizes, lifetimes.steps)

    def plan(self, order: Sequence[int]) -> Plan:
        offsets = placed(self.sizes, self.near, order)
        return Plan(self.buffers, self.sizes, offsets, self.bound)

    def starts(self) -> Iterator[list[int]]:
        """Orders that often do well: by size, by size and time, by what is alive together."""
        every = range(len(self.sizes))
        time = [buffer.last - buffer.first + 1 for buffer in self.buffers]
        crowd = [
            self.sizes[one] + sum(self.sizes[other] for other in self.near[one]) for one in every
        ]
        yield sorted(every, key=lambda one: -self.sizes[one])
        yield sorted(every, key=lambda one: -self.sizes[one] * time[one])
        yield sorted(every, key=lambda one: (-time[one], -self.sizes[one]))
        yield sorted(every, key=lambda one: (-crowd[one], -self.sizes[one]))
        yield list(every)
        yield list(reversed(every))


def _bound(buffers: Sequence[Buffer], sizes: Sequence[int], steps: int) -> int:
    changes = [0] * (steps + 2)
    for buffer, size in zip(buffers, sizes, strict=True):
        changes[buffer.first] += size
        changes[buffer.last + 1] -= size
    most = total = 0
    for change in changes:
        total += change
        most = max(most, total)
    return most


def greedy_plan(lifetimes: Lifetimes) -> Plan:
    """TensorFlow Lite Micro's own plan."""
    search = _Search(lifetimes)
    return search.plan(largest_first(search.sizes))


def best_plan(lifetimes: Lifetimes) -> Plan:
    """The smallest plan that is found; never larger than the greedy planner's."""
    search = _Search(lifetimes)
    order = largest_first(search.sizes)
    best = search.plan(order)
    if lifetimes.program.runtime.planner == "greedy":
        return best
    tries = max(8, MAX_PLACED // max(1, len(order)))
    for start in search.starts():
        if best.arena == search.bound:
            return best
        found = search.plan(start)
        if found.arena < best.arena:
            order, best = start, found
    random = Random(0)
    current, height = order, best.arena
    for _ in range(tries):
        if best.arena == search.bound:
            break
        other = _moved(current, random)
        found = search.plan(other)
        if found.arena <= height:
            current, height = other, found.arena
            if height < best.arena:
                best = found
    return best


def _moved(order: Sequence[int], random: Random) -> list[int]:
    """Another order: two buffers change places, or one goes before others."""
    other = list(order)
    if random.random() < 0.5:
        a, b = random.randrange(len(other)), random.randrange(len(other))
        other[a], other[b] = other[b], other[a]
    else:
        place = random.randrange(len(other))
        one = other.pop(place)
        other.insert(random.randrange(place + 1), one)
    return other
