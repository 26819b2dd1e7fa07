"""`costcalc show`: print the text of a network."""

from __future__ import annotations

import os
from urllib.parse import quote

import click

from costcalc.cli.files import write
from costcalc.cli.options import Net, variant_option
from costcalc.language.library import configs_folder
from costcalc.language.lookup import shown_text

_MODELINE = "# yaml-language-server:"


@click.command("show")
@click.argument("net", metavar="NET", type=Net())
@variant_option
def command(net: str, variant: str | None) -> None:
    """Print the text of a network.

    A variant that is named comes first in the text, and so is the default. The first line tells an
    editor where the schema is (see costcalc schema). To start a network of your own:

    \b
      costcalc show mobilenet > mine.yaml
    """
    text = shown_text(net, variant)
    if text.startswith(_MODELINE):
        text = text.partition("\n")[2]
    schema = os.path.join(configs_folder(), "network.schema.json").replace(os.sep, "/")
    write([f"{_MODELINE} $schema=file://{quote(schema)}\n", text], None)
