"""The knobs of a sweep as axes, and the numbers along them that a network is traced over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.explore.ranges import Range, ValueList
from costcalc.explore.traces import Bounds, Grid
from costcalc.metrics import METRICS
from costcalc.numeric.exact import Number

KNOBS = ("alpha", "rho", "resolution", "batch")
FIGURES = ("ratio_float", "share_float", "top1", "exceeds")
"""Columns of a sweep that are no knob, metric or param."""


class Axis:
    """One knob and its values: alpha, rho, resolution, batch, or a param of the network.

    Values of alpha and rho are Fractions, those of resolution (height, width), those of batch
    whole numbers, those of a param numbers or texts, which are expressions of the network's
    language.
    """

    def __init__(
        self,
        name: str,
        values: Range,
        *,
        is_param: bool = False,
        bounds: Bounds | None = None,
    ) -> None:
        self.name = name
        self.values = values
        self.bounds = bounds
        """What is known of the values of a param, where more are asked for than `values` has."""
        self.is_param = is_param or name not in KNOBS
        is_taken = name in KNOBS or name in METRICS or name in FIGURES
        self.key = f"param_{name}" if self.is_param and is_taken else name
        """The name of its column: its own name, unless another column has that."""

    @property
    def count(self) -> int:
        return self.values.count

    @property
    def has_texts(self) -> bool:
        """Whether any of its values is an expression."""
        listed = (span.values for span in self.values.spans if isinstance(span, ValueList))
        return any(map(has_texts, listed))

    def slice(self, start: int, stop: int) -> list[Any]:
        values = self.values.part(start, stop)
        if self.name == "resolution" and not self.is_param:
            return [value if isinstance(value, tuple) else (value, value) for value in values]
        return values


class Knobs:
    """The numbers along axes that a network is traced over; expressions are not among them."""

    def __init__(self, axes: Sequence[Axis], values: Sequence[Sequence[Any]]) -> None:
        self.shape = tuple(map(len, values)) or (1,)
        self.along: list[tuple[int, Sequence[Number]]] = []
        """The axis of each knob, and its values."""
        self.ranges: dict[str, Bounds] = {}
        """What is known of each knob, by its name."""
        self._texts: dict[int, str] = {}
        self._sizes: set[int] = set()
        for number, (axis, own) in enumerate(zip(axes, values, strict=True)):
            if has_texts(own):
                (self._texts[number],) = own
            elif axis.is_param:
                self._add(axis.key, number, own, axis.bounds or Bounds.of(own))
            elif axis.name == "resolution":
                heights, widths = zip(*own, strict=True)
                self._sizes.add(number)
                self._add(axis.key, number, heights, Bounds(True, 1, False))
                if widths != heights:
                    self._add(f"{axis.key} width", number, widths, Bounds(True, 1, False))
            elif axis.name == "batch":
                self._add(axis.key, number, own, Bounds(True, 1, False))
            else:
                self._add(axis.key, number, own, Bounds(False, 0, True))
        self.key = tuple(self._texts.items()), tuple(self.ranges.items())

    def _add(self, name: str, axis: int, values: Sequence[Number], own: Bounds) -> None:
        self.along.append((axis, values))
        self.ranges[name] = own

    def point(self, numbers: Sequence[Number]) -> dict[int, Any]:
        """A value for each axis, from a number for each knob."""
        point: dict[int, Any] = dict(self._texts)
        for (axis, _), number in zip(self.along, numbers, strict=True):
            if axis in self._sizes:
                point[axis] = (point[axis][0], number) if axis in point else (number, number)
            else:
                point[axis] = number
        return point

    def grid(self) -> Grid:
        return Grid(self.shape, self.along)

    def listed(self, places: Sequence[Sequence[int]]) -> Grid:
        """The points at places along all axes, one after another."""
        along = [[place[axis] for place in places] for axis in range(len(self.shape))]
        knobs = [(0, [own[place] for place in along[axis]]) for axis, own in self.along]
        return Grid((len(places),), knobs)

    def setting(self) -> tuple[Number, ...]:
        """The numbers, where each axis has one value."""
        return tuple(values[0] for _, values in self.along)


def has_texts(values: Sequence[Any]) -> bool:
    return any(isinstance(value, str) for value in values)
