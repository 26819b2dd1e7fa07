"""The JSON Schema of items: layers with their fields, shipped blocks with their params, structures.

A name that the schema does not know is allowed, since it may be a block of the file.
"""

from __future__ import annotations

import inspect

from costcalc.language.block import Block
from costcalc.language.block_file import library
from costcalc.language.expressions import LITERALS
from costcalc.language.item import only_required
from costcalc.language.names import BITS, MERGES, REQUIRE, REQUIRE_KEYS
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import text_of
from costcalc.layers import LAYERS, Field, Layer
from costcalc.layers.fields import TextField
from costcalc.layers.mixture import MixtureOfExperts
from costcalc.layers.rearrange import Rearrange
from costcalc.reference.layers import param_meaning
from costcalc.reference.schema_parts import EXPRESSION, VALUE, Schema, array, mapping, ref
from costcalc.shapes import SIDES

_TYPE_PATTERN = r"^\$?[A-Za-z_][A-Za-z0-9_]*$"


def item_definitions() -> Schema:
    """The definitions of items, of every layer and of every shipped block."""
    blocks = library().own
    return {
        "item": _item([*LAYERS], [*blocks]),
        **{f"layer_{layer.type}": _layer(layer) for layer in LAYERS.values()},
        **{
            f"block_{name}": _fields(
                f"block_{name}",
                {param: _param(param, value) for param, value in block.params.items()},
                f"Block {name}.",
            )
            for name, block in blocks.items()
        },
    }


def _item(layers: list[str], blocks: list[str]) -> Schema:
    body = ref("items")
    sequence = mapping({"layers": body, **_common()}, required=["layers"])
    residual = mapping(
        {"layers": body, "shortcut": body, "shortcut_when": VALUE, **_common()},
        required=["layers"],
    )
    contents: Schema = {
        **{name: _content(f"layer_{LAYERS[name].type}", LAYERS[name]) for name in layers},
        **{name: _content(f"block_{name}", library().own[name]) for name in blocks},
        "sequence": {"description": "Items as one.", "anyOf": [ref("items"), sequence]},
        "residual": {
            "description": "Its layers plus its shortcut, the identity unless given.",
            "anyOf": [ref("items"), residual],
        },
    }
    of = {"description": "A shipped network, FILE or FILE:VARIANT.", "type": "string"}
    outputs = {"description": "Maps of its layers that it hands on.", **ref("names")}
    used = mapping({"of": of, "outputs": outputs, **_common()}, required=["of"])
    contents["network"] = {
        "description": "Another network as an item; its params are fields.",
        "anyOf": [of, {**used, "additionalProperties": VALUE}],
    }
    contents[REQUIRE] = _requirement()
    contents["each"] = {
        "description": "Its layers for every map, or so many times for one map, side by side.",
        "anyOf": [
            ref("items"),
            mapping({"layers": body, "copies": VALUE, **_common()}, required=["layers"]),
        ],
    }
    for name in MERGES:
        layer = _layer(LAYERS[name])
        layer["properties"]["branches"] = ref("branches")
        contents[name] = {"anyOf": [ref("branches"), layer]}
    there_and_back = _layer(Rearrange)
    there_and_back["properties"]["layers"] = body
    contents[Rearrange.type] = {"anyOf": [{"type": "string"}, there_and_back]}
    mixture = _layer(MixtureOfExperts)
    mixture["properties"]["layers"] = body
    contents[MixtureOfExperts.type] = {
        **mixture,
        "type": "object",
        "required": ["active", "layers"],
    }
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


def _requirement() -> Schema:
    common = _common()
    own = {
        "condition": {**VALUE, "description": "What must hold."},
        "reason": {"description": "Why; messages begin with it.", "type": "string"},
    }
    keys = mapping(
        {**own, **{name: common[name] for name in REQUIRE_KEYS if name in common}},
        required=["condition"],
    )
    return {"description": "A condition that the network must meet.", "anyOf": [VALUE, keys]}


def _content(key: str, target: type[Layer] | Block) -> Schema:
    """What stands behind a type: its fields, or the value of the one that must be given."""
    alone = only_required(target)
    return {"anyOf": [ref(f"{key}/properties/{alone}"), ref(key)]} if alone else ref(key)


def _layer(layer: type[Layer]) -> Schema:
    fields = {name: _field(field, layer.sides) for name, field in layer.fields.items()}
    made = _fields(f"layer_{layer.type}", fields, inspect.cleandoc(layer.__doc__ or ""))
    if layer.pattern_field:  # further fields are the sizes of the axes that it names
        made["additionalProperties"] = VALUE
    return made


def _fields(key: str, fields: Schema, description: str) -> Schema:
    """The content of an item: its fields, the keys that every item takes, and `first`."""
    own = {name: {"$ref": f"#/$defs/{key}/properties/{name}"} for name in fields}
    first = {"description": "Fields of the first copy.", **mapping(own)}
    return {
        "description": description,
        **mapping({**fields, **_common(), "first": first}, type=["object", "null"]),
    }


def _common() -> Schema:
    return {
        "name": {**ref("names"), "description": "What later items call its output."},
        "from": {**ref("names"), "description": "What it reads, instead of the item before it."},
        "when": {**VALUE, "description": "Where false, the item is the identity."},
        "repeat": {**VALUE, "description": "How many copies follow one another."},
        "weights": {
            "description": "The item whose weights it uses; shared: one set for all its copies.",
            "type": "string",
        },
        "trainable": {**VALUE, "description": "Where false, its weights are frozen params."},
        "bits": {
            "description": "Bits of its weights, or {weights, activations}: of what it reads too.",
            "anyOf": [VALUE, mapping(dict.fromkeys(BITS, VALUE))],
        },
    }


def _field(field: Field, sides: int | None) -> Schema:
    """`sides` of the map that its layer takes; None is any number."""
    if isinstance(field, TextField):
        said = _described(field.shown_default, field.unit, field.meaning)
        return {"description": said, "type": "string", "pattern": "->"}
    number: Schema = {"type": "number"}
    if field.kind in ("whole", "sizes", "around", "parts", "count", "shape"):
        number = {"type": "integer"}
        if field.minimum is not None:
            number["minimum"] = field.minimum
    allowed: list[Schema] = [{"enum": list(field.words)}] if field.words else []
    if field.kind == "boolean":
        allowed.append({"type": "boolean"})
    elif field.kind != "word":
        allowed.append(number)
    part = {"anyOf": [number, EXPRESSION]}
    counts = (sides,) if sides else tuple(SIDES)[1:]
    if field.kind == "around":
        counts = tuple(dict.fromkeys((*counts, *(2 * n for n in counts))))
    if field.kind in ("parts", "shape"):
        allowed.append(array(part, minItems=1))
    if field.kind in ("sizes", "around"):
        allowed.extend(array(part, minItems=n, maxItems=n) for n in counts)
    if field.kind == "count":
        allowed.append(array(part))
    return {
        "description": _described(field.shown_default, field.unit, field.meaning),
        "anyOf": [*allowed, EXPRESSION, {"type": "null"}, ref("choice")],
    }


def _param(name: str, value: Value | None) -> Schema:
    default = None if value is None else text_of(value.node)
    return {**VALUE, "description": _described(default, *param_meaning(name))}


def _described(default: str | None, unit: str, meaning: str) -> str:
    """Describe a field; without a default it is required."""
    said = f"{meaning} ({unit})" if unit else meaning
    return f"{said}; {'required' if default is None else f'default: {default}'}"
