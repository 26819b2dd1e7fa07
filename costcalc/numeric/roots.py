"""Where a polynomial of one variable is 0: exactly, and without factoring any coefficient.

Polynomials are lists of whole coefficients here, the lowest power first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import count, pairwise
from math import gcd, lcm
from typing import NamedTuple

from costcalc.numeric.exact import Number
from costcalc.numeric.polynomial import Polynomial


class Roots(NamedTuple):
    """The places above 0 at which a polynomial is 0."""

    rational: list[Fraction]
    """In order, each once however often it is a root."""
    irrational: int
    """How many others there are."""


def positive_roots(polynomial: Polynomial) -> Roots:
    """The roots above 0 of a polynomial that has one variable.

    Sturm's theorem counts them all, and Hensel lifting finds the rational ones. Both work on the
    polynomial divided by the common divisor with its derivative, in which each root is simple.
    """
    (variable,) = polynomial.variables
    by_power = {n: c.constant for n, c in polynomial.numerator().collect(variable).items()}
    # A root at 0 is not above 0, so the lowest power may be that of the constant.
    coefficients = _whole([by_power.get(n, 0) for n in range(min(by_power), max(by_power) + 1)])
    repeated = _sturm_chain(coefficients)[-1]
    simple = _whole(_divide(coefficients, repeated)[0])
    chain = _sturm_chain(simple)
    roots = _changes(part[0] for part in chain) - _changes(part[-1] for part in chain)
    rational = sorted(root for root in _rational_roots(simple) if root > 0)
    return Roots(rational, roots - len(rational))


def _sturm_chain(coefficients: list[int]) -> list[list[int]]:
    """The polynomial, its derivative, and the remainder of dividing each by the next, negated.

    The last one is the greatest common divisor of the first two. Where that is a constant, the
    sign changes along the values at one place, less those at a later place, are the number of
    roots between the two. Factors above 0 change nothing, so coefficients are kept small.
    """
    chain = [coefficients, _derivative(coefficients)]
    while len(chain[-1]) > 1 and (rest := _divide(*chain[-2:])[1]):
        chain.append([-c for c in _whole(rest)])
    return [part for part in chain if part]


def _changes(values: Iterable[int]) -> int:
    return sum((a > 0) != (b > 0) for a, b in pairwise(value for value in values if value))


def _rational_roots(coefficients: list[int]) -> list[Fraction]:
    """The rational roots of a polynomial without repeated roots.

    A rational root is one modulo every prime that does not divide the leading coefficient. Each
    root modulo a small prime is lifted, by Newton's method, to a modulus above twice the size that
    the leading coefficient times a root can have. That product is a whole number (the rational-root
    theorem), so the modulus leaves one candidate for it, and the polynomial decides.
    """
    lead, derivative = coefficients[-1], _derivative(coefficients)
    for prime in (n for n in count(2) if all(n % d for d in range(2, n))):
        roots = [n for n in range(prime) if _value(coefficients, n) % prime == 0]
        if lead % prime and all(_value(derivative, root) % prime for root in roots):
            break
    found = []
    for root in roots:
        modulus = prime
        while modulus <= 2 * (abs(lead) + max(map(abs, coefficients))):  # Cauchy's bound of roots
            modulus *= modulus
            slope = pow(_value(derivative, root, modulus), -1, modulus)
            root = (root - _value(coefficients, root, modulus) * slope) % modulus
        product = lead * root % modulus
        candidate = Fraction(product if 2 * product < modulus else product - modulus, lead)
        if _value(coefficients, candidate) == 0:
            found.append(candidate)
    return found


def _derivative(coefficients: Sequence[int]) -> list[int]:
    return [n * c for n, c in enumerate(coefficients)][1:]


def _value(coefficients: Sequence[int], place: Number, modulus: int = 0) -> Number:
    value: Number = 0
    for c in reversed(coefficients):
        value = value * place + c
        if modulus:
            value %= modulus
    return value


def _divide(dividend: Sequence[int], divisor: Sequence[int]) -> tuple[list[Number], list[Number]]:
    """Quotient and remainder."""
    rest: list[Number] = list(dividend)
    quotient: list[Number] = []
    for start in reversed(range(len(dividend) - len(divisor) + 1)):
        quotient.insert(0, Fraction(rest.pop()) / divisor[-1])
        for n, c in enumerate(divisor[:-1]):
            rest[start + n] -= quotient[0] * c
    while rest and not rest[-1]:
        rest.pop()
    return quotient, rest


def _whole(coefficients: Sequence[Number]) -> list[int]:
    """The coefficients times a number above 0 that makes them whole and as small as can be."""
    scale = lcm(*(c.denominator for c in coefficients))
    wholes = [int(c * scale) for c in coefficients]
    divisor = gcd(*wholes)
    return [c // divisor for c in wholes]
