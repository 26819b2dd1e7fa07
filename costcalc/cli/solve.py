"""`costcalc solve`: the largest network that fits."""

from __future__ import annotations

from typing import Any

import click

from costcalc import api
from costcalc.cli.options import (
    Converted,
    Net,
    accounting_options,
    assignment,
    limits_option,
    names,
    once_each,
    settings,
)
from costcalc.cli.output import Target, emit, output_options

EPILOG = """\b
Examples:
  costcalc solve mobilenet --max macs=150M
  costcalc solve mobilenet --max macs=150M --max params=1M --resolution 160
  costcalc solve mobilenet --max macs=150M --vary alpha,resolution
  costcalc solve mobilenet --max params=3M --range deep=0..10
"""


@click.command("solve", epilog=EPILOG)
@click.argument("net", metavar="NET", type=Net())
@limits_option("What must not be passed: macs=150M. As often as you like.", required=True)
@click.option(
    "--vary",
    metavar="KNOB,...",
    type=Converted("KNOB,...", names),
    help="alpha (unless said), rho, resolution, params of the network.",
)
@click.option(
    "--range",
    "ranges",
    metavar="KNOB=a..b",
    multiple=True,
    type=Converted("KNOB=a..b", assignment),
    help="Where to look, and what to vary. Unless said: up to twice the network's own.",
)
@settings
@accounting_options
@output_options("solve")
def command(
    net: str,
    limits: dict[str, int],
    vary: list[str] | None,
    ranges: tuple[tuple[str, str], ...],
    variant: str | None,
    assignments: tuple[tuple[str, str], ...],
    target: Target,
    convention: str | None,
    fold_batch_norm: bool,
    **knobs: Any,
) -> int:
    """The largest network that fits.

    Cost is a step function of a knob: what is told is the highest plateau within the limits, where
    it begins and ends, and the first above it that does not fit. Of several knobs, the settings
    that no other has larger knobs than. Exit 1 where nothing fits.
    """
    model = api.load(net, variant, convention=convention, fold_batch_norm=fold_batch_norm)
    result = model.solve(
        limits,
        vary=vary,
        ranges=once_each("--range", ranges),
        params=once_each("--set", assignments),
        **knobs,
    )
    emit(result, target)
    return 0 if result.solutions else 1
