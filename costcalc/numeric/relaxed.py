"""Relaxed numbers: how a network grows with its knobs, as if nothing were rounded.

The MobileNet paper (arXiv:1704.04861, equations 6 and 7) scales a layer's channels by alpha and
the sides of its maps by rho, as if alpha * M and rho * D_F were numbers of channels and positions.
A Relaxed number carries that polynomial of the knobs, and two exact values: at the reference
setting, alpha 1 and rho 1, and at the network's own.

The reference value keeps the polynomial honest. Wherever a formula rounds, the polynomial stays
unrounded and the number is marked as inexact; `rescaled` then takes the terms that grow fastest and
scales them so that they pass through the reference value. A 7 x 7 map that a stride of 32 made of
224 x 224 is therefore 7·rho, not 7·rho minus what each stride lost. So a relaxed formula proves two
things: it is exact at alpha 1 and rho 1, and it grows with each knob as the network does. It bounds
no error in between; `formulas.deviation` measures that. A number that is not inexact went through
no rounding that changed it at the reference.

The network's own value judges its requirements, and conditions that the polynomials leave open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.numeric.base import COMPARISONS, OPERATIONS, AbstractNumber, Condition
from costcalc.numeric.exact import EXACT, Number, divisible, whole
from costcalc.numeric.polynomial import Polynomial, as_polynomial, variable
from costcalc.numeric.roots import positive_roots


class Decision:
    """What the polynomials leave open, decided as at the network's own setting.

    A comparison and whether it holds, or `mod` and the remainder.
    """

    def __init__(
        self, left: Polynomial, comparison: str, right: Polynomial, outcome: Number
    ) -> None:
        self.left = left
        self.comparison = comparison
        self.right = right
        self.outcome = outcome

    def key(self) -> Any:
        return self.left, self.comparison, self.right


class Derivation:
    """One derivation of a network's law: its reference setting, and where conditions are judged.

    Conditions and extremes come out as they do near `point`; the places along one knob where they
    come out otherwise are collected in `breakpoints`, and what had to be taken from the network's
    own setting in `decisions`.
    """

    def __init__(
        self, reference: Mapping[str, Number], point: Mapping[str, Number], *, at_setting: bool
    ) -> None:
        self.reference = dict(reference)
        self.point = point
        self.at_setting = at_setting
        """Whether the point is the network's own setting, where its requirements must be met."""
        self.breakpoints: dict[str, set[Fraction]] = {}
        self.decisions: dict[Any, Decision] = {}

    def knob(self, name: str, value: Number) -> Relaxed:
        return Relaxed(self, variable(name), self.reference[name], value)

    def lifted(self, value: Number) -> Relaxed:
        if isinstance(value, Relaxed):
            return value
        return Relaxed(self, as_polynomial(value), value, value)

    def decide(self, comparison: str, left: Number, right: Number) -> bool:
        """Whether a condition of the network holds near the point."""
        # Numbers are compared as the network would use them: rescaled where they were rounded.
        a, b = (self.lifted(self.lifted(value).rescaled()) for value in (left, right))
        difference = a.form - b.form
        if difference.constant is not None:
            return COMPARISONS[comparison](difference.constant, 0)
        names = list(difference.variables)
        roots = positive_roots(difference) if len(names) == 1 else None
        if roots and not roots.irrational and comparison not in ("==", "!="):
            self.breakpoints.setdefault(names[0], set()).update(roots.rational)
            return COMPARISONS[comparison](difference.at(self.point), 0)
        if roots == ([], 0) or _has_one_sign(difference):
            return COMPARISONS[comparison](difference.at(self.point), 0)
        outcome = COMPARISONS[comparison](a.value, b.value)
        a.note(comparison, b, outcome)
        return outcome


