"""Numbers that write down what is computed with them; see `trace`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from costcalc.numeric.base import AbstractNumber, Condition
from costcalc.numeric.exact import EXACT, UNKNOWN, Number, divisible, too_large, whole
from costcalc.numeric.polynomial import Polynomial, as_polynomial, total, variable
from costcalc.numeric.rules import COMPARISONS, INVERTED, Operation
from costcalc.numeric.trace import Predicate, Trace

MAX_TERMS = 64
"""A sum of more terms gets a name before it is multiplied or divided: its square has 4,096."""
_KEPT_TERMS = 8  # longer ones are running sums, which are made once each anyway


class Traced(AbstractNumber):
    """A polynomial over the knobs and steps of a trace, and its value where that was made."""

    __slots__ = ("polynomial", "trace", "value")

    def __init__(self, trace: Trace, polynomial: Polynomial, value: Number) -> None:
        self.trace = trace
        self.polynomial = polynomial
        self.value = value

    def __repr__(self) -> str:
        return f"<Traced {self.polynomial}, {self.value}>"

    def __str__(self) -> str:
        return str(whole(self.trace.shown(self.polynomial)))

    def operate(self, operator: str, left: Any, right: Any) -> Any:
        if type(left) not in _NUMBERS or type(right) not in _NUMBERS:
            return NotImplemented
        memo = self.trace.memo
        key = (
            operator,
            id(left) if type(left) is Traced else left,
            id(right) if type(right) is Traced else right,
        )
        if (found := memo.get(key)) is None:
            found = _OPERATIONS[operator](self.trace, left, right), left, right
            if type(found[0]) is not Traced or len(found[0].polynomial.terms) <= _KEPT_TERMS:
                memo[key] = found
        return found[0]

    def compare(self, operator: str, other: Any) -> Any:
        if other is UNKNOWN:
            return True
        if type(other) not in _NUMBERS:
            return NotImplemented
        left, right = self.polynomial, polynomial_of(other)
        difference = left - right
        if (constant := difference.constant) is not None:
            return COMPARISONS[operator](constant, 0)
        for side, direction in ((difference, 1), (-difference, -1)):
            sign = self.trace.sign(side)
            if sign == 1:
                return COMPARISONS[operator](direction, 0)
            if sign == 0 and operator in ((">=", "<") if direction > 0 else ("<=", ">")):
                return "=" in operator
        test = Predicate(operator, (left, right))
        return Open(self.trace, test, COMPARISONS[operator](self.value, value_of(other)))

    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        trace = self.trace
        place = trace.chosen(word, [polynomial_of(value) for value in values], written)
        if place is not None:
            return values[place]
        pick = min if word == "min" else max
        exact = [value for value in values if isinstance(value, EXACT)]
        forms: dict[Polynomial, Number] = {v.polynomial: v for v in values if isinstance(v, Traced)}
        if exact:
            bound = pick(exact)
            known = (trace.sign(form - bound) is not None for form in forms)
            if word == "min" or not any(known):  # else the bound is below one of them anyway
                forms = {as_polynomial(bound): bound} | forms
        if len(forms) > 1:
            value = pick(value_of(number) for number in forms.values())
            return defined(trace, word, list(forms), value)
        return next(iter(forms.values()))

    def sum_of(self, numbers: Sequence[Any]) -> Any:
        return _sum(self.trace, numbers)

    def computed(self, procedure: Any, values: Sequence[Any]) -> Any:
        value = procedure.exact([value_of(number) for number in values])
        return defined(self.trace, procedure, [polynomial_of(number) for number in values], value)

    def rounded(self, rule: Callable[[Any], Any], name: tuple[str, Any] | None) -> Any:
        trace = self.trace
        if name is None:
            atom = trace.rounded(rule, self.polynomial)
            return rule(self) if atom is None else atom_of(trace, atom)
        function, argument = name
        value = divisible(self.value, value_of(argument))
        return defined(trace, function, [self.polynomial, polynomial_of(argument)], value)

    def is_positive(self) -> Any:
        outcome = self.compare(">", 0)
        return int(outcome) if isinstance(outcome, bool) else outcome.as_number()

    def single(self) -> int:
        return self.trace.single(self.polynomial)

    def whole(self) -> Any:
        trace = self.trace
        if trace.is_whole(self.polynomial):
            return self
        outcome = type(whole(self.value)) is int
        if not trace.required(Predicate("whole", (self.polynomial,)), outcome):
            return None
        return defined(trace, "whole", [self.polynomial], self.value)

    def note_remainder(self, left: Any, right: Any) -> None:
        self.trace.note_remainder(polynomial_of(left), polynomial_of(right))

    def is_too_large(self) -> bool:
        self.trace.sized[self.polynomial] = None
        if not too_large(self.value):
            return False
        # Where else it is, the trace does not know: it serves nothing.
        return self.trace.guard(Predicate("!=", (self.polynomial, self.polynomial)), True)


class Open(Condition):
    """A condition of which the trace keeps what it tests."""

    __slots__ = ("outcome", "test", "trace")

    def __init__(self, trace: Trace, test: Predicate, outcome: bool) -> None:
        self.trace = trace
        self.test = test
        self.outcome = outcome
        """At the setting of the trace."""

    def required(self) -> bool:
        return self.trace.required(self.test, self.outcome)

    def decide(self) -> Any:
        decided = self.trace.decided(self.test, self.outcome)
        return self if decided is None else decided

    def single(self) -> bool:
        decided = self.trace.decided(self.test, self.outcome)
        if decided is None:
            raise self.trace.refused(self.test, "an open condition decides more than a number")
        return decided

    def __invert__(self) -> Open:
        operation, operands = self.test
        inverted = Predicate(INVERTED[operation], operands) if operation in INVERTED else None
        return Open(self.trace, inverted or Predicate("not", (self.test,)), not self.outcome)

    def __and__(self, other: Any) -> Any:
        return self._joined("and", other)

    def __or__(self, other: Any) -> Any:
        return self._joined("or", other)

    def _joined(self, word: str, other: Any) -> Any:
        if isinstance(other, bool):
            return other if other is (word == "or") else self
        if other.test == self.test:
            return self
        outcome = (all if word == "and" else any)((self.outcome, other.outcome))
        return Open(self.trace, Predicate(word, (self.test, other.test)), outcome)

    def as_number(self) -> Any:
        """1 where it holds, else 0."""
        return defined(self.trace, "bracket", [self.test], int(self.outcome))

    def select(self, then: Any, otherwise: Any) -> Any:
        """The one number or the other; what is the same needs no choice."""
        if then is otherwise:
            return then
        if isinstance(then, bool) and isinstance(otherwise, bool):
            return self if then else ~self
        if type(then) not in _NUMBERS or type(otherwise) not in _NUMBERS:
            raise self.trace.refused(
                self.test, "an open condition chooses between values that are not numbers"
            )
        a, b = polynomial_of(then), polynomial_of(otherwise)
        if a == b:
            return then
        if self.test.operation in ("!=", "==") and {a, b} == set(self.test.operands):
            # Where they do not differ, either will do.
            return then if self.test.operation == "!=" else otherwise
        if a == 1 and not b:
            return self.as_number()
        value = value_of(then if self.outcome else otherwise)
        return defined(self.trace, "select", [self.test, a, b], value)


_NUMBERS = (int, Fraction, Traced)


def knobs_of(trace: Trace) -> dict[str, Traced]:
    return {name: atom_of(trace, place) for place, name in enumerate(trace.knobs)}


def polynomial_of(number: Number) -> Polynomial:
    return number.polynomial if type(number) is Traced else as_polynomial(number)


def value_of(number: Number) -> Number:
    return number.value if type(number) is Traced else number


def defined(
    trace: Trace, operation: Operation, operands: Sequence[Polynomial | Predicate], value: Number
) -> Traced:
    return atom_of(trace, trace.define(operation, operands, value))


def atom_of(trace: Trace, atom: int) -> Traced:
    """The number that a knob or a step is."""
    return Traced(trace, variable(atom), trace.values[atom])


def _made(trace: Trace, polynomial: Polynomial, value: Number) -> Number:
    constant = polynomial.constant
    return Traced(trace, polynomial, whole(value)) if constant is None else constant


def _short(number: Number) -> Number:
    """The number, under a name where it is a long sum."""
    if type(number) is Traced and len(number.polynomial.terms) > MAX_TERMS:
        return defined(number.trace, "name", [number.polynomial], number.value)
    return number


def _sum(trace: Trace, numbers: Sequence[Number]) -> Number:
    return _made(trace, total(map(polynomial_of, numbers)), sum(map(value_of, numbers)))


def _times(trace: Trace, left: Number, right: Number) -> Number:
    left, right = _short(left), _short(right)
    form = polynomial_of(left) * polynomial_of(right)
    return _made(trace, form, value_of(left) * value_of(right))


def _divided(trace: Trace, left: Number, right: Number) -> Number:
    exact = _exact_quotient(trace, left, right)
    if exact is not None:
        return exact
    value = Fraction(value_of(left)) / value_of(right)
    return defined(trace, "quotient", [polynomial_of(left), polynomial_of(right)], value)


def _floor_divided(trace: Trace, left: Number, right: Number) -> Number:
    exact = _exact_quotient(trace, left, right)
    if exact is not None and (type(exact) is int or trace.is_whole(polynomial_of(exact))):
        return exact
    a, b = polynomial_of(left), polynomial_of(right)
    value = value_of(left) // value_of(right)
    if all(c < 0 for _, c in a):  # -(-a // b) is how a ceiling is written
        return -defined(trace, "ceil", [-a, b], -value)
    return defined(trace, "floor", [a, b], value)


def _remainder(trace: Trace, left: Number, right: Number) -> Number:
    exact = _exact_quotient(trace, left, right)
    if exact is not None and (type(exact) is int or trace.is_whole(polynomial_of(exact))):
        return 0
    a, b = polynomial_of(left), polynomial_of(right)
    plain = trace.remainder(a, b)
    if plain is not None:
        return plain
    return defined(trace, "mod", [a, b], value_of(left) % value_of(right))


def _exact_quotient(trace: Trace, left: Number, right: Number) -> Number | None:
    """left / right where that is a polynomial; a divisor must not be 0 wherever the trace serves.

    Raises ZeroDivisionError where it is 0 at the trace's own setting.
    """
    divisor = polynomial_of(right)
    if divisor.constant is None and trace.sign(divisor) != 1:
        is_fine = value_of(right) != 0
        trace.guard(Predicate("!=", (divisor, as_polynomial(0))), is_fine)
    value = Fraction(value_of(left)) / value_of(right)
    quotient = polynomial_of(left).quotient(divisor)
    if quotient is None or any(n < 0 for monomial, _ in quotient for _, n in monomial):
        return None
    return _made(trace, quotient, value)


_OPERATIONS: dict[str, Callable[[Trace, Number, Number], Number]] = {
    "+": lambda trace, left, right: _sum(trace, (left, right)),
    "-": lambda trace, left, right: _sum(trace, (left, -right)),
    "*": _times,
    "/": _divided,
    "//": _floor_divided,
    "%": _remainder,
}
