"""A trace without its roundings: the law by which a network's cost grows with its knobs.

The MobileNet paper (arXiv:1704.04861, equations 6 and 7) scales a layer's channels by alpha and
the sides of its maps by rho, as if alpha·M and rho·D_F were numbers of channels and positions. A
law is led through a reference, alpha 1 and rho 1: what a rounding makes of 32·alpha there is 32, so
32·alpha it is; what it makes of 7·rho / 2 is 4, so it is 4·rho from there on. Each step has three
things here: its exact value at the reference and at the network's own setting, and its form, a
polynomial over the knobs that gives the value at the reference.

What an unrounded number proves is how a cost grows with the knobs, its degree and its
coefficients, and no more. It is the exact value at the reference, and elsewhere as long as nothing
is rounded, neither there nor at the reference. Where something is, it is neither a bound nor an
estimate with a known error: MobileNet's law is 23 % below the MACs of a 97x97 input. So no sweep,
solution or budget is decided by it; these use exact integers, and `formula` prints beside each law
how far it is from them (`formulas.deviation`).

Forms decide what a network compares, in the neighbourhood of one place; where along a knob that
comes out differently is kept, and begins another piece of the law. What they leave open is decided
by the values at the network's own setting, and noted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.numeric.exact import Number, whole
from costcalc.numeric.polynomial import Polynomial, constant, variable
from costcalc.numeric.roots import positive_roots
from costcalc.numeric.rules import COMPARISONS, Operation, rule_of
from costcalc.numeric.trace import Atom, Knob, Predicate, Trace
from costcalc.numeric.work import TERM, UNLIMITED, Work


class Decision(NamedTuple):
    """What forms leave open, as it comes out at the network's own values.

    `comparison` is an operator, with its truth, or `mod`, with what is left over.
    """

    left: Polynomial
    comparison: str
    right: Polynomial
    outcome: Any


class Form(NamedTuple):
    """A number without roundings."""

    polynomial: Polynomial
    """Over the names of knobs."""
    is_inexact: bool = False
    """Whether something was rounded on the way to the reference that it does not round."""


class UnroundedTrace(Trace):
    """Conditions and extremes come out as their forms do at one place."""

    def __init__(
        self,
        reference: Mapping[str, Number],
        own: Mapping[str, Number],
        here: Mapping[str, Number],
        free: Collection[str] = (),
        work: Work = UNLIMITED,
    ) -> None:
        super().__init__({name: Knob(value, False, None) for name, value in reference.items()})
        self.own: list[Number] = [own[name] for name in reference]
        """The value of each atom at the network's own setting."""
        self.forms = [Form(variable(name)) for name in reference]
        self.reference = reference
        self.work = work
        self.here = here
        self.free = frozenset(free)
        """Knobs that leave open how many copies of an item there are."""
        self.is_own = here == own
        """Whether `here` is the network's own setting, the only one that must fit it."""
        self.breakpoints: dict[str, set[Number]] = {}
        """Along each knob, where a condition or an extreme comes out differently."""
        self.decisions: dict[Any, Decision] = {}

    def form(self, polynomial: Polynomial) -> Form:
        """The form of a polynomial over atoms."""
        self.work.charge(16 * TERM * (1 + len(polynomial.terms)))
        atoms = polynomial.variables
        form = polynomial.substitute({atom: self.forms[atom].polynomial for atom in atoms})
        is_inexact = any(self.forms[atom].is_inexact for atom in atoms)
        if is_inexact and form.constant is not None:
            return Form(constant(self.at(polynomial)))
        return Form(form, is_inexact)

    def settled(self, form: Form, reference: Number, own: Number) -> Form:
        """Of a rounded number, the part that grows fastest, led through its reference."""
        if not form.is_inexact:
            return form
        leading = _leading(form.polynomial)
        there = leading.at(self.reference)
        if there == 0:
            return Form(constant(own))
        if reference == 0:  # there is nothing to be led through
            return Form(form.polynomial)
        return Form(leading * (Fraction(reference) / there))

    def settle(self, polynomial: Polynomial) -> Atom | None:
        """A step for the side of a map, which the layers behind it see settled."""
        form = self.form(polynomial)
        if not form.is_inexact:
            return None
        reference, own = self.at(polynomial), polynomial.at(self.own)
        return self._led("settled", polynomial, self.settled(form, reference, own), reference, own)

    def _led(
        self, operation: str, of: Polynomial, form: Form, reference: Number, own: Number
    ) -> Atom:
        atom = super().define(operation, (of, constant(reference), constant(own)), reference)
        if atom == len(self.forms):
            self.forms.append(form)
            self.own.append(whole(own))
        return atom

    # What the network computes

    def define(
        self, operation: Operation, operands: Sequence[Polynomial | Predicate], value: Number
    ) -> Atom:
        if not isinstance(operation, str):
            raise CostcalcError("what a plan or an order of execution needs has no formula")
        atom = super().define(operation, operands, value)
        if atom == len(self.forms):
            if operation == "bracket":
                (test,) = operands
                assert isinstance(test, Predicate)
                self.own.append(int(test.holds(lambda part: part.at(self.own))))
                self.forms.append(Form(constant(self.own[-1])))
                return atom
            parts = [part for part in operands if isinstance(part, Polynomial)]
            own = rule_of(operation).exact(*(part.at(self.own) for part in parts))
            self.own.append(whole(own))
            first, *others = (self.form(part) for part in parts)
            if operation in ("floor", "ceil", "quotient"):
                ratio = first.polynomial / others[0].polynomial
                is_inexact = first.is_inexact or others[0].is_inexact
                if operation != "quotient":
                    over, under = map(self.at, parts)
                    is_inexact = is_inexact or over % under != 0
                form = Form(ratio, is_inexact)
            elif operation == "divisible":
                is_inexact = first.is_inexact or value != self.at(parts[0])
                form = self.settled(Form(first.polynomial, is_inexact), value, own)
            else:
                form = first
            self.forms.append(form)
        return atom

    def rounded(self, rule: Callable[[Number], Number], value: Polynomial) -> Atom:
        reference, own = rule(self.at(value)), rule(value.at(self.own))
        form = self.form(value)
        is_inexact = form.is_inexact or reference != self.at(value)
        form = self.settled(Form(form.polynomial, is_inexact), reference, own)
        return self._led("settled", value, form, reference, own)

    def is_above_0(self, polynomial: Polynomial) -> bool:
        """Whether it is at least 1 at the network's own setting; if not, note the decision."""
        above = bool(polynomial.at(self.own) >= 1)
        if not above:
            self._note(self.form(polynomial).polynomial, ">=", constant(1), False)
        return above

    def remainder(self, left: Polynomial, right: Polynomial) -> Number:
        """A remainder has no form: take it at the network's own setting, as a constant."""
        return whole(left.at(self.own) % right.at(self.own))

    def note_remainder(self, left: Polynomial, right: Polynomial) -> None:
        forms = self.form(left).polynomial, self.form(right).polynomial
        self._note(forms[0], "mod", forms[1], self.remainder(left, right))

    def single(self, polynomial: Polynomial) -> int:
        own = whole(polynomial.at(self.own))
        if not isinstance(own, int):
            raise CostcalcError(f"a whole number is needed here, not {own}")
        self._note(self.form(polynomial).polynomial, "==", constant(own), True)
        return own

    def lowest(self, polynomial: Polynomial) -> None:
        """Nothing is known of a number but its form: only that decides what is compared."""

    def is_whole(self, polynomial: Polynomial) -> bool:
        """Nor that it is whole: every side and width is a step, whose form is settled once."""
        return False

    def shown(self, polynomial: Polynomial) -> Number:
        return polynomial.at(self.own)

    def guard(self, test: Predicate, outcome: bool) -> bool:
        return outcome

    def required(self, test: Predicate, outcome: bool) -> bool:
        """A requirement is judged at the network's own values; elsewhere it passes."""
        if test.operation == "whole" or not self.is_own:
            return True
        return test.holds(lambda polynomial: polynomial.at(self.own))

    def decided(self, test: Predicate, outcome: bool) -> bool:
        return self._decided(test.operation, *test.operands)

    def chosen(self, word: str, values: Sequence[Polynomial], written: bool) -> int:
        """A formula's or a rule's own extreme is taken as at the network's own values."""
        comparison = "<=" if word == "min" else ">="
        chosen = 0
        for place in range(1, len(values)):
            left, right = values[chosen], values[place]
            if written:
                keep = self._decided(comparison, left, right)
            else:
                keep = COMPARISONS[comparison](left.at(self.own), right.at(self.own))
            chosen = chosen if keep else place
        return chosen

    def _decided(self, comparison: str, left: Polynomial, right: Polynomial) -> bool:
        """How a comparison comes out in the neighbourhood of `here`."""
        # What is compared is compared as it would be used: settled, where it was rounded.
        forms = self._as_used(left), self._as_used(right)
        difference = forms[0] - forms[1]
        if difference.constant is not None:
            return bool(COMPARISONS[comparison](difference.constant, 0))
        knobs = sorted(difference.variables, key=str)
        roots = positive_roots(difference) if len(knobs) == 1 else None
        if roots is not None and not roots.irrational and comparison not in ("==", "!="):
            self.breakpoints.setdefault(str(knobs[0]), set()).update(roots.rational)
            return bool(COMPARISONS[comparison](difference.at(self.here), 0))
        if (roots is not None and not any(roots)) or len({c > 0 for _, c in difference}) == 1:
            return bool(COMPARISONS[comparison](difference.at(self.here), 0))
        outcome = bool(COMPARISONS[comparison](left.at(self.own), right.at(self.own)))
        self._note(forms[0], comparison, forms[1], outcome)
        return outcome

    def _as_used(self, polynomial: Polynomial) -> Polynomial:
        form = self.form(polynomial)
        return self.settled(form, self.at(polynomial), polynomial.at(self.own)).polynomial

    def _note(self, left: Polynomial, comparison: str, right: Polynomial, outcome: Any) -> None:
        decision = Decision(left, comparison, right, outcome)
        self.decisions.setdefault(decision[:3], decision)


def _leading(form: Polynomial) -> Polynomial:
    """The terms of the highest degree; of what divides by a knob, all."""
    degrees = {monomial: sum(n for _, n in monomial) for monomial, _ in form}
    if any(n < 0 for monomial in degrees for _, n in monomial):
        return form
    highest = max(degrees.values(), default=0)
    return Polynomial({m: c for m, c in form if degrees[m] == highest})
