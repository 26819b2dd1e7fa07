"""The JSON Schema of the network language, made from the layers and the shipped blocks.

It serves editors: it completes names and fields, and checks what can be checked without running
an expression. A text is always allowed where a value is, since it may be an expression.
"""

from __future__ import annotations

import json

from costcalc.graph.runtime import DEPLOYED, KEYS, WORDS
from costcalc.language.block_file import library
from costcalc.language.declared import ROUNDINGS
from costcalc.language.network_file import TASKS
from costcalc.layers import LAYERS
from costcalc.metrics import METRICS, of_layers, with_limits
from costcalc.metrics.training import OPTIMIZERS
from costcalc.project.limits import FIT, LIMIT_PARTS
from costcalc.reference.schema_items import item_definitions
from costcalc.reference.schema_parts import EXPRESSION, VALUE, Schema, array, mapping, name, ref
from costcalc.shapes import SIDES


def schema_text() -> str:
    """The schema as text for editors, a definition a line."""
    whole = schema()
    definitions = whole.pop("$defs")
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in whole.items()]
    inner = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in definitions.items()]
    lines.append('"$defs": {\n' + ",\n".join(inner) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def schema() -> Schema:
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
                    {"type": "array", "items": VALUE},
                    ref("choice"),
                ]
            },
            "choice": {
                "description": "One of several values, in a space of networks: a list of options, "
                "2..4 or 0.25..1.0:0.25.",
                **mapping(
                    {
                        "any": {
                            "anyOf": [
                                {"type": "array", "minItems": 1},
                                {"type": "string", "pattern": r"\.\."},
                            ]
                        }
                    },
                    required=["any"],
                ),
            },
            "values": {"type": ["object", "null"], "additionalProperties": VALUE},
            "names": {"anyOf": [name(), array(name(), minItems=1)]},
            "items": {"anyOf": [array(ref("item")), {"type": "null"}]},
            "branch": {"anyOf": [array(ref("item")), ref("item")]},
            "branches": array(ref("branch")),
            "shape": {
                **array(
                    {"anyOf": [{"type": "integer", "minimum": 1}, EXPRESSION, ref("choice")]},
                    minItems=1,
                    maxItems=1 + max(SIDES),
                ),
            },
            "ratio": {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, EXPRESSION]},
            "rounding": {
                "anyOf": [
                    {"enum": list(ROUNDINGS)},
                    mapping({"divisor": {"type": "integer", "minimum": 1}}, required=["divisor"]),
                ]
            },
            "published": _published(),
            "limit": {
                "description": "600M; 256KiB of bytes; or max, warn (95%) and growth (5%).",
                "anyOf": [
                    {"type": ["integer", "string"]},
                    mapping(
                        {name: {"type": ["integer", "string"]} for name in LIMIT_PARTS},
                        minProperties=1,
                    ),
                ],
            },
            "variant": _variant(),
            "block": _block(),
            **item_definitions(),
        },
    }


def _network() -> Schema:
    texts = {
        "name": "What the network is called.",
        "source": "The paper or the code that it follows.",
    }
    return {
        **{key: {"type": "string", "description": text} for key, text in texts.items()},
        "task": {
            "enum": list(TASKS),
            "description": "What it is for: list groups the shipped networks by it.",
        },
        "input": {
            "description": "Channels and sides, such as [3, 224, 224] or [1, tokens], "
            "or names and shapes.",
            "anyOf": [
                ref("shape"),
                {"type": "object", "minProperties": 1, "additionalProperties": ref("shape")},
            ],
        },
        "outputs": {
            "description": "Names of the maps that it hands on; those of the last item if absent.",
            **array(name(), minItems=1),
        },
        "layers": {**ref("items"), "description": "The items, in order."},
        "params": {**ref("values"), "description": "Values that expressions may name."},
        "variants": {
            "description": "Named overrides; the first is the default.",
            "type": ["object", "null"],
            "additionalProperties": ref("variant"),
        },
        "include": {
            "description": "Files whose blocks may be used, relative to this one.",
            **array({"type": "string"}),
        },
        "blocks": {
            "description": "Blocks of this file.",
            "type": ["object", "null"],
            "additionalProperties": ref("block"),
        },
        "defaults": {
            "description": "Fields of a layer or block for all items of this file; "
            "those in shipped blocks keep their own.",
            "type": ["object", "null"],
            "properties": {
                **{name: ref(f"layer_{layer.type}") for name, layer in LAYERS.items()},
                **{name: ref(f"block_{name}") for name in library().own},
            },
            "additionalProperties": ref("values"),
        },
        "alpha": {
            "anyOf": [ref("ratio"), ref("choice")],
            "description": "The default width multiplier; 1 if absent.",
        },
        "rounding": {
            **ref("rounding"),
            "description": "How alpha times a width becomes a channel count; floor if absent.",
        },
        "published": ref("published"),
        "budgets": {
            "description": "Limits that costcalc check holds the network to.",
            "anyOf": [_budget(), array(_budget()), {"type": "null"}],
        },
    }


def _budget() -> Schema:
    setting = {
        "variant": {"type": "string"},
        "alpha": ref("ratio"),
        "rho": ref("ratio"),
        "resolution": {"type": ["integer", "string"]},
        "batch": {"type": "integer", "minimum": 1},
        "convention": {"type": "string"},
        "device": {"type": "string"},
        "optimizer": {"enum": [*OPTIMIZERS]},
        "bits": mapping({}, additionalProperties={"type": ["integer", "string"]}),
        **{name: _of_runtime(name) for name in KEYS},
    }
    metrics = {name: {**ref("limit"), "description": METRICS[name].about} for name in with_limits()}
    inner = {name: metrics[name] for name in of_layers()}
    part = mapping({"match": {"type": "string"}, **inner}, required=["match"])
    fit = {
        "description": "How many networks of a space must be within these limits: 1M, or 1%.",
        "type": ["integer", "string"],
    }
    return mapping({**setting, **metrics, FIT: fit, "layers": array(part)})


def _of_runtime(name: str) -> Schema:
    """What a value of a runtime may be, by the type of its default."""
    default = getattr(DEPLOYED, name)
    if isinstance(default, bool):
        return {"type": "boolean"}
    return {"enum": [*WORDS[name]]} if name in WORDS else {"type": "integer", "minimum": 1}


def _variant() -> Schema:
    parts = {
        "params": ref("values"),
        "input": _network()["input"],
        "alpha": ref("ratio"),
        "rounding": ref("rounding"),
        "published": ref("published"),
    }
    return mapping(parts, type=["object", "null"])


def _block() -> Schema:
    names = array({"type": "string"}, minItems=1)
    inputs: Schema = {"anyOf": [{"const": "any"}, names]}
    parts = {"params": ref("values"), "inputs": inputs, "outputs": names, "layers": ref("items")}
    return mapping(parts, required=["layers"])


def _published() -> Schema:
    count = {"type": ["string", "number"]}
    percent = {"type": "number", "minimum": 0, "maximum": 100}
    figures = {
        "source": {"type": "string"},
        "variant": {"type": "string"},
        "alpha": ref("ratio"),
        "resolution": {"type": ["integer", "string"]},
        "macs": count,
        "params": count,
        "top1": percent,
        "top5": percent,
        "note": {"type": "string"},
    }
    shared = {**figures, "figures": array(mapping(figures))}
    return {
        "description": "Published figures; the first source is the default.",
        **array(mapping(shared), type=["array", "null"]),
    }
