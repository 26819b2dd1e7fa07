"""The exact formula of a network: every floor and ceiling kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from costcalc.explore.plan import Plan
from costcalc.formulas.symbols import knob_symbols, over_symbols, sums
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


def exact_formula(plan: Plan, free: Sequence[str] = ()) -> ExactFormula:
    """MACs and params with every floor and ceiling: equal to the integers at every setting."""
    own = knob_symbols(plan, free)
    wholes = [name for name, value in own.items() if name in free and isinstance(value, int)]
    trace = Trace(list(own), wholes, list(plan.file.network_params))
    network = over_symbols(plan, {name: trace.knob(name) for name in own}, ExactBuilder)
    return ExactFormula(plan, list(own), trace, sums(network))
