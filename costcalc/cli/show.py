"""`costcalc show`: print the text of a network."""

from __future__ import annotations

import os
from urllib.parse import quote

import click

from costcalc.cli.files import write
from costcalc.cli.options import include_option, variant_option
from costcalc.cli.parameters import Net
from costcalc.cli.pick import pick_option
from costcalc.importers.lines import network_lines
from costcalc.importers.reading import load_file, shown_text
from costcalc.language.deciding import is_deciding
from costcalc.language.lookup import find

_MODELINE = "# yaml-language-server:"


@click.command("show")
@click.argument("net", metavar="NET", type=Net())
@variant_option
@pick_option()
@include_option
@click.option(
    "--schema",
    metavar="FILE",
    help="Begin with the line by which editors find the JSON Schema: its URL, or its path from "
    "where the text will be.",
)
def command(net: str, variant: str | None, schema: str | None) -> None:
    """Print the text of a network.

    A variant that is named comes first in the text, and so is the default. To start a network of
    your own, with a schema for the editor (see costcalc schema):

    \b
      costcalc schema --output network.schema.json
      costcalc show mobilenet --schema network.schema.json > mine.yaml
    """
    text = _picked(net, variant) if is_deciding() else shown_text(net, variant)
    if text.startswith(_MODELINE) and (schema is not None or find(net).is_shipped):
        text = text.partition("\n")[2]  # of a shipped network, it names a file beside that one
    lines = [] if schema is None else [f"{_MODELINE} $schema={_reference(schema)}\n"]
    write([*lines, text], None)


def _picked(net: str, variant: str | None) -> str:
    """The text of the network that is taken of a space."""
    return "".join(f"{line}\n" for line in network_lines(load_file(net, variant)[0].parts))


def _reference(schema: str) -> str:
    """The URL or path of a schema as editors read it: without spaces, and with slashes."""
    return quote(schema if "://" in schema else schema.replace(os.sep, "/"), safe="/:%?#=&@+,;~")
