"""The exact formula of a network: every floor and ceiling kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from costcalc.explore.plan import Plan
from costcalc.formulas.symbols import knob_symbols, over_symbols, sums
from costcalc.graph.symbolic import SymbolicBuilder
from costcalc.numeric.traced import Program


class ExactFormula(NamedTuple):
    plan: Plan
    symbols: list[Any]
    program: Program
    forms: dict[str, Any]


class ExactBuilder(SymbolicBuilder):
    """Builds over a program; whatever hangs on a symbol stays open."""


def exact_formula(plan: Plan, free: Sequence[str] = ()) -> ExactFormula:
    """MACs and params with every floor and ceiling: equal to the integers at every setting."""
    own = knob_symbols(plan, free)
    names = {symbol.name: symbol for symbol in own}
    wholes = [s.name for s, value in own.items() if s.name in free and isinstance(value, int)]
    program = Program(names, wholes, plan.file.network_params)
    numbers = {name: program.knob(name) for name in names}
    network = over_symbols(plan, numbers, ExactBuilder)
    return ExactFormula(plan, list(own), program, sums(network))
