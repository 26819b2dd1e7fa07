"""`costcalc analyze`: what networks cost at one setting."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.options import (
    Converted,
    Net,
    OneOf,
    accounting_options,
    cost,
    each,
    settings,
)
from costcalc.cli.output import Target, emit, output_options
from costcalc.costs.selection import Selection, sorts


def _depth(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdigit() or not int(text):
        raise ValueError(f"{text!r} is not a whole number from 1, or all")
    return int(text)


@click.command("analyze")
@click.argument("nets", metavar="NET...", nargs=-1, required=True, type=Net())
@settings
@accounting_options
@click.option(
    "--depth",
    metavar="N",
    default="1",
    type=Converted("N", _depth),
    help="Open blocks this deep; 1 is a row an item, all is every layer.",
)
@click.option(
    "--layers",
    "pattern",
    metavar="PATTERN",
    help="Only layers whose name or type match: '*.conv2d'.",
)
@click.option(
    "--sort",
    type=OneOf("COLUMN", sorts),
    help=f"Order the rows by {', '.join(sorts())}; numbers largest first.",
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
    """What networks cost.

    Every layer, standard against depthwise separable convolutions, the totals.

    NET is a file, - for standard input, or a shipped network or variant by name (see costcalc
    list). FILE:VARIANT is a variant of a file. A file in the current folder comes before a shipped
    network of its name.
    """
    tables = each(nets, lambda net: cost(net, **options))
    emit(Selection(tables, depth, pattern, sort), target)
