"""The few operations that formulas use beside Python's operators, for every kind of number."""

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.rounding import make_divisible
from support.traced_numbers import check, numbers_of, served_at

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

# Not every machine is quick.
no_deadline = settings(deadline=None)
few_examples = settings(deadline=None, max_examples=30)

naturals = st.integers(1, 10**6)
integers = st.integers(-(10**6), 10**6)
fractions = st.fractions(max_denominator=1000) | integers
positive_fractions = st.fractions(Fraction(1, 100), 10**4, max_denominator=1000) | naturals


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
def test_divisible_of_traced_numbers(values: list[int], divisor: int) -> None:
    check([values], lambda n: divisible(n, divisor))
    check([values, [divisor, divisor + 1]], divisible)


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
@given(lists=st.lists(st.lists(naturals, min_size=1, max_size=4), min_size=2, max_size=2))
def test_traced_numbers_round_as_ints_do(
    operation: Callable[[Any, Any], Any], lists: list[list[int]]
) -> None:
    check(lists, operation)
    number = lists[1][0]
    check(lists[:1], lambda n: operation(n, number))
    check(lists[:1], lambda n: operation(number, n))


@few_examples
@given(st.lists(fractions, min_size=1, max_size=4))
def test_traced_numbers_round_fractions_as_numbers_do(values: list[Fraction | int]) -> None:
    for operation in (floor, ceil, nearest_integer):
        check([values], operation)


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
def test_extremes_of_traced_numbers(values: list[int], a: int, b: int) -> None:
    check([values], lambda n: minimum(a, n, b), lambda n: min(a, n, b))
    check([values], lambda n: maximum(n, a, b), lambda n: max(n, a, b))


# Requirements


def test_a_number_must_hold() -> None:
    assert holds(2 > 1)
    assert not holds(1 > 2)


def required(needs: Callable[..., bool], values: list[int]) -> tuple[bool, list[bool]]:
    """Whether it is met at the first of some values, and at which of all it comes out so."""
    trace, (number,) = numbers_of((values[0],), [values])
    met = needs(number)
    return met, served_at(trace, [values])


def test_a_requirement_of_a_traced_number_serves_where_it_comes_out_the_same() -> None:
    assert required(lambda n: holds(n > 0), [1, 2, 3]) == (True, [True] * 3)
    assert required(lambda n: holds(n > 9), [1, 2, 3]) == (False, [True] * 3)
    assert required(lambda n: holds(n > 1), [1, 2, 3]) == (False, [True, False, False])
    assert required(lambda n: holds(n > 1), [3, 2, 1]) == (True, [True, True, False])


def test_what_is_known_of_a_traced_number_needs_no_guard() -> None:
    trace, (n, m) = numbers_of((1, 3), [[1, 7], [3, 4]])
    assert holds(n > 0)
    assert not holds(n < 0)
    assert not holds(n < n)
    assert not holds(n + 2 < 1)
    assert equal(n, n)
    assert equal(2 * n + n, 3 * n)
    assert not equal(n, n + 1)
    assert not equal(n + 2, n)
    assert not equal(n, -3)
    assert divides(1, n)
    assert divides(2, 2 * n)
    assert divides(n, n * m)
    assert not trace.guards


@no_deadline
@given(fractions, fractions)
def test_equal_numbers(left: Fraction | int, right: Fraction | int) -> None:
    assert equal(left, right) is (left == right)
    assert equal(left, left)


def test_equal_traced_numbers() -> None:
    assert required(lambda n: equal(n, 9), [1, 2, 3]) == (False, [True] * 3)
    assert required(lambda n: equal(n, 2), [2, 2, 2]) == (True, [True] * 3)
    assert required(lambda n: equal(2, n), [2, 2, 2]) == (True, [True] * 3)
    assert required(lambda n: equal(n, 2), [2, 1, 3]) == (True, [True, False, False])
    assert required(lambda n: equal(n, 2), [1, 2, 3]) == (False, [True, False, True])
    big = [10**30, 10**30 + 1]
    assert required(lambda n: equal(n, n + 0), big) == (True, [True, True])
    assert required(lambda n: equal(n, 10**29), big) == (False, [True, True])
    assert required(lambda n: equal(n, 10**30), big) == (True, [True, False])
    lists = [[1, 2, 3], [1, 4, 3]]
    trace, (n, m) = numbers_of((1, 1), lists)
    assert equal(n, m)
    expected = [True, False, False, False, False, False, False, False, True]
    assert served_at(trace, lists) == expected


@no_deadline
@given(naturals, st.integers(0, 10**6))
def test_divides_where_counting_up_meets_it(divisor: int, times: int) -> None:
    multiple = divisor * times
    assert divides(divisor, multiple)
    assert divides(divisor, multiple + 1) is (divisor == 1)


def test_divides_of_traced_numbers() -> None:
    assert required(lambda n: divides(n, 6), [1, 2, 3]) == (True, [True] * 3)
    assert required(lambda n: divides(2, n), [2, 4, 8]) == (True, [True] * 3)
    assert required(lambda n: divides(3, n), [2, 4, 8]) == (False, [True] * 3)
    assert required(lambda n: divides(n, 4), [1, 2, 3]) == (True, [True, True, False])
    assert required(lambda n: divides(n, 4), [3, 2, 1]) == (False, [True, False, False])


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
