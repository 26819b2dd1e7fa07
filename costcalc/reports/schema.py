"""The JSON Schemas of what `--format json` writes, and the pieces they are made of.

The schema of a report stands beside its `records`, and lists every key with its meaning: what it
does not list is no part of the document, unless the keys are names of the network's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeAlias

from costcalc.errors import CostcalcError, nearest
from costcalc.metrics import METRICS
from costcalc.reports.formats import REPORTS, schema_of

Schema: TypeAlias = "dict[str, Any]"

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(output: str | None = None) -> Schema:
    """The JSON Schema of the network language, or of what a command writes as JSON.

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
    """The commands that write JSON, each with its reports."""
    found: dict[str, list[str]] = {}
    for report, own in REPORTS.items():
        if "records" in own:
            found.setdefault(report.split()[0], []).append(report)
    return found


def document(description: str, properties: Schema) -> Schema:
    """A whole document; `properties` as for `record`."""
    version = {"const": 1, "description": "Keys may be added without a new version; none changes."}
    return record({"schema_version": version, **properties}, description)


def record(properties: Schema, description: str | None = None, **more: Any) -> Schema:
    """An object of these keys; one whose name ends in `?` is not always there."""
    found: Schema = {"type": "object"}
    if description:
        found["description"] = description
    found["properties"] = {key.removesuffix("?"): value for key, value in properties.items()}
    found["required"] = [key for key in properties if not key.endswith("?")]
    return {**found, "additionalProperties": False, **more}


def mapping(values: Schema, description: str) -> Schema:
    """An object whose keys are names."""
    return {"type": "object", "description": description, "additionalProperties": values}


def array(items: Schema, description: str) -> Schema:
    return {"type": "array", "description": description, "items": items}


def or_null(own: Schema) -> Schema:
    """The same, or null."""
    if isinstance(own.get("type"), str) and "enum" not in own:
        return {**own, "type": [own["type"], "null"]}
    inner = {key: value for key, value in own.items() if key != "description"}
    about = {key: value for key, value in own.items() if key == "description"}
    return {**about, "anyOf": [inner, {"type": "null"}]}


def text(description: str) -> Schema:
    return {"type": "string", "description": description}


def word(words: Iterable[str], description: str) -> Schema:
    return {"enum": list(words), "description": description}


def whole(description: str, **more: Any) -> Schema:
    return {"type": "integer", "description": description, **more}


def count(description: str) -> Schema:
    return whole(description, minimum=0)


def line(description: str) -> Schema:
    return whole(description, minimum=1)


def decimal(description: str) -> Schema:
    """A binary float, for reading: what is exact has another key."""
    return {"type": "number", "description": description}


def flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def texts(description: str) -> Schema:
    return array({"type": "string"}, description)


def ratio(description: str) -> Schema:
    """An exact ratio in lowest terms, as text."""
    return {"type": "string", "description": description, "pattern": r"^-?\d+(/\d+)?$"}


def pair(description: str) -> Schema:
    side = {"type": "integer", "minimum": 1}
    return {**array(side, description), "minItems": 2, "maxItems": 2}


def shape(description: str) -> Schema:
    return {**array({"type": "integer", "minimum": 1}, description), "minItems": 1}


def metrics(names: Iterable[str], *, always: Collection[str] = METRICS.keys()) -> Schema:
    """Properties of metrics, with their meanings; those not in `always` may be left out."""
    return {name if name in always else f"{name}?": count(METRICS[name].about) for name in names}


ACCOUNTING: Schema = {
    "convention?": text("Whose convention totals are counted by, where one was asked for."),
    "unit?": word(("MAC", "FLOP"), "The unit of its totals."),
    "fold_batch_norm?": flag("True where batch norm is folded into the convolutions before it."),
}
"""The keys of `values.accounting_keys`."""
