"""Small parts of the JSON Schema of the network language."""

from __future__ import annotations

from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

EXPRESSION: Schema = {"$ref": "#/$defs/expression"}
VALUE: Schema = {"$ref": "#/$defs/value"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def mapping(properties: Schema, **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def name() -> Schema:
    return {"type": ["string", "number"]}
