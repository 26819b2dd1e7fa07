"""What a network computes, written down once while it is built.

A network is built over traced numbers (`traced`). Each has its exact value at the setting of the
trace, and the polynomial that it is over knobs (alpha, rho, a height, params) and *steps*. A step
is what no polynomial says: a floor, a ceiling, a quotient, an extreme, a choice. MobileNet at alpha
1/2 has a stem of `max(1, floor(32·alpha))` channels: two steps, c1 = floor(32·alpha) and
c2 = max(1, c1). Its maps have sides such as s1 = floor(224·rho + 1/2) and s2 = ceil(s1 / 2), and
the stem's MACs are 27·c2·s2². The whole network is some forty steps and one polynomial a metric.

A trace is a program without branches or loops: it runs in ints at one setting (`point`), in arrays
over a grid (`tables`, `products`), along a knob (`breaks`), or becomes a formula on a page. It is
also why a million points of an alpha x rho grid take a few milliseconds: every step of MobileNet
depends on alpha alone or on rho alone, so it is a table along one axis, and a metric is a sum of
products of the two kinds of tables: the product of a thin matrix (alpha x terms) and a wide one
(terms x rho), with some ten terms. A network may also be traced without its roundings
(`unrounded`).

A trace serves every setting at which the network is built the same way. What that takes is written
down too: a *guard* is a comparison with the outcome that it had. Where a guard comes out
differently, the network is traced anew. Many conditions need no guard: a layer that is added or
left out counts 1 or 0 times, which is a step like any other (`OpenTrace`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.numeric.exact import LARGEST, Number, whole
from costcalc.numeric.polynomial import Polynomial, constant
from costcalc.numeric.rules import COMPARISONS, Operation, Rule, rule_of

Atom: TypeAlias = int
"""A variable of a trace's polynomials: a knob or a step, by its number; knobs come first."""


class Knob(NamedTuple):
    """A variable that a network is traced over."""

    value: Number
    """At the setting of the trace."""
    is_whole: bool
    """Whether it is a whole number at every setting that is asked of the trace."""
    least: Number | None = 0
    """A bound below; None where there is none."""
    above: bool = True
    """Whether it is always above that bound, and never equal to it."""


class Predicate(NamedTuple):
    """A condition as data: a comparison of two polynomials, or conditions joined by and, or, not.

    `whole` tests whether one polynomial is a whole number.
    """

    operation: str
    operands: tuple[Any, ...]

    def parts(self) -> list[Polynomial]:
        """The polynomials that it is about."""
        found: list[Polynomial] = []
        for operand in self.operands:
            found += operand.parts() if isinstance(operand, Predicate) else [operand]
        return found

    def holds(self, value: Any) -> bool:
        """Its outcome; `value` gives the number of a polynomial."""
        if self.operation == "and":
            return all(part.holds(value) for part in self.operands)
        if self.operation == "or":
            return any(part.holds(value) for part in self.operands)
        if self.operation == "not":
            return not self.operands[0].holds(value)
        numbers = [value(part) for part in self.operands]
        if self.operation == "whole":
            return type(whole(numbers[0])) is int
        return bool(COMPARISONS[self.operation](*numbers))


class Step(NamedTuple):
    """A number that is no polynomial of those before it; see `rules.RULES`."""

    operation: Operation
    operands: tuple[Polynomial | Predicate, ...]

    @property
    def rule(self) -> Rule:
        return rule_of(self.operation)

    def parts(self) -> list[Polynomial]:
        """The polynomials that it is made of."""
        found: list[Polynomial] = []
        for operand in self.operands:
            found += operand.parts() if isinstance(operand, Predicate) else [operand]
        return found


class Guard(NamedTuple):
    """What must come out the same for the trace to serve a setting."""

    test: Predicate
    outcome: bool
    after: int
    """How many steps were known when it was decided: it can be computed from these."""


class StructureError(Exception):
    """A condition decides more than numbers: it must be closed, and the network traced anew."""

    def __init__(self, test: Predicate) -> None:
        super().__init__(test)
        self.test = test


