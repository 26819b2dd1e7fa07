"""Params that are drawn behind the items that read them, because those costs alone depend on them.

An edge of a NAS-Bench-201 cell makes the same map whichever operation it is: what comes behind need
not know. So an item whose maps are alike for all settings of the params that it reads adds a table,
what it costs for each of them. Params that items read together share a table. Six edges of five
operations are six tables of 5 costs then, and not 15,625 states.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
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
    costs: tuple[Costs, ...]

    def of(self, options: Mapping[Choice, int]) -> Costs:
        place = 0
        for choice in self.choices:
            place = place * len(choice.options) + options[choice]
        return self.costs[place]

    def rows(self) -> Iterator[tuple[dict[Choice, int], Costs]]:
        return zip(settings(self.choices), self.costs, strict=True)


def size(choices: Collection[Choice]) -> int:
    """How many settings choices have."""
    return prod(len(choice.options) for choice in choices)


def settings(choices: Sequence[Choice]) -> Iterator[dict[Choice, int]]:
    """All settings of choices: the number of an option for each."""
    for options in product(*(range(len(choice.options)) for choice in choices)):
        yield dict(zip(choices, options, strict=True))


def split(table: Table, summed: Sequence[bool]) -> tuple[Costs, Table | None]:
    """What all settings cost at least, and a table of the rest; None where there is no rest.

    Of a maximum, the rest is the cost itself where it is larger. So paths that differ in what all
    settings cost have the same tables.
    """
    least = tuple(map(min, zip(*table.costs, strict=True)))
    rest = tuple(
        tuple(
            own - low if is_summed else own * (own > low)
            for own, low, is_summed in zip(costs, least, summed, strict=True)
        )
        for costs in table.costs
    )
    return least, table._replace(costs=rest) if any(map(any, rest)) else None


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
    costs = []
    for options in settings(choices):
        columns = zip(*(own.of(options) for own in (*near, new)), strict=True)
        pairs = zip(columns, summed, strict=True)
        costs.append(tuple((sum if is_summed else max)(own) for own, is_summed in pairs))
    return tables - set(near) | {Table(choices, tuple(costs))}
