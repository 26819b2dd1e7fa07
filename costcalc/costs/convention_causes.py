"""Why two conventions count a network differently."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.costs.convention_counts import Counting, rule_text
from costcalc.numeric.exact import Number


def causes(one: Counting, other: Counting) -> Iterator[tuple[str, str, str, Number]]:
    """Why two conventions differ: layer types, what each counts of them, and by how much.

    The differences add up to that of the totals, exactly.
    """
    sides = one.by_type(), other.by_type()
    for type_, mine in sides[0].items():
        theirs = sides[1][type_]
        if mine != theirs:
            yield type_, one.rules_text(type_), other.rules_text(type_), theirs - mine


def params_causes(one: Counting, other: Counting) -> Iterator[tuple[str, str, str, Number]]:
    """Why the params of two conventions differ, likewise."""
    sides = one.params_by_type(), other.params_by_type()
    for type_, mine in sides[0].items():
        theirs = sides[1][type_]
        if mine != theirs:
            texts = [
                rule_text(own.convention.params[type_])
                if type_ in own.convention.params
                else "params"
                for own in (one, other)
            ]
            yield type_, *texts, theirs - mine
