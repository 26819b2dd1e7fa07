"""The largest settings within limits, and the nearest where there is none.

Cost need not grow with a knob, so no setting is left out because a smaller one exceeds a limit. But
a metric that is slow to compute, such as the arena of a planner, is computed only where it decides:
where a bound below it and all other metrics keep within their limits, and no larger setting is
known to do so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from costcalc.explore.breakpoints import Breakpoints
from costcalc.numeric.exact import Number

if TYPE_CHECKING:
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]

FIRST = 8
"""Settings along the first knob that are looked at together; then twice as many."""


def largest_within(search: Breakpoints, limits: Mapping[str, Number]) -> list[list[int]]:
    """The maximal positions: any with a larger knob and no smaller one exceeds a limit."""
    left = search.valid.copy()
    for metric, limit in limits.items():
        left &= (search.costs[search.quick[metric]] <= limit).astype(bool)
    slow = [metric for metric in limits if metric in search.slow]
    if not slow:
        return _maximal(left)
    within = np.zeros_like(left)
    most = FIRST
    while (todo := left & ~_reached(within)).any():
        rank = np.flip(np.cumsum(np.flip(todo, 0), 0, dtype=np.int32), 0)
        places = np.argwhere(todo & (rank <= most))
        fits = np.ones(len(places), dtype=bool)
        for metric in slow:
            fits[fits] = search.slow[metric].at(places[fits]) <= limits[metric]
        left[tuple(places.T)] = False
        within[tuple(places[fits].T)] = True
        most *= 2
    return _maximal(within)


def _reached(within: Mask) -> Mask:
    """The positions that are within limits, or below one that is."""
    for axis in range(within.ndim):
        within = np.flip(np.logical_or.accumulate(np.flip(within, axis), axis), axis)
    return within


def _maximal(within: Mask) -> list[list[int]]:
    beaten = np.zeros_like(within)
    reached = _reached(within)
    for axis in range(within.ndim):
        above = np.moveaxis(reached, axis, 0)[1:]
        np.moveaxis(beaten, axis, 0)[:-1] |= above
    found: list[list[int]] = np.argwhere(within & ~beaten).tolist()
    return found


def nearest_to(search: Breakpoints, limits: Mapping[str, Number]) -> list[int]:
    """The position whose worst metric is, as a ratio, the least above its limit."""
    worst = np.where(search.valid, 0.0, np.inf)
    for metric, limit in limits.items():
        worst = np.maximum(worst, search.costs[search.quick[metric]].astype(float) / max(1, limit))
    slow = [metric for metric in limits if metric in search.slow]
    flat = worst.reshape(-1)
    order = np.argsort(flat if slow else flat[:0], kind="stable")
    start, most, best = 0, FIRST, np.inf
    # The bounds are in order: once one is worse than what was found, all behind it are.
    while start < len(order) and flat[order[start]] <= best:
        some = order[start : start + most]
        places = np.stack(np.unravel_index(some, worst.shape), 1)
        for metric in slow:
            ratio = search.slow[metric].at(places).astype(float) / max(1, limits[metric])
            flat[some] = np.maximum(flat[some], ratio)
        best = min(best, flat[some].min())
        start, most = start + most, 2 * most
    return [int(place) for place in np.unravel_index(np.argmin(worst), worst.shape)]
