"""The few operations that formulas use beside Python's operators, for every kind of number."""

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.formula_readers import with_steps
from support.polynomials import put_in
from support.rounding import make_divisible

from costcalc.numeric.exact import (
    UNKNOWN,
    ceil,
    ceil_div,
    divides,
    divisible,
    equal,
    floor,
    holds,
    maximum,
    minimum,
    nearest_integer,
    whole,
)
from costcalc.numeric.grid import Grid, SplitError
from costcalc.numeric.traced import Trace, form_of

# Not every machine is quick.
no_deadline = settings(deadline=None)
few_examples = settings(deadline=None, max_examples=30)

naturals = st.integers(1, 10**6)
integers = st.integers(-(10**6), 10**6)
fractions = st.fractions(max_denominator=1000) | integers
positive_fractions = st.fractions(Fraction(1, 100), 10**4, max_denominator=1000) | naturals


def along(*columns: list[Any]) -> tuple[Grid, list[Any]]:
    """Numbers over a grid of one axis that take these values."""
    grid = Grid([len(columns[0])])
    return grid, [grid.axis(0, column) for column in columns]


def symbols(*names: str) -> tuple[Trace, list[Any]]:
    """Traced whole numbers, at least 1."""
    trace = Trace(names, names, ())
    return trace, [trace.knob(name) for name in names]


def at(trace: Trace, number: Any, **values: int) -> Any:
    """What a traced number is at values of its knobs."""
    return put_in(form_of(number), with_steps(trace, values))


# divisible


@no_deadline
@given(positive_fractions, st.integers(1, 64))
def test_divisible_is_torchvisions_rule(value: Fraction | int, divisor: int) -> None:
    assert divisible(value, divisor) == make_divisible(Fraction(value), divisor)


@no_deadline
@given(st.integers(0, 200), st.integers(1, 16))
def test_divisible_of_small_widths(value: int, divisor: int) -> None:
    """Where the minimum and the tenth matter."""
    assert divisible(value, divisor) == make_divisible(Fraction(value), divisor)


def test_divisible_of_every_width_that_mobilenet_v2_has() -> None:
    # TF-slim's and torchvision's MobileNetV2 at 0.35, first to last width.
    widths = [32, 16, 24, 32, 64, 96, 160, 320]
    scaled = [divisible(Fraction("0.35") * width) for width in widths]
    assert scaled == [16, 8, 8, 16, 24, 32, 56, 112]


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0, 8),  # at least the divisor
        (1, 8),
        (12, 16),  # a half rounds up
        (Fraction(119, 10), 16),  # 8 would be less than 0.9 of it
        (18, 24),  # 16 would be less than 0.9 of it
        (Fraction(160, 9), 16),  # exactly 0.9 of it is enough
        (Fraction(161, 9), 24),
        (10**40 + 3, 10**40),
    ],
)
def test_divisible_by_eight(value: Fraction | int, rounded: int) -> None:
    assert divisible(value) == rounded


@few_examples
@given(st.lists(naturals, min_size=1, max_size=5), st.integers(1, 64))
def test_divisible_over_a_grid_and_of_a_symbol(values: list[int], divisor: int) -> None:
    expected = [divisible(value, divisor) for value in values]
    grid, (number,) = along(values)
    assert grid.values(divisible(number, divisor)).tolist() == expected
    trace, (n,) = symbols("n")
    assert at(trace, divisible(n, divisor), n=values[0]) == expected[0]


# Rounding


@no_deadline
@given(integers, naturals)
def test_ceil_div_counts_the_strides_that_start(dividend: int, divisor: int) -> None:
    quotient = ceil_div(dividend, divisor)
    assert quotient == math.ceil(Fraction(dividend, divisor))
    assert (quotient - 1) * divisor < dividend <= quotient * divisor


def test_ceil_div_is_exact_where_floats_are_not() -> None:
    assert ceil_div(10**40 + 1, 10) == 10**39 + 1
    assert ceil_div(2**53 + 1, 1) == 2**53 + 1


@no_deadline
@given(fractions)
def test_floor_ceil_and_nearest(value: Fraction | int) -> None:
    assert floor(value) == math.floor(value)
    assert ceil(value) == math.ceil(value)
    nearest = nearest_integer(value)
    assert nearest - Fraction(1, 2) <= value < nearest + Fraction(1, 2)
    assert all(type(result) is int for result in (floor(value), ceil(value), nearest))


@pytest.mark.parametrize(
    ("value", "nearest"), [("0.5", 1), ("-0.5", 0), ("1.5", 2), ("2.5", 3), ("2.4999", 2)]
)
def test_a_half_rounds_up(value: str, nearest: int) -> None:
    assert nearest_integer(Fraction(value)) == nearest


ROUNDING: list[Callable[[Any, Any], Any]] = [
    ceil_div,
    lambda a, b: floor(a) + b,
    lambda a, b: ceil(a) + b,
    lambda a, b: nearest_integer(a) + b,
    minimum,
    maximum,
    operator.floordiv,
    operator.mod,
]


