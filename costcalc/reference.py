"""The reference of layers and blocks, read off their classes, docstrings and texts."""

from __future__ import annotations

import inspect
from typing import NamedTuple

from costcalc.errors import CostcalcError, nearest
from costcalc.layers import FAMILIES, LAYERS, Field, Layer
from costcalc.spec.blocks import Block, library
from costcalc.spec.document import read_text

FORMULAS = ("macs", "params", "other_ops", "activations")
_KINDS = {
    "whole": "whole number",
    "pair": "number or [height, width]",
    "sides": "number, [height, width] or [top, bottom, left, right]",
    "boolean": "true or false",
    "number": "number",
}


class FieldEntry(NamedTuple):
    name: str
    takes: str
    default: str


class Entry(NamedTuple):
    """A layer or block: what `costcalc layers NAME` shows."""

    name: str
    kind: str
    summary: str
    details: str
    """Shapes and source, of a layer; the text of a block."""
    fields: list[FieldEntry]
    formulas: list[tuple[str, str]]
    aliases: tuple[str, ...] = ()


def names() -> list[str]:
    return [*LAYERS, *library().own]


def families() -> list[tuple[str, list[Entry]]]:
    """Every layer by family, and the shipped blocks: a heading and what stands under it."""
    found = []
    for family in FAMILIES:
        layers = [
            _layer(layer)
            for name, layer in LAYERS.items()
            if layer.__module__ == family.__name__ and name == layer.type
        ]
        heading = (family.__doc__ or "").partition("\n")[0]
        found.append((heading, layers))
    found.append(("Blocks, themselves YAML.", [*map(_block, library().own.values())]))
    return found


def entry(name: str) -> Entry:
    if name in LAYERS:
        return _layer(LAYERS[name])
    if name in library().own:
        return _block(library().own[name])
    raise CostcalcError(
        f"no layer or block is named '{name}'",
        hint=nearest(name, names()) or "costcalc layers lists them",
    )


def takes(field: Field) -> str:
    """What a field takes, in words."""
    text = _KINDS.get(field.kind, "")
    if field.words:
        text = ", ".join((*field.words, text)) if text else " or ".join(field.words)
    return f"{text}, at least {field.minimum}" if field.minimum else text


def doc(layer: type[Layer]) -> tuple[str, str]:
    """The first line of a layer's docstring, and the rest."""
    summary, _, details = inspect.cleandoc(layer.__doc__ or "").partition("\n")
    return summary, details.strip()


def _layer(layer: type[Layer]) -> Entry:
    summary, details = doc(layer)
    fields = [
        FieldEntry(name, takes(field), "required" if field.required else field.shown_default or "")
        for name, field in layer.fields.items()
    ]
    formulas = [
        (formula, inspect.cleandoc(getattr(layer, formula).__doc__ or ""))
        for formula in FORMULAS
        if getattr(layer, formula) is not getattr(Layer, formula)
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
        FieldEntry(name, "value", "required" if value is None else text_of(value.node))
        for name, value in block.params.items()
    ]
    summary = comment.strip() or f"a block of {len(block.items)} items"
    return Entry(block.name, "block", summary, "\n".join(text), fields, [])


def text_of(node: object) -> str:
    """A value as it is written."""
    value = getattr(node, "value", "")
    if isinstance(value, list):
        return f"[{', '.join(map(text_of, value))}]"
    return str(value)
