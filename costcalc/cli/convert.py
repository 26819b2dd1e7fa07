"""`costcalc convert`: write a network of another format in the network language."""

from __future__ import annotations

import click

from costcalc.cli.files import write
from costcalc.cli.models import model_options
from costcalc.cli.options import Net, include_option, variant_option
from costcalc.importers.convert import written
from costcalc.importers.reading import load_file


@click.command("convert")
@click.argument("net", metavar="FILE", type=Net())
@model_options
@variant_option
@include_option
@click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
def command(net: str, variant: str | None, output: str | None) -> None:
    """Write a file of another format in the network language.

    The text costs what the file does, to the unit, and can be changed, swept and budgeted like any
    network. A variant that is named comes first in it.
    """
    file, named = load_file(net, variant)
    file.variant(named)  # refuses an unknown one
    write([f"{line}\n" for line in written(file, named)], output)
