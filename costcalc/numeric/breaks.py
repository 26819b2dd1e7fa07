"""Where the steps of a trace change along one knob: every place, exactly.

Between two breakpoints everything that a network computes is constant in the knob, or affine: a
value and a slope. A rounding changes where its operand passes a level, so on an interval where the
operand is affine all its breakpoints are roots of linear equations, rational and easy to list.

Steps are of two kinds. A *live* one has a slope: alpha itself, max(1, alpha), alpha / 2. All others
are constant between their breakpoints, as floor(32·alpha) is, and what is made of such alone has no
breakpoints of its own. So a MobileNet's breakpoints are those of its distinct floor(w·alpha).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from costcalc.numeric.exact import Number, whole
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.trace import Atom, Predicate, Step, Trace
from costcalc.numeric.work import BREAKPOINT, TERM, Work


class NotAffineError(Exception):
    """A step depends on a square or a reciprocal of the knob: breakpoints may be irrational."""


class TooManyError(Exception):
    """There are more breakpoints than are asked for."""


class Affine(NamedTuple):
    """A number near a place: its value there, and how it changes with the knob."""

    value: Number
    slope: Number


def mixed_with(trace: Trace, knob: str) -> list[str]:
    """The other knobs on which it depends where a step or a guard changes along one."""
    own = trace.knobs.index(knob)
    roots = [frozenset([place]) for place in range(len(trace.knobs))]
    live = [place == own for place in range(len(trace.knobs))]
    found: set[int] = set()
    parts: list[Step | Predicate] = [*trace.steps, *(g.test for g in trace.guards.values())]
    for step in parts:
        atoms = {atom for part in step.parts() for atom in part.variables}
        is_live = any(live[atom] for atom in atoms)
        depends = frozenset[int]().union(*(roots[atom] for atom in atoms))
        if is_live:
            found |= depends
        if isinstance(step, Step):
            roots.append(depends)
            live.append(is_live and not step.rule.is_step)
    return [trace.knobs[place] for place in sorted(found - {own})]


class Breaks:
    """The breakpoints of a trace along one knob, the others at given values."""

    def __init__(
        self, trace: Trace, knob: str, others: Mapping[str, Number], most: int, work: Work
    ) -> None:
        """`most` breakpoints are listed."""
        self.trace = trace
        self.work = work
        self.knob = trace.knobs.index(knob)
        self.others = [others.get(name) for name in trace.knobs]
        self.most = most
        self.count = 0
        self.live = [place == self.knob for place in range(len(trace.knobs))]
        """By atom, whether it has a slope."""
        self.moves = list(self.live)
        """By atom, whether it depends on the knob at all."""
        for step in trace.steps:
            atoms = {atom for part in step.parts() for atom in part.variables}
            self.moves.append(any(self.moves[atom] for atom in atoms))
            is_live = any(self.live[atom] for atom in atoms)
            self.live.append(is_live and not step.rule.is_step)
        self._all: dict[Any, list[Number]] = {}

    def between(self, low: Number, high: Number) -> list[Number]:
        """Every place strictly between at which a step or a guard may change, in order.

        Raises TooManyError and NotAffineError.
        """
        found: set[Number] = set()
        for place in range(len(self.trace.knobs), len(self.live)):
            found.update(self._of_step(place, low, high))
        for guard in self.trace.guards.values():
            found.update(self._of_test(guard.test, low, high))
        # By floats first: comparing fractions costs more, and few are that close.
        return sorted(found, key=lambda place: (place.numerator / place.denominator, place))

    # Breakpoints

    def _of_step(self, atom: Atom, low: Number, high: Number) -> list[Number]:
        """The breakpoints of a step itself, not those of what it is made of."""
        step = self.trace.steps[atom - len(self.trace.knobs)]
        jumps = step.rule.jumps
        if jumps is None or not self.moves[atom]:
            return []
        if not any(self.live[part] for own in step.parts() for part in own.variables):
            return []
        if jumps == "test":
            (test, *_) = step.operands
            assert isinstance(test, Predicate)
            return self._of_test(test, low, high)
        if jumps == "order":
            return [
                place
                for number, one in enumerate(step.operands)
                for other in step.operands[:number]
                for place in self._roots(one - other, low, high)  # type: ignore[operator]
            ]
        return self._levels(step, jumps, low, high)

    def _of_test(self, test: Predicate, low: Number, high: Number) -> list[Number]:
        if test.operation in ("and", "or", "not"):
            return [place for part in test.operands for place in self._of_test(part, low, high)]
        if test.operation == "whole":
            (value,) = test.operands
            return self._crossings(value, low, high, _integers)
        left, right = test.operands
        return self._roots(left - right, low, high)

    def _roots(self, polynomial: Polynomial, low: Number, high: Number) -> list[Number]:
        return self._crossings(polynomial, low, high, _zero)

    def _levels(self, step: Step, jumps: str, low: Number, high: Number) -> list[Number]:
        """Where the first operand over the second passes a level of the step."""
        over, under = step.operands
        assert isinstance(over, Polynomial)
        assert isinstance(under, Polynomial)
        if not any(self.live[atom] for part in (over, under) for atom in part.variables):
            return []
        levels = _integers if jumps == "integers" else _multiples
        found: list[Number] = []
        for left, right in self._intervals((over, under), low, high):
            middle = (left + right) / Fraction(2)
            memo: dict[Atom, Affine] = {}
            divisor = self._affine(under, memo, middle)
            if divisor.slope:
                raise NotAffineError
            value = self._affine(over, memo, middle)
            ratio = Affine(
                Fraction(value.value) / divisor.value, Fraction(value.slope) / divisor.value
            )
            found += self._places(ratio, middle, left, right, levels)
        return found

    def _crossings(
        self, polynomial: Polynomial, low: Number, high: Number, levels: Any
    ) -> list[Number]:
        if not any(self.live[atom] for atom in polynomial.variables):
            return []
        found: list[Number] = []
        for left, right in self._intervals((polynomial,), low, high):
            middle = (left + right) / Fraction(2)
            found += self._places(self._affine(polynomial, {}, middle), middle, left, right, levels)
        return found

    def _places(
        self, number: Affine, at: Number, low: Number, high: Number, levels: Any
    ) -> list[Number]:
        """Where an affine number passes a level, strictly between low and high."""
        if not number.slope:
            return []
        ends = sorted(number.value + number.slope * (end - at) for end in (low, high))
        wanted = levels(*ends)
        self.count += (count := sum(_length(run) for _, run in wanted))
        if self.count > self.most:
            raise TooManyError
        self.work.charge(BREAKPOINT * (1 + count))
        per_unit = 1 / Fraction(number.slope)
        start = at - number.value * per_unit
        found: list[Number] = []
        for scale, run in wanted:
            # All on one denominator: adding fractions would take most of the time of a search.
            unit = scale * per_unit
            first, each = start.numerator * unit.denominator, unit.numerator * start.denominator
            under = start.denominator * unit.denominator
            found += [whole(Fraction(first + level * each, under)) for level in run]
        return found

    def _intervals(
        self, parts: Sequence[Polynomial], low: Number, high: Number
    ) -> Iterator[tuple[Number, Number]]:
        """Between the breakpoints of what parts are made of they are affine."""
        inner = {
            place
            for part in parts
            for atom in part.variables
            for place in self._cone(atom, low, high)
        }
        return pairwise([low, *sorted(inner), high])

    def _cone(self, atom: Atom, low: Number, high: Number) -> list[Number]:
        """The breakpoints of an atom, and of all that it is made of."""
        key = atom, low, high
        if key not in self._all:
            found: list[Number] = []
            if atom >= len(self.trace.knobs) and self.moves[atom]:
                step = self.trace.steps[atom - len(self.trace.knobs)]
                inner = {
                    place
                    for part in step.parts()
                    for other in part.variables
                    for place in self._cone(other, low, high)
                }
                found = sorted(inner.union(self._of_step(atom, low, high)))
            self._all[key] = found
        return self._all[key]

    # Values and slopes, at a place around which there is no breakpoint

    def _affine(self, polynomial: Polynomial, memo: dict[Atom, Affine], at: Number) -> Affine:
        self.work.charge(TERM * len(polynomial.terms))
        value: Number = 0
        slope: Number = 0
        for monomial, c in polynomial:
            here, change = c, 0
            for atom, n in monomial:
                own = self._atom(atom, memo, at)
                for _ in range(n):
                    if change and own.slope:
                        raise NotAffineError
                    here, change = here * own.value, here * own.slope + change * own.value
            value += here
            slope += change
        return Affine(value, slope)

    def _atom(self, atom: Atom, memo: dict[Atom, Affine], at: Number) -> Affine:
        if atom in memo:
            return memo[atom]
        knobs = len(self.trace.knobs)
        if atom == self.knob:
            found = Affine(at, 1)
        elif atom < knobs:
            found = Affine(self.others[atom], 0)
        else:
            found = self._step_near(self.trace.steps[atom - knobs], memo, at)
        memo[atom] = found
        return found

    def _step_near(self, step: Step, memo: dict[Atom, Affine], at: Number) -> Affine:
        operands: list[Any] = [
            operand.holds(lambda part: self._affine(part, memo, at).value)
            if isinstance(operand, Predicate)
            else self._affine(operand, memo, at)
            for operand in step.operands
        ]
        rule = step.rule
        values = [own.value if isinstance(own, Affine) else own for own in operands]
        value = whole(rule.exact(*values))
        slopes = [own.slope for own in operands if isinstance(own, Affine)]
        if rule.is_step or not any(slopes):
            return Affine(value, 0)
        if step.operation == "quotient":
            if slopes[1]:
                raise NotAffineError
            return Affine(value, Fraction(slopes[0]) / values[1])
        if step.operation == "mod":  # a - b·(a // b), whose floor is constant here
            if slopes[1]:
                raise NotAffineError
            return Affine(value, slopes[0])
        # One of the operands as it is: an extreme, a choice, or a name.
        chosen = [own for own in operands if isinstance(own, Affine) and own.value == value]
        return Affine(value, chosen[0].slope)


def _length(run: range) -> int:
    """Its length, which may be more than `len` can say."""
    return max(0, -((run.start - run.stop) // run.step))


# Levels: a scale, and the whole numbers whose multiples of it are strictly between two ends


def _zero(low: Number, high: Number) -> list[tuple[Number, range]]:
    return [(1, range(1) if low < 0 < high else range(0))]


def _integers(low: Number, high: Number) -> list[tuple[Number, range]]:
    return [(1, range(int(low // 1) + 1, int(-(-high // 1))))]


def _multiples(low: Number, high: Number) -> list[tuple[Number, range]]:
    """Of n / d in `divisible(n, d)`: k + 1/2, but where nine tenths of it pass k·d before: 10/9·k.

    n rises to (k + 1)·d at n = (k + 1/2)·d, or as soon as k·d is below 0.9·n: at 10/9·k·d, which
    comes first for k up to 4.
    """
    half, ninth = Fraction(1, 2), Fraction(10, 9)
    halves = range(
        2 * max(5, int((low - half) // 1) + 1) + 1, 2 * int(-(-(high - half) // 1)) + 1, 2
    )
    ninths = range(max(1, int(low / ninth // 1) + 1), min(5, int(-(-high / ninth // 1))))
    return [(half, halves), (ninth, ninths)]
