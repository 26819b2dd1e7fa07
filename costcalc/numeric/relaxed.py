"""Numbers that keep their law: how they grow with the knobs, without rounding.

The MobileNet paper (arXiv:1704.04861, equations 6 and 7) scales a layer's channels by alpha and
the sides of its maps by rho, as if alpha * M and rho * D_F were numbers of channels and positions.
A Law carries that formula, and beside it what it rounds to at two settings: at the anchor, alpha 1
and rho 1, through which the formula is led wherever something is rounded; and at the network's
own, by which requirements are judged, and conditions that the symbols leave open.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy

from costcalc.errors import CostcalcError
from costcalc.numeric.base import Condition, NumberKind
from costcalc.numeric.exact import EXACT, Number, divisible, whole

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class Decision:
    """What the symbols leave open, and how it comes out at the network's own values.

    A comparison and its truth, or `mod` and what is left over.
    """

    def __init__(self, left: Any, comparison: str, right: Any, outcome: Any) -> None:
        self.left = left
        self.comparison = comparison
        self.right = right
        self.outcome = outcome

    def key(self) -> Any:
        return self.left, self.comparison, self.right


class LawBook:
    """The symbols of one derivation, where it stands, and what it had to decide.

    `here` is a value for each symbol: conditions and extremes come out as they do there, and where
    along a symbol they come out otherwise is kept in `breakpoints`.
    """

    def __init__(
        self, anchor: Mapping[Any, Number], here: Mapping[Any, Number], *, at_home: bool = True
    ) -> None:
        self.anchor = {symbol: sympify(value) for symbol, value in anchor.items()}
        self.here = {symbol: sympify(value) for symbol, value in here.items()}
        self.breakpoints: dict[Any, set[Any]] = {}
        self.at_home = at_home
        """Whether `here` is at the network's own values, the only ones that must fit it."""
        self.decisions: dict[Any, Decision] = {}

    def symbol(self, symbol: Any, own: Number) -> Law:
        return Law(self, symbol, number(self.anchor[symbol]), own)

    def at_anchor(self, form: Any) -> Any:
        return form.subs(self.anchor)

    def decide(self, comparison: str, left: Any, right: Any) -> bool:
        """How a condition of the network comes out in the neighbourhood of `here`."""
        # What is compared is compared as it would be used: rounded, where it was rounded.
        a, b = (self.lifted(self.lifted(value).settled()) for value in (left, right))
        difference = sympy.expand(a.form - b.form)
        if difference.is_number:
            return bool(COMPARISONS[comparison](difference, 0))
        symbols = sorted(difference.free_symbols, key=str)
        ordering = comparison in ("<", "<=", ">", ">=")
        roots = _roots(difference, symbols[0]) if len(symbols) == 1 else None
        if roots is not None and ordering:
            self.breakpoints.setdefault(symbols[0], set()).update(roots)
            return bool(COMPARISONS[comparison](difference.subs(self.here), 0))
        if roots == [] or _one_sign(difference):
            return bool(COMPARISONS[comparison](difference.subs(self.here), 0))
        outcome = COMPARISONS[comparison](a.own, b.own)
        a.note(comparison, b, bool(outcome))
        return bool(outcome)

    def lifted(self, value: Number) -> Law:
        if isinstance(value, Law):
            return value
        return Law(self, sympify(value), value, value)


