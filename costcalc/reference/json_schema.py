"""The JSON Schema of the network language, made from the layers and the shipped blocks.

It serves editors: it completes names and fields, and checks what can be checked without running
an expression. A text is always allowed where a value is, since it may be an expression.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

from costcalc.language.block_file import library
from costcalc.language.expressions import LITERALS
from costcalc.language.names import MERGES
from costcalc.language.network_file import ROUNDINGS
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import SequenceNode
from costcalc.layers import LAYERS, Field, Layer
from costcalc.metrics import METRICS, of_layers
from costcalc.project.limits import LIMIT_PARTS

Schema = dict[str, Any]

EXPRESSION: Schema = {"$ref": "#/$defs/expression"}
_VALUE: Schema = {"$ref": "#/$defs/value"}
_TYPE_PATTERN = r"^\$?[A-Za-z_][A-Za-z0-9_]*$"


def schema_text() -> str:
    """The schema as the file that editors read: a definition a line."""
    whole = schema()
    definitions = whole.pop("$defs")
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in whole.items()]
    inner = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in definitions.items()]
    lines.append('"$defs": {\n' + ",\n".join(inner) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def schema() -> Schema:
    blocks = library().own
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "costcalc network",
        "description": "A neural-network architecture, from which costcalc computes what it costs.",
        "type": "object",
        "properties": _network(),
        "additionalProperties": False,
        "anyOf": [{"required": ["input", "layers"]}, {"required": ["blocks"]}],
        "$defs": {
            "expression": {"type": "string", "minLength": 1},
            "value": {
                "anyOf": [
                    {"type": ["number", "boolean", "null"]},
                    EXPRESSION,
                    {"type": "array", "items": _VALUE},
                ]
            },
            "values": {"type": ["object", "null"], "additionalProperties": _VALUE},
            "names": {"anyOf": [_name(), _list(_name(), minItems=1)]},
            "items": {"anyOf": [_list(_ref("item")), {"type": "null"}]},
            "branch": {"anyOf": [_list(_ref("item")), _ref("item")]},
            "branches": _list(_ref("branch")),
            "shape": {
                "anyOf": [
                    _list({"type": "integer", "minimum": 1}, minItems=n, maxItems=n) for n in (1, 3)
                ]
            },
            "ratio": {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, EXPRESSION]},
            "rounding": {
                "anyOf": [
                    {"enum": list(ROUNDINGS)},
                    _object({"divisor": {"type": "integer", "minimum": 1}}, required=["divisor"]),
                ]
            },
            "published": _published(),
            "limit": {
                "description": "600M; 256KiB of bytes; or max, warn (95%) and growth (5%).",
                "anyOf": [
                    {"type": ["integer", "string"]},
                    _object(
                        {name: {"type": ["integer", "string"]} for name in LIMIT_PARTS},
                        minProperties=1,
                    ),
                ],
            },
            "variant": _variant(),
            "block": _block(),
            "item": _item([*LAYERS], [*blocks]),
            **{f"layer_{layer.type}": _layer(layer) for layer in LAYERS.values()},
            **{
                f"block_{name}": _fields(
                    f"block_{name}",
                    {param: _param(value) for param, value in block.params.items()},
                    f"Block {name}.",
                )
                for name, block in blocks.items()
            },
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def _object(properties: Schema, **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def _name() -> Schema:
    return {"type": ["string", "number"]}


def _network() -> Schema:
    texts = {
        "name": "What the network is called.",
        "source": "The paper or the code that it follows.",
    }
    return {
        **{key: {"type": "string", "description": text} for key, text in texts.items()},
        "input": {
            "description": "[channels, height, width], [features], or names and shapes.",
            "anyOf": [
                _ref("shape"),
                {"type": "object", "minProperties": 1, "additionalProperties": _ref("shape")},
            ],
        },
        "layers": {**_ref("items"), "description": "The items, in order."},
        "params": {**_ref("values"), "description": "Values that expressions may name."},
        "variants": {
            "description": "Named overrides; the first is the default.",
            "type": ["object", "null"],
            "additionalProperties": _ref("variant"),
        },
        "include": {
            "description": "Files whose blocks may be used, relative to this one.",
            **_list({"type": "string"}),
        },
        "blocks": {
            "description": "Blocks of this file.",
            "type": ["object", "null"],
            "additionalProperties": _ref("block"),
        },
        "defaults": {
            "description": "Fields of a layer or block for every item in this file.",
            "type": ["object", "null"],
            "properties": {
                **{name: _ref(f"layer_{layer.type}") for name, layer in LAYERS.items()},
                **{name: _ref(f"block_{name}") for name in library().own},
            },
            "additionalProperties": _ref("values"),
        },
        "alpha": {**_ref("ratio"), "description": "The default width multiplier; 1 if absent."},
        "rounding": {
            **_ref("rounding"),
            "description": "How alpha times a width becomes a channel count; floor if absent.",
        },
        "published": _ref("published"),
        "budgets": {
            "description": "Limits that costcalc check holds the network to.",
            "anyOf": [_budget(), _list(_budget()), {"type": "null"}],
        },
    }


def _budget() -> Schema:
    setting = {
        "variant": {"type": "string"},
        "alpha": _ref("ratio"),
        "rho": _ref("ratio"),
        "resolution": {"type": ["integer", "string"]},
        "convention": {"type": "string"},
    }
    metrics = {
        name: {**_ref("limit"), "description": metric.about} for name, metric in METRICS.items()
    }
    inner = {name: metrics[name] for name in of_layers()}
    part = _object({"match": {"type": "string"}, **inner}, required=["match"])
    return _object({**setting, **metrics, "layers": _list(part)})


def _variant() -> Schema:
    parts = {
        "params": _ref("values"),
        "input": _network()["input"],
        "alpha": _ref("ratio"),
        "rounding": _ref("rounding"),
        "published": _ref("published"),
    }
    return _object(parts, type=["object", "null"])


def _block() -> Schema:
    names = _list({"type": "string"}, minItems=1)
    parts = {"params": _ref("values"), "inputs": names, "outputs": names, "layers": _ref("items")}
    return _object(parts, required=["layers"])


def _published() -> Schema:
    count = {"type": ["string", "number"]}
    percent = {"type": "number", "minimum": 0, "maximum": 100}
    figures = {
        "source": {"type": "string"},
        "variant": {"type": "string"},
        "alpha": _ref("ratio"),
        "resolution": {"type": ["integer", "string"]},
        "macs": count,
        "params": count,
        "top1": percent,
        "top5": percent,
        "note": {"type": "string"},
    }
    shared = {**figures, "figures": _list(_object(figures))}
    return {
        "description": "Published figures; the first source is the default.",
        **_list(_object(shared), type=["array", "null"]),
    }


def _common() -> Schema:
    return {
        "name": {**_ref("names"), "description": "What later items call its output."},
        "from": {**_ref("names"), "description": "What it reads, instead of the item before it."},
        "when": {**_VALUE, "description": "Where false, the item is the identity."},
        "repeat": {**_VALUE, "description": "How many copies follow one another."},
    }


def _fields(key: str, fields: Schema, description: str) -> Schema:
    """An item's content: its fields, what every item takes, and `first`."""
    own = {name: {"$ref": f"#/$defs/{key}/properties/{name}"} for name in fields}
    first = {"description": "Fields of the first copy.", **_object(own)}
    return {
        "description": description,
        **_object({**fields, **_common(), "first": first}, type=["object", "null"]),
    }


