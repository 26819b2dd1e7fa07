"""The keys of what `--format json` writes, from the schemas that the outputs are tested against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from costcalc.metrics import METRICS
from costcalc.reports.formats import schema_of
from costcalc.reports.schema import outputs

from .markdown import code, page, prose, table

Schema = dict[str, Any]


def reference() -> str:
    return page(
        part for command, reports in outputs().items() for part in _command(command, reports)
    )


def _command(command: str, reports: list[str]) -> Iterator[str]:
    yield f"## {command}"
    for report in reports:
        schema = schema_of(report)
        if report != command:
            yield f"### {report}"
        for _, form in _inner("", schema):
            yield prose(form.get("description", ""))
            objects: dict[str, list[str]] = {}
            for path, keys in _objects("", form):
                objects.setdefault(table(["key", "type", "meaning"], keys), []).append(path)
            for shown, paths in objects.items():
                yield f"Keys of {', '.join(map(code, paths))}:" if any(paths) else ""
                yield shown


def _objects(path: str, schema: Schema) -> Iterator[tuple[str, list[list[str]]]]:
    """An object's keys, and then those of the objects within it, each with its path."""
    required = schema.get("required", ())
    rows: list[list[str]] = []
    metrics: dict[str, list[str]] = {}
    """A row of each type for all metrics: they are explained elsewhere."""
    for name, own in schema["properties"].items():
        type_ = _type(own) + ("" if name in required else ", not always")
        if name in METRICS and own.get("description") == METRICS[name].about:
            if type_ not in metrics:
                metrics[type_] = ["", type_, "[What it counts](counting.md#the-metrics)."]
                rows.append(metrics[type_])
            metrics[type_][0] += ", " * bool(metrics[type_][0]) + code(name)
        else:
            rows.append([code(name), type_, prose(own.get("description", ""))])
    yield path, rows
    for name, own in schema["properties"].items():
        for inner, found in _inner(f"{path}.{name}".lstrip("."), own):
            yield from _objects(inner, found)


def _inner(path: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The objects with keys of their own that a value is made of."""
    if "properties" in schema:
        yield path, schema
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _inner(f"{path}.NAME", schema["additionalProperties"])
    if "items" in schema:
        yield from _inner(f"{path}[]", schema["items"])
    for form in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _inner(path, form)


def _type(schema: Schema) -> str:
    if "const" in schema:
        return code(str(schema["const"]))
    if "enum" in schema:
        return " or ".join("null" if one is None else code(str(one)) for one in schema["enum"])
    forms = (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    if forms:
        return " or ".join(dict.fromkeys(map(_type, forms)))
    named = schema.get("type", "any")
    named = [named] if isinstance(named, str) else named
    items = schema.get("items")
    if items is not None:
        named = [f"array of {_type(items)}" if one == "array" else one for one in named]
    return " or ".join(named)
