"""`costcalc formula`: costs as formulas of alpha and rho."""

from __future__ import annotations

from typing import Any

import click

from costcalc import api
from costcalc.cli.options import Net, once_each, settings
from costcalc.cli.output import Target, emit, output_options

EPILOG = """\b
Examples:
  costcalc formula                                the seed: why 1/N + 1/D_K²
  costcalc formula mobilenet                      the law by alpha and rho
  costcalc formula mobilenet --exact --format python > mobilenet_cost.py
  costcalc formula mobilenet --free deep --free classes
  costcalc formula mobilenet --layer depthwise_separable_2
"""


@click.command("formula", epilog=EPILOG)
@click.argument("net", metavar="[NET]", required=False, type=Net())
@click.option("--exact", is_flag=True, help="Keep floors and ceilings: equal to the integers.")
@click.option("--free", metavar="NAME", multiple=True, help="A param that stays a symbol.")
@click.option("--layer", metavar="NAME", help="A layer or block: its formulas, with its numbers.")
@settings
@output_options("formula")
def command(
    net: str | None,
    exact: bool,
    free: tuple[str, ...],
    layer: str | None,
    variant: str | None,
    assignments: tuple[tuple[str, str], ...],
    target: Target,
    **knobs: Any,
) -> None:
    """Costs as formulas of alpha and rho.

    Without NET: what a depthwise separable convolution saves. Of a network: MACs and params as
    polynomials in alpha and rho, as if nothing were rounded, and how far that is from the integers.
    """
    params = once_each("--set", assignments)
    if net is None:
        given = (layer, variant, *knobs.values())
        if exact or free or params or any(value is not None for value in given):
            raise click.UsageError("name a network: these options are about one")
        emit(api.formula().result, target)
        return
    model = api.load(net, variant)
    formula = model.formula(params, exact=exact, free=free, layer=layer, **knobs)
    emit(formula.result, target)
