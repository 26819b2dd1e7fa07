"""The exact formula of a network, which keeps every floor and ceiling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from costcalc.explore.plan import Plan
from costcalc.formulas.symbols import knob_symbols, over_symbols, sums
from costcalc.graph.nodes import Nodes
from costcalc.graph.symbolic import SymbolicBuilder
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.traced import Trace


class ExactFormula(NamedTuple):
    plan: Plan
    symbols: list[str]
    trace: Trace
    forms: dict[str, Polynomial]
    """Each metric as a polynomial in the symbols and the names that the trace defines."""


class ExactBuilder(SymbolicBuilder):
    """Builds over a trace; whatever depends on a symbol stays open."""

    def _where(self, outcome: Any, build: Callable[[], Nodes], otherwise: Nodes) -> Nodes:
        if isinstance(outcome, bool):
            return super()._where(outcome, build, otherwise)
        within = outcome.trace.within

        def build_within() -> Nodes:
            within.append(outcome)
            try:
                return build()
            finally:
                within.pop()

        return super()._where(outcome, build_within, otherwise)


def exact_formula(plan: Plan, free: Sequence[str] = ()) -> ExactFormula:
    """MACs and params with every floor and ceiling, equal to the integers at every setting."""
    own = knob_symbols(plan, free)
    wholes = [name for name, value in own.items() if name in free and isinstance(value, int)]
    trace = Trace(list(own), wholes, list(plan.file.network_params))
    network = over_symbols(plan, {name: trace.knob(name) for name in own}, ExactBuilder)
    return ExactFormula(plan, list(own), trace, sums(network))
