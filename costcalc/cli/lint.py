"""`costcalc lint`: what is slow or large about the layers of networks."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.device_options import bits_option, device_option
from costcalc.cli.options import cost, each, settings
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import Net, OneOf
from costcalc.cli.runtime_options import runtime_options
from costcalc.devices.shipped import load_device
from costcalc.graph.runtime import DEPLOYED, Runtime
from costcalc.lint.registry import lint, rules
from costcalc.reports.lint import Linted

EPILOG = """\b
Examples:
  costcalc lint vww_mobilenet --device stm32h747
  costcalc lint mobilenet --rule arena-waste --rule elementwise-traffic
  costcalc lint --rule arena-waste --explain
"""


@click.command("lint", epilog=EPILOG)
@click.argument("nets", metavar="[NET]...", nargs=-1, type=Net())
@click.option(
    "--rule",
    "only",
    metavar="NAME",
    multiple=True,
    type=OneOf("NAME", lambda: [*rules()]),
    help="Look for this alone; repeatable.",
)
@click.option("--explain", is_flag=True, help="Print the pages of rules instead.")
@device_option
@settings
@runtime_options
@bits_option
@click.option("--exit-code", is_flag=True, help="Exit with 1 where anything is found.")
@output_options("lint")
def command(
    nets: tuple[str, ...],
    only: tuple[str, ...],
    explain: bool,
    device: str | None,
    runtime: Runtime | None,
    exit_code: bool,
    target: Target,
    **options: Any,
) -> int:
    """Find layers that are slow or large for what they do, and say what would help.

    Rules look at what layers move and hold in memory and, with --device, at how long they take
    there. Each finding says what it costs in bytes or in time, as far as that is known.
    """
    if explain:
        for name in only or rules():
            click.echo(f"{name} ({rules()[name].rule.severity})\n\n{rules()[name].page}\n")
        return 0
    if not nets:
        raise click.UsageError("name a network, or --explain the rules")
    on = None if device is None else load_device(device)
    given = {**options, "runtime": runtime or DEPLOYED, "device": device}
    tables = each(nets, lambda net: cost(net, **given))
    result = [Linted(table.network, on, lint(table.network, on, only)) for table in tables]
    emit(result, target, [warning for table in tables for warning in table.warnings])
    return 1 if exit_code and any(one.findings for one in result) else 0
