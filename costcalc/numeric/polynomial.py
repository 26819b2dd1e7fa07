"""Exact polynomials in any number of variables: rational coefficients, powers below 0 allowed.

What a layer costs is one: D_K²·M·N·D_F² for a convolution, and 1/N + 1/D_K² for what its separable
replacement leaves of that. A polynomial is a dict from monomials to coefficients; a monomial is the
set of its variables with their powers, so variables need no order and may be anything hashable: a
knob's name, a letter, a step of a computation. Equal polynomials have equal dicts, so comparing,
hashing and cancelling are exact and cheap.

python-flint's `fmpq_mpoly` is three times as fast at our sizes (0.12 ms for a MobileNet's MACs,
0.45 ms here), but takes 27 MB of disk and 0.05 s to import. It also has no powers below 0, no hash,
and variables fixed in advance, while the trace of a network names new ones at every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any, TypeAlias

from costcalc.numeric.exact import EXACT, Number, whole

Variable: TypeAlias = Any
Monomial: TypeAlias = frozenset[tuple[Variable, int]]
"""Variables with their powers, none of which is 0; empty for a constant."""

ONE: Monomial = frozenset()


class Polynomial:
    """A sum of monomials with coefficients. Immutable; a constant one equals its number."""

    __slots__ = ("_hash", "terms")

    terms: Mapping[Monomial, Number]
    """The coefficient of each monomial: never 0, and an int wherever it is whole."""

    def __init__(self, terms: Mapping[Monomial, Number]) -> None:
        self.terms = {m: c if type(c) is int else whole(c) for m, c in terms.items() if c}
        self._hash: int | None = None

    def __str__(self) -> str:
        return " + ".join(map(_term_text, *zip(*self.terms.items(), strict=True))) if self else "0"

    __repr__ = __str__

    def __iter__(self) -> Iterator[tuple[Monomial, Number]]:
        return iter(self.terms.items())

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, EXACT):
            return self.constant == other
        return self.terms == other.terms if isinstance(other, Polynomial) else NotImplemented

    def __hash__(self) -> int:
        if self._hash is None:
            value = self.constant
            self._hash = hash(frozenset(self.terms.items()) if value is None else value)
        return self._hash

    @property
    def constant(self) -> Number | None:
        """The number that the polynomial is; None where it has a variable."""
        if not self.terms:
            return 0
        return self.terms.get(ONE) if len(self.terms) == 1 else None

    @property
    def variables(self) -> frozenset[Any]:
        """Every variable, those of divisors included."""
        found: set[Any] = set()
        for base in {base for monomial in self.terms for base, _ in monomial}:
            found |= base.variables if isinstance(base, Polynomial) else {base}
        return frozenset(found)

    def __add__(self, other: Polynomial | Number) -> Polynomial:
        return total((self, other)) if isinstance(other, OPERANDS) else NotImplemented

    def __sub__(self, other: Polynomial | Number) -> Polynomial:
        return total((self, -other)) if isinstance(other, OPERANDS) else NotImplemented

    def __rsub__(self, other: Number) -> Polynomial:
        return total((-self, other))

    def __neg__(self) -> Polynomial:
        return self * -1

    def __mul__(self, other: Polynomial | Number) -> Polynomial:
        if isinstance(other, EXACT):
            return Polynomial({m: c * other for m, c in self.terms.items()})
        if not isinstance(other, Polynomial):
            return NotImplemented
        found: dict[Monomial, Number] = {}
        for m, c in self.terms.items():
            for n, d in other.terms.items():
                monomial = _product(m, n)
                found[monomial] = found.get(monomial, 0) + c * d
        return Polynomial(found)

    def __pow__(self, power: int) -> Polynomial:
        if power < 0:
            return 1 / self**-power
        result = constant(1)
        for _ in range(power):
            result = result * self
        return result

    def __truediv__(self, divisor: Polynomial | Number) -> Polynomial:
        """The exact quotient; where there is none, the divisor stays as a variable to a power < 0.

        (a² + ab) / (a + b) is a, and a / (a + b) has the one term a·(a + b)⁻¹.
        """
        if not isinstance(divisor, OPERANDS):
            return NotImplemented
        exact = self.quotient(divisor)
        return exact if exact is not None else self * _monomial({divisor: -1})

    def __rtruediv__(self, dividend: Number) -> Polynomial:
        return constant(dividend) / self

    __radd__, __rmul__ = __add__, __mul__

    def quotient(self, divisor: Polynomial | Number) -> Polynomial | None:
        """The polynomial that times the divisor gives this one; None where there is none.

        Long division by the leading terms, in an arbitrary order of the variables. The powers of a
        quotient lie between the differences of the lowest and of the highest powers: leaving that
        box shows that the division is not exact, and keeps it finite with powers below 0.
        """
        divisor = as_polynomial(divisor)
        if not divisor:
            raise ZeroDivisionError("division of a polynomial by 0")
        if not self:
            return self
        if len(divisor.terms) == 1:
            ((monomial, c),) = divisor
            return self * Polynomial({frozenset((v, -n) for v, n in monomial): 1 / Fraction(c)})
        order = list({v for p in (self, divisor) for monomial in p.terms for v, _ in monomial})
        rest, under = (dict(p.ordered(order)) for p in (self, divisor))
        lead = max(under)
        box = [
            (min(over) - min(below), max(over) - max(below))
            for over, below in zip(zip(*rest, strict=True), zip(*under, strict=True), strict=True)
        ]
        found: dict[Monomial, Number] = {}
        while rest:
            first = max(rest)
            powers = [n - d for n, d in zip(first, lead, strict=True)]
            if any(not low <= n <= high for n, (low, high) in zip(powers, box, strict=True)):
                return None
            ratio = Fraction(rest[first]) / under[lead]
            found[frozenset((v, n) for v, n in zip(order, powers, strict=True) if n)] = ratio
            for below, c in under.items():
                place = tuple(n + d for n, d in zip(powers, below, strict=True))
                rest[place] = rest.get(place, 0) - ratio * c
                if not rest[place]:
                    del rest[place]
        return Polynomial(found)

    def numerator(self) -> Polynomial:
        """The polynomial times all its divisors: it has none, and is 0 wherever this one is."""
        lowest: dict[Variable, int] = {}
        for monomial in self.terms:
            for base, n in monomial:
                lowest[base] = min(n, lowest.get(base, 0))
        if not any(lowest.values()):
            return self
        divisors = _monomial({base: -n for base, n in lowest.items()})
        # A divisor that is a polynomial may have divisors of its own.
        return (self * divisors).substitute({}).numerator()

    def collect(self, variable: Variable) -> dict[int, Polynomial]:
        """Its coefficients, polynomials in the other variables, by the variable's power."""
        found: dict[int, dict[Monomial, Number]] = {}
        for monomial, c in self:
            power = dict(monomial).get(variable, 0)
            found.setdefault(power, {})[monomial - {(variable, power)}] = c
        return {power: Polynomial(terms) for power, terms in found.items()}

    def ordered(self, order: Sequence[Variable]) -> list[tuple[tuple[int, ...], Number]]:
        """Powers of the variables, all that it has, and coefficients: the highest first."""
        powers = ((dict(monomial), c) for monomial, c in self)
        return sorted(
            ((tuple(by_name.get(v, 0) for v in order), c) for by_name, c in powers), reverse=True
        )

    def substitute(self, values: Mapping[Any, Polynomial | Number]) -> Polynomial:
        """The polynomial with numbers or polynomials in the place of some variables."""

        def value(base: Variable) -> Polynomial:
            if isinstance(base, Polynomial):
                return base.substitute(values)
            return as_polynomial(values[base]) if base in values else variable(base)

        return total(
            c * prod((value(base) ** n for base, n in m), start=constant(1)) for m, c in self
        )

    def at(self, values: Mapping[Any, Any] | Sequence[Any]) -> Any:
        """The number that it is with a number in the place of each variable, floats included."""
        result: Any = 0
        for monomial, c in self:
            for base, n in monomial:
                value = base.at(values) if isinstance(base, Polynomial) else values[base]
                c = (
                    c * value**n
                    if n > 0
                    else (c if type(value) is float else Fraction(c)) / value**-n
                )
            result = result + c
        return whole(result)


