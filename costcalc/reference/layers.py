"""The reference of layers and blocks, generated from classes, docstrings and YAML."""

from __future__ import annotations

import inspect
import re
from functools import lru_cache
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.language.block import Block
from costcalc.language.block_file import library
from costcalc.language.files import read_text
from costcalc.language.library import LIBRARY
from costcalc.language.names import MERGES
from costcalc.language.suggestions import suggest_type
from costcalc.language.yaml_nodes import text_of
from costcalc.layers import FAMILIES, LAYERS, Field, Layer
from costcalc.layers.fields import either
from costcalc.layers.meanings import MEANINGS
from costcalc.layers.mixture import MixtureOfExperts
from costcalc.layers.rearrange import Rearrange
from costcalc.metrics import METRICS

_KINDS = {
    "whole": "whole number",
    "shape": "list of channels and sides, or a number",
    "parts": "whole number, or a list of sizes",
    "sizes": "number, or one for each side",
    "around": "number, or one or two for each side",
    "count": "whole number, or a shape",
    "boolean": "true or false",
    "number": "number",
    "pattern": "text, never an expression",
}
_PARAM = re.compile(r"^# +(\w+)(?: \((\w+)\))?: (.+)$", re.MULTILINE)
"""A comment that explains a param: its name, its unit if any, and the meaning."""


class FieldEntry(NamedTuple):
    """A field of a layer, or a param of a block."""

    name: str
    takes: str
    default: str
    unit: str
    """What its numbers count; empty for words, booleans and layers."""
    meaning: str


class Entry(NamedTuple):
    """A layer or block: what `costcalc layers NAME` shows."""

    name: str
    kind: str
    summary: str
    details: str
    """Shapes and source of a layer; the YAML of a block."""
    fields: list[FieldEntry]
    formulas: list[tuple[str, str]]
    aliases: tuple[str, ...] = ()


_EVERY_ITEM = """\
name: a        what later items of the body call its map; [a, b] names several outputs
from: a        the map that it reads instead of the item before; [a, b] are several
when: cond     where false, the item is the identity
repeat: n      n copies, one after the other; from counts for the first
first: {...}   fields of the first copy
weights: a     the weights of the item a, instead of its own; shared: one set for all its copies
trainable: b   where false, its weights are frozen_params
bits: n        bits of its weights; {weights: n, activations: m}: of what it reads too"""
_STRUCTURES = {
    "item": ("What any item takes.", _EVERY_ITEM),
    "sequence": (
        "Items as one: to repeat them, or to switch them on and off.",
        "sequence: [items]\nsequence: {layers: [items], repeat: 2}",
    ),
    "residual": (
        "Its layers plus its shortcut, the identity unless given.",
        "residual: [items]\n"
        "residual: {layers: [items], shortcut: [items], shortcut_when: stride == 1}\n"
        "If shortcut_when is false, only the layers are left.",
    ),
    "each": (
        "Its layers for every map that it is given, side by side; it hands on all that they make.",
        "each: [items]\n"
        "each: {layers: [items], weights: shared}    all copies have one set of weights\n"
        "each: {layers: [items], copies: 4}          so many times for one map\n"
        "In its fields, index is the number of the copy, from 0; in those of a repeat as well.",
    ),
    "require": (
        "A condition of the network: where it is false, there is no network.",
        "require: in_height == 7\n"
        "require: {condition: in_height == 7, reason: a RegNet has 4 stages}\n"
        "It makes no layer and no map: what it reads goes on. It takes from and when besides.",
    ),
    "network": (
        "Another network as an item: a shipped one by its name, or a file.",
        "network: resnet50\n"
        "network: {of: backbone.yaml, outputs: [c4, c5], classes: 21}\n"
        "outputs are names of maps in its layers; all items after the last of them are left out.\n"
        "Its params are fields. Its alpha is its own times that of this network, or a field alpha.",
    ),
}
_MERGE = """
Written with branches, which all read what the item reads, or with maps by name:
{name}: [branch, branch]    a branch is an item or a list of items; [] is the identity
{name}: {{branches: [...]}}
{name}: {{from: [a, b]}}"""

