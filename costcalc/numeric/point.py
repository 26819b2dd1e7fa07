"""A trace carried out in plain numbers: each step in its order, at given values of the knobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from costcalc.numeric.base import COMPARISONS
from costcalc.numeric.exact import Number, ceil_div, divisible, whole
from costcalc.numeric.traced import (
    BRACKET,
    CEIL,
    DIVISIBLE,
    FLOOR,
    MAX,
    MIN,
    MOD,
    NAME,
    QUOTIENT,
    SELECT,
    Definition,
    OpenCondition,
)

RULES: dict[str, Callable[..., Number]] = {
    FLOOR: lambda a, b: a // b,
    CEIL: ceil_div,
    MOD: lambda a, b: a % b,
    QUOTIENT: lambda a, b: Fraction(a) / b,
    MIN: min,
    MAX: max,
    SELECT: lambda condition, then, otherwise: then if condition else otherwise,
    BRACKET: int,
    NAME: lambda value: value,
    DIVISIBLE: divisible,
}


def carry_out(definitions: Iterable[Definition], knobs: Mapping[str, Number]) -> dict[str, Number]:
    """The knobs with the numbers that the definitions make of them, by name."""
    numbers = dict(knobs)
    for definition in definitions:
        operands = (value_of(operand, numbers) for operand in definition.operands)
        numbers[definition.name] = whole(RULES[definition.operation](*operands))
    return numbers


def value_of(operand: Any, numbers: Mapping[str, Number]) -> Any:
    """A polynomial's number, or whether a condition holds."""
    if not isinstance(operand, OpenCondition):
        return operand.at(numbers)
    parts = [value_of(part, numbers) for part in operand.operands]
    if operand.operation in COMPARISONS:
        return COMPARISONS[operand.operation](*parts)
    if operand.operation == "not":
        return not parts[0]
    return all(parts) if operand.operation == "and" else any(parts)
