"""Formulas over traced numbers, at points and over grids, against ints and fractions at each."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.drawn_formulas import (
    BINARY,
    COMPARED,
    ONE_OPERAND,
    OURS,
    PLAIN,
    axes,
    evaluate,
    formulas,
    integers,
    numbers,
    quick,
)
from support.traced_numbers import check, numbers_of, over, plainly, restarts, served_at

from costcalc.errors import CostcalcError
from costcalc.language.operators import bounded
from costcalc.numeric.exact import LARGEST, UNKNOWN, divides, equal, floor, holds
from costcalc.numeric.trace import OpenTrace, Predicate, Trace
from costcalc.numeric.traced import MAX_TERMS, Traced

KINDS = [Trace, OpenTrace]


def by(formula: Any, functions: Any) -> Callable[..., Any]:
    return lambda *values: evaluate(formula, values, functions)


def check_formula(lists: Any, formula: Any) -> None:
    check(lists, by(formula, OURS), by(formula, PLAIN))


@pytest.mark.slow
@settings(quick, max_examples=400)
@given(st.data())
def test_a_formula_over_a_grid_is_the_formula_at_each_point(data: st.DataObject) -> None:
    lists = data.draw(axes())
    check_formula(lists, data.draw(formulas(len(lists))))


@pytest.mark.parametrize("name", [*BINARY, "min", "max", "ceil_div"])
@quick
@given(lists=axes(most=2), number=numbers)
def test_each_operator(name: str, lists: Any, number: Any) -> None:
    """Axis with axis, with itself, and with a number on either side."""
    last = len(lists) - 1
    for operands in ((0, last), (last, 0), (0, 0), (0, (number,)), ((number,), last)):
        check_formula(lists, (name, *operands))


@pytest.mark.parametrize("name", ONE_OPERAND)
@quick
@given(lists=axes(most=2))
def test_each_function(name: str, lists: Any) -> None:
    check_formula(lists, (name, 0))
    check_formula(lists, (name, ("/", ("*", 0, len(lists) - 1), (6,))))


@pytest.mark.parametrize("relation", COMPARED)
@quick
@given(lists=axes(most=2), number=numbers)
@example(lists=[[10**30, 10**30 + 1], [10**30]], number=10**30)
@example(lists=[[Fraction(1, 3), Fraction(1, 2)], [Fraction(2, 6)]], number=Fraction(1, 3))
def test_each_comparison_chooses(relation: str, lists: Any, number: Any) -> None:
    last = len(lists) - 1
    several = ("+", ("*", 0, last), (1,))
    for sides in ((0, last), (last, (number,)), ((number,), 0), (0, 0), (several, last)):
        check_formula(lists, ("if", (relation, *sides), 0, ("-", last, (7,))))


@quick
@given(st.data())
def test_sums_of_products_over_three_axes(data: st.DataObject) -> None:
    """What a network's cost is: terms with factors of each axis, some of several."""
    lists = data.draw(axes(integers))
    count = st.integers(0, len(lists) - 1)
    factor = count | st.tuples(st.just("+"), count, count) | st.tuples(numbers)
    total: Any = (0,)
    for _ in range(data.draw(st.integers(1, 5))):
        term = ("*", ("*", data.draw(factor), data.draw(factor)), data.draw(factor))
        total = (data.draw(st.sampled_from("+-*")), total, term)
    check_formula(lists, total)


# Cases that have gone wrong, or could


