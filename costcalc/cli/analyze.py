"""`costcalc analyze`: what networks cost at one setting."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.options import (
    Converted,
    Net,
    accounting_options,
    cost,
    each,
    format_option,
    output_option,
    settings,
)
from costcalc.cli.output import show, write
from costcalc.costs.selection import SORTS, pick, pick_layers


def _depth(text: str) -> int:
    if text == "all":
        return 10**6
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
@click.option("--sort", type=click.Choice(SORTS), help="Order the rows by a column, largest first.")
@format_option("text", "json", "csv", "markdown")
@output_option
def command(
    nets: tuple[str, ...],
    depth: int,
    pattern: str | None,
    sort: str | None,
    format_: str,
    output: str | None,
    **options: Any,
) -> None:
    """What networks cost.

    Every layer, standard against depthwise separable convolutions, the totals.

    NET is a file, - for standard input, or a shipped network or variant by name (see costcalc
    list). A file in the current folder comes before a shipped network of its name.
    """
    tables = each(nets, lambda net: cost(net, **options))
    if format_ == "json":
        from costcalc.reports import json

        write(json.analyses(tables), output)
        return

    if format_ == "csv":
        from costcalc.reports import csv

        chosen = [
            (table.variant or table.name, pick_layers(table, pattern, sort)) for table in tables
        ]
        write(csv.layers(chosen), output)
        return

    from costcalc.reports.analyze import analyses_page

    flat = pattern is not None or (sort is not None and depth > 1)
    rows = [pick(table, depth, pattern, sort) for table in tables]
    page = analyses_page(tables, rows, flat)
    if format_ == "markdown":
        from costcalc.render import markdown

        write(markdown.pieces(page), output)
    else:
        show(page, output)
