"""Polynomials and their roots, against SymPy and against plain arithmetic."""

from fractions import Fraction
from math import prod

import pytest
import sympy
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from support.polynomials import put_in, rational, to_sympy

from costcalc.numeric.polynomial import Polynomial, constant, total, variable
from costcalc.numeric.roots import positive_roots

NAMES = "alpha", "rho", "n"
SYMBOLS = {name: sympy.Symbol(name, positive=True) for name in NAMES}
ALPHA, RHO, N = (variable(name) for name in NAMES)

numbers = st.integers(-40, 40) | st.fractions(-9, 9, max_denominator=12)
positive = st.fractions(Fraction(1, 20), 20, max_denominator=20)
places = st.fixed_dictionaries(dict.fromkeys(NAMES, positive))


def polynomials(lowest: int = -2, size: int = 4):
    """Sums of terms in three variables, with powers from `lowest` up."""
    powers = st.tuples(*[st.integers(lowest, 3)] * len(NAMES))
    return st.lists(st.tuples(numbers, powers), max_size=size).map(
        lambda parts: total(
            c * prod((variable(v) ** n for v, n in zip(NAMES, powers, strict=True)))
            for c, powers in parts
        )
    )


def same(polynomial: Polynomial, expected: sympy.Expr) -> bool:
    return sympy.expand(to_sympy(polynomial) - expected) == 0


@settings(deadline=None)
@given(polynomials(), polynomials(), numbers)
def test_sums_and_products_are_sympys(p, q, number):
    a, b = to_sympy(p), to_sympy(q)
    c = rational(number)
    assert same(p + q, a + b)
    assert same(p - q, a - b)
    assert same(p * q, a * b)
    assert same(-p, -a)
    assert same(p + number, a + c)
    assert same(number - p, c - a)
    assert same(number * p, c * a)
    assert total([p, number, q]) == p + number + q


@settings(deadline=None)
@given(polynomials(), st.integers(0, 4))
def test_powers_are_sympys(p, power):
    assert same(p**power, to_sympy(p) ** power)


@settings(deadline=None)
@given(polynomials(), polynomials())
def test_what_is_equal_is_the_same_value(p, q):
    assert (p - q == 0) == (p == q)
    again = (p + q) - q
    assert again == p
    assert hash(again) == hash(p)
    assert {p: 1}[again] == 1


@settings(deadline=None)
@given(polynomials())
def test_whole_coefficients_are_ints(p):
    assert all(c and (type(c) is int or c.denominator > 1) for _, c in p)
    assert all(type(c) is int for _, c in (p / 3) * 36 * 9240)


def test_a_constant_equals_its_number():
    assert constant(3) == 3
    assert constant(Fraction(6, 3)) == 2
    assert hash(constant(Fraction(1, 2))) == hash(Fraction(1, 2))
    assert ALPHA - ALPHA == 0
    assert not ALPHA - ALPHA
    assert (ALPHA + 5 - ALPHA).constant == 5
    assert (ALPHA + 5).constant is None
    assert ALPHA + 5 != 5
    assert ALPHA != "alpha"


@settings(deadline=None)
@given(polynomials(), polynomials(), polynomials())
def test_a_product_divides_by_its_factors(p, q, r):
    assume(q)
    assert (p * q).quotient(q) == p
    quotient = r.quotient(q)
    _, below = sympy.fraction(sympy.cancel(to_sympy(r) / to_sympy(q)))
    assert (quotient is not None) == (len(sympy.Add.make_args(sympy.expand(below))) == 1)
    if quotient is not None:
        assert quotient * q == r


@settings(deadline=None)
@given(polynomials(size=3), polynomials(size=3), places)
def test_a_divisor_that_does_not_divide_stays(p, q, place):
    below = q.at(place)
    assume(below)
    assert (p / q).at(place) == Fraction(p.at(place)) / below
    assert (p / q).numerator().at(place) == 0 or p.at(place) != 0
    assert p / q - p / q == 0
    assert all(n > 0 for monomial, _ in (p / q).numerator() for _, n in monomial)


