"""Params that are drawn behind the items that read them, because those costs alone depend on them.

An edge of a NAS-Bench-201 cell makes the same map whichever operation it is: what comes behind need
not know. So an item whose maps are alike for all settings of the params that it reads adds a table,
what it costs for each of them. Params that items read together share a table. Six edges of five
operations are six tables of 5 costs then, and not 15,625 states.

Settings that make other maps, or no network, lead to states of their own, each with a table of
these settings alone. So an operation that fits nowhere leaves the tables of the others as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from costcalc.language.values import Choice
from costcalc.spaces.units import Costs

MAX_TOGETHER = 5_000
"""Settings of the params of one table."""


class Table(NamedTuple):
    """What is to be added for each setting of some choices, in the order of `product`."""

    choices: tuple[Choice, ...]
    costs: tuple[Costs | None, ...]
    """None of a setting that does not lead here."""

    @property
    def is_partial(self) -> bool:
        """Whether some settings do not lead here."""
        return None in self.costs

    def of(self, options: Mapping[Choice, int]) -> Costs | None:
        place = 0
        for choice in self.choices:
            place = place * len(choice.options) + options[choice]
        return self.costs[place]

    def rows(self) -> Iterator[tuple[dict[Choice, int], Costs]]:
        for options, costs in zip(settings(self.choices), self.costs, strict=True):
            if costs is not None:
                yield options, costs


def size(choices: Collection[Choice]) -> int:
    """How many settings choices have."""
    return prod(len(choice.options) for choice in choices)


def settings(choices: Sequence[Choice]) -> Iterator[dict[Choice, int]]:
    """All settings of choices: the number of an option for each."""
    for options in product(*(range(len(choice.options)) for choice in choices)):
        yield dict(zip(choices, options, strict=True))


def without_costs(tables: Iterable[Table]) -> frozenset[Table]:
    """Which settings lead here, where costs do not matter any more."""
    return frozenset(
        own._replace(costs=tuple(costs and (0,) * len(costs) for costs in own.costs))
        for own in tables
        if own.is_partial
    )


def split(table: Table, summed: Sequence[bool]) -> tuple[Costs, Table]:
    """What all settings cost at least, and a table of the rest.

    Of a maximum, the rest is the cost itself where it is larger. So paths that differ in what all
    settings cost have the same tables.
    """
    known = [costs for costs in table.costs if costs is not None]
    least = tuple(map(min, zip(*known, strict=True)))
    rest = tuple(_above(costs, least, summed) for costs in table.costs)
    return least, table._replace(costs=rest)


def _above(costs: Costs | None, least: Costs, summed: Sequence[bool]) -> Costs | None:
    if costs is None:
        return None
    return tuple(
        own - low if is_summed else own * (own > low)
        for own, low, is_summed in zip(costs, least, summed, strict=True)
    )


def allowed(tables: Collection[Table], choices: Sequence[Choice]) -> Iterator[dict[Choice, int]]:
    """The settings of choices that tables have."""
    partial = [own for own in tables if own.is_partial and not set(own.choices).isdisjoint(choices)]
    places = [[choice for choice in own.choices if choice in choices] for own in partial]
    seen = [
        {tuple(options[choice] for choice in own) for options, _ in table.rows()}
        for table, own in zip(partial, places, strict=True)
    ]
    for options in settings(choices):
        pairs = zip(places, seen, strict=True)
        if all(tuple(options[choice] for choice in own) in known for own, known in pairs):
            yield options


def added(
    tables: frozenset[Table], new: Table, order: Sequence[Choice], summed: Sequence[bool]
) -> frozenset[Table] | None:
    """Add a table to others, together with those that it shares choices with; None if too large.

    order: all choices, in the order of the file.
    """
    near = [own for own in tables if not set(own.choices).isdisjoint(new.choices)]
    together = {choice for own in (*near, new) for choice in own.choices}
    choices = tuple(choice for choice in order if choice in together)
    if size(choices) > MAX_TOGETHER:
        return None
    costs = (
        _together([own.of(options) for own in (*near, new)], summed)
        for options in settings(choices)
    )
    return tables - set(near) | {Table(choices, tuple(costs))}


def _together(costs: Sequence[Costs | None], summed: Sequence[bool]) -> Costs | None:
    """What tables cost for one setting; None if one of them does not have it."""
    known = [own for own in costs if own is not None]
    if len(known) < len(costs):
        return None
    pairs = zip(zip(*known, strict=True), summed, strict=True)
    return tuple((sum if is_summed else max)(own) for own, is_summed in pairs)
