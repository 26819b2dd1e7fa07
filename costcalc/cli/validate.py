"""`costcalc validate`: everything that is wrong with networks."""

from __future__ import annotations

import click

from costcalc import api
from costcalc.cli.options import Net, each


@click.command("validate")
@click.argument("nets", metavar="NET...", nargs=-1, required=True, type=Net())
def command(nets: tuple[str, ...]) -> None:
    """Find everything wrong with networks.

    In all their variants: silent if all is well, else every error with its place, and exit 2.
    """
    each(nets, api.validate)
