"""The JSON Schemas of what `--format json` writes.

The schema of a report stands beside its `records` and describes every key. Objects have no other
keys, unless they are names that the network gives, such as those of params.
"""

from __future__ import annotations

from costcalc.errors import CostcalcError, nearest
from costcalc.reports.formats import REPORTS, schema_of
from costcalc.reports.keys import Schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(output: str | None = None) -> Schema:
    """Return the JSON Schema of the network language, or of a command's JSON output.

    output: the command, such as "analyze". Raises CostcalcError for one that writes no JSON.
    """
    if output is None:
        from costcalc.reference import json_schema

        return json_schema.schema()
    known = outputs()
    if output not in known:
        raise CostcalcError(
            f"no command '{output}' writes JSON",
            hint=nearest(output, known) or f"these do: {', '.join(known)}",
        )
    forms = [schema_of(report) for report in known[output]]
    title = f"costcalc {output} --format json"
    return {
        "$schema": DIALECT,
        "title": title,
        **(forms[0] if len(forms) == 1 else {"oneOf": forms}),
    }


def outputs() -> dict[str, list[str]]:
    """List the commands that write JSON, each with its reports."""
    found: dict[str, list[str]] = {}
    for report, own in REPORTS.items():
        if "records" in own:
            found.setdefault(report.split()[0], []).append(report)
    return found
