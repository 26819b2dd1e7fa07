"""`costcalc list`: list the shipped networks, or those of files."""

from __future__ import annotations

import os

import click
from click.core import ParameterSource

from costcalc.accounting.convention import accounting
from costcalc.cli.models import model_options
from costcalc.cli.options import accounting_options, each, limits_option
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import OneOf
from costcalc.cli.pick import pick_option, require_picked
from costcalc.costs.shipped import Listed, chosen, list_networks, list_published, networks_of
from costcalc.importers.reading import load_file
from costcalc.language.lookup import shipped, shipped_spaces
from costcalc.language.network_file import TASKS


@click.command("list")
@click.argument("names", metavar="[NAME|FILE]...", nargs=-1)
@model_options
@pick_option(others=True)
@click.option("--all", "every", is_flag=True, help="Show every network, and not families alone.")
@click.option("--task", type=OneOf("TASK", lambda: TASKS), help=f"For one of {', '.join(TASKS)}.")
@limits_option("Networks of at most so much, such as macs=300M")
@limits_option("Networks of at least so much", option="--min", key="least")
@accounting_options
@click.option("--published", is_flag=True, help="Show published figures beside the exact ones.")
@click.option("--spaces", is_flag=True, help="List the shipped spaces of networks instead.")
@output_options("list")
def command(
    names: tuple[str, ...],
    every: bool,
    task: str | None,
    limits: dict[str, int],
    least: dict[str, int],
    published: bool,
    spaces: bool,
    target: Target,
    convention: str | None,
    fold_batch_norm: bool,
) -> None:
    """List the shipped networks, or those of files.

    A row per family: how many networks it has, and from where to where their params, MACs and
    published accuracies go. With NAME, a part of a name or a glob, with a bound or --all, a row
    per network: input, params, MACs, published accuracy, source. JSON and CSV have every network.
    With FILE, a row for each of its variants: `costcalc list *.onnx` compares many files.
    """
    if spaces:
        if published or names or task or limits or least:
            raise click.UsageError("--spaces shows all spaces")
        emit([shipped(path) for path in shipped_spaces()], target._replace(report="list --spaces"))
        return
    if published:
        origin = click.get_current_context().get_parameter_source("convention")
        if origin is ParameterSource.COMMANDLINE or fold_batch_norm:
            raise click.UsageError("published figures are compared with macs and params")
        if names or task or limits or least:
            raise click.UsageError("--published shows all networks")
        emit(list(list_published()), target._replace(report="list --published"))
        return
    counted = accounting(convention, fold_batch_norm)
    files = [name for name in names if os.path.isfile(name)]
    parts = [name for name in names if name not in files]
    given = each(files, lambda name: list(networks_of(load_file(name)[0], counted)))
    require_picked()
    rows = [row for networks in given for row in networks]
    found = chosen(rows, (), task, limits, least)
    if parts or not files:
        found += chosen(list_networks(counted), parts, task, limits, least)
    is_open = bool(every or names or limits or least) or not counted.is_default
    warnings = [warning for row in rows for warning in row.warnings]
    emit(Listed(found, counted, is_open), target, warnings)
