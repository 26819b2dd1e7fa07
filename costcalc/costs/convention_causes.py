"""Why two conventions count a network differently."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.costs.convention_counts import Counting
from costcalc.numeric.exact import Number


def causes(one: Counting, other: Counting) -> Iterator[tuple[str, str, str, Number]]:
    """Why two conventions differ: layer types, what each counts of them, and by how much.

    The differences add up to that of the totals, exactly.
    """
    theirs = other.by_type()
    for type_, mine in one.by_type().items():
        if mine != theirs[type_]:
            yield (
                type_,
                one.rules_text(type_, one.count_rule),
                other.rules_text(type_, other.count_rule),
                theirs[type_] - mine,
            )


def params_causes(one: Counting, other: Counting) -> Iterator[tuple[str, str, str, Number]]:
    """Why the params of two conventions differ, likewise."""
    theirs = other.params_by_type()
    for type_, mine in one.params_by_type().items():
        if mine != theirs[type_]:
            yield (
                type_,
                one.rules_text(type_, one.params_rule),
                other.rules_text(type_, other.params_rule),
                theirs[type_] - mine,
            )
