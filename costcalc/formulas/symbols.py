"""A network built over symbols: alpha, rho, and params that stay free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore.plan import Plan
from costcalc.graph.builder import build
from costcalc.graph.knobs import Knobs
from costcalc.graph.nodes import Network
from costcalc.language.overrides import check_param, number_override
from costcalc.numeric.exact import EXACT, Number
from costcalc.numeric.relaxed import Law, sympify
from costcalc.numeric.traced import Traced

METRICS = ("macs", "params")


def knob_symbols(plan: Plan, free: Sequence[str]) -> dict[Any, Number]:
    """The symbols of a network's formula, and its own value of each."""
    own: dict[Any, Number] = {
        sympy.Symbol("alpha", positive=True): plan.alpha,
        sympy.Symbol("rho", positive=True): 1,
    }
    for name in free:
        check_param(plan.file, name)
        if name in plan.fixed:
            raise CostcalcError(f"{name} is given, and is to stay a symbol")
        value = plan.settings.params.get(name)
        if (
            value is None
            or isinstance(value.constant, bool)
            or not isinstance(value.constant, EXACT)
        ):
            raise CostcalcError(
                f"the param '{name}' is not a plain number: it cannot stay a symbol"
            )
        if value.constant <= 0:
            raise CostcalcError(
                f"the param '{name}' is {value.constant}: a symbol stands for 1 or more"
            )
        own[sympy.Symbol(name, positive=True)] = value.constant
    return own


def over_symbols(plan: Plan, numbers: dict[str, Any], builder: Any) -> Network:
    overrides = dict(plan.fixed)
    for name, value in numbers.items():
        if name not in ("alpha", "rho"):
            overrides[name] = number_override(plan.file, name, value)
    knobs = Knobs(alpha=numbers["alpha"], rho=numbers["rho"])
    return build(plan.file, plan.variant, knobs, overrides, builder)


def sums(network: Network) -> dict[str, Any]:
    sums = measure(network, METRICS)
    return {
        metric: sympy.expand(total.form if isinstance(total, (Law, Traced)) else sympify(total))
        for metric, total in sums.items()
    }
