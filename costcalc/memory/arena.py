"""The arena: one piece of memory for all maps, each at an offset while it is alive.

TensorFlow Lite Micro's greedy planner (GreedyMemoryPlanner) rounds sizes up to a multiple of the
alignment and places the largest first, of two alike the one that comes later; each goes into the
lowest gap that is large enough among what is placed and alive at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush

Overlaps = list[list[int]]
"""For each buffer, those that are alive at some step at which it is."""


def overlaps(firsts: Sequence[int], lasts: Sequence[int]) -> Overlaps:
    """Which buffers are alive at the same time, by their first and last steps."""
    found: Overlaps = [[] for _ in firsts]
    alive: set[int] = set()
    ends: list[tuple[int, int]] = []
    for buffer in sorted(range(len(firsts)), key=firsts.__getitem__):
        while ends and ends[0][0] < firsts[buffer]:
            alive.discard(heappop(ends)[1])
        for other in alive:
            found[buffer].append(other)
            found[other].append(buffer)
        alive.add(buffer)
        heappush(ends, (lasts[buffer], buffer))
    return found


def aligned(sizes: Sequence[int], alignment: int) -> list[int]:
    return [-(-size // alignment) * alignment for size in sizes]


def largest_first(sizes: Sequence[int]) -> list[int]:
    """The order in which the greedy planner places buffers."""
    return sorted(range(len(sizes)), key=lambda buffer: (-sizes[buffer], -buffer))


def placed(sizes: Sequence[int], near: Overlaps, order: Sequence[int]) -> list[int]:
    """The offset of each buffer, placed one after another, each in its lowest gap."""
    offsets = [-1] * len(sizes)
    for buffer in order:
        size = sizes[buffer]
        offset = 0
        taken = [(offsets[other], sizes[other]) for other in near[buffer] if offsets[other] >= 0]
        taken.sort()
        for start, length in taken:
            if start - offset >= size:
                break
            offset = max(offset, start + length)
        offsets[buffer] = offset
    return offsets


def top(offsets: Sequence[int], sizes: Sequence[int]) -> int:
    """The bytes of an arena that holds all buffers at their offsets."""
    return max((a + b for a, b in zip(offsets, sizes, strict=True)), default=0)
