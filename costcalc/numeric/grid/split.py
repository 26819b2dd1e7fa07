"""Splitting a grid into parts, in each of which the network has one structure."""

from __future__ import annotations

from typing import Any

import numpy as np

from costcalc.numeric.base import Condition
from costcalc.numeric.grid.int_array import Array


class SplitError(Exception):
    """The network's structure is not the same at all points of a grid.

    `labels` says what it is at each point; it broadcasts over the grid.
    """

    def __init__(self, labels: Array) -> None:
        super().__init__("the structure differs over the grid")
        self.labels = labels


class Mask(Condition):
    """A condition that holds at some points of a grid, but not at all."""

    __slots__ = ("array",)

    def __init__(self, array: Array) -> None:
        self.array = array

    def required(self) -> bool:
        raise SplitError(self.array)

    decide = required


def split(labels: Array) -> tuple[int, list[list[int]]]:
    """An axis, and its positions in groups: in each, the labels vary along later axes at most."""
    for axis, length in enumerate(labels.shape):
        rows = np.moveaxis(labels, axis, 0).reshape(length, -1)
        if (rows == rows[:1]).all():
            continue
        groups: dict[Any, list[int]] = {}
        for place, row in enumerate(rows):
            key = tuple(row.tolist()) if row.dtype == object else row.tobytes()
            groups.setdefault(key, []).append(place)
        return axis, list(groups.values())
    raise AssertionError("labels that are all the same split nothing")
