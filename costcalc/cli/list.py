"""`costcalc list`: list the shipped networks."""

from __future__ import annotations

import click
from click.core import ParameterSource

from costcalc.accounting.convention import accounting
from costcalc.cli.options import accounting_options
from costcalc.cli.output import Target, emit, output_options
from costcalc.costs.shipped import list_networks, list_published


@click.command("list")
@accounting_options
@click.option("--published", is_flag=True, help="Show published figures beside the exact ones.")
@output_options("list")
def command(published: bool, target: Target, convention: str | None, fold_batch_norm: bool) -> None:
    """List the shipped networks.

    One row per variant: input, params, MACs, published accuracy, source.
    """
    if published:
        given = click.get_current_context().get_parameter_source("convention")
        if given is ParameterSource.COMMANDLINE or fold_batch_norm:
            raise click.UsageError("published figures are compared with macs and params")
        emit(list(list_published()), target._replace(report="list --published"))
        return
    emit(list(list_networks(accounting(convention, fold_batch_norm))), target)