class Trace:
    """The steps and guards of one network, built over the numbers of some knobs.

    This one decides every condition, and guards the outcome. A subclass may decide otherwise.
    """

    def __init__(self, knobs: Mapping[str, Knob]) -> None:
        self.knobs = list(knobs)
        self.steps: list[Step] = []
        self.guards: dict[Predicate, Guard] = {}
        self.sized: dict[Polynomial, None] = {}
        """What the network asked the size of: no value of it may reach LARGEST."""
        self.closed: set[Predicate] = set()
        """Conditions that decide more than numbers: they are guarded in any case."""
        self.within: list[Predicate] = []
        """The open conditions under which what is being built counts."""
        # What is known of each atom: its value at the setting of the trace, and its range.
        self.values: list[Number] = [knob.value for knob in knobs.values()]
        self.wholes = [knob.is_whole for knob in knobs.values()]
        self.least = [knob.least for knob in knobs.values()]
        self.above = [knob.above for knob in knobs.values()]
        self.memo: dict[Any, Any] = {}
        """Operations by their operands' identities, with the operands to keep these alive."""
        self._known: dict[Step, Atom] = {}

    def define(
        self, operation: Operation, operands: Sequence[Polynomial | Predicate], value: Number
    ) -> Atom:
        """The step that an operation makes, with its value; the same one is made once."""
        step = Step(operation, tuple(operands))
        if step not in self._known:
            rule = rule_of(operation)
            parts = [operand for operand in operands if isinstance(operand, Polynomial)]
            decisive = parts[-1:] if rule.is_multiple else parts
            is_whole = rule.is_whole or (
                (rule.keeps_whole or rule.is_multiple) and all(map(self.is_whole, decisive))
            )
            least, above = rule.lowest(
                [self.lowest(part) for part in parts], [part.constant for part in parts]
            ) or (None, False)
            if is_whole and least is not None and above:
                least, above = least // 1 + 1, False
            self._known[step] = len(self.values)
            self.steps.append(step)
            self.values.append(whole(value))
            self.wholes.append(is_whole)
            self.least.append(least)
            self.above.append(above)
        return self._known[step]

    # What is known of polynomials

    def is_whole(self, polynomial: Polynomial) -> bool:
        """Whether it is a whole number wherever its knobs are what they are said to be."""
        wholes = self.wholes
        return all(
            type(c) is int and all(n > 0 and wholes[atom] for atom, n in monomial)
            for monomial, c in polynomial
        )

    def lowest(self, polynomial: Polynomial) -> tuple[Number, bool] | None:
        """A number that it is never below, and whether it is always above that number."""
        bound: Number = 0
        strictly = False
        for monomial, c in polynomial:
            positive, above = True, False
            for atom, n in monomial:
                least = self.least[atom]
                if c < 0 or n < 0 or least is None or least < 0:
                    return None
                c *= least**n
                positive = positive and (least > 0 or self.above[atom])
                above = above or self.above[atom]
            strictly = strictly or (positive and above)
            bound += c
        return bound, strictly

    def sign(self, polynomial: Polynomial) -> int | None:
        """1 where it is known to be above 0, 0 where it is known not to be below; else None."""
        low = self.lowest(polynomial)
        if low is None or low[0] < 0:
            return None
        return 1 if low[0] > 0 or low[1] else 0

    def roots(self, part: Polynomial | Predicate) -> set[int]:
        """The knobs that something depends on."""
        found: set[int] = set()
        left = [part] if isinstance(part, Polynomial) else part.parts()
        while left:
            for atom in left.pop().variables - found:
                found.add(atom)
                if atom >= len(self.knobs):
                    left += self.steps[atom - len(self.knobs)].parts()
        return {atom for atom in found if atom < len(self.knobs)}

    # Conditions

    def guard(self, test: Predicate, outcome: bool) -> bool:
        """Serve only settings at which the test comes out so; returns the outcome."""
        if test not in self.guards:
            self.guards[test] = Guard(test, outcome, len(self.steps))
        return outcome

    def decided(self, test: Predicate, outcome: bool) -> bool | None:
        """The outcome of a condition of the network; None leaves it open."""
        return self.guard(test, outcome)

    def required(self, test: Predicate, outcome: bool) -> bool:
        """The outcome of a requirement. Under open conditions it must hold only where they do."""
        if not self.within:
            return self.guard(test, outcome)
        if not outcome and all(condition.holds(self.at) for condition in self.within):
            return self.guard(test, False)
        unless = [Predicate("not", (condition,)) for condition in self.within]
        return self.guard(Predicate("or", (*unless, test)), True)

    def at(self, polynomial: Polynomial) -> Number:
        """Its value at the setting of the trace."""
        return polynomial.at(self.values)

    def shown(self, polynomial: Polynomial) -> Number:
        """Its value in a message."""
        return self.at(polynomial)

    def may_be_large(self, largest: Number) -> bool:
        """Whether anything in `sized` might have as many digits as LARGEST.

        No numerator and no denominator of an atom is above `largest`. Over one denominator, terms
        are multiplied by those of others, at most as many as their factors.
        """
        for polynomial in self.sized:
            degree = max((sum(n for _, n in monomial) for monomial, _ in polynomial), default=0)
            sizes = sum(abs(c.numerator) * c.denominator for _, c in polynomial)
            if sizes * largest ** (degree * (1 + len(polynomial.terms))) >= LARGEST:
                return True
        return False

    def refused(self, test: Predicate, reason: str) -> Exception:
        """What to raise where an open condition decides more than numbers."""
        return StructureError(test)

    # How a subclass may treat what the network computes in another way

    def chosen(self, word: str, values: Sequence[Polynomial], written: bool) -> int | None:
        """Return the index of the value that is the `min` or `max`; None makes it a step."""
        return None

    def rounded(self, rule: Callable[[Number], Number], value: Polynomial) -> Atom | None:
        """Return one step for a rounding as a whole; None records its steps one by one."""
        return None

    def single(self, polynomial: Polynomial) -> int:
        """Fix a number on which the structure depends: the trace then serves this value alone.

        Raises CostcalcError where it is no whole number.
        """
        value = self.at(polynomial)
        if not isinstance(value, int):
            self.guard(Predicate("whole", (polynomial,)), False)
            raise CostcalcError(f"a whole number is needed here, not {value}")
        self.guard(Predicate("==", (polynomial, constant(value))), True)
        return value

    def note_remainder(self, left: Polynomial, right: Polynomial) -> None:
        """Take note that the network itself uses the remainder of this division."""

    def remainder(self, left: Polynomial, right: Polynomial) -> Number | None:
        """Return the remainder of a division as a plain number; None makes it a step."""
        return None


class OpenTrace(Trace):
    """Leaves conditions open where they only say how often a layer counts, or choose a number."""

    def __init__(self, knobs: Mapping[str, Knob], closed: set[Predicate]) -> None:
        super().__init__(knobs)
        self.closed = closed

    def decided(self, test: Predicate, outcome: bool) -> bool | None:
        return self.guard(test, outcome) if test in self.closed else None
