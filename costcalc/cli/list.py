"""`costcalc list`: the shipped networks."""

from __future__ import annotations

import click

from costcalc import api
from costcalc.cli.options import accounting_options, format_option
from costcalc.cli.output import show, write
from costcalc.spec.convention import accounting


@click.command("list")
@accounting_options
@format_option("text", "json", "csv", "markdown")
def command(format_: str, convention: str | None, fold_batch_norm: bool) -> None:
    """The shipped networks.

    A row a variant: input, params, MACs, published accuracy, source.
    """
    rows = list(api.list_networks(accounting(convention, fold_batch_norm)))
    if format_ == "json":
        from costcalc.report import json

        write(json.networks(rows), None)
        return
    if format_ == "csv":
        from costcalc.report import csv

        write(csv.networks(rows), None)
        return

    from costcalc.report.page import listing

    if format_ == "markdown":
        from costcalc.report import markdown

        write(markdown.table(listing(rows)), None)
    else:
        show([listing(rows)])
