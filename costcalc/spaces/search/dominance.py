"""Rows of numbers that others beat: those that are at least as small in every column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"
BLOCK = 256
"""Rows that are compared at a time, with those that are kept."""


def unbeaten(columns: Sequence[Array], times: int = 1) -> Array:
    """The places of rows that fewer than so many others beat, smallest first.

    Of equal rows each beats those behind it.
    """
    order: Array = np.lexsort(columns[::-1])  # by the first column first
    if len(columns) == 1:
        return order[:times]
    ordered = [column[order] for column in columns]
    if len(columns) == 2:
        return order[_in_layers(ordered[1], times)]
    return order[_in_blocks(ordered, times)]


def unbeaten_by(columns: Sequence[Array], some: Array, times: int = 1) -> Array:
    """The places of rows that fewer than so many of some others beat."""
    every = np.arange(len(columns[0]))
    is_other = _beats(columns, every, some).T  # of two equal rows, the first one beats
    beats = _beats(columns, some, every) & (~is_other | (some[:, None] < every[None, :]))
    return np.flatnonzero(beats.sum(axis=0) < times)


def _in_layers(second: Array, times: int) -> Array:
    """Places of rows in order of a first column, by their second: a layer of rows none of which
    beats another, then one of the rest, and so on."""
    kept = np.zeros(len(second), dtype=bool)
    left = np.arange(len(second))
    for _ in range(times):
        own = second[left]
        is_new = np.ones(len(own), dtype=bool)
        is_new[1:] = own[1:] < np.minimum.accumulate(own)[:-1]
        kept[left[is_new]] = True
        left = left[~is_new]
        if not len(left):
            break
    return np.flatnonzero(kept)


def _in_blocks(columns: Sequence[Array], times: int) -> Array:
    """Places of rows in order: what beats a row stands before it."""
    kept = np.zeros(0, dtype=np.int64)
    for start in range(0, len(columns[0]), BLOCK):
        block = np.arange(start, min(start + BLOCK, len(columns[0])))
        is_before = block[:, None] < block[None, :]
        beaten = (_beats(columns, block, block) & is_before).sum(axis=0)
        beaten += _beats(columns, kept, block).sum(axis=0)
        kept = np.concatenate([kept, block[beaten < times]])
    return kept


def _beats(columns: Sequence[Array], some: Array, others: Array) -> Array:
    """Whether each of some rows is at most as large as each of others, in every column."""
    found = np.ones((len(some), len(others)), dtype=bool)
    for column in columns:
        found &= (column[some][:, None] <= column[others][None, :]).astype(bool)
    return found
