"""Networks one after another, those that lose least first: a best-first search.

A partial network waits with the least that it may still lose within the limits; the one with the
least is followed first, and of equal ones the one that has come furthest.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from math import ceil
from typing import Any, TypeAlias

from costcalc.spaces.draws import TooManyError
from costcalc.spaces.search.prices import Problem, best_bound

MAX_WAITING = 300_000
"""Partial networks that wait to be followed."""
Link: TypeAlias = "tuple[int, Any] | None"
"""The last edge of a path, and the link before it."""


def one_by_one(problem: Problem) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield all paths within the limits, with what they lose. Raises TooManyError."""
    if min(problem.limits, default=0) < 0:
        return
    levels, limits = problem.levels, problem.limits
    bound = best_bound(problem)
    rest = bound.rest.tolist()
    spare = bound.allowed + bound.error
    added = list(zip(problem.loss.tolist(), *(own.tolist() for own in problem.costs), strict=True))
    charged, targets = bound.charged.tolist(), levels.target.tolist()
    order = count()
    zero = (0,) * (1 + len(limits))
    waiting: list[tuple[int, int, int, float, tuple[int, ...], Link]] = [(0, 0, 0, 0.0, zero, None)]
    while waiting:
        _, ahead, _, paid, sums, link = heappop(waiting)
        if -ahead == levels.states - 1:
            yield sums[0], _path(link)
            continue
        for edge in levels.out(-ahead):
            new = tuple(map(int.__add__, sums, added[edge]))
            if any(own > most for own, most in zip(new[1:], limits, strict=True)):
                continue
            target, now = targets[edge], paid + charged[edge]
            least = max(new[0], ceil(now + rest[target] - spare))
            heappush(waiting, (least, -target, next(order), now, new, (edge, link)))
        if len(waiting) > MAX_WAITING:
            raise TooManyError(
                f"more than {MAX_WAITING:,} partial networks may still be among the best",
                hint="tighter limits, or draw samples: --sample",
            )


def _path(link: Link) -> tuple[int, ...]:
    path: list[int] = []
    while link is not None:
        edge, link = link
        path.append(edge)
    return tuple(reversed(path))