OPERANDS = (int, Fraction, Polynomial)


def constant(value: Number) -> Polynomial:
    return Polynomial({ONE: value})


def variable(name: Variable) -> Polynomial:
    return _monomial({name: 1})


def as_polynomial(value: Polynomial | Number) -> Polynomial:
    return value if isinstance(value, Polynomial) else constant(value)


def total(parts: Iterable[Polynomial | Number]) -> Polynomial:
    """The sum of any number of polynomials, without one for every partial sum."""
    terms: dict[Monomial, Number] = {}
    for part in parts:
        for monomial, c in as_polynomial(part).terms.items():
            terms[monomial] = terms.get(monomial, 0) + c
    return Polynomial(terms)


def _term_text(monomial: Monomial, coefficient: Number) -> str:
    names = ((f"({v})" if isinstance(v, Polynomial) else str(v), n) for v, n in monomial)
    factors = [name if n == 1 else f"{name}**{n}" for name, n in sorted(names)]
    return "*".join(factors if coefficient == 1 and factors else [str(coefficient), *factors])


def _monomial(powers: Mapping[Any, int]) -> Polynomial:
    return Polynomial({frozenset((v, n) for v, n in powers.items() if n): 1})


def _product(left: Monomial, right: Monomial) -> Monomial:
    if not left or not right:
        return left or right
    powers = dict(left)
    for base, n in right:
        n += powers.pop(base, 0)
        if n:
            powers[base] = n
    return frozenset(powers.items())