@pytest.mark.parametrize(
    ("lists", "formula"),
    [
        ([[1, 1, 1]], ("//", (7,), 0)),
        ([[1, 1]], ("%", (Fraction(7, 2),), 0)),
        ([[1, 2, 1]], ("%", (7,), 0)),
        ([[2, 3], [5, 6]], ("*", ("*", ("/", 0, (2,)), 1), (2,))),
        ([[2, 3], [5, 6]], ("*", ("/", 0, (2,)), 1)),
        ([[2, 4], [5, 6]], ("*", ("/", 0, (2,)), 1)),
        ([[2, 3], [5, 6]], ("//", ("/", ("/", 0, (10**10,)), (10**10,)), (7,))),
        ([[2, 3], [5, 6]], ("//", ("+", (10**30,), ("*", 0, 1)), (7,))),
        ([[2, 3], [5, 6]], ("//", ("/", (10**19,), ("/", 0, (3,))), (10**19,))),
        ([[10**30, 10**30 + 7]], ("-", 0, (10**30,))),
        ([[2, 9], [5, 6]], ("-", ("+", ("*", 0, 1), (10**30,)), (10**30,))),
        (
            [[10**10, 10**10 + 1], [3, 4]],
            ("*", 0, ("*", ("-", ("+", 1, (10**30,)), (10**30,)), (10**7,))),
        ),
        # 0.9 of it is enough, and no less.
        ([[Fraction(160, 9), Fraction(159, 9), Fraction(161, 9), 20]], ("divisible", 0)),
        # What is large is multiplied by 0.
        ([[10**30, 7], [3, 4]], ("*", 0, ("-", 1, 1))),
        ([[10**30, 7], [3, 4], [1, 2]], ("*", ("floor", ("*", 0, 1)), ("-", 2, 2))),
        ([[2, 3], [10**30, 7], [1, 2]], ("*", ("*", ("-", 0, 0), 1), 2)),
        ([[0, 1, -1], [0, 2]], ("//", 0, 1)),
        ([[0, 1, -1], [0, 2]], ("/", 1, ("*", 0, 1))),
        ([[-7, 7], [-2, 2]], ("%", 0, 1)),
        ([[-1, 1], [-1, 1]], ("min", 0, 1, ("*", 0, 1))),
        # What is large divides 0.
        ([[0, 0], [1, 5]], ("/", 0, (2**63,))),
        ([[0, 0], [1, 5]], ("max", ("/", 0, (2**63,)), ("/", ("*", 0, 1), (2**63,)))),
        (
            [[0, 0], [1, 5]],
            ("if", (">", ("+", 0, 1), (3,)), ("/", 0, (10**30,)), ("*", 0, (Fraction(7, 10**30),))),
        ),
        ([[0, 5], [1, 2]], ("min", ("*", 0, 1), ("+", 1, (Fraction(1, 10**30 + 7),)), 0)),
        ([[0]], ("min", 0, ("neg", ("min", (1,), 0, (Fraction(1, 10**30 + 7),))))),
        # A division that only one side of a choice does.
        ([[0, 1, 2], [5, 0]], ("if", ("==", 0, (0,)), 1, ("/", 1, 0))),
    ],
)
def test_formulas_on_the_edge(lists: Any, formula: Any) -> None:
    check_formula(lists, formula)


# Comparisons and requirements


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("relation", COMPARED)
@quick
@given(lists=axes(most=2), data=st.data())
def test_a_requirement_serves_where_it_comes_out_the_same(
    relation: str, kind: type[Trace], lists: Any, data: st.DataObject
) -> None:
    compared = COMPARED[relation]
    points = list(product(*lists))
    point = data.draw(st.sampled_from(points))
    trace, values = numbers_of(point, lists, kind)
    expected = [compared(p[0] * p[-1] + 1, p[-1]) for p in points]
    outcome = compared(values[0] * values[-1] + 1, values[-1])
    assert holds(outcome) is expected[points.index(point)]
    assert served_at(trace, lists) == [own is holds(outcome) for own in expected]


def test_what_is_known_needs_no_guard() -> None:
    trace, (n, m) = numbers_of((2, 3), [[1, 2, 3], [1, 5, 3]])
    assert ((n > 0) is True, (n + m >= 2) is True, (n * m < 1) is False) == (True, True, True)
    assert ((n > 0) is True, (n == n) is True, (n - n == 0) is True) == (True, True, True)
    assert ((n == -3) is False, (n != n + 1) is True, (n + 2 < 1) is False) == (True, True, True)
    assert not trace.guards


def test_numbers_are_compared_with_numbers_only() -> None:
    _, (x,) = numbers_of((1,), [[1, 2]])
    assert (x == "same") is False
    assert (x != None) is True  # noqa: E711
    assert (x == UNKNOWN) is True
    with pytest.raises(TypeError):
        _ = x < "same"
    with pytest.raises(TypeError):
        _ = x + 0.5
    with pytest.raises(TypeError):
        _ = x * x * 1.5


def required(*needs: Callable[..., bool]) -> Callable[..., Any]:
    """What is refused unless all this is met, and which of it was met."""

    def compute(*values: Any) -> Any:
        met = [int(need(*values)) for need in needs]
        if not met[0]:
            raise CostcalcError("refused")
        return {str(place): number * values[0] for place, number in enumerate(met)}

    return compute


