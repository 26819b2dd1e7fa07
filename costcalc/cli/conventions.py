"""`costcalc conventions`: what other tools count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from costcalc.accounting.convention import Convention, convention_names, load_convention
from costcalc.cli.options import Net, cost, format_option, output_option, settings
from costcalc.cli.output import show, write
from costcalc.costs.convention_counts import Counting
from costcalc.errors import CostcalcError
from costcalc.render.sheet import Part


@click.command("conventions")
@click.argument("net", metavar="[NET]", required=False, type=Net())
@click.argument("names", metavar="[A [B]]", nargs=-1)
@settings
@click.option(
    "--fold-batch-norm",
    is_flag=True,
    help="With batch norm folded into the convolutions before it, as deployed.",
)
@format_option("text", "json", "markdown")
@output_option
def command(
    net: str | None,
    names: tuple[str, ...],
    format_: str,
    output: str | None,
    **options: Any,
) -> None:
    """What other tools count.

    Alone: the conventions and their rules. With NET: its total by each of them, or by those that
    are named. With NET A B: why A and B differ, cause by cause.

    A and B are names, or paths of convention files of your own.
    """
    from costcalc.reports import conventions as report

    chosen = [load_convention(name) for name in names or convention_names()]
    if net is None:
        if format_ == "json":
            write(report.list_json(chosen), output)
        else:
            _write_list(chosen, format_, output)
        return
    try:
        table = cost(net, **options)
    except CostcalcError as error:
        if net in convention_names():
            error.hint = "that is a convention: costcalc conventions NET A B"
        raise
    countings = {own.name: Counting(table.network, own) for own in chosen}
    if len(names) == 2:
        one, other = (Counting(table.network, own) for own in chosen)
        if format_ == "json":
            write(report.comparison_json(table, one, other), output)
        else:
            _write(report.comparison(table, one, other), format_, output)
    elif format_ == "json":
        write(report.as_json(table, countings), output)
    else:
        _write(report.totals(table, countings), format_, output)


def _write_list(chosen: list[Convention], format_: str, output: str | None) -> None:
    from costcalc.reports import conventions as report

    if format_ == "markdown":
        from costcalc.render import markdown

        write(markdown.table(report.table(chosen)), output)
    else:
        show(report.listing(chosen), output)


def _write(page: Iterable[Part], format_: str, output: str | None) -> None:
    if format_ == "markdown":
        from costcalc.render import markdown

        write(markdown.lines(page), output)
    else:
        show(page, output)
