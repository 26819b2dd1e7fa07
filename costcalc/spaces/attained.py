"""The largest sums within a limit that networks of a space attain, exactly.

A set of sums is the bits of one integer: adding a number shifts it, and two sets join by `|`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from costcalc.spaces.draws import TooManyError
from costcalc.spaces.paths import Edge
from costcalc.spaces.weights import Live, excess, potentials, weigh

MAX_BITS = 8 * 300 * 2**20
"""Of all sets together."""
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
    limits = [(own, limit, potentials(paths, own)) for own, limit in others.items()]
    left = sets[-1]
    while left:
        sum_ = left.bit_length() - 1
        left ^= 1 << sum_
        for path in _paths(paths, axis.numbers, bits, sum_, limits):
            yield path, axis.cost(sum_)


def _paths(
    paths: Live,
    numbers: Sequence[Sequence[int]],
    bits: list[bytes],
    sum_: int,
    limits: Sequence[tuple[int, int, list[int]]],
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
                    own + edge.costs[place]
                    for own, (place, _, _) in zip(costs, limits, strict=True)
                )
                if all(
                    own + least[edge.source] <= limit
                    for own, (_, limit, least) in zip(new, limits, strict=True)
                ):
                    waiting.append((edge.source, before, new, (edge, *path)))


def _has(bits: bytes, place: int) -> bool:
    return place // 8 < len(bits) and bool(bits[place // 8] >> place % 8 & 1)
