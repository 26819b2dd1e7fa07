"""`costcalc validate`: everything that is wrong with networks."""

from __future__ import annotations

import click

from costcalc import api
from costcalc.cli.options import Net, each
from costcalc.language.lookup import find_text
from costcalc.project.discovery import is_network


@click.command("validate")
@click.argument("nets", metavar="NET...", nargs=-1, required=True, type=Net())
@click.option("--skip-others", is_flag=True, help="Pass over YAML files that are no networks.")
def command(nets: tuple[str, ...], skip_others: bool) -> None:
    """Find everything wrong with networks.

    In all their variants: silent if all is well, else every error with its place, and exit 2.
    """
    if skip_others:
        nets = tuple(net for net in nets if is_network(find_text(net)[1], net))
    each(nets, api.validate)