@pytest.mark.slow
@quick
@given(axes(st.integers(1, 24) | st.just(10**30), 2))
@example([[2, 4], [8, 16, 20]])
@example([[10**30, 10**30 + 1], [10**30]])
def test_requirements_are_met_point_by_point(lists: Any) -> None:
    for need in (
        lambda x, *_, y: equal(x, y),
        lambda x, *_, y: equal(x * y, y * x),
        lambda x, *_, y: divides(x, y),
        lambda x, *_, y: divides(8, y),
        lambda x, *_, y: divides(y, 6),
        lambda x, *_, y: not divides(3, x),
        lambda x, *_, y: holds(x * y > 40),
    ):
        own = [lambda *v, need=need: need(v[0], y=v[-1]), lambda *v: holds(v[-1] > 4)]
        check(lists, required(*own))
        check(lists, required(*reversed(own)))


# One whole number, and whole numbers


@pytest.mark.parametrize("kind", KINDS)
@quick
@given(axes(), st.data())
def test_a_number_that_must_be_one(kind: type[Trace], lists: Any, data: st.DataObject) -> None:
    points = list(product(*lists))
    point = data.draw(st.sampled_from(points))
    for number in (lambda p: p[0], lambda p: p[0] * p[-1]):
        own = [Fraction(number(p)) for p in points]
        trace, values = numbers_of(point, lists, kind)
        here = Fraction(number(point))
        if here.denominator == 1:
            assert number(values).single() == here
            assert type(number(values).single()) is int
            assert number(values).__index__() == here
            assert served_at(trace, lists) == [value == here for value in own]
        else:
            with pytest.raises(CostcalcError, match="a whole number is needed here"):
                number(values).single()
            assert served_at(trace, lists) == [value.denominator > 1 for value in own]


@quick
@given(axes(st.integers(1, 8).map(lambda n: Fraction(n, 2))))
@example([[Fraction(1, 2), Fraction(3, 2)], [Fraction(1), Fraction(3)]])
@example([[Fraction(1, 2), Fraction(3, 2)], [2, 4]])
def test_a_field_that_must_be_whole(lists: Any) -> None:
    """`whole` is how a layer's field takes a number: None where it is no whole number."""

    def field(*values: Any) -> Any:
        number = values[0] * values[-1]
        number = number.whole() if isinstance(number, Traced) else number
        if number is None or (isinstance(number, Fraction) and number.denominator > 1):
            raise CostcalcError("not whole")
        return number

    check(lists, field)


@pytest.mark.parametrize("top", [LARGEST - 1, LARGEST, -LARGEST])
def test_values_of_more_than_100_digits_are_refused_where_they_are(top: int) -> None:
    small = [1, 2, Fraction(1, 3)]
    tops = [top, top - 1, top + 1, Fraction(1, abs(top)), 1]
    for formula in (
        lambda x, y: bounded(x * y),
        lambda x, y: bounded(y + 1) - y + x,
        lambda x, y: bounded(bounded(x * x) * y) - y,
        lambda x, y: floor(bounded(x + y)),
    ):
        check([small, tops], formula)
        check([tops, small], lambda x, y, formula=formula: formula(y, x))
    assert plainly(lambda x: bounded(x), (LARGEST,)) == "a fault"


def test_each_value_counts_whose_size_was_asked_for() -> None:
    """The first is far from 100 digits where the last has more."""
    check([[2, 10**40]], lambda x: bounded(bounded(x) * x * x))


def test_a_common_denominator_of_more_than_100_digits_is_refused() -> None:
    """No single one has half as many."""
    tops = [[1, Fraction(1, 10**35 + more)] for more in (1, 3, 7)]
    assert plainly(lambda *values: bounded(sum(values)), [top[1] for top in tops]) == "a fault"
    check(tops, lambda *values: bounded(sum(values)) * 0)


# Under conditions that stay open


