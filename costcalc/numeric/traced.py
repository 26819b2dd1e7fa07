"""Traced numbers keep every step of a computation: formulas that equal the integers.

A Traced number is a polynomial in named steps. What is no polynomial (a quotient rounded down, the
larger of two numbers, a choice) becomes a step with a name of its own, recorded once and in the
order of computing. In the end a cost is a polynomial, and the few definitions below it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.numeric.base import COMPARISONS, OPERATIONS, AbstractNumber, Condition
from costcalc.numeric.exact import EXACT, Number
from costcalc.numeric.polynomial import Polynomial, as_polynomial, variable

FLOOR, CEIL, MOD, QUOTIENT, MIN, MAX, SELECT, BRACKET, NAME, DIVISIBLE = (
    "floor ceil mod quotient min max select bracket name divisible".split()
)
_INVERTED = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


class Definition(NamedTuple):
    """A step of a trace."""

    name: str
    operation: str
    operands: tuple[Any, ...]
    """Polynomials, and conditions."""
    knobs: frozenset[str]
    """The knobs that it depends on."""


class Trace:
    """The knobs, and the steps so far."""

    def __init__(
        self, knobs: Sequence[str], whole_knobs: Sequence[str], taken: Sequence[str]
    ) -> None:
        """`whole_knobs` are whole numbers of at least 1; no step gets a name that is taken."""
        self.knobs = knobs
        self.definitions: list[Definition] = []
        self.requirements: list[OpenCondition] = []
        """What the network requires and the trace leaves open: it holds where all of them do."""
        self.within: list[OpenCondition] = []
        """The open conditions under which the network is being built."""
        self._known: dict[Any, Traced] = {}
        self._taken = {*taken, *knobs}
        self._counts: dict[str, int] = {}
        self._knobs_of = {name: frozenset([name]) for name in knobs}
        self._whole = set(whole_knobs)
        """The names of whole numbers."""
        self._positive = set(whole_knobs)
        """The names of whole numbers that are at least 1."""

    def knob(self, name: str) -> Traced:
        return Traced(self, variable(name))

    def define(self, operation: str, *operands: Any) -> Traced:
        """The number that an operation makes; the same step is recorded once."""
        key = (operation, *(o.key if isinstance(o, OpenCondition) else o for o in operands))
        if key not in self._known:
            knobs = frozenset[str]().union(*map(self.knobs_of, operands))
            name = self._name(knobs, operation)
            self._knobs_of[name] = knobs
            numbers = [o for o in operands if not isinstance(o, OpenCondition)]
            exact = operation != QUOTIENT and all(map(self.is_whole, numbers))
            if exact or operation in (FLOOR, CEIL, DIVISIBLE, BRACKET):
                self._whole.add(name)
            if self._is_positive(operation, numbers):
                self._positive.add(name)
            self.definitions.append(Definition(name, operation, operands, knobs))
            self._known[key] = Traced(self, variable(name))
        return self._known[key]

    def require(self, condition: OpenCondition) -> None:
        """Keep a requirement; under an open condition it need hold only where that does."""
        for outer in self.within:
            condition = ~outer | condition
        self.requirements.append(condition)

    def knobs_of(self, operand: Any) -> frozenset[str]:
        """The knobs that a polynomial or a condition depends on."""
        if isinstance(operand, OpenCondition):
            return frozenset[str]().union(*map(self.knobs_of, operand.operands))
        return frozenset[str]().union(*(self._knobs_of[name] for name in operand.variables))

    def _name(self, knobs: frozenset[str], operation: str) -> str:
        """c for channels, which depend on alpha; s for sides, on rho; g for switches; else x."""
        letter = "x"
        if operation == BRACKET:
            letter = "g"
        elif knobs == {"alpha"}:
            letter = "c"
        elif knobs == {"rho"}:
            letter = "s"
        while True:
            self._counts[letter] = self._counts.get(letter, 0) + 1
            name = f"{letter}{self._counts[letter]}"
            if name not in self._taken:
                return name

    def is_whole(self, form: Polynomial) -> bool:
        return form.variables <= self._whole and all(isinstance(c, int) for _, c in form)

    def is_natural(self, form: Polynomial) -> bool:
        """Whether it is known to be a whole number of at least 0."""
        return self.is_whole(form) and self._is_at_least_one(form + 1)

    def has_one_sign(self, form: Polynomial, sign: int) -> bool:
        """Whether all terms have this sign, and all names stand for numbers above 0."""
        return bool(form) and all(
            c * sign > 0 and all(v in self._positive or v in ("alpha", "rho") for v, _ in monomial)
            for monomial, c in form
        )

    def _is_at_least_one(self, form: Polynomial) -> bool:
        """Whether a number, or a whole number of one sign, is known to be at least 1."""
        if form.constant is not None:
            return bool(form.constant >= 1)
        return (
            self.is_whole(form) and form.variables <= self._positive and self.has_one_sign(form, 1)
        )

    def _is_positive(self, operation: str, numbers: Sequence[Polynomial]) -> bool:
        """Whether a step is known to make a number of at least 1."""
        if operation == MAX:
            return any(map(self._is_at_least_one, numbers))
        if operation in (MIN, SELECT, NAME):
            return all(map(self._is_at_least_one, numbers))
        if operation == DIVISIBLE:
            return self._is_at_least_one(numbers[1])
        return operation == CEIL and all(self.has_one_sign(n, 1) for n in numbers)


class Traced(AbstractNumber):
    """A polynomial in the names of a trace."""

    __slots__ = ("form", "trace")

    def __init__(self, trace: Trace, form: Polynomial) -> None:
        self.trace = trace
        self.form = form

    def __repr__(self) -> str:
        return f"<Traced {self.form}>"

    def __str__(self) -> str:
        return str(self.form)

    def _made(self, form: Polynomial) -> Number:
        return Traced(self.trace, form) if form.constant is None else form.constant

    def operate(self, operator: str, left: Any, right: Any) -> Any:
        other = right if left is self else left
        if not isinstance(other, (*EXACT, Traced)):
            return NotImplemented
        a, b = form_of(left), form_of(right)
        if operator in "+-*":
            return self._made(OPERATIONS[operator](a, b))
        if b == 0:
            raise ZeroDivisionError
        if operator == "/":
            return (
                self._made(a / b) if b.constant is not None else self.trace.define(QUOTIENT, a, b)
            )
        if operator == "%":
            return 0 if b == 1 and self.trace.is_whole(a) else self.trace.define(MOD, a, b)
        if b == 1 and self.trace.is_whole(a):
            return left
        if all(c < 0 for _, c in a):  # -(-a // b) is how a ceiling is written
            return -self.trace.define(CEIL, -a, b)
        return self.trace.define(FLOOR, a, b)

    def compare(self, operator: str, other: Any) -> Any:
        if not isinstance(other, (*EXACT, Traced)):
            return NotImplemented
        a, b = form_of(self), form_of(other)
        difference = a - b
        if difference.constant is not None:
            return COMPARISONS[operator](difference.constant, 0)
        for sign in (1, -1):
            if self.trace.has_one_sign(difference, sign):
                return COMPARISONS[operator](sign, 0)
        if operator in (">=", "<") and self.trace.is_natural(difference):
            return operator == ">="
        return OpenCondition(self.trace, operator, (a, b))

    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        exact = [value for value in values if isinstance(value, EXACT)]
        forms = dict.fromkeys(form_of(v) for v in values if not isinstance(v, EXACT))
        if exact:
            bound = as_polynomial(min(exact) if word == "min" else max(exact))
            known = (self.trace.is_natural(form - bound) for form in forms)
            if word == "min" or not any(known):  # else it is below one of them in any case
                forms = dict.fromkeys([bound, *forms])
        if len(forms) == 1:
            return self._made(next(iter(forms)))
        return self.trace.define(word, *forms)

    def rounded(self, rule: Callable[[Any], Any], name: tuple[str, Any] | None) -> Any:
        """A rule of the language is one step; the result of any other rule is given a name."""
        if name is not None:
            function, argument = name
            return self.trace.define(function, self.form, form_of(argument))
        result = rule(self)
        if isinstance(result, Traced) and result.form not in map(variable, result.form.variables):
            return self.trace.define(NAME, result.form)
        return result

    def whole(self) -> Number:
        if not self.trace.is_whole(self.form):
            rest = self.trace.define(MOD, self.form, as_polynomial(1))
            self.trace.require(OpenCondition(self.trace, "==", (rest.form, form_of(0))))
        return self

    def is_positive(self) -> Any:
        outcome = self.compare(">", 0)
        return int(outcome) if isinstance(outcome, bool) else outcome.select(1, 0)

    def single(self) -> int:
        names = " and ".join(sorted(self.trace.knobs_of(self.form)))
        raise CostcalcError(f"the structure depends on {names}, so there is no one formula")


class OpenCondition(Condition):
    """A condition that is kept: a comparison, or conditions joined by and, or, not."""

    def __init__(self, trace: Trace, operation: str, operands: tuple[Any, ...]) -> None:
        self.trace = trace
        self.operation = operation
        self.operands = operands
        self.key: Any = (
            operation,
            *(o.key if isinstance(o, OpenCondition) else o for o in operands),
        )

    def __str__(self) -> str:
        return f"a condition that depends on {' and '.join(sorted(self.trace.knobs_of(self)))}"

    def required(self) -> bool:
        """A requirement passes unless it is known to fail; the trace keeps it."""
        self.trace.require(self)
        return True

    def decide(self) -> Any:
        return self

    def __invert__(self) -> Any:
        if self.operation in _INVERTED:
            return OpenCondition(self.trace, _INVERTED[self.operation], self.operands)
        return OpenCondition(self.trace, "not", (self,))

    def __and__(self, other: Any) -> Any:
        return self._joined("and", other)

    def __or__(self, other: Any) -> Any:
        return self._joined("or", other)

    def _joined(self, word: str, other: Any) -> Any:
        if isinstance(other, bool):
            return other if other is (word == "or") else self
        return self if other.key == self.key else OpenCondition(self.trace, word, (self, other))

    def select(self, then: Any, otherwise: Any) -> Any:
        """One of two numbers, as a step unless both are the same."""
        if then is otherwise:
            return then
        if isinstance(then, bool) and isinstance(otherwise, bool):
            return self if then else ~self
        if not all(
            isinstance(value, (*EXACT, Traced)) for value in (then, otherwise)
        ) or isinstance(then, bool):
            raise CostcalcError(
                "a condition that depends on a symbol chooses between values that are not numbers, "
                "so there is no one formula"
            )
        a, b = form_of(then), form_of(otherwise)
        if a == b:
            return then
        if self.operation in ("!=", "==") and {a, b} == set(self.operands):
            # Where the two are equal, either will do.
            return then if self.operation == "!=" else otherwise
        if a == 1 and b == 0:
            return self.trace.define(BRACKET, self)
        return self.trace.define(SELECT, self, a, b)


def form_of(value: Number) -> Polynomial:
    return value.form if isinstance(value, Traced) else as_polynomial(value)
