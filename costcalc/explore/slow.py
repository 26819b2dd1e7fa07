"""A metric that is slow to compute, at those settings of a grid at which it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from costcalc.explore.plan import Plan

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.intp]
    """A row for each place: its index along every axis."""


class Slow:
    """Remembers what was computed."""

    def __init__(
        self, compute: Callable[[Places], npt.NDArray[Any]], shape: tuple[int, ...]
    ) -> None:
        self._compute = compute
        self._known = np.zeros(shape, dtype=bool)
        self._found: npt.NDArray[Any] = np.zeros(shape, dtype=np.int64)

    @property
    def count(self) -> int:
        """How many were computed."""
        return int(self._known.sum())

    def at(self, places: Places) -> npt.NDArray[Any]:
        """The metric at each of some places."""
        new = places[~self._known[tuple(places.T)]]
        if len(new):
            found = self._compute(new)
            if found.dtype != self._found.dtype:  # Python's ints, where int64 would not hold one
                self._found = self._found.astype(object)
            self._found[tuple(new.T)] = found
            self._known[tuple(new.T)] = True
        asked: npt.NDArray[Any] = self._found[tuple(places.T)]
        return asked

    def one(self, place: Sequence[int]) -> Any:
        return self.at(np.array([place]))[0]


def slow_metrics(
    plan: Plan, values: Sequence[Sequence[Any]], quick: Mapping[str, str]
) -> dict[str, Slow]:
    """Those of some metrics that are not known everywhere, by what stands for each."""

    def of(metric: str) -> Slow:
        def compute(places: Places) -> npt.NDArray[Any]:
            found = plan.listed(values, places.tolist(), metric).metrics[metric]
            return np.asarray(found)

        return Slow(compute, tuple(map(len, values[: len(plan.axes)])))

    return {metric: of(metric) for metric, own in quick.items() if own != metric}
