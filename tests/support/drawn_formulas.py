"""Formulas to draw: trees of operators, functions and choices over the numbers of some knobs."""

import math
import operator
from fractions import Fraction
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from support.rounding import make_divisible

from costcalc.language.operators import decided
from costcalc.numeric import exact

quick = settings(
    max_examples=40,
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)

# Numbers of every size: what an int64 holds, and a float, ends within.

LARGEST = 2**63 - 1
EDGES = [2**31, 2**53 - 1, 2**53, 2**53 + 1, 2**62, LARGEST, 2**63, 10**18 + 9, 10**30 + 7]
naturals = st.integers(1, 9) | st.integers(1, 2000) | st.sampled_from(EDGES)
integers = st.integers(-3, 3) | naturals | naturals.map(operator.neg)
fractions = st.fractions(-4, 4, max_denominator=12) | st.builds(Fraction, integers, naturals)
numbers = integers | fractions.map(exact.whole)


@st.composite
def axes(draw: Any, of: Any = numbers, most: int = 3) -> list[list[Any]]:
    """The values along 1 to 3 axes."""
    count = draw(st.integers(1, most))
    return [draw(st.lists(of, min_size=1, max_size=4)) for _ in range(count)]


def divided(left: Any, right: Any) -> Any:
    """As the network language divides: ints make a fraction."""
    return Fraction(left, right) if type(left) is type(right) is int else left / right


BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divided,
    "//": operator.floordiv,
    "%": operator.mod,
}
COMPARED = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
OURS = {
    "neg": operator.neg,
    "floor": exact.floor,
    "ceil": exact.ceil,
    "nearest": exact.nearest_integer,
    "divisible": exact.divisible,
    "divisible by 3": lambda value: exact.divisible(value, 3),
    "divisible by 3/2": lambda value: exact.divisible(value, Fraction(3, 2)),
    "is positive": exact.is_positive,
    "min": exact.minimum,
    "max": exact.maximum,
    "ceil_div": exact.ceil_div,
    **BINARY,
}
PLAIN = {
    "neg": operator.neg,
    "floor": math.floor,
    "ceil": math.ceil,
    "nearest": lambda value: math.floor(value + Fraction(1, 2)),
    "divisible": lambda value: make_divisible(Fraction(value), 8),
    "divisible by 3": lambda value: make_divisible(Fraction(value), 3),
    # Of twice a number by twice a divisor it is twice as much.
    "divisible by 3/2": lambda value: Fraction(make_divisible(Fraction(2 * value), 3), 2),
    "is positive": lambda value: int(value > 0),
    "min": min,
    "max": max,
    "ceil_div": lambda left, right: math.ceil(divided(left, right)),
    **BINARY,
}
ONE_OPERAND = [
    *("neg", "floor", "ceil", "nearest", "is positive"),
    *("divisible", "divisible by 3", "divisible by 3/2"),
]
TWO_OPERANDS = [*BINARY, *"+-***", "min", "max", "ceil_div"]


@st.composite
def formulas(draw: Any, count: int, depth: int = 3) -> Any:
    kind = draw(st.integers(0, 9)) if depth else 0
    if kind <= 1:
        return draw(st.integers(0, count - 1)) if draw(st.integers(0, 3)) else (draw(numbers),)
    deeper = formulas(count, depth - 1)
    if kind == 2:
        return (draw(st.sampled_from(ONE_OPERAND)), draw(deeper))
    if kind == 3:
        return (draw(st.sampled_from(["min", "max"])), draw(deeper), draw(deeper), draw(deeper))
    if kind == 4:
        test = (draw(st.sampled_from(list(COMPARED))), draw(deeper), draw(deeper))
        return ("if", test, draw(deeper), draw(deeper))
    return (draw(st.sampled_from(TWO_OPERANDS)), draw(deeper), draw(deeper))


def evaluate(formula: Any, values: Any, functions: Any) -> Any:
    """The formula of some values, with OURS or PLAIN functions."""
    if isinstance(formula, int):
        return values[formula]
    if len(formula) == 1:
        return formula[0]
    name, *operands = formula
    if name != "if":
        return functions[name](*(evaluate(operand, values, functions) for operand in operands))
    (relation, *sides), then, otherwise = operands
    left, right = (evaluate(side, values, functions) for side in sides)
    outcome = decided(COMPARED[relation](left, right))
    if isinstance(outcome, bool):
        return evaluate(then if outcome else otherwise, values, functions)
    return outcome.select(evaluate(then, values, functions), evaluate(otherwise, values, functions))
