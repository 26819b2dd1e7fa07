"""`costcalc formula`: costs as formulas of alpha and rho."""

from __future__ import annotations

from typing import Any

import click

from costcalc import api
from costcalc.cli.options import Net, format_option, once_each, output_option, settings
from costcalc.cli.output import show, write

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
@format_option("text", "latex", "json", "python")
@output_option
def command(
    net: str | None,
    exact: bool,
    free: tuple[str, ...],
    layer: str | None,
    variant: str | None,
    assignments: tuple[tuple[str, str], ...],
    format_: str,
    output: str | None,
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
        _write(api.formula(), format_, output)
        return
    model = api.load(net, variant)
    _write(model.formula(params, exact=exact, free=free, layer=layer, **knobs), format_, output)


def _write(result: api.Formula, format_: str, output: str | None) -> None:
    if format_ == "text":
        show(result.page(), output)
    elif format_ == "latex":
        write(result.latex(), output)
    elif format_ == "json":
        write(result.json(), output)
    else:
        write(result.python(), output)
