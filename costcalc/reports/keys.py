"""The kinds of keys that JSON documents have: the pieces of their JSON Schemas."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeAlias

from costcalc.metrics import METRICS
from costcalc.render.json import SCHEMA_VERSION

Schema: TypeAlias = "dict[str, Any]"


def document(description: str, properties: Schema) -> Schema:
    """Describe a document; its properties are given as for `record`."""
    version = {
        "const": SCHEMA_VERSION,
        "description": "Keys may be added within a version; none is changed or removed.",
    }
    return record({"schema_version": version, **properties}, description)


def record(properties: Schema, description: str | None = None, **more: Any) -> Schema:
    """Describe an object. Keys that end in `?` may be missing; no others may occur."""
    found: Schema = {"type": "object"}
    if description:
        found["description"] = description
    found["properties"] = {key.removesuffix("?"): value for key, value in properties.items()}
    found["required"] = [key for key in properties if not key.endswith("?")]
    return {**found, "additionalProperties": False, **more}


def mapping(values: Schema, description: str) -> Schema:
    """Describe an object whose keys are names that the network gives, or metrics."""
    return {"type": "object", "description": description, "additionalProperties": values}


def array(items: Schema, description: str) -> Schema:
    return {"type": "array", "description": description, "items": items}


def or_null(own: Schema) -> Schema:
    """Allow null as well."""
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
    """Describe a line of a text; null, too, in a network that comes from no text."""
    return or_null(whole(description, minimum=1))


def node() -> Schema:
    """Describe the place of what comes from a model file, which has no lines."""
    return or_null(text("The name of its node in a model file; null in a text."))


def decimal(description: str) -> Schema:
    """Describe a rounded value, for reading; the exact one has another key."""
    return {"type": "number", "description": description}


def flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def texts(description: str) -> Schema:
    return array({"type": "string"}, description)


def ratio(description: str) -> Schema:
    """Describe an exact ratio in lowest terms, as text."""
    return {"type": "string", "description": description, "pattern": r"^-?\d+(/\d+)?$"}


def pair(description: str) -> Schema:
    side = {"type": "integer", "minimum": 1}
    return {**array(side, description), "minItems": 2, "maxItems": 2}


def sizes(description: str) -> Schema:
    """Describe a number for each side of a map."""
    return {**array({"type": "integer", "minimum": 1}, description), "minItems": 1}


def shape(description: str) -> Schema:
    return {**array({"type": "integer", "minimum": 1}, description), "minItems": 1}


def metrics(names: Iterable[str], *, always: Collection[str] | None = None) -> Schema:
    """Describe keys of metrics; those that are not in `always` may be missing.

    Unless it is given, those may be that are there where they are asked for.
    """
    if always is None:
        always = [name for name, metric in METRICS.items() if not metric.is_asked_for]
    return {name if name in always else f"{name}?": value(name) for name in names}


def value(metric: str) -> Schema:
    """Describe the value of a metric."""
    about = METRICS[metric].about
    return count(about) if METRICS[metric].is_whole else {**decimal(about), "minimum": 0}


ACCOUNTING: Schema = {
    "convention?": text("The convention by which totals are counted, if one was given."),
    "unit?": word(("MAC", "FLOP"), "The unit of these totals."),
    "fold_batch_norm?": flag("True if batch norm is folded into the convolutions before it."),
    "runtime?": text("The runtime that memory is asked for, in words."),
}
"""The keys of `values.accounting_keys`."""
