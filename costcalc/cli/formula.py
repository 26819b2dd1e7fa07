"""`costcalc formula`: derive costs as formulas of alpha and rho."""

from __future__ import annotations

from typing import Any

import click

from costcalc import api
from costcalc.cli.models import model_options
from costcalc.cli.options import names, settings
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import Converted, Net
from costcalc.cli.runtime_options import runtime_options
from costcalc.graph.runtime import Runtime
from costcalc.graph.warnings import warnings_at

EPILOG = """\b
Examples:
  costcalc formula                                the seed: why 1/N + 1/D_K²
  costcalc formula mobilenet                      the law by alpha and rho
  costcalc formula mobilenet --exact --format python > mobilenet_cost.py
  costcalc formula mobilenet --exact --metric peak_memory
  costcalc formula mobilenet --free deep --free classes
  costcalc formula mobilenet --layer depthwise_separable_2
"""


@click.command("formula", epilog=EPILOG)
@click.argument("net", metavar="[NET]", required=False, type=Net())
@model_options
@click.option(
    "--exact", is_flag=True, help="Keep floors and ceilings, to equal the integer counts."
)
@click.option("--free", metavar="NAME", multiple=True, help="Keep a param as a symbol; repeatable.")
@click.option(
    "--metric",
    "metrics",
    metavar="M,...",
    type=Converted("M,...", names),
    help="Metrics to derive, such as macs,peak_memory.  [default: macs,params]",
)
@click.option(
    "--layer", metavar="NAME", help="Show the formulas of a layer or block with its numbers."
)
@settings
@runtime_options
@output_options("formula")
def command(
    net: str | None,
    exact: bool,
    free: tuple[str, ...],
    metrics: list[str] | None,
    runtime: Runtime | None,
    layer: str | None,
    variant: str | None,
    params: dict[str, str],
    target: Target,
    **knobs: Any,
) -> None:
    """Derive costs as formulas of alpha and rho.

    Without NET: what a depthwise separable convolution saves. With NET: MACs and params as
    polynomials of alpha and rho, without rounding, and how far they are from the exact integers.
    """
    if net is None:
        given = (layer, variant, metrics, runtime, *knobs.values())
        if exact or free or params or any(value is not None for value in given):
            raise click.UsageError("these options need a network: costcalc formula NET")
        emit(api.formula().result, target)
        return
    model = api.load(net, variant, runtime=runtime)
    how: dict[str, Any] = {"exact": exact, "free": free, "layer": layer, "metrics": metrics or ()}
    formula = model.formula(params, **how, **knobs)
    plan = model.plan(params)
    emit(formula.result, target, warnings_at(plan.file, plan.setting))
