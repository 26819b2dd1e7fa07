"""`costcalc conventions`: show what other tools count."""

from __future__ import annotations

from typing import Any

import click

from costcalc.accounting.convention import convention_names, load_convention
from costcalc.cli.models import model_options
from costcalc.cli.options import cost, fold_option, settings
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import Net
from costcalc.costs.convention_counts import Counting
from costcalc.errors import CostcalcError


@click.command("conventions")
@click.argument("net", metavar="[NET]", required=False, type=Net())
@model_options
@click.argument("names", metavar="[A [B]]", nargs=-1)
@settings
@fold_option
@output_options("conventions")
def command(
    net: str | None,
    names: tuple[str, ...],
    target: Target,
    **options: Any,
) -> None:
    """Show what other tools count.

    Without arguments: the conventions and their rules. With NET: its total by each of them, or by
    those that are named. With NET A B: why A and B differ, cause by cause.

    A and B are names, or paths of convention files of your own.
    """
    conventions = [load_convention(name) for name in names or convention_names()]
    if net is None:
        emit(conventions, target)
        return
    try:
        table = cost(net, **options)
    except CostcalcError as error:
        if net in convention_names():
            error.hint = "that is a convention: costcalc conventions NET A B"
        raise
    from costcalc.reports.convention_totals import Counted

    report = "conventions NET A B" if len(names) == 2 else "conventions NET"
    countings = [Counting(table.network, convention) for convention in conventions]
    left_out = [] if names else [counting for counting in countings if counting.unknown]
    kept = [counting for counting in countings if counting not in left_out]
    emit(Counted(table, kept, left_out), target._replace(report=report), table.warnings)
