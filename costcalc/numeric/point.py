"""A trace at one setting, in ints and Fractions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from costcalc.numeric.exact import Number, too_large, whole
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.trace import Atom, Predicate, Step, Trace


def at_point(trace: Trace, knobs: Mapping[str, Number]) -> list[Number] | None:
    """The value of every atom where the knobs have these values; None where a guard fails.

    The network at this setting is another one then, and its trace as well.
    """
    values: list[Number] = [knobs[name] for name in trace.knobs]
    value = _valued(values)
    guards = iter([*trace.guards.values(), None])
    guard = next(guards)
    for place, step in enumerate([*trace.steps, None]):
        while guard is not None and guard.after <= place:
            if guard.test.holds(value) != guard.outcome:
                return None
            guard = next(guards)
        if step is not None:
            values.append(_result(step, values))
    if trace.may_be_large(_largest(values)) and any(
        too_large(value(polynomial)) for polynomial in trace.sized
    ):
        return None
    return values


def _largest(values: Sequence[Number]) -> int:
    """The largest numerator or denominator."""
    return max((max(abs(value.numerator), value.denominator) for value in values), default=0)


class NotSeparableError(Exception):
    """A step or a guard depends on several knobs, or the trace does not serve all values of one."""


def along(trace: Trace, knob: str, values: Sequence[Number]) -> list[dict[Atom, Number]]:
    """At each value of a knob, the value of every atom that depends on that knob alone.

    What depends on no knob is among them. Raises NotSeparableError.
    """
    own = trace.knobs.index(knob)
    roots: list[frozenset[int]] = [frozenset([place]) for place in range(len(trace.knobs))]

    def depends(parts: Sequence[Polynomial]) -> frozenset[int]:
        found = frozenset[int]().union(*(roots[atom] for part in parts for atom in part.variables))
        if len(found) > 1:
            raise NotSeparableError
        return found

    steps = []
    for atom, step in enumerate(trace.steps, len(trace.knobs)):
        roots.append(depends(step.parts()))
        if roots[atom] <= {own}:
            steps.append((atom, step))
    guards = [guard for guard in trace.guards.values() if depends(guard.test.parts()) <= {own}]
    rows = []
    for value in values:
        row: dict[Atom, Number] = {own: value}
        try:
            for atom, step in steps:
                row[atom] = _result(step, row)
        except ZeroDivisionError:
            raise NotSeparableError from None
        if any(guard.test.holds(_valued(row)) != guard.outcome for guard in guards):
            raise NotSeparableError
        rows.append(row)
    return rows


def _valued(values: Mapping[Atom, Number] | Sequence[Number]) -> Callable[[Polynomial], Number]:
    return lambda polynomial: polynomial.at(values)


def _result(step: Step, values: Mapping[Atom, Number] | Sequence[Number]) -> Number:
    """What a step makes of the atoms before it."""
    value = _valued(values)
    numbers = (
        operand.holds(value) if isinstance(operand, Predicate) else value(operand)
        for operand in step.operands
    )
    return whole(step.rule.exact(*numbers))
