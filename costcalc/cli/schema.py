"""`costcalc schema`: JSON Schemas of the network language and of what commands write."""

from __future__ import annotations

import json

import click

from costcalc.cli.files import write
from costcalc.cli.output import output_option


@click.command("schema")
@click.argument("output_of", metavar="[COMMAND]", required=False)
@output_option
def command(output_of: str | None, output: str | None) -> None:
    """The JSON Schema for editors, or of a command's JSON.

    Alone: of the network language. By it an editor completes and checks a network that names it in
    its first line: # yaml-language-server: $schema=FILE

    With COMMAND: of what it writes with --format json, each key with its meaning.
    """
    if output_of is None:
        from costcalc.reference.json_schema import schema_text

        write([schema_text()], output)
    else:
        from costcalc.reports.schema import schema

        write([json.dumps(schema(output_of), indent=1), "\n"], output)
