"""Numbers that keep every step: formulas with their floors and ceilings, equal to the integers.

A Traced number is a polynomial in names. What is no polynomial (a quotient rounded down, the
larger of two, a choice) is given a name of its own and defined once, in the order of computing:
in the end there is a polynomial, and the few definitions that it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy

from costcalc.errors import CostcalcError
from costcalc.numeric.base import Condition, NumberKind
from costcalc.numeric.exact import EXACT, Number, whole
from costcalc.numeric.relaxed import COMPARISONS, OPERATIONS, number, sympify

FLOOR, CEIL, MOD, QUOTIENT, MIN, MAX, SELECT, BRACKET, NAME, DIVISIBLE = (
    "floor ceil mod quotient min max select bracket name divisible".split()
)
_INVERTED = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


class Definition:
    """A name for one step: an operation and what it is done to (polynomials, or a condition)."""

    def __init__(self, symbol: Any, operation: str, operands: tuple[Any, ...]) -> None:
        self.symbol = symbol
        self.operation = operation
        self.operands = operands


class Program:
    """The knobs, and the definitions made so far."""

    def __init__(
        self, knobs: dict[str, Any], whole_knobs: Sequence[str], taken: Sequence[str]
    ) -> None:
        """`knobs` are symbols by name, those of whole numbers at least 1.

        No definition has one of the names that are `taken`.
        """
        self.knobs = knobs
        self.definitions: list[Definition] = []
        self._known: dict[Any, Traced | Number] = {}
        self._taken = {*taken, *knobs}
        self._counts: dict[str, int] = {}
        # What each symbol hangs on, and which are whole numbers, and at least 1.
        self._roots: dict[Any, frozenset[str]] = {
            symbol: frozenset([name]) for name, symbol in knobs.items()
        }
        self._whole = {knobs[name] for name in whole_knobs}
        self._positive: set[Any] = set(self._whole)

    def knob(self, name: str) -> Traced:
        return Traced(self, self.knobs[name])

    def define(self, operation: str, *operands: Any) -> Any:
        """The number that an operation makes; the same one is made once."""
        key = (operation, *(o.key if isinstance(o, Open) else o for o in operands))
        if key not in self._known:
            roots: frozenset[str] = frozenset()
            for operand in operands:
                roots |= self.roots(operand)
            symbol = sympy.Symbol(self._name(roots, operation))
            self._roots[symbol] = roots
            numbers = [operand for operand in operands if not isinstance(operand, Open)]
            exact = operation != QUOTIENT and all(map(self.is_whole, numbers))
            if exact or operation in (FLOOR, CEIL, DIVISIBLE, BRACKET):
                self._whole.add(symbol)
            if self._is_positive(operation, operands):
                self._positive.add(symbol)
            self.definitions.append(Definition(symbol, operation, operands))
            self._known[key] = Traced(self, symbol)
        return self._known[key]

    def roots(self, operand: Any) -> frozenset[str]:
        """The knobs that something hangs on."""
        if isinstance(operand, Open):
            found: frozenset[str] = frozenset()
            for part in operand.operands:
                found |= self.roots(part)
            return found
        roots: frozenset[str] = frozenset()
        for symbol in operand.free_symbols:
            roots |= self._roots[symbol]
        return roots

    def _name(self, roots: frozenset[str], operation: str) -> str:
        """c for channels, which hang on alpha; s for sides, which hang on rho; g for switches."""
        letter = "x"
        if operation == BRACKET:
            letter = "g"
        elif roots == {"alpha"}:
            letter = "c"
        elif roots == {"rho"}:
            letter = "s"
        while True:
            self._counts[letter] = self._counts.get(letter, 0) + 1
            name = f"{letter}{self._counts[letter]}"
            if name not in self._taken:
                return name

    def is_whole(self, form: Any) -> bool:
        return form.free_symbols <= self._whole and all(
            term.as_coeff_Mul()[0].is_integer for term in sympy.Add.make_args(form)
        )

    def at_least_one(self, form: Any) -> bool:
        """Whether a whole number is known to be above 0."""
        return (
            self.is_whole(form)
            and form.free_symbols <= self._positive
            and self.has_one_sign(form, 1)
        )

    def is_natural(self, form: Any) -> bool:
        """Whether it is known to be a whole number of at least 0."""
        return self.at_least_one(sympy.expand(form + 1))

    def has_one_sign(self, form: Any, sign: int) -> bool:
        """Whether all terms of symbols above 0 have this sign."""
        above = self._positive | {self.knobs[n] for n in ("alpha", "rho") if n in self.knobs}
        return form.free_symbols <= above and all(
            term.as_coeff_Mul()[0] * sign > 0 for term in sympy.Add.make_args(form)
        )

    def _is_positive(self, operation: str, operands: Sequence[Any]) -> bool:
        numbers = [operand for operand in operands if not isinstance(operand, Open)]
        if operation == MAX:
            return any(n >= 1 if n.is_number else self.at_least_one(n) for n in numbers)
        if operation in (MIN, SELECT):
            return all(n >= 1 if n.is_number else self.at_least_one(n) for n in numbers)
        if operation == DIVISIBLE:
            return bool(numbers[1].is_number and numbers[1] >= 1)
        if operation == NAME:
            return self.at_least_one(numbers[0])
        if operation == CEIL:
            return all(n > 0 if n.is_number else self.has_one_sign(n, 1) for n in numbers)
        return False


class Traced(NumberKind):
    """A polynomial in the names of a program."""

    __slots__ = ("form", "program")

    def __init__(self, program: Program, form: Any) -> None:
        self.program = program
        self.form = form

    def __repr__(self) -> str:
        return f"<Traced {self.form}>"

    def __str__(self) -> str:
        return str(self.form)

    def _made(self, form: Any) -> Number:
        form = sympy.expand(form)  # what is asked of a form is asked of its terms
        return Traced(self.program, form) if form.free_symbols else number(form)

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
            if b.is_number:
                return self._made(a / b)
            return self.program.define(QUOTIENT, a, b)
        if operator == "%":
            return 0 if b == 1 and self.program.is_whole(a) else self.program.define(MOD, a, b)
        if b == 1 and self.program.is_whole(a):
            return left
        if a.as_coeff_Mul()[0].is_negative:  # -(-a // b) is how a ceiling is written
            return -self.program.define(CEIL, sympy.expand(-a), b)
        return self.program.define(FLOOR, sympy.expand(a), b)

    def compare(self, operator: str, other: Any) -> Any:
        if not isinstance(other, (*EXACT, Traced)):
            return NotImplemented
        a, b = form_of(self), form_of(other)
        difference = sympy.expand(a - b)
        if difference.is_number:
            return bool(COMPARISONS[operator](difference, 0))
        for sign in (1, -1):
            if self.program.has_one_sign(difference, sign):
                return COMPARISONS[operator](sign, 0)
        if operator in (">=", "<") and self.program.is_natural(difference):
            return operator == ">="
        return Open(self.program, operator, (a, b))

    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        exact = [value for value in values if isinstance(value, EXACT)]
        forms = dict.fromkeys(form_of(v) for v in values if not isinstance(v, EXACT))
        if exact:
            bound = sympify(min(exact) if word == "min" else max(exact))
            known = (self.program.is_natural(sympy.expand(form - bound)) for form in forms)
            if word == "min" or not any(known):  # else it is below one of them in any case
                forms = dict.fromkeys([bound, *forms])
        if len(forms) == 1:
            return self._made(next(iter(forms)))
        return self.program.define(word, *forms)

    def rounded(self, rule: Callable[[Any], Any], name: tuple[str, Any] | None) -> Any:
        """A rule of the language is one step; what any other makes of it is given a name."""
        if name is not None:
            function, argument = name
            return self.program.define(function, sympy.expand(self.form), form_of(argument))
        result = rule(self)
        if isinstance(result, Traced) and not result.form.is_Symbol:
            return self.program.define(NAME, sympy.expand(result.form))
        return result

    def is_positive(self) -> Any:
        outcome = self.compare(">", 0)
        return int(outcome) if isinstance(outcome, bool) else outcome.select(1, 0)

    def single(self) -> int:
        names = " and ".join(sorted(self.program.roots(self.form)))
        raise CostcalcError(f"the structure hangs on {names}: there is no one formula")


class Open(Condition):
    """A condition that is kept: a comparison, or conditions joined by and, or, not."""

    def __str__(self) -> str:
        return f"a condition that hangs on {' and '.join(sorted(self.program.roots(self)))}"

    def __init__(self, program: Program, operation: str, operands: tuple[Any, ...]) -> None:
        self.program = program
        self.operation = operation
        self.operands = operands
        self.key: Any = (operation, *(o.key if isinstance(o, Open) else o for o in operands))

    def required(self) -> bool:
        """What is not known to be wrong passes."""
        return True

    def decide(self) -> Any:
        return self

    def __invert__(self) -> Any:
        if self.operation in _INVERTED:
            return Open(self.program, _INVERTED[self.operation], self.operands)
        return Open(self.program, "not", (self,))

    def __and__(self, other: Any) -> Any:
        return self._joined("and", other)

    def __or__(self, other: Any) -> Any:
        return self._joined("or", other)

    def _joined(self, word: str, other: Any) -> Any:
        if isinstance(other, bool):
            return other if other is (word == "or") else self
        return self if other.key == self.key else Open(self.program, word, (self, other))

    def select(self, then: Any, otherwise: Any) -> Any:
        """The one number or the other; what is the same needs no choice."""
        if then is otherwise:
            return then
        if isinstance(then, bool) and isinstance(otherwise, bool):
            return self if then else ~self
        if not all(
            isinstance(value, (*EXACT, Traced)) for value in (then, otherwise)
        ) or isinstance(then, bool):
            raise CostcalcError(
                "a condition that hangs on a symbol decides what is no number: "
                "there is no one formula"
            )
        a, b = form_of(then), form_of(otherwise)
        if sympy.expand(a - b) == 0:
            return then
        if self.operation in ("!=", "==") and {a, b} == set(self.operands):
            return then if self.operation == "!=" else otherwise  # where they differ not, any does
        if (a, b) == (1, 0):
            return self.program.define(BRACKET, self)
        return self.program.define(SELECT, self, sympy.expand(a), sympy.expand(b))


def form_of(value: Number) -> Any:
    return value.form if isinstance(value, Traced) else sympify(whole(Fraction(value)))
