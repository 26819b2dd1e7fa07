"""`costcalc solve`: find the largest network within limits."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.device_options import cost_options
from costcalc.cli.models import model_options
from costcalc.cli.options import (
    accounting_options,
    limits_option,
    loaded,
    names,
    pairs_option,
    settings,
)
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import Converted, Net
from costcalc.cli.runtime_options import runtime_options
from costcalc.graph.runtime import Runtime
from costcalc.graph.warnings import warnings_at

EPILOG = """\b
Examples:
  costcalc solve mobilenet --max macs=150M
  costcalc solve mobilenet --max macs=150M --max params=1M --resolution 160
  costcalc solve mobilenet --max macs=150M --vary alpha,resolution
  costcalc solve mobilenet --max params=3M --range deep=0..10
"""


@click.command("solve", epilog=EPILOG)
@click.argument("net", metavar="NET", type=Net())
@model_options
@limits_option("Upper limit, such as macs=150M", required=True)
@click.option(
    "--vary",
    metavar="KNOB,...",
    type=Converted("KNOB,...", names),
    help="Knobs to search along: alpha, rho, resolution, batch, params.  [default: alpha]",
)
@pairs_option(
    "--range",
    "ranges",
    "KNOB=a..b",
    "Search a knob from a to b, by default up to twice the network's own value",
)
@settings
@accounting_options
@runtime_options
@cost_options
@output_options("solve")
def command(
    net: str,
    limits: dict[str, int],
    vary: list[str] | None,
    ranges: dict[str, str],
    variant: str | None,
    params: dict[str, str],
    target: Target,
    convention: str | None,
    fold_batch_norm: bool,
    runtime: Runtime | None,
    device: str | None,
    optimizer: str | None,
    bits: dict[str, str],
    **knobs: Any,
) -> int:
    """Find the largest network within limits.

    Cost is a step function of each knob. The result is the highest plateau within the limits,
    where it begins and ends, and the next one, which exceeds them. With several knobs, it is every
    setting within the limits that no other one equals or exceeds in all knobs. Exits with 1 if
    nothing fits.
    """
    how = {"convention": convention, "fold_batch_norm": fold_batch_norm}
    deployed = {"runtime": runtime, "device": device, "optimizer": optimizer, "bits": bits}
    model = loaded(net, {"variant": variant, **how, **deployed})
    result = model.solve(
        limits,
        vary=vary,
        ranges=ranges,
        params=params,
        **knobs,
    )
    emit(result, target, warnings_at(result.plan.file, result.plan.setting))
    return 0 if result.solutions else 1