def test_quotients():
    assert (ALPHA**2 + ALPHA * RHO) / (ALPHA + RHO) == ALPHA
    assert 1 / ALPHA == ALPHA**-1
    assert 3 / (6 * ALPHA) == ALPHA**-1 / 2
    assert (ALPHA + RHO).quotient(ALPHA - RHO) is None
    assert constant(1).quotient(1 + ALPHA) is None
    open_quotient = ALPHA / (ALPHA + RHO)
    assert open_quotient.variables == {"alpha", "rho"}
    assert open_quotient.numerator() == ALPHA
    assert (open_quotient + 1 / N).numerator() == ALPHA * N + ALPHA + RHO
    assert (1 / (1 + 1 / (ALPHA + 1)) - 1).numerator() == -1
    with pytest.raises(ZeroDivisionError):
        ALPHA / (RHO - RHO)
    with pytest.raises(ZeroDivisionError):
        ALPHA / 0


@settings(deadline=None)
@given(polynomials(), places)
def test_the_value_at_a_place_is_sympys(p, place):
    expected = put_in(p, place)
    assert p.at(place) == expected
    scale = sum(abs((c * constant(1)).at({})) * 20**9 for _, c in p) or 1
    assert abs(p.at({v: float(x) for v, x in place.items()}) - float(expected)) < 1e-9 * scale


def test_the_value_at_whole_numbers_is_an_int():
    value = (ALPHA / N + Fraction(1, 2)).at({"alpha": 3, "n": 6})
    assert value == 1
    assert type(value) is int


@settings(deadline=None)
@given(polynomials(), polynomials(lowest=0, size=2), places)
def test_substituting_a_polynomial_is_sympys(p, q, place):
    assume(q.at(place))
    replaced = p.substitute({"n": q})
    assert replaced.at(place) == p.at({**place, "n": q.at(place)})
    assert p.substitute({}) == p
    assert p.substitute(place) == p.at(place)


@settings(deadline=None)
@given(polynomials())
def test_collecting_by_a_variable(p):
    found = p.collect("alpha")
    assert all("alpha" not in q.variables and q for q in found.values())
    assert total(q * ALPHA**n for n, q in found.items()) == p


@settings(deadline=None)
@given(polynomials(lowest=0))
def test_terms_stand_in_the_order_of_sympys(p):
    assume(p)
    expected = sympy.Poly(to_sympy(p), *SYMBOLS.values()).terms()
    assert [powers for powers, _ in p.ordered(NAMES)] == [powers for powers, _ in expected]


factors = st.tuples(st.integers(-30, 30), st.integers(1, 12), st.integers(1, 3))


@settings(deadline=None)
@given(st.lists(factors, min_size=1, max_size=6), st.lists(numbers, min_size=1, max_size=4))
@example([(-1, 1, 3), (0, 1, 2), (2, 4, 3)], [-2, 0, 1])
def test_roots_are_sympys(linear, others):
    x = SYMBOLS["n"]
    p = prod(((q * N + c) ** power for c, q, power in linear), start=constant(1))
    p = p * total(c * N**power for power, c in enumerate(others))
    assume(p.constant is None)
    found = positive_roots(p / N**30)
    expected = {root for root in sympy.real_roots(to_sympy(p), x) if root.is_positive}
    rational = sorted(root for root in expected if root.is_rational)
    assert found.rational == [Fraction(int(root.p), int(root.q)) for root in rational]
    assert found.irrational == len(expected) - len(rational)


def test_roots_of_high_degree_and_many_digits():
    """Coefficients of some 900 digits, which nobody can factor."""
    small, large = Fraction(10**100 + 9, 10**100 + 39), Fraction(10**110 + 7, 3)
    p = (N - small) * (N - large) ** 2 * (N**2 - 10**101 - 3) * (N + large) * (N**4 + 1)
    assert positive_roots(p * (N - 1)) == ([small, 1, large], 1)


def test_roots_of_a_bare_power_and_at_divisors():
    assert positive_roots(3 * N**4) == ([], 0)
    assert positive_roots(N**-2 - N**-3 * 5) == ([5], 0)
    assert positive_roots(N / (N + 1) - Fraction(1, 2)) == ([1], 0)
    assert positive_roots(N - 7) == ([7], 0)
    assert positive_roots(N + 7) == ([], 0)