@pytest.mark.parametrize("operation", ROUNDING)
@few_examples
@given(st.lists(st.tuples(naturals, naturals), min_size=2, max_size=5))
def test_grids_and_symbols_round_as_ints_do(
    operation: Callable[[Any, Any], Any], pairs: list[tuple[int, int]]
) -> None:
    expected = [operation(a, b) for a, b in pairs]
    grid, (left, right) = along(*(list(column) for column in zip(*pairs, strict=True)))
    assert grid.values(operation(left, right)).tolist() == expected
    a, b = pairs[0]
    assert grid.values(operation(left, b)).tolist()[0] == expected[0]
    trace, (n, m) = symbols("n", "m")
    assert at(trace, operation(n, m), n=a, m=b) == expected[0]
    assert at(trace, operation(n, b), n=a, m=b) == expected[0]


@few_examples
@given(fractions)
def test_symbols_round_fractions_as_numbers_do(value: Fraction | int) -> None:
    trace = Trace(["x"], (), ())
    for operation in (floor, ceil, nearest_integer):
        assert at(trace, operation(trace.knob("x")), x=value) == operation(value)


@no_deadline
@given(fractions)
def test_whole_changes_no_value(value: Fraction | int) -> None:
    assert whole(value) == value
    assert (type(whole(value)) is int) == (Fraction(value).denominator == 1)


# Extremes


@no_deadline
@given(st.lists(fractions, min_size=1, max_size=5))
def test_extremes_of_exact_numbers(values: list[Fraction | int]) -> None:
    assert minimum(*values) == sorted(values)[0]
    assert maximum(*values) == sorted(values)[-1]


@no_deadline
@given(st.lists(integers, min_size=1, max_size=4), integers, integers)
def test_extremes_over_a_grid(values: list[int], a: int, b: int) -> None:
    grid, (number,) = along(values)
    assert grid.values(minimum(a, number, b)).tolist() == [min(a, value, b) for value in values]
    assert grid.values(maximum(number, a, b)).tolist() == [max(a, value, b) for value in values]


# Requirements


def test_a_number_must_hold() -> None:
    assert holds(2 > 1)
    assert not holds(1 > 2)


def test_over_a_grid_a_requirement_holds_everywhere_or_splits_the_grid() -> None:
    _, (number,) = along([1, 2, 3])
    assert holds(number > 0)
    assert not holds(number > 9)
    with pytest.raises(SplitError):
        holds(number > 1)


def test_a_symbol_holds_unless_it_is_refuted() -> None:
    _, (n,) = symbols("n")
    assert holds(n > 5)
    assert holds(n > 0)
    assert not holds(n < 0)
    assert not holds(n < n)
    assert not holds(n + 2 < 1)


@no_deadline
@given(fractions, fractions)
def test_equal_numbers(left: Fraction | int, right: Fraction | int) -> None:
    assert equal(left, right) is (left == right)
    assert equal(left, left)


def test_equal_numbers_over_a_grid() -> None:
    _, (number, same, other, twos) = along([1, 2, 3], [1, 2, 3], [4, 5, 6], [2, 2, 2])
    assert equal(number, same)
    assert not equal(number, other)
    assert not equal(number, 9)
    assert equal(twos, 2)
    assert equal(2, twos)
    with pytest.raises(SplitError):
        equal(number, 2)
    _, (big,) = along([10**30, 10**30 + 1])
    assert equal(big, big + 0)
    assert not equal(big, 10**29)


def test_equal_symbols_are_not_known_to_differ() -> None:
    _, (n, m) = symbols("n", "m")
    assert equal(n, n)
    assert equal(n, m)
    assert equal(n, 3)
    assert equal(3, n)
    assert equal(2 * n + n, 3 * n)
    assert not equal(n, n + 1)
    assert not equal(n + 2, n)
    assert not equal(n, -3)


@no_deadline
@given(naturals, st.integers(0, 10**6))
def test_divides_where_counting_up_meets_it(divisor: int, times: int) -> None:
    multiple = divisor * times
    assert divides(divisor, multiple)
    assert divides(divisor, multiple + 1) is (divisor == 1)


def test_divides_over_a_grid_and_for_symbols() -> None:
    _, (divisor, even) = along([1, 2, 3], [2, 4, 8])
    assert divides(divisor, 6)
    assert divides(2, even)
    assert not divides(3, even)
    with pytest.raises(SplitError):
        divides(divisor, 4)
    _, (n, m) = symbols("n", "m")
    assert divides(1, n)
    assert divides(2, 2 * n)
    assert divides(n, n * m)
    assert divides(2, n)
    assert divides(n, 6)


# What stands behind a fault


def test_what_is_computed_from_the_unknown_is_unknown():
    for value in (UNKNOWN + 1, 2 - UNKNOWN, UNKNOWN * UNKNOWN, 7 // UNKNOWN, UNKNOWN % 2, -UNKNOWN):
        assert value is UNKNOWN
    assert maximum(3, UNKNOWN) is UNKNOWN
    assert minimum(UNKNOWN, 1) is UNKNOWN
    assert ceil_div(UNKNOWN, 2) is UNKNOWN
    assert divisible(UNKNOWN, 8) is UNKNOWN


def test_a_requirement_on_the_unknown_passes():
    assert holds(UNKNOWN >= 1)
    assert holds(UNKNOWN < 1)
    assert equal(UNKNOWN, 3)
    assert divides(3, UNKNOWN)
    assert not equal(2, 3)