class Law(NumberKind):
    """A number as a formula of the symbols, and its exact value at the anchor and as it is."""

    __slots__ = ("anchor", "book", "form", "inexact", "own")

    def __init__(
        self, book: LawBook, form: Any, anchor: Number, own: Number, inexact: bool = False
    ) -> None:
        self.book = book
        self.form = form
        self.anchor = anchor
        self.own = own
        self.inexact = inexact
        """Whether something was rounded on the way to the anchor, and not in the formula."""

    def __repr__(self) -> str:
        return f"<Law {self.form}, {self.own}>"

    def __str__(self) -> str:
        return str(self.own)

    def _made(self, form: Any, anchor: Number, own: Number, inexact: bool) -> Number:
        if not form.free_symbols:
            return whole(number(form)) if not inexact else anchor
        return Law(self.book, form, whole(anchor), whole(own), inexact)

    def operate(self, operator: str, left: Any, right: Any) -> Any:
        other = right if left is self else left
        if not isinstance(other, (*EXACT, Law)):
            return NotImplemented
        a, b = self.book.lifted(left), self.book.lifted(right)
        if operator == "%":  # what is left over has no law
            return OPERATIONS["%"](a.own, b.own)
        if operator == "/":
            anchor, own = (
                Fraction(x) / Fraction(y) for x, y in ((a.anchor, b.anchor), (a.own, b.own))
            )
        else:
            operation = OPERATIONS[operator]
            anchor, own = operation(a.anchor, b.anchor), operation(a.own, b.own)
        inexact = a.inexact or b.inexact
        if operator == "//":
            form = a.form / b.form
            inexact = inexact or a.anchor % b.anchor != 0
        else:
            form = OPERATIONS[operator](a.form, b.form)
        return self._made(form, anchor, own, inexact)

    def note_remainder(self, left: Any, right: Any) -> None:
        a, b = self.book.lifted(left), self.book.lifted(right)
        a.note("mod", b, a.own % b.own)

    def note(self, comparison: str, other: Number, outcome: Any) -> None:
        """Something the symbols leave open is taken as it is at the network's own values."""
        decision = Decision(self.form, comparison, self.book.lifted(other).form, outcome)
        self.book.decisions.setdefault(decision.key(), decision)

    def compare(self, operator: str, other: Any) -> Any:
        if not isinstance(other, (*EXACT, Law)):
            return NotImplemented
        return LawCondition(self.book, operator, self, other)

    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        """A formula's or a rule's own is taken as at the network's own values."""
        chosen, *others = (self.book.lifted(value) for value in values)
        comparison = "<=" if word == "min" else ">="
        for value in others:
            if written:
                keep = self.book.decide(comparison, chosen, value)
            else:
                keep = COMPARISONS[comparison](chosen.own, value.own)
            chosen = chosen if keep else value
        return self._made(chosen.form, chosen.anchor, chosen.own, chosen.inexact)

    def is_positive(self) -> Any:
        return int(self.own > 0)

    def rounded(self, rule: Callable[[Any], Any], name: tuple[str, Any] | None) -> Any:
        """The formula as it is, if need be led through what the rule gives at the anchor."""
        if name is not None and isinstance(name[1], Law):
            divisor = name[1]
            anchor = divisible(self.anchor, divisor.anchor)
            own = divisible(self.own, divisor.own)
        else:
            anchor, own = rule(self.anchor), rule(self.own)
        inexact = self.inexact or anchor != self.anchor
        return (
            self._made(self.form, anchor, own, inexact).settled()
            if inexact
            else (self._made(self.form, anchor, own, False))
        )

    def settled(self) -> Number:
        """Of a rounded number, the part that grows fastest, led through the anchor."""
        if not self.inexact:
            return self
        form = leading(self.form, list(self.book.anchor))
        there = self.book.at_anchor(form)
        if there == 0:
            return self.own
        if self.anchor == 0:  # nothing to be led through
            return self._made(self.form, self.anchor, self.own, False)
        return self._made(
            sympy.expand(form * sympify(self.anchor) / there), self.anchor, self.own, False
        )

    def single(self) -> int:
        """As at the network's own values."""
        own = whole(self.own)
        if not isinstance(own, int):
            raise CostcalcError(f"a whole number is needed here, not {own}")
        self.note("==", own, True)
        return own


class LawCondition(Condition):
    __slots__ = ("book", "comparison", "left", "right")

    def __init__(self, book: LawBook, comparison: str, left: Any, right: Any) -> None:
        self.book = book
        self.comparison = comparison
        self.left = left
        self.right = right

    def required(self) -> bool:
        """A requirement is judged at the network's own values; elsewhere it passes."""
        left, right = self.book.lifted(self.left), self.book.lifted(self.right)
        return not self.book.at_home or bool(COMPARISONS[self.comparison](left.own, right.own))

    def decide(self) -> bool:
        return self.book.decide(self.comparison, self.left, self.right)


def sympify(value: Number) -> Any:
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return sympy.sympify(value)


def number(form: Any) -> Number:
    """An exact number of ours from one of SymPy's."""
    rational = sympy.Rational(form)
    return whole(Fraction(int(rational.p), int(rational.q)))


def leading(form: Any, symbols: Sequence[Any]) -> Any:
    """The terms of the highest degree in the symbols; of what is no polynomial, all."""
    form = sympy.expand(form)
    if not form.is_polynomial(*symbols):
        return form
    terms = sympy.Poly(form, *symbols).terms()
    degree = max(sum(powers) for powers, _ in terms)
    return sympy.Add(
        *(
            coefficient * sympy.Mul(*(s**n for s, n in zip(symbols, powers, strict=True)))
            for powers, coefficient in terms
            if sum(powers) == degree
        )
    )


@lru_cache(maxsize=1024)
def _roots(difference: Any, symbol: Any) -> list[Any] | None:
    """Where above 0 a formula of one symbol passes 0; None where that is not known."""
    numerator = sympy.together(difference).as_numer_denom()[0]
    if not numerator.is_polynomial(symbol):
        return None
    polynomial = sympy.Poly(numerator, symbol)
    if polynomial.degree() > 8:
        return None
    roots = {root for root in sympy.real_roots(polynomial) if root.is_positive}
    return sorted(roots) if all(root.is_rational for root in roots) else None


def _one_sign(difference: Any) -> bool:
    """Whether a formula of positive symbols has one sign, since all its terms have."""
    return (
        len({term.as_coeff_Mul()[0].is_positive for term in sympy.Add.make_args(difference)}) == 1
    )