_THERE_AND_BACK = """
rearrange: PATTERN
rearrange: {pattern: PATTERN, p: 2, q: 2}    sizes of axes by their names
rearrange: {pattern: PATTERN, layers: [items]}    there, through the items, and back:
axes in brackets have their sizes from the way there, one that stands alone the size that it
has by then, so that the items may change it; what pad put around the map is cut off again"""


_MIXTURE = """
Written with the map, the router's map, whose channels are the experts, and one expert's layers:
mixture_of_experts: {from: [x, scores], active: 2, layers: [items]}
The layers stand for those of all experts: they are shown once."""


def names() -> list[str]:
    return [*_STRUCTURES, *LAYERS, *library().own]


def families() -> list[tuple[str, list[Entry]]]:
    """Every layer by family, and the shipped blocks: a heading and what stands under it."""
    found = [("Structures.", [_structure(name) for name in _STRUCTURES])]
    types = {layer.type: layer for layer in LAYERS.values()}.values()
    for family, heading in FAMILIES.items():
        layers = [_layer(layer) for layer in types if layer.family == family]
        found.append((f"{family}: {heading}.", layers))
    found.append(("Blocks, themselves YAML.", [*map(_block, library().own.values())]))
    return found


def entry(name: str) -> Entry:
    if name in _STRUCTURES:
        return _structure(name)
    if name in LAYERS:
        return _layer(LAYERS[name])
    if name in library().own:
        return _block(library().own[name])
    raise CostcalcError(
        f"no layer or block is named '{name}'",
        hint=suggest_type(name, names()),
    )


def takes(field: Field) -> str:
    """Describe what a field takes."""
    text = _KINDS.get(field.kind, "")
    if field.words:
        text = ", ".join((*field.words, text)) if text else either(field.words)
    return f"{text}, at least {field.minimum}" if field.minimum else text


@lru_cache(maxsize=1)
def _params() -> dict[str, tuple[str, str]]:
    """Unit and meaning of the shipped blocks' params, from the comments at their file's head."""
    head = read_text(LIBRARY).partition("\nblocks:")[0]
    return {name: (unit, text) for name, unit, text in _PARAM.findall(head)}


def param_meaning(name: str) -> tuple[str, str]:
    """Unit and meaning of a shipped block's param: its own, or that of a layer's field."""
    meaning, unit = MEANINGS.get(name, ("", ""))
    return _params().get(name, (unit, meaning))


def doc(layer: type[Layer]) -> tuple[str, str]:
    """Split a layer's docstring into its first line and the rest."""
    summary, _, details = inspect.cleandoc(layer.__doc__ or "").partition("\n")
    return summary, details.strip()


def _structure(name: str) -> Entry:
    summary, details = _STRUCTURES[name]
    return Entry(name, "structure", summary, details, [], [])


def _layer(layer: type[Layer]) -> Entry:
    summary, details = doc(layer)
    if layer.type in MERGES:
        details += "\n" + _MERGE.format(name=layer.type)
    if layer is Rearrange:
        details += "\n" + _THERE_AND_BACK
    if layer is MixtureOfExperts:
        details += "\n" + _MIXTURE
    fields = [
        FieldEntry(
            name,
            takes(field),
            "required" if field.required else field.shown_default or "",
            field.unit,
            field.meaning,
        )
        for name, field in layer.fields.items()
    ]
    formulas = [
        (formula, inspect.cleandoc(getattr(layer, formula).__doc__ or ""))
        for formula in METRICS
        if getattr(layer, formula, None) is not getattr(Layer, formula, None)
    ]
    return Entry(layer.type, "layer", summary, details, fields, formulas, layer.aliases)


def _block(block: Block) -> Entry:
    lines = read_text(block.file.path).splitlines()
    start = block.key.start_mark.line
    end = block.node.end_mark.line
    while end < len(lines) and lines[end].startswith(" " * (block.key.start_mark.column + 1)):
        end += 1
    text = lines[start:end]
    while text and not text[-1].strip():
        text.pop()
    _, _, comment = lines[start].partition("#")
    fields = [
        FieldEntry(
            name,
            "",
            "required" if value is None else text_of(value.node),
            *param_meaning(name),
        )
        for name, value in block.params.items()
    ]
    inside = ", ".join(str(item.node.value) for item in block.items)
    summary = comment.strip() or f"{inside}."
    return Entry(block.name, "block", summary, "\n".join(text), fields, [])