@quick
@given(axes(st.integers(-3, 9), 2), st.data())
def test_a_requirement_under_an_open_condition_counts_where_that_holds(
    lists: Any, data: st.DataObject
) -> None:
    points = list(product(*lists))
    point = data.draw(st.sampled_from(points))
    trace, values = numbers_of(point, lists, OpenTrace)
    condition = values[0] * values[0] > 4
    trace.within.append(condition.test)
    met = holds(values[-1] * 3 > 7)
    is_within = [p[0] * p[0] > 4 for p in points]
    passes = [p[-1] * 3 > 7 for p in points]
    here = points.index(point)
    assert met is (passes[here] or not is_within[here])
    fine = [not within or own for within, own in zip(is_within, passes, strict=True)]
    if met:
        assert served_at(trace, lists) == fine
    else:
        assert served_at(trace, lists) == [not own for own in passes]


def test_open_conditions_are_joined_and_inverted() -> None:
    lists = [[-2, 0, 1, 5], [0, 3, 4]]
    for name, join in (
        ("and", lambda a, b: a & b),
        ("or", lambda a, b: a | b),
        ("neither", lambda a, b: ~(a | b)),
        ("not the one", lambda a, b: ~a & b),
        ("itself", lambda a, b: a | (a & a)),
        ("one or another", lambda a, b: (a & ~b) | (~a & b)),
        ("with what is known", lambda a, b: (a | False) & True),
    ):
        trace, (x, y) = numbers_of((1, 3), lists, OpenTrace)
        outcome = join((x * x > 3).decide(), (y == 3).decide())
        expected = [bool(join(p * p > 3, q == 3) % 2) for p, q in product(*lists)]
        number = outcome.as_number()
        assert over(trace, lists, number).reshape(-1).tolist() == expected, name
        chosen = outcome.select(x * 2, y)
        expected = [
            2 * p if own else q for (p, q), own in zip(product(*lists), expected, strict=True)
        ]
        assert over(trace, lists, chosen).reshape(-1).tolist() == expected, name
        assert not trace.guards


def test_an_open_condition_that_decides_more_asks_for_a_new_trace() -> None:
    _, (x,) = numbers_of((1,), [[1, 2, 3]], OpenTrace)
    condition = (x > 1).decide()
    assert restarts(condition.single)
    assert restarts(lambda: condition.select("same", "valid"))
    assert condition.select(False, True).test == Predicate("<=", condition.test.operands)
    assert condition.select(x, x) is x


# What was computed is remembered


@pytest.mark.parametrize("name", [*BINARY])
def test_the_same_operation_is_the_same_number(name: str) -> None:
    _, (x, y) = numbers_of((6, 4), [[6, 9], [4, 5]])
    operate = BINARY[name]
    for left, right in ((x, y), (y, x), (x, 4), (4, x), (x, Fraction(1, 3)), (x, x + 1)):
        assert operate(left, right) is operate(left, right)
    assert operate(x, 4) is not operate(4, x)
    assert operate(x, 4) is not operate(x, 5)
    assert operate(x, y) is not operate(y, x)


def test_another_trace_remembers_nothing() -> None:
    (trace, (x,)), (other, (y,)) = numbers_of((6,), [[6, 9]]), numbers_of((6,), [[6, 9]])
    assert x + 1 is not y + 1
    assert over(trace, [[6, 9]], x + 1).tolist() == over(other, [[6, 9]], y + 1).tolist()


def test_a_number_that_is_gone_is_not_taken_for_a_new_one() -> None:
    """Ids are used again: who is remembered must stay."""
    trace, (x,) = numbers_of((2,), [[2, 9]])
    for n in range(300):
        assert over(trace, [[2, 9]], (x + n) * 2 + 1).tolist() == [2 * n + 5, 2 * n + 19]


def test_a_step_is_made_once() -> None:
    trace, (x, y) = numbers_of((6, 4), [[6, 9], [4, 5]])
    for _ in range(3):
        assert str(floor((x + y) * x / 7)) == str(floor((y * x + x * x) / 7)) == "8"
    assert len(trace.steps) == 1


def test_a_long_sum_is_named_before_it_is_multiplied() -> None:
    trace, (x,) = numbers_of((2,), [[2, 3]])
    long = sum((floor(x * n / 97) for n in range(96, 96 - MAX_TERMS, -1)), start=x * 0)
    long = sum((floor(x * n / 101) for n in range(100, 98, -1)), start=long)
    square = long * long
    assert len(square.polynomial.terms) == 1
    plain = [
        (sum(v * n // 97 for n in range(96, 96 - MAX_TERMS, -1)) + v * 100 // 101 + v * 99 // 101)
        ** 2
        for v in (2, 3)
    ]
    assert over(trace, [[2, 3]], square).tolist() == plain
