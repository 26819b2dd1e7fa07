"""Each rule of a trace's steps: its ways to be interpreted agree, on random operands."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from support.drawn_formulas import COMPARED, integers, naturals, numbers, quick
from support.traced_numbers import numbers_of, over, served_at

from costcalc.numeric.breaks import Breaks
from costcalc.numeric.exact import divisible, whole
from costcalc.numeric.rules import COMPARISONS, INVERTED, RULES
from costcalc.numeric.trace import Knob, Predicate, Trace
from costcalc.numeric.traced import atom_of, knobs_of, polynomial_of
from costcalc.numeric.work import UNLIMITED

small = st.fractions(-6, 6, max_denominator=6).map(whole)
above = st.fractions(Fraction(1, 6), 6, max_denominator=6).map(whole)
OPERANDS: dict[str, Callable[[Any, Any], Any]] = {
    # Of any number, and of a divisor.
    "floor": lambda n, d: st.tuples(n, d.filter(bool)),
    "ceil": lambda n, d: st.tuples(n, d.filter(bool)),
    "mod": lambda n, d: st.tuples(n, d.filter(bool)),
    "quotient": lambda n, d: st.tuples(n, d.filter(bool)),
    "divisible": lambda n, d: st.tuples(n, d.filter(lambda value: value > 0)),
    "min": lambda n, d: st.lists(n, min_size=1, max_size=4).map(tuple),
    "max": lambda n, d: st.lists(n, min_size=1, max_size=4).map(tuple),
    "bracket": lambda n, d: st.tuples(st.booleans()),
    "select": lambda n, d: st.tuples(st.booleans(), n, n),
    "name": lambda n, d: st.tuples(n),
    "settled": lambda n, d: st.tuples(n, n, n),
    "whole": lambda n, d: st.tuples(n.map(lambda value: value // 1)),
}
DIVIDING = ("floor", "ceil", "mod", "quotient", "divisible")
each_rule = pytest.mark.parametrize("name", RULES)


def test_every_rule_is_tested() -> None:
    assert set(OPERANDS) == set(RULES)
    assert COMPARISONS == COMPARED
    for name, inverted in INVERTED.items():
        for left, right in ((1, 2), (2, 2), (3, 2)):
            assert COMPARISONS[name](left, right) is not COMPARISONS[inverted](left, right)


@pytest.mark.parametrize(
    ("name", "operands", "value"),
    [
        ("floor", (-7, 2), -4),
        ("floor", (7, -2), -4),
        ("floor", (Fraction(-7, 2), Fraction(-1, 3)), 10),
        ("ceil", (-7, 2), -3),
        ("ceil", (7, -2), -3),
        ("ceil", (Fraction(7, 2), Fraction(1, 3)), 11),
        ("mod", (-7, 2), 1),
        ("mod", (7, -2), -1),
        ("mod", (Fraction(7, 2), Fraction(1, 3)), Fraction(1, 6)),
        ("quotient", (7, -2), Fraction(-7, 2)),
        ("divisible", (18, 8), 24),
        ("divisible", (5, Fraction(3, 2)), Fraction(9, 2)),
        ("min", (3, Fraction(1, 2), 1), Fraction(1, 2)),
        ("max", (3, Fraction(1, 2), 1), 3),
        ("bracket", (True,), 1),
        ("bracket", (False,), 0),
        ("select", (True, 3, 4), 3),
        ("select", (False, 3, 4), 4),
        ("name", (5,), 5),
        ("settled", (5, 6, 7), 5),
        ("whole", (5,), 5),
    ],
)
def test_what_a_rule_means(name: str, operands: Any, value: Any) -> None:
    assert RULES[name].exact(*operands) == value


# Arrays


def ratio(values: list[Any], kind: Any) -> Any:
    """Numerators and denominators, which are the int 1 where all are whole."""
    num = np.array([value.numerator for value in values], dtype=kind)
    if all(value.denominator == 1 for value in values):
        return num, 1
    return num, np.array([value.denominator for value in values], dtype=kind)


def by_arrays(name: str, rows: list[Any], kind: Any) -> list[Fraction]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    operands = [
        np.array(column) if type(column[0]) is bool else ratio(column, kind) for column in columns
    ]
    num, den = RULES[name].arrays(np, *operands)
    nums = np.broadcast_to(num, len(rows)).tolist()
    dens = np.broadcast_to(den, len(rows)).tolist()
    assert all(below > 0 for below in dens)
    return [Fraction(over, under) for over, under in zip(nums, dens, strict=True)]


@each_rule
@quick
@given(data=st.data())
def test_arrays_are_the_rule_element_by_element(name: str, data: st.DataObject) -> None:
    of: Any = data.draw(st.sampled_from([small, st.integers(-9, 9), numbers, integers]))
    one = OPERANDS[name](of, of)
    rows = data.draw(st.lists(one, min_size=1, max_size=6))
    rows = [row for row in rows if len(row) == len(rows[0])]
    kinds = [object] if of in (numbers, integers) else [object, np.int64]
    for kind in kinds:
        assert by_arrays(name, rows, kind) == [RULES[name].exact(*row) for row in rows]


@pytest.mark.parametrize("name", DIVIDING)
@quick
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4), st.data())
@example(rows=[(7, 2), (7, 0)], data=None)
@example(rows=[(2**63 - 1, 1), (2**62, -1), (-(2**62), 1), (1, 0)], data=None)
def test_a_step_over_a_grid_is_the_rule_where_the_divisor_may_divide(
    name: str, rows: Any, data: Any
) -> None:
    """Divisors of 0 spoil nothing: a guard leaves their places out."""
    fine = [row for row in rows if (row[1] > 0 if name == "divisible" else row[1])]
    assume(fine)
    trace, (n, d) = numbers_of((0, fine[0][1]))
    tests = {"divisible": (">", 0), "floor": ("!=", 0)}
    operation, zero = tests.get(name, tests["floor"])
    trace.guard(Predicate(operation, (d.polynomial, polynomial_of(zero))), True)
    trace.define(name, [n.polynomial, d.polynomial], 0)
    for over_, under in rows:
        assert served_at(trace, [[over_], [under]]) == [(over_, under) in fine]
    tops = sorted({row[0] for row in fine})
    unders = sorted({row[1] for row in fine})
    scale = 1
    for top in tops:
        for under in unders:
            scale *= Fraction(RULES[name].exact(top, under)).denominator
    found = over(trace, [tops, unders], atom_of(trace, 2) * scale)
    expected = [[RULES[name].exact(top, under) * scale for under in unders] for top in tops]
    assert found.tolist() == expected


# What is known of a step


@st.composite
def known(draw: Any, value: Any) -> Any:
    """A bound below a number, as a trace may know it."""
    slack = draw(st.sampled_from([0, 0, Fraction(1, 2), 1, 3]) | above)
    if draw(st.integers(0, 4)) == 0:
        return None
    return value - slack, slack > 0 and draw(st.booleans())


@each_rule
@quick
@given(data=st.data())
def test_no_step_is_below_its_bound(name: str, data: st.DataObject) -> None:
    operands = data.draw(OPERANDS[name](small, above | small))
    parts = [value for value in operands if type(value) is not bool]
    constants = [value if data.draw(st.booleans()) else None for value in parts]
    lows = [
        data.draw(known(value)) if constant is None else (constant, False)
        for value, constant in zip(parts, constants, strict=True)
    ]
    low = RULES[name].lowest(lows, constants)
    if low is not None:
        bound, is_strict = low
        value = RULES[name].exact(*operands)
        assert value > bound if is_strict else value >= bound, (lows, constants)


def test_bounds_are_as_tight_as_they_are_useful() -> None:
    """What the networks of configs/ need, so that few of their conditions need a guard."""
    one, half = (1, False), (Fraction(1, 2), False)
    positive = (0, True)
    for name, lows, constants, low in (
        ("floor", [(7, False), (2, False)], [None, 2], (3, False)),
        ("floor", [positive, one], [None, None], (0, False)),
        ("ceil", [positive, one], [None, None], (1, False)),
        ("ceil", [(4, True), (2, False)], [None, 2], (3, False)),
        ("ceil", [(4, False), (2, False)], [None, 2], (2, False)),
        ("quotient", [one, positive], [None, None], positive),
        ("quotient", [(0, False), one], [None, None], (0, False)),
        ("divisible", [None, (8, False)], [None, 8], (8, False)),
        ("max", [None, one], [None, 1], one),
        ("max", [positive, half], [None, None], half),
        ("min", [positive, one], [None, 1], positive),
        ("min", [None, one], [None, 1], None),
        ("select", [one, half], [1, None], half),
        ("mod", [None, positive], [None, None], (0, False)),
    ):
        assert RULES[name].lowest(lows, constants) == low, name


@each_rule
@quick
@given(data=st.data())
def test_what_is_said_to_be_whole_is_whole(name: str, data: st.DataObject) -> None:
    whole_numbers = st.integers(-9, 9)
    of = data.draw(st.sampled_from([small, whole_numbers]))
    by = data.draw(st.sampled_from([small, whole_numbers]))
    operands = data.draw(OPERANDS[name](of, by))
    rule, value = RULES[name], RULES[name].exact(*operands)
    parts = [part for part in operands if type(part) is not bool]
    knobs = {f"k{n}": Knob(part, isinstance(part, int), None) for n, part in enumerate(parts)}
    trace = Trace(knobs)
    forms: list[Any] = [number.polynomial for number in knobs_of(trace).values()]
    test = Predicate("whole", (polynomial_of(1),))
    tests = [test for part in operands if type(part) is bool]
    atom = trace.define(name, [*tests, *forms], value)
    if trace.wholes[atom]:
        assert type(whole(value)) is int
    if rule.is_whole or (rule.keeps_whole and all(isinstance(part, int) for part in parts)):
        assert trace.wholes[atom]


@quick
@given(st.lists(numbers | naturals, min_size=1, max_size=4), above)
@example([Fraction(17, 2), Fraction(33, 2)], Fraction(3, 2))
def test_multiples_of_what_is_not_whole(values: list[Any], divisor: Any) -> None:
    trace, (n,) = numbers_of((values[0],), [values])
    multiple = divisible(n, divisor)
    assert trace.wholes[-1] is isinstance(divisor, int)
    found = over(trace, [values], multiple * Fraction(divisor).denominator)
    expected = [divisible(value, divisor) * Fraction(divisor).denominator for value in values]
    assert found.tolist() == expected


def test_what_a_guard_says_is_whole_does_not_change_between_whole_numbers() -> None:
    """A product of two numbers that change has no breakpoints that can be listed; this one has."""
    trace = Trace({"x": Knob(Fraction(3), False, 0)})
    (x,) = knobs_of(trace).values()
    size = (x / 2 + Fraction(1, 2)).whole()
    square = size * size // 3
    assert trace.at(polynomial_of(square)) == 1
    assert [step.operation for step in trace.steps] == ["whole", "floor"]
    assert Breaks(trace, "x", {}, 100, UNLIMITED).between(0, 6) == [1, 3, 5]


# Growth
