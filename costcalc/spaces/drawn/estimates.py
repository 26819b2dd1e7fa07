"""Estimates by networks that are drawn choice by choice, each with its 95 % interval.

A network that is drawn with probability p has the weight 1/p, so that sums of weights are unbiased
estimates of sums over settings (Horvitz and Thompson 1952; Knuth 1975 for backtracking). Shares and
means are ratios of such sums, with variances by linearisation. Intervals of shares are Wilson's at
the number of equal draws that has the share's variance (Korn and Graubard 1998), those of quantiles
are read off at the ends of the share's (Woodruff 1952), those of counts are log-normal, since
weights are skewed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, chain, pairwise
from math import ceil, exp, floor, fsum, log, sqrt
from typing import NamedTuple

from costcalc.spaces.paths import Cost

Z = 1.96
"""Standard errors from the middle of an interval to its ends."""


class Estimate(NamedTuple):
    """A value, and the ends of the interval that holds the true one in 95 of 100 cases."""

    value: float
    low: float
    high: float


class Count(NamedTuple):
    """A number of settings: estimated, or exact where the ends of its interval are one."""

    value: int
    low: int
    high: int

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


class CostEstimate(NamedTuple):
    """A cost, and the ends of the interval that holds the true one in 95 of 100 cases.

    None is an end that draws are too few for: the true cost may lie beyond all of them.
    """

    value: Cost
    low: Cost | None
    high: Cost | None


def wilson(share: float, draws: float) -> tuple[float, float]:
    """Wilson's interval of a share, which also holds where nearly all or none are counted."""
    middle = (share + Z * Z / (2 * draws)) / (1 + Z * Z / draws)
    half = Z * sqrt(share * (1 - share) / draws + Z * Z / (4 * draws * draws))
    half /= 1 + Z * Z / draws
    low = max(0.0, middle - half) if share else 0.0
    return low, min(1.0, middle + half) if share < 1 else 1.0


class Weights:
    """The weights of draws, relative to the largest."""

    def __init__(self, weights: Sequence[float]) -> None:
        self.each = weights
        self.total = fsum(weights)
        self.squares = fsum(own * own for own in weights)

    @property
    def effective(self) -> float:
        """How many draws of one weight tell as much (Kish 1965)."""
        return self.total * self.total / self.squares

    def share(self, part: float, squares: float) -> Estimate:
        """The share of settings of which the sums of weights and of their squares are given."""
        share = min(1.0, part / self.total)
        return Estimate(share, *wilson(share, self.draws_for(share, squares)))

    def draws_for(self, share: float, squares: float) -> float:
        """How many draws of one weight estimate a share with the same variance."""
        rest = self.squares - squares
        if not 0 < share < 1 or rest <= 0:
            return self.effective
        variance = (1 - share) ** 2 * squares + share**2 * rest
        return share * (1 - share) * self.total**2 / variance

    def of(self, counted: Sequence[bool]) -> Estimate:
        """The share of settings whose draws are counted."""
        found = [own for own, counts in zip(self.each, counted, strict=True) if counts]
        if len(found) == len(counted):
            return self.share(self.total, self.squares)
        return self.share(fsum(found), fsum(own * own for own in found))

    def mean(self, costs: Sequence[Cost]) -> Estimate:
        """The mean cost of settings."""
        pairs = [(own, float(cost)) for own, cost in zip(self.each, costs, strict=True)]
        mean = fsum(own * cost for own, cost in pairs) / self.total
        squares = fsum((own * (cost - mean)) ** 2 for own, cost in pairs)
        half = Z * sqrt(squares * len(pairs) / max(1, len(pairs) - 1)) / self.total
        return Estimate(mean, max(0.0, mean - half), mean + half)  # no cost is below 0


def all_settings(weights: Sequence[int]) -> Count:
    """How many settings there are: the weight itself, where all draws have one."""
    if min(weights) == max(weights):
        return Count(weights[0], weights[0], weights[0])
    return settings_counted(weights, [True] * len(weights))


def settings_counted(weights: Sequence[int], counted: Sequence[bool]) -> Count:
    """How many settings there are of which draws are counted: the mean of their weights."""
    largest = max(weights)
    draws = len(weights)
    relative = [own / largest for own in weights]
    own = [share if counts else 0.0 for share, counts in zip(relative, counted, strict=True)]
    mean = fsum(own) / draws
    if min(weights) == largest:
        share = sum(counted) / draws
        return _count(largest, share, *wilson(share, draws))
    if not mean:
        share = wilson(0, Weights(relative).effective)[1]
        return Count(0, 0, ceil(all_settings(weights).high * Fraction(share)))
    variance = fsum((w - mean) ** 2 for w in own) / (draws * max(1, draws - 1))
    spread = exp(Z * sqrt(log(1 + variance / mean**2)))
    return _count(largest, mean, mean / spread, mean * spread)


def _count(unit: int, value: float, low: float, high: float) -> Count:
    return Count(
        round(unit * Fraction(value)), floor(unit * Fraction(low)), ceil(unit * Fraction(high))
    )


class EstimatedBar(NamedTuple):
    """Networks that cost from a number up to another, their share, and the ends of its interval."""

    low: Cost
    high: Cost
    share: float
    at_least: float
    at_most: float


class Spread:
    """The costs of draws in their order, with sums of weights: quantiles and bars of them."""

    def __init__(self, costs: Sequence[Cost], weights: Weights) -> None:
        pairs = sorted(zip(costs, weights.each, strict=True))
        self.weights = weights
        self.costs = [cost for cost, _ in pairs]
        self._sums = [*accumulate(chain([0.0], (own for _, own in pairs)))]
        self._squares = [*accumulate(chain([0.0], (own * own for _, own in pairs)))]

    def quantile(self, part: Fraction) -> CostEstimate:
        """The cost that a part of the settings does not exceed."""
        value = self._at(float(part))
        place = bisect_right(self.costs, value)
        share = min(1.0, self._sums[place] / self.weights.total)
        draws = self.weights.draws_for(share, self._squares[place])
        low, high = wilson(float(part), draws)
        ends = self._at(low), self._at(high)
        least, most = low * self._sums[-1] <= self._sums[1], high * self._sums[-1] > self._sums[-2]
        return CostEstimate(value, None if least else ends[0], None if most else ends[1])

    def _at(self, part: float) -> Cost:
        wanted = part * self._sums[-1]
        return self.costs[min(bisect_left(self._sums, wanted, 1), len(self.costs)) - 1]

    def bars(self, count: int) -> list[EstimatedBar]:
        """A histogram from the least cost to the most, in bars of equal width."""
        least, most = self.costs[0], self.costs[-1]
        if least == most:
            return [EstimatedBar(least, most, 1.0, 1.0, 1.0)]
        width = most - least
        edges = [
            least + (width * own // count if isinstance(width, int) else width * own / count)
            for own in range(count + 1)
        ]
        places = [bisect_left(self.costs, edge) for edge in edges[:-1]] + [len(self.costs)]
        return [
            EstimatedBar(low, high, *self._between(*own))
            for (low, high), own in zip(pairwise(edges), pairwise(places), strict=True)
        ]

    def _between(self, first: int, last: int) -> Estimate:
        """The share of the costs from a place up to another."""
        part = self._sums[last] - self._sums[first]
        squares = self._squares[last] - self._squares[first]
        return self.weights.share(max(0.0, part), max(0.0, squares))
