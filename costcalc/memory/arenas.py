"""The greedy planner's arena for many settings at once, in arrays.

Where a buffer comes to lie depends only on those that are alive with it and were placed before it.
So the settings at which any two such buffers are placed in the same order are planned together:
their offsets are the same expressions of their sizes, up to which gap is the lowest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from costcalc.memory.arena import Overlaps, largest_first

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

FEW = 24
"""Settings of one kind that are planned one by one: an array operation takes as long."""


def greedy_arenas(sizes: Array, near: Overlaps, one: Callable[[Sequence[int]], int]) -> Array:
    """The arena for each column of sizes, which are aligned; `one` plans a single column."""
    columns = sizes.shape[1]
    pairs = [(a, b) for a, others in enumerate(near) for b in others if a < b]
    found = np.empty(columns, dtype=sizes.dtype)
    for places in _alike(sizes, pairs):
        if len(places) < FEW:
            for place in places:
                found[place] = one(sizes[:, place].tolist())
        else:
            found[places] = _planned(sizes[:, places], near)
    return found


def _alike(sizes: Array, pairs: Sequence[tuple[int, int]]) -> list[Array]:
    """The columns in which each pair of buffers is placed in the same order."""
    if not pairs:
        return [np.arange(sizes.shape[1])]
    bits = np.stack([sizes[a] > sizes[b] for a, b in pairs]).astype(bool)
    packed = np.packbits(bits, axis=0)
    keys = np.ascontiguousarray(packed.T).view([("", np.uint8)] * len(packed)).reshape(-1)
    _, kinds = np.unique(keys, return_inverse=True)
    order = np.argsort(kinds, kind="stable")
    ends = np.flatnonzero(np.diff(kinds[order])) + 1
    return np.split(order, ends)


def _planned(sizes: Array, near: Overlaps) -> Array:
    """The arenas of columns in which buffers are placed in the order of the first column."""
    offsets: dict[int, Array] = {}
    top = np.zeros(sizes.shape[1], dtype=sizes.dtype)
    for buffer in largest_first(sizes[:, 0].tolist()):
        size = sizes[buffer]
        taken = [(offsets[other], sizes[other]) for other in near[buffer] if other in offsets]
        lowest: Any = None
        for candidate in [0, *(start + length for start, length in taken)]:
            fits: Any = True
            for start, length in taken:
                fits = fits & ((candidate + size <= start) | (candidate >= start + length))
            if lowest is None:
                lowest = np.where(fits, candidate, _end(taken, top))
            else:
                lowest = np.where(fits, np.minimum(lowest, candidate), lowest)
        offsets[buffer] = lowest
        top = np.maximum(top, lowest + size)
    return top


def _end(taken: Sequence[tuple[Array, Array]], top: Array) -> Array:
    """Where the last of the buffers around ends: there is always room behind."""
    end = np.zeros_like(top)
    for start, length in taken:
        end = np.maximum(end, start + length)
    return end
