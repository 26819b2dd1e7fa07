"""`costcalc schema`: the JSON Schema of the network language."""

from __future__ import annotations

import click

from costcalc.cli.files import write
from costcalc.cli.output import output_option


@click.command("schema")
@output_option
def command(output: str | None) -> None:
    """The JSON Schema for editors.

    By it an editor completes and checks a network.

    Name it in a network's first line: # yaml-language-server: $schema=FILE
    """
    from costcalc.reference.json_schema import schema_text

    write([schema_text()], output)
