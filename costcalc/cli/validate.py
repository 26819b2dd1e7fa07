"""`costcalc validate`: report every error in networks."""

from __future__ import annotations

from functools import partial

import click

from costcalc.cli.models import model_options
from costcalc.cli.options import each, include_option, variant_option
from costcalc.cli.output import warn
from costcalc.cli.parameters import Net
from costcalc.errors import CostcalcError
from costcalc.importers.reading import find_content
from costcalc.project.discovery import YAML, is_network
from costcalc.spaces.validation import validate


@click.command("validate")
@click.argument("nets", metavar="NET...", nargs=-1, required=True, type=Net())
@model_options
@variant_option
@include_option
@click.option("--skip-others", is_flag=True, help="Skip files that are not networks.")
def command(nets: tuple[str, ...], variant: str | None, skip_others: bool) -> None:
    """Report every error in networks.

    Checks all variants of a file, or the one that is named. Prints nothing if all is well, else
    each error with its place, and exits with 2. Warnings are printed too, with exit code 0.
    """
    if skip_others:
        nets = tuple(filter(_is_network, nets))
    for found in each(nets, partial(validate, variant=variant)):
        warn(found)


def _is_network(net: str) -> bool:
    """Whether a file is a network; YAML that cannot be read may be one, and is reported."""
    try:
        return is_network(find_content(net)[1], net)
    except CostcalcError:
        return net.endswith(YAML)
