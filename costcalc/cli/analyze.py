"""`costcalc analyze`: compute what networks cost at one setting."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.device_options import cost_options
from costcalc.cli.models import model_options
from costcalc.cli.options import accounting_options, cost, each, settings
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import Converted, Net, OneOf
from costcalc.cli.runtime_options import memory_option
from costcalc.costs.selection import Selection, sorts


def _depth(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdigit() or not int(text):
        raise ValueError(f"{text!r} is not a whole number from 1, or all")
    return int(text)


@click.command("analyze")
@click.argument("nets", metavar="NET...", nargs=-1, required=True, type=Net())
@model_options
@settings
@accounting_options
@memory_option
@cost_options
@click.option(
    "--depth",
    metavar="N",
    default="1",
    type=Converted("N", _depth),
    help="Open blocks to this depth: 1 shows a row per item, all shows every layer.",
)
@click.option(
    "--layers",
    "pattern",
    metavar="PATTERN",
    help="Show only layers whose name or type matches, such as '*.conv2d'.",
)
@click.option(
    "--sort",
    type=OneOf("COLUMN", sorts),
    help=f"Sort rows by {', '.join(sorts())}; numbers largest first.",
)
@output_options("analyze")
def command(
    nets: tuple[str, ...],
    depth: int | None,
    pattern: str | None,
    sort: str | None,
    target: Target,
    **options: Any,
) -> None:
    """Compute what networks cost, layer by layer.

    Shows every layer, each standard convolution against its depthwise separable replacement and
    the other way round, and the totals.

    NET is a file, - for standard input, or the name of a shipped network or variant (see costcalc
    list). FILE:VARIANT is one variant of a file. A file in the current folder takes precedence
    over a shipped network of the same name.
    """
    tables = each(nets, lambda net: cost(net, **options))
    warnings = [warning for table in tables for warning in table.warnings]
    emit(Selection(tables, depth, pattern, sort), target, warnings)
