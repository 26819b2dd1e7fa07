"""`costcalc show`: a network's text."""

from __future__ import annotations

import os
from urllib.parse import quote

import click

from costcalc.cli.files import write
from costcalc.cli.options import Net
from costcalc.language.library import configs_folder
from costcalc.language.lookup import shown_text

_MODELINE = "# yaml-language-server:"


@click.command("show")
@click.argument("net", metavar="NET", type=Net())
def command(net: str) -> None:
    """The text of a network.

    A variant that NET names comes first, and so is the default.

    To start one of your own: costcalc show mobilenet > mine.yaml

    Its first line tells an editor where the schema is (see also: costcalc schema).
    """
    text = shown_text(net)
    if text.startswith(_MODELINE):
        text = text.partition("\n")[2]
    schema = os.path.join(configs_folder(), "network.schema.json").replace(os.sep, "/")
    write([f"{_MODELINE} $schema=file://{quote(schema)}\n", text], None)