def _layer(layer: type[Layer]) -> Schema:
    fields = {name: _field(field) for name, field in layer.fields.items()}
    return _fields(f"layer_{layer.type}", fields, inspect.cleandoc(layer.__doc__ or ""))


def _field(field: Field) -> Schema:
    number: Schema = {"type": "number"}
    if field.kind in ("whole", "pair", "sides"):
        number = {"type": "integer"}
        if field.minimum is not None:
            number["minimum"] = field.minimum
    allowed: list[Schema] = [{"enum": list(field.words)}] if field.words else []
    if field.kind == "boolean":
        allowed.append({"type": "boolean"})
    elif field.kind != "word":
        allowed.append(number)
    sides = {"pair": (2,), "sides": (2, 4)}.get(field.kind, ())
    part = {"anyOf": [number, EXPRESSION]}
    allowed.extend(_list(part, minItems=n, maxItems=n) for n in sides)
    default = "required" if field.required else f"default: {field.shown_default}"
    return {"description": default, "anyOf": [*allowed, EXPRESSION, {"type": "null"}]}


def _param(value: Value | None) -> Schema:
    if value is None:
        return {**_VALUE, "description": "required"}
    node = value.node
    shown = "a list" if isinstance(node, SequenceNode) else node.value
    return {**_VALUE, "description": f"default: {shown}"}


def _item(layers: list[str], blocks: list[str]) -> Schema:
    body = _ref("items")
    sequence = _object({"layers": body, **_common()}, required=["layers"])
    residual = _object(
        {"layers": body, "shortcut": body, "shortcut_when": _VALUE, **_common()},
        required=["layers"],
    )
    contents: Schema = {
        **{name: _ref(f"layer_{LAYERS[name].type}") for name in layers},
        **{name: _ref(f"block_{name}") for name in blocks},
        "sequence": {"description": "Items as one.", "anyOf": [_ref("items"), sequence]},
        "residual": {
            "description": "Its layers plus its shortcut, the identity unless given.",
            "anyOf": [_ref("items"), residual],
        },
    }
    for name in MERGES:
        layer = _layer(LAYERS[name])
        layer["properties"]["branches"] = _ref("branches")
        contents[name] = {"anyOf": [_ref("branches"), layer]}
    return {
        "anyOf": [
            {"enum": [*layers, *blocks]},
            {"type": "string", "pattern": _TYPE_PATTERN, "not": {"enum": [*LITERALS]}},
            {
                "type": "object",
                "properties": contents,
                "minProperties": 1,
                "maxProperties": 1,
                "patternProperties": {_TYPE_PATTERN: {}},
                "additionalProperties": False,
            },
        ]
    }
