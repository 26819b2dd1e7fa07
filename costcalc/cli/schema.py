"""`costcalc schema`: print the JSON Schemas of networks and of JSON output."""

from __future__ import annotations

import json

import click

from costcalc.cli.files import write
from costcalc.cli.output import output_option


@click.command("schema")
@click.argument("output_of", metavar="[COMMAND]", required=False)
@output_option
def command(output_of: str | None, output: str | None) -> None:
    """Print the JSON Schema of networks, or of a command's output.

    Without COMMAND: of the network language. Editors complete and check a network by it, if its
    first line is

    \b
      # yaml-language-server: $schema=FILE

    With COMMAND: of what the command writes with --format json, with the meaning of every key.
    """
    if output_of is None:
        from costcalc.reference.json_schema import schema_text

        write([schema_text()], output)
    else:
        from costcalc.reports.schema import schema

        write([json.dumps(schema(output_of), indent=1), "\n"], output)
