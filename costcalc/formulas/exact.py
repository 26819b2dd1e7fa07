"""The exact formula of a network: every floor and ceiling kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore.plan import Plan
from costcalc.formulas.symbols import FORMULA_METRICS, knob_symbols, over_symbols
from costcalc.graph.tracing import NetworkTrace, SymbolicBuilder, run_traced
from costcalc.numeric.polynomial import Polynomial, variable
from costcalc.numeric.trace import Knob, OpenTrace, Predicate, Trace


class Definition(NamedTuple):
    """A step under a name: an operation on polynomials over names, or on conditions."""

    name: str
    operation: str
    operands: tuple[Polynomial | Predicate, ...]


class ExactFormula(NamedTuple):
    plan: Plan
    symbols: list[str]
    definitions: list[Definition]
    """In order: each rests on those before it."""
    forms: dict[str, Polynomial]
    """Each metric as a polynomial over the symbols and the names that are defined."""

    @property
    def metrics(self) -> Sequence[str]:
        return list(self.forms)


def exact_formula(
    plan: Plan, free: Sequence[str] = (), metrics: Sequence[str] = FORMULA_METRICS
) -> ExactFormula:
    """Metrics with every floor and ceiling: equal to the integers at every setting.

    Raises CostcalcError where the structure of the network depends on a symbol, in more than how
    often a layer counts: there is no one formula then.
    """
    own = knob_symbols(plan, free)
    knobs = {name: Knob(value, False) for name, value in own.items()}
    for name in free:
        if isinstance(own[name], int):
            knobs[name] = Knob(own[name], True, 1, False)
    traced = run_traced(
        lambda numbers, builder: over_symbols(plan, numbers, builder),
        lambda network: measure(network, metrics),
        ExactTrace(knobs, set()),
        SymbolicBuilder,
    )
    if traced.error is not None:
        raise traced.error
    return ExactFormula(plan, list(own), *_named(traced, plan.file.network_params))


class ExactTrace(OpenTrace):
    """Serves every setting at which there is a network; refuses what would need a guard."""

    def required(self, test: Predicate, outcome: bool) -> bool:
        """What holds at some settings only passes: at others there is no network."""
        return True

    def refused(self, test: Predicate, reason: str) -> CostcalcError:
        return CostcalcError(f"{reason}, so there is no one formula")

    def single(self, polynomial: Polynomial) -> int:
        names = " and ".join(sorted(self.knobs[root] for root in self.roots(polynomial)))
        raise CostcalcError(f"the structure depends on {names}, so there is no one formula")


def _named(
    traced: NetworkTrace, taken: Collection[str]
) -> tuple[list[Definition], dict[str, Polynomial]]:
    """The steps that the metrics rest on, under names, and the metrics over these."""
    trace = traced.trace
    forms: dict[Any, Polynomial] = {n: variable(name) for n, name in enumerate(trace.knobs)}
    definitions: list[Definition] = []
    counts: dict[str, int] = {}
    needed = _needed(traced)
    for atom, step in enumerate(trace.steps, len(trace.knobs)):
        if atom not in needed:
            continue
        operands = tuple(_over_names(operand, forms) for operand in step.operands)
        if step.operation == "whole":
            (same,) = operands
            assert isinstance(same, Polynomial)
            forms[atom] = same
            continue
        letter = _letter(trace, atom)
        while True:
            counts[letter] = counts.get(letter, 0) + 1
            name = f"{letter}{counts[letter]}"
            if name not in taken:
                break
        forms[atom] = variable(name)
        if not isinstance(step.operation, str):
            raise CostcalcError("what a plan or an order of execution needs has no formula")
        definitions.append(Definition(name, step.operation, operands))
    return definitions, {m: form.substitute(forms) for m, form in traced.metrics.items()}


def _needed(traced: NetworkTrace) -> set[int]:
    """The atoms that the metrics rest on."""
    trace = traced.trace
    needed = {atom for form in traced.metrics.values() for atom in form.variables}
    for atom in range(len(trace.knobs) + len(trace.steps) - 1, len(trace.knobs) - 1, -1):
        if atom in needed:
            for part in trace.steps[atom - len(trace.knobs)].parts():
                needed |= part.variables
    return needed


def _over_names(
    operand: Polynomial | Predicate, forms: Mapping[Any, Polynomial]
) -> Polynomial | Predicate:
    if isinstance(operand, Predicate):
        return Predicate(
            operand.operation, tuple(_over_names(part, forms) for part in operand.operands)
        )
    return operand.substitute(forms)


def _letter(trace: Trace, atom: int) -> str:
    """c for channels, which depend on alpha; s for sides, which depend on rho; g for switches."""
    if trace.steps[atom - len(trace.knobs)].operation == "bracket":
        return "g"
    roots = {trace.knobs[root] for root in trace.roots(variable(atom))}
    return "c" if roots == {"alpha"} else "s" if roots == {"rho"} else "x"
