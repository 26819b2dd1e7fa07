"""`costcalc diff`: what differs between two networks, or between two commits."""

from __future__ import annotations

from typing import Any

import click

from costcalc.accounting.convention import accounting
from costcalc.changes.diff import At, compare, read_sides
from costcalc.cli.options import accounting_options, format_option, output_option, settings
from costcalc.cli.output import show, write
from costcalc.cli.progress import counted
from costcalc.graph.knobs import Knobs


@click.command("diff")
@click.argument("arguments", metavar="A B | REF... [FILE]...", nargs=-1, required=True)
@settings
@accounting_options
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="How many layers of a network are shown; JSON has all.",
)
@format_option("text", "json", "markdown")
@click.option("--exit-code", is_flag=True, help="Exit 1 where anything differs.")
@output_option
def command(
    arguments: tuple[str, ...],
    top: int,
    format_: str,
    exit_code: bool,
    output: str | None,
    **options: Any,
) -> int:
    """What differs between networks, layer by layer.

    A and B are files, or git refs: diff A.yaml B.yaml, diff main, diff v1..v2 configs/. What was
    edited is told apart from what only follows, as a classifier behind a wider layer does.
    """
    if options["rho"] is not None and options["resolution"] is not None:
        raise click.UsageError("give --rho or --resolution, not both")
    knobs = Knobs(options["alpha"], options["rho"], options["resolution"])
    how = accounting(options["convention"], options["fold_batch_norm"])
    at = At(options["variant"], knobs, dict(options["assignments"]), how)
    sides = read_sides(arguments)
    networks = list(counted(compare(sides, at), "networks differ"))
    if format_ == "json":
        from costcalc.reports.diff import json

        write(json.diff(sides.old, sides.new, networks, how), output)
    else:
        from costcalc.reports.diff.page import page

        parts = page(sides.old, sides.new, networks, top, how)
        if format_ == "markdown":
            from costcalc.render import markdown

            write(markdown.lines(parts), output)
        else:
            show(parts, output)
    return 1 if exit_code and any(compared.changed for compared in networks) else 0
