"""Prices of limited costs, which bound what a path within the limits must lose.

A path may be charged for what it costs, at a price, and be paid for what the limits allow: within
the limits it then never looks worse than it is. So the least charged loss of any path is a bound of
the least loss within the limits, at any prices (Lagrange). The bound is concave in the prices, a
plane for each path, and is raised by cutting planes (Kelley 1960): the best prices by the planes of
the paths that are known lead to the next path.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import ceil
from typing import NamedTuple

import numpy as np

from costcalc.spaces.levels import Array, Levels

MAX_PRICED = 3
"""Limits that have prices; those of others stay 0."""
MAX_PLANES = 12
MAX_ROUNDS = 40
CLOSE = 1e-7
"""Parts of the largest loss by which bounds may be apart."""
MAX_PRICE = 2.0**20
"""In units in which all that a limit allows is charged with the largest loss."""
ROUNDING = 2.0**-50
"""What each addition of floats is wrong by at most, in parts of the largest sum."""


class Problem(NamedTuple):
    """Paths are looked for that lose least within limits."""

    levels: Levels
    loss: Array
    """What each edge loses: at least 0, and 0 on the best path from each state."""
    costs: Sequence[Array]
    """By limit: what each edge costs, in the same way."""
    limits: Sequence[int]
    """What a path may cost at most."""


class Bound(NamedTuple):
    """What prices prove of the paths through a state or an edge, in floats."""

    prices: Sequence[float]
    charged: Array
    """The loss of each edge and what it costs, at the prices."""
    ahead: Array
    """The least charged loss on the way to each state."""
    rest: Array
    """The least charged loss from each state to the end."""
    allowed: float
    """What the limits allow, at the prices."""
    error: float
    """More than what rounding may add to a bound."""

    @property
    def least(self) -> int:
        """No path within the limits loses less."""
        return max(0, ceil(float(self.rest[0]) - self.allowed - self.error))

    def through(self, levels: Levels) -> Array:
        """No path through an edge loses less within the limits: a bound for each edge."""
        found: Array = self.ahead[levels.source] + self.charged + self.rest[levels.target]
        return found - (self.allowed + self.error)

    def beyond(self, state: int, loss: Array, costs: Sequence[Array]) -> Array:
        """No path on from a state loses less within the limits, by what is lost and spent."""
        found = loss.astype(float)
        for price, cost in zip(self.prices, costs, strict=True):
            if price:
                found = found + price * cost.astype(float)
        return found + (float(self.rest[state]) - self.allowed - self.error)


def best_bound(problem: Problem) -> Bound:
    """The bound at the best prices that are found."""
    priced = min(MAX_PRICED, len(problem.limits))
    most = float(max(1, int(-problem.levels.ahead(-problem.loss)[-1])))
    scales = [most / max(1, limit) for limit in problem.limits[:priced]]
    planes: list[list[float]] = []
    best: Bound | None = None
    point, proven = [0.0] * priced, np.inf
    for _ in range(MAX_ROUNDS):
        prices = [own * scale for own, scale in zip(point, scales, strict=True)]
        bound = _bound_at(problem, [*prices, *[0.0] * (len(problem.limits) - priced)])
        if best is None or _lowest(bound) > _lowest(best):
            best = bound
        if not priced or proven - _lowest(best) / most < CLOSE:
            break
        path = problem.levels.shortest(bound.charged, bound.rest)
        slopes = [
            (int(cost[path].sum()) - limit) / max(1, limit)
            for cost, limit in zip(problem.costs[:priced], problem.limits[:priced], strict=True)
        ]
        planes.append([int(problem.loss[path].sum()) / most, *slopes])
        point, proven = _highest(planes)
        if len(planes) > MAX_PLANES:
            heights = [own[0] + float(np.dot(own[1:], point)) for own in planes]
            del planes[int(np.argmax(heights))]
    assert best is not None
    return best


def _lowest(bound: Bound) -> float:
    return float(bound.rest[0]) - bound.allowed


def _bound_at(problem: Problem, prices: Sequence[float]) -> Bound:
    charged = problem.loss.astype(float)
    allowed = 0.0
    for price, cost, limit in zip(prices, problem.costs, problem.limits, strict=True):
        if price:
            charged = charged + price * cost.astype(float)
            allowed += price * limit
    levels = problem.levels
    largest = float(charged.max(initial=0.0)) * levels.length + allowed
    error = ROUNDING * largest * (levels.length + 8)
    return Bound(prices, charged, levels.ahead(charged), levels.back(charged), allowed, error)


def _highest(planes: Sequence[Sequence[float]]) -> tuple[list[float], float]:
    """Where the lowest of planes is highest, for prices from 0 to the largest; and how high.

    planes: the height at prices of 0, and the slope by each price. It is a corner, where as many
    planes and ends of the prices meet as there are unknown numbers: all are tried, as they are few.
    """
    count = len(planes[0]) - 1
    unit = np.eye(count)
    rows = np.array(
        [
            *([1.0, *(-slope for slope in own[1:])] for own in planes),
            *([0.0, *-one] for one in unit),
            *([0.0, *one] for one in unit),
        ]
    )
    right = np.array([*(own[0] for own in planes), *[0.0] * count, *[MAX_PRICE] * count])
    chosen = np.array(list(combinations(range(len(rows)), count + 1)))
    chosen = chosen[(chosen < len(planes)).any(axis=1)]
    systems = rows[chosen]
    is_single = np.abs(np.linalg.det(systems)) > 1e-12
    corners = np.linalg.solve(systems[is_single], right[chosen[is_single]][..., None])[..., 0]
    over = (rows @ corners.T - right[:, None]) / np.maximum(1.0, np.abs(right))[:, None]
    corners = corners[(over < 1e-9).all(axis=0)]
    if not len(corners):
        return [0.0] * count, np.inf
    highest = corners[corners[:, 0].argmax()]
    return [max(0.0, float(own)) for own in highest[1:]], float(highest[0])
