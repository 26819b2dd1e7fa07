"""`costcalc list`: the shipped networks."""

from __future__ import annotations

import click
from click.core import ParameterSource

from costcalc import api
from costcalc.accounting.convention import accounting
from costcalc.cli.options import accounting_options, format_option
from costcalc.cli.output import show, write
from costcalc.costs.shipped import list_published


@click.command("list")
@accounting_options
@click.option(
    "--published", is_flag=True, help="Every published figure beside the exact one, and why."
)
@format_option("text", "json", "csv", "markdown")
def command(published: bool, format_: str, convention: str | None, fold_batch_norm: bool) -> None:
    """The shipped networks.

    A row a variant: input, params, MACs, published accuracy, source.
    """
    if published:
        given = click.get_current_context().get_parameter_source("convention")
        if given is ParameterSource.COMMANDLINE or fold_batch_norm:
            raise click.UsageError("published figures are compared with macs and params")
        _published(format_)
        return
    rows = list(api.list_networks(accounting(convention, fold_batch_norm)))
    if format_ == "json":
        from costcalc.reports import json

        write(json.networks(rows), None)
        return
    if format_ == "csv":
        from costcalc.reports import csv

        write(csv.networks(rows), None)
        return

    from costcalc.reports.labels import accounting_lines
    from costcalc.reports.shipped import listing

    if format_ == "markdown":
        from costcalc.render import markdown

        write(markdown.table(listing(rows)), None)
    else:
        show([*accounting_lines(rows[0].analysis.accounting), listing(rows)])


def _published(format_: str) -> None:
    rows = list(list_published())
    if format_ == "json":
        from costcalc.reports import json

        write(json.published(rows), None)
    elif format_ == "csv":
        from costcalc.reports import csv

        write(csv.published(rows), None)
    elif format_ == "markdown":
        from costcalc.render import markdown
        from costcalc.reports.shipped import published_listing

        write(markdown.lines(published_listing(rows)), None)
    else:
        from costcalc.reports.shipped import published_listing

        show(published_listing(rows))
