"""The largest sums within a limit that networks of a space attain, exactly.

A set of sums is the bits of one integer: adding a number shifts it, and two sets join by `|`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from costcalc.spaces.draws import TooManyError
from costcalc.spaces.paths import Edge
from costcalc.spaces.weights import Live, excess, potentials, weigh

MAX_BITS = 8 * 300 * 2**20
"""Of all sets together."""
MAX_CELLS = 20_000_000
"""Of the tables of another metric's least cost by sum."""
UNREACHED = 1 << 61
MAX_FOLLOWED = 1_000_000
"""Partial networks of one size."""


class TooManySumsError(TooManyError):
    """There are too many different sums to keep them all."""


def largest_within(
    paths: Live, place: int, most: int, others: Mapping[int, int]
) -> Iterator[tuple[tuple[Edge, ...], int]]:
    """Yield networks with their costs by a metric, the largest within a limit first.

    others: limits of other metrics, by their places. Raises TooManySumsError.
    """
    axis = excess(paths, place)
    weighed = weigh(paths, axis.numbers)
    limit = min(axis.steps_within(most), weighed.most[-1])
    if limit < 0 or not weighed.total:
        return
    sizes = [max(0, limit - rest + 1) for rest in weighed.rest_least]
    if sum(min(size, own + 1) for size, own in zip(sizes, weighed.most, strict=True)) > MAX_BITS:
        raise TooManySumsError(
            f"sums of up to {limit:,} different sizes are too many to keep",
            hint="--sample draws networks within the limit",
        )
    sets: list[int] = []
    for state, arcs in enumerate(weighed.into):
        own = 1 if state == 0 else 0
        for source, number, _ in arcs:
            own |= sets[source] << number
        sets.append(own & ((1 << sizes[state]) - 1))
    bits = [own.to_bytes(own.bit_length() // 8 + 1, "little") for own in sets]
    limits = [_Other(paths, own, most, axis.numbers, sizes) for own, most in others.items()]
    left = sets[-1]
    while left:
        sum_ = left.bit_length() - 1
        left ^= 1 << sum_
        if all(own.leaves(len(sets) - 1, sum_, 0) for own in limits):
            for path in _paths(paths, axis.numbers, bits, sum_, limits):
                yield path, axis.cost(sum_)


class _Other:
    """A limit of another metric: what a path costs at least by it on its way to each sum."""

    def __init__(
        self,
        paths: Live,
        place: int,
        limit: int,
        numbers: Sequence[Sequence[int]],
        sizes: Sequence[int],
    ) -> None:
        self.place = place
        self.limit = limit
        self._least = potentials(paths, place)
        self._tables: list[Any] = []
        """The least cost by sum; none where that is too much to keep."""
        if sum(sizes) <= MAX_CELLS and limit < UNREACHED:
            self._tables = list(_least_by_sum(paths, place, numbers, sizes))

    def leaves(self, state: int, sum_: int, behind: int) -> bool:
        """Whether a path to a state with a sum may be within the limit; behind: what follows."""
        least = self._tables[state][sum_] if self._tables else self._least[state]
        return bool(least + behind <= self.limit)


def _least_by_sum(
    paths: Live, place: int, numbers: Sequence[Sequence[int]], sizes: Sequence[int]
) -> Iterator[Any]:
    """The least cost by a metric of the paths to each state, for each of their sums."""
    import numpy as np

    tables: list[Any] = []
    for state, edges in enumerate(paths.into):
        own = np.full(sizes[state], UNREACHED, dtype=np.int64)
        if state == 0:
            own[:1] = 0
        for edge, number in zip(edges, numbers[state], strict=True):
            target = own[number:]
            before = tables[edge.source][: len(target)]
            target = target[: len(before)]
            np.minimum(target, before + min(edge.costs[place], UNREACHED), out=target)
        np.minimum(own, UNREACHED, out=own)
        tables.append(own)
        yield own


def _paths(
    paths: Live,
    numbers: Sequence[Sequence[int]],
    bits: list[bytes],
    sum_: int,
    limits: Sequence[_Other],
) -> Iterator[tuple[Edge, ...]]:
    """All paths of one sum that are within further limits, backwards through the sets."""
    start = (0,) * len(limits)
    waiting: list[tuple[int, int, tuple[int, ...], tuple[Edge, ...]]] = [
        (len(bits) - 1, sum_, start, ())
    ]
    followed = 0
    while waiting:
        state, left, costs, path = waiting.pop()
        followed += 1
        if followed > MAX_FOLLOWED:
            raise TooManyError(
                f"more than {MAX_FOLLOWED:,} partial networks of the largest size may be within "
                "the other limits",
                hint="--sample draws networks within all limits",
            )
        if state == 0:
            if left == 0:
                yield path
            continue
        for edge, number in zip(reversed(paths.into[state]), reversed(numbers[state]), strict=True):
            before = left - number
            if before >= 0 and _has(bits[edge.source], before):
                new = tuple(
                    cost + edge.costs[own.place] for cost, own in zip(costs, limits, strict=True)
                )
                if all(
                    own.leaves(edge.source, before, cost)
                    for cost, own in zip(new, limits, strict=True)
                ):
                    waiting.append((edge.source, before, new, (edge, *path)))


def _has(bits: bytes, place: int) -> bool:
    return place // 8 < len(bits) and bool(bits[place // 8] >> place % 8 & 1)
