"""How many networks of a space are within limits: exactly, or between proven bounds."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from costcalc.spaces.limits import Box, Limits, boxes, is_sum, within_maxima
from costcalc.spaces.paths import PathGraph
from costcalc.spaces.tables import tables
from costcalc.spaces.tables.buckets import Buckets
from costcalc.spaces.weights import (
    Excess,
    Live,
    Weighed,
    excess,
    largest_sum,
    number_of,
    potentials,
    rounded,
    weigh,
)

BUCKETS = 1 << 20, 1 << 16, 1 << 12
"""Of a metric whose sums are too many: as many as may be."""
MAX_ENTRIES = 1_000_000
"""Sums of several metrics in dictionaries."""


class Counted(NamedTuple):
    """A number of networks: exact, or from a bound to another."""

    least: int
    most: int

    @property
    def is_exact(self) -> bool:
        return self.least == self.most


def count_within(graph: PathGraph, limits: Limits) -> Counted:
    """Count the networks within limits."""
    least = most = 0
    for box in boxes(graph, limits):
        own = _count(box)
        added = (own.least, own.most) if box.sign > 0 else (-own.most, -own.least)
        least, most = least + added[0], most + added[1]
    return Counted(max(0, least), max(0, most))


def chance_within(graph: PathGraph, limits: Limits) -> tuple[Fraction, Fraction] | None:
    """Bound the probability of being within limits where each choice is drawn by itself."""
    names = [name for name in limits.most if is_sum(name)]
    if limits.least or len(names) != 1:
        return None
    from costcalc.spaces.tables.histogram import Histograms

    paths, place = within_maxima(graph, limits.most), graph.place(names[0])
    most = limits.most[names[0]]
    if len(limits.most) == 1 and largest_sum(paths, place) <= most:
        return Fraction(1), Fraction(1)
    if not any(paths.into) or most < potentials(paths, place)[-1]:
        return Fraction(0), Fraction(0)
    made = Histograms(paths, place, most, by_chance=True)
    up, down = made.rounded(up=True), made.rounded(up=False)
    whole = up.total
    if len(limits.most) > 1:
        whole = Buckets(within_maxima(graph, {}), [], [], by_chance=True).total
    return Fraction(sum(up.weights) / whole), Fraction(sum(down.weights) / whole)


def _count(box: Box) -> Counted:
    """Count a box by the cheapest tables that do."""
    paths, most = box.paths, dict(box.most)
    axes = {place: excess(paths, place) for place in most}
    everything = number_of(paths)
    for place, axis in axes.items():
        if axis.steps_within(most[place]) < 0:
            return Counted(0, 0)
    weighed = {place: weigh(paths, axis.numbers) for place, axis in axes.items()}
    for place, own in weighed.items():
        if own.most[own.end] <= axes[place].steps_within(most[place]):
            del most[place]  # it leaves nothing out
    if not most or not everything:
        return Counted(everything, everything)
    if len(most) == 1:
        ((place, limit),) = most.items()
        return _one(paths, axes[place], weighed[place], limit)
    exact = _by_dictionaries(paths, {place: axes[place] for place in most}, most)
    if exact is not None:
        return Counted(exact, exact)
    upper = Buckets(paths, list(most), list(most.values()))
    lower = Buckets(paths, list(most), list(most.values()), up=True)
    return Counted(lower.total, upper.total)


def _one(paths: Live, axis: Excess, weighed: Weighed, limit: int) -> Counted:
    steps = axis.steps_within(limit)
    plan = tables.plan(weighed, steps)
    if tables.is_countable(plan):
        found = tables.count(weighed, steps, plan)
        return Counted(found, found)
    width = -(-(steps + 1) // next(filter(partial(_fits, plan, steps), BUCKETS), BUCKETS[-1]))
    down, up = (weigh(paths, rounded(axis.numbers, width, up=up)) for up in (False, True))
    return Counted(tables.count(up, steps // width), tables.count(down, steps // width))


def _fits(plan: tables.Plan, steps: int, buckets: int) -> bool:
    """Whether tables of so many buckets are small enough, by those of all sums."""
    part = Fraction(min(buckets, steps + 1), steps + 1)
    fewer = plan._replace(additions=int(plan.additions * part), bytes=int(plan.bytes * part))
    return tables.is_countable(fewer)


def _by_dictionaries(
    paths: Live, axes: Mapping[int, Excess], most: Mapping[int, int]
) -> int | None:
    """Count by all sums of several metrics that occur; None where they are too many."""
    limits = tuple(axes[place].steps_within(own) for place, own in most.items())
    numbers = [axes[place].numbers for place in most]
    found: list[dict[tuple[int, ...], int]] = [{} for _ in paths.into]
    found[0] = {(0,) * len(limits): 1}
    left = MAX_ENTRIES
    for state, edges in enumerate(paths.into):
        own = found[state]
        for place, edge in enumerate(edges):
            added = [metric[state][place] for metric in numbers]
            before = found[edge.source]
            left -= len(before)
            if left < 0:
                return None
            for sums, many in before.items():
                key = tuple(map(int.__add__, sums, added))
                if all(map(int.__le__, key, limits)):
                    own[key] = own.get(key, 0) + many
    return sum(found[-1].values())
