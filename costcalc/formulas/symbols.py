"""Networks built over symbols: alpha, rho, and params that stay free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.errors import CostcalcError
from costcalc.explore.plan import Plan
from costcalc.graph.builder import Builder, build
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting
from costcalc.language.overrides import check_param, number_override
from costcalc.numeric.exact import EXACT, Number

FORMULA_METRICS = ("macs", "params")
"""What the formula of a network is written for unless others are named; of a layer, it is every
metric with a formula."""


def knob_symbols(plan: Plan, free: Sequence[str]) -> dict[str, Number]:
    """The symbols of a network's formula, with the value that the network gives each."""
    own: dict[str, Number] = {"alpha": plan.alpha, "rho": 1}
    for name in free:
        check_param(plan.file, name)
        if name in plan.setting.params:
            raise CostcalcError(f"{name} cannot both have a value and stay a symbol")
        value = plan.declared.params.get(name)
        if (
            value is None
            or isinstance(value.constant, bool)
            or not isinstance(value.constant, EXACT)
        ):
            raise CostcalcError(
                f"the param '{name}' is not a plain number, so it cannot stay a symbol"
            )
        if value.constant <= 0:
            raise CostcalcError(
                f"the param '{name}' is {value.constant}: a symbol stands for 1 or more"
            )
        own[name] = value.constant
    return own


def over_symbols(plan: Plan, numbers: Mapping[str, Number], builder: type[Builder]) -> Network:
    """The network with symbolic numbers for alpha, rho and the free params."""
    params = dict(plan.setting.params)
    for name, value in numbers.items():
        if name not in ("alpha", "rho"):
            params[name] = number_override(plan.file, name, value)
    setting = Setting(
        plan.setting.variant,
        alpha=numbers["alpha"],
        rho=numbers["rho"],
        params=params,
        batch=plan.setting.batch,
        runtime=plan.setting.runtime,
    )
    return build(plan.file, setting, builder, plan.work)