class Relaxed(AbstractNumber):
    """A polynomial of the knobs, with its exact value at the reference and at the own setting."""

    __slots__ = ("derivation", "form", "inexact", "reference", "value")

    def __init__(
        self,
        derivation: Derivation,
        form: Polynomial,
        reference: Number,
        value: Number,
        inexact: bool = False,
    ) -> None:
        self.derivation = derivation
        self.form = form
        self.reference = reference
        self.value = value
        self.inexact = inexact
        """Whether the reference value was rounded and the polynomial was not."""

    def __repr__(self) -> str:
        return f"<Relaxed {self.form}, {self.value}>"

    def __str__(self) -> str:
        return str(self.value)

    def _made(self, form: Polynomial, reference: Number, value: Number, inexact: bool) -> Number:
        if form.constant is not None:
            return reference if inexact else form.constant
        return Relaxed(self.derivation, form, whole(reference), whole(value), inexact)

    def operate(self, operator: str, left: Any, right: Any) -> Any:
        other = right if left is self else left
        if not isinstance(other, (*EXACT, Relaxed)):
            return NotImplemented
        a, b = self.derivation.lifted(left), self.derivation.lifted(right)
        operation = OPERATIONS[operator]
        if operator == "%":  # a remainder does not grow with the knobs
            return operation(a.value, b.value)
        inexact = a.inexact or b.inexact
        if operator == "/":
            reference, value = Fraction(a.reference) / b.reference, Fraction(a.value) / b.value
        else:
            reference = operation(a.reference, b.reference)
            value = operation(a.value, b.value)
        if operator == "//":
            form = a.form / b.form
            inexact = inexact or a.reference % b.reference != 0
        else:
            form = operation(a.form, b.form)
        return self._made(form, reference, value, inexact)

    def note_remainder(self, left: Any, right: Any) -> None:
        a, b = self.derivation.lifted(left), self.derivation.lifted(right)
        a.note("mod", b, a.value % b.value)

    def note(self, comparison: str, other: Number, outcome: Number) -> None:
        """Keep a decision that was taken as at the network's own setting."""
        decision = Decision(self.form, comparison, self.derivation.lifted(other).form, outcome)
        self.derivation.decisions.setdefault(decision.key(), decision)

    def compare(self, operator: str, other: Any) -> Any:
        if not isinstance(other, (*EXACT, Relaxed)):
            return NotImplemented
        return RelaxedCondition(self.derivation, operator, self, other)

    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        """One that the network writes is decided by the polynomials, a formula's own by values."""
        chosen, *others = (self.derivation.lifted(value) for value in values)
        comparison = "<=" if word == "min" else ">="
        for value in others:
            if written:
                keep = self.derivation.decide(comparison, chosen, value)
            else:
                keep = COMPARISONS[comparison](chosen.value, value.value)
            chosen = chosen if keep else value
        return self._made(chosen.form, chosen.reference, chosen.value, chosen.inexact)

    def is_positive(self) -> Any:
        return int(self.value > 0)

    def rounded(self, rule: Callable[[Any], Any], name: tuple[str, Any] | None) -> Any:
        """The polynomial, rescaled to what the rule gives at the reference if it rounds there."""
        if name is not None and isinstance(name[1], Relaxed):
            divisor = name[1]
            reference = divisible(self.reference, divisor.reference)
            value = divisible(self.value, divisor.value)
        else:
            reference, value = rule(self.reference), rule(self.value)
        inexact = self.inexact or reference != self.reference
        made = self._made(self.form, reference, value, inexact)
        return made.rescaled() if isinstance(made, Relaxed) else made

    def rescaled(self) -> Number:
        """Of an inexact number, the terms that grow fastest, scaled to the reference value."""
        if not self.inexact:
            return self
        form = _leading(self.form)
        unscaled = form.at(self.derivation.reference)
        if unscaled == 0:
            return self.value
        # Nothing can be scaled to 0.
        scaled = form * (Fraction(self.reference) / unscaled) if self.reference else self.form
        return self._made(scaled, self.reference, self.value, False)

    def single(self) -> int:
        """As at the network's own setting."""
        value = whole(self.value)
        if not isinstance(value, int):
            raise CostcalcError(f"a whole number is needed here, not {value}")
        self.note("==", value, True)
        return value


class RelaxedCondition(Condition):
    __slots__ = ("comparison", "derivation", "left", "right")

    def __init__(self, derivation: Derivation, comparison: str, left: Any, right: Any) -> None:
        self.derivation = derivation
        self.comparison = comparison
        self.left = left
        self.right = right

    def required(self) -> bool:
        """A requirement is judged at the network's own setting, and passes at other points."""
        left, right = (self.derivation.lifted(value).value for value in (self.left, self.right))
        return not self.derivation.at_setting or COMPARISONS[self.comparison](left, right)

    def decide(self) -> bool:
        return self.derivation.decide(self.comparison, self.left, self.right)


def _leading(form: Polynomial) -> Polynomial:
    """The terms of the highest degree; all terms where one has a divisor."""
    degrees = {monomial: sum(n for _, n in monomial) for monomial in form.terms}
    if any(n < 0 for monomial in form.terms for _, n in monomial):
        return form
    highest = max(degrees.values())
    return Polynomial({m: c for m, c in form if degrees[m] == highest})


def _has_one_sign(form: Polynomial) -> bool:
    """Whether a polynomial has one sign wherever all knobs are above 0, as all its terms have."""
    divisors = {base for m in form.terms for base, _ in m if isinstance(base, Polynomial)}
    return len({c > 0 for c in form.terms.values()}) == 1 and all(map(_has_one_sign, divisors))
