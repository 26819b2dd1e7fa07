"""Completion: layers, blocks, fields, params and words, wherever they can stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from costcalc.editor.context import Context, context_at
from costcalc.editor.document import Document
from costcalc.editor.names import BLOCK, MAP, PARAM, uses
from costcalc.language.block import Block
from costcalc.language.declared import ROUNDINGS
from costcalc.language.expressions import KNOBS, MAP_VARIABLES
from costcalc.language.file_set import NETWORK_KEYS
from costcalc.language.item import ItemType, field_names, missing_fields
from costcalc.language.names import COMMON, MERGES, REQUIRE, REQUIRE_KEYS, STRUCTURES
from costcalc.language.network_file import TASKS
from costcalc.language.operators import FUNCTIONS
from costcalc.layers import LAYERS
from costcalc.metrics import METRICS
from costcalc.project.limits import FIT, LIMIT_PARTS
from costcalc.reference.layers import entry, param_meaning

_FUNCTION, _FIELD, _VARIABLE, _CLASS, _PROPERTY, _VALUE, _KEYWORD = 3, 5, 6, 7, 10, 12, 14
_SNIPPET = 2
_BODIES = ("layers", "shortcut", "branches", *STRUCTURES, *MERGES)
_BLOCK_KEYS = ("params", "inputs", "outputs", "layers")
_VARIANT_KEYS = ("params", "input", "alpha", "rounding", "published")
_CHOICE = ("any",)


def completions(document: Document, offset: int) -> list[dict[str, Any]]:
    """What can be typed at a place; the editor leaves out what does not begin as typed."""
    context = context_at(document.text.text, offset)
    if context is None:
        return []
    path = context.path
    # The text is broken at the place: what is known of it is what stands before, and what it was.
    last = document.sound.text.text if document.sound else ""
    names = [use for text in (last, context.text) for use in uses(text, document.path)]
    params = {use.name for use in names if use.kind == PARAM and use.defines}
    own = {use.name for use in names if use.kind == BLOCK and use.defines}
    maps = [use.name for use in names if use.kind == MAP and use.defines]
    if context.is_key and not path:
        return list(_keys(NETWORK_KEYS, context))
    if path[-1:] == ("-",) and _is_body(path[:-1]):
        return list(_types(own, params, document, is_alone=not context.is_key))
    if context.is_key:
        return list(_keys_in(path, context, document))
    key = next((one for one in reversed(path) if one != "-"), "")
    if key in ("from", "weights", "outputs"):
        return [
            _item(name, _VARIABLE, "map") for name in dict.fromkeys([*maps, "input", "previous"])
        ]
    words = {"task": TASKS, "rounding": ROUNDINGS}.get(key) if len(path) == 1 else None
    if words:
        return [_item(word, _VALUE) for word in words]
    return list(_values(path, key, params, own, document))


def _is_body(path: tuple[str, ...]) -> bool:
    """Whether a list of items stands under some keys."""
    keys = [key for key in path if key != "-"]
    return (
        bool(keys) and keys[-1] in _BODIES and (len(keys) == 1 or keys[0] in ("layers", "blocks"))
    )


def _types(
    own: Iterable[str], params: Iterable[str], document: Document, *, is_alone: bool
) -> Iterator[dict[str, Any]]:
    """Types of items, with the fields that they need."""
    for name in sorted(own):
        yield _type(name, _target(name, document), is_alone, "block of this file", "0")
    file = _file(document)
    for name, block in file.blocks.items() if file else ():
        if name not in own:
            yield _type(name, block, is_alone, "block", "1")
    for name, layer in LAYERS.items():
        yield _type(
            name, layer, is_alone, f"layer: {layer.family}", "1" if name == layer.type else "2"
        )
    for name in (*STRUCTURES, REQUIRE, "network"):
        yield _type(name, name, is_alone, "structure", "1")
    for name in sorted(params):
        yield _item(f"${name}", _VARIABLE, "the type that a param names", sort="3")


def _type(
    name: str, target: ItemType | None, is_alone: bool, detail: str, sort: str
) -> dict[str, Any]:
    needed = missing_fields(target, {}) if target is not None else []
    text = name
    if is_alone and needed:
        fields = ", ".join(f"{field}: ${{{n}}}" for n, field in enumerate(needed, 1))
        text = f"{name}: {{{fields}}}"
    found = _item(name, _CLASS, detail, sort=f"{sort}{name}")
    if text != name:
        found |= {"insertText": text, "insertTextFormat": _SNIPPET}
    return found


def _keys_in(
    path: tuple[str, ...], context: Context, document: Document
) -> Iterator[dict[str, Any]]:
    """The keys of the mapping that a place is in."""
    keys = [key for key in path if key != "-"]
    if keys[0] == "blocks" and len(keys) == 2 and "-" not in path:
        yield from _keys(_BLOCK_KEYS, context)
    elif keys[0] == "variants" and len(keys) == 2:
        yield from _keys(_VARIANT_KEYS, context)
    elif keys[0] == "budgets":
        yield from _keys(LIMIT_PARTS if keys[-1] in METRICS else (*METRICS, FIT), context)
    elif keys[0] == "defaults" and len(keys) == 1:
        yield from _keys(LAYERS, context)
    elif keys[-1] == "alpha" or keys[-2:-1] == ["params"]:
        yield from _keys(_CHOICE, context)
    elif "-" in path or keys[0] == "defaults":
        target = _target(keys[-2] if keys[-1] == "first" else keys[-1], document)
        if target is None:
            yield from _keys(_CHOICE, context)
            return
        needed = set(missing_fields(target, {}))
        for name in field_names(target):
            if name not in context.given:
                yield _field(target, name, "0" if name in needed else "1")
        if keys[-1] != "first":
            yield from _keys(_structure_keys(target), context)


def _structure_keys(target: ItemType) -> tuple[str, ...]:
    if target == REQUIRE:
        return REQUIRE_KEYS[2:]
    if isinstance(target, str):
        return (*COMMON, "layers", *(("shortcut",) if target == "residual" else ()))
    return (*COMMON, "branches") if isinstance(target, type) and target.type in MERGES else COMMON


def _field(target: ItemType, name: str, sort: str) -> dict[str, Any]:
    if isinstance(target, type):
        field = target.field(name)
        detail = "required" if field.required else f"default {field.shown_default}"
        meaning = field.meaning
    elif isinstance(target, str):
        detail = "required" if name in missing_fields(target, {}) else ""
        meaning = ""
    else:
        detail, meaning = "param of the block", param_meaning(name)[1]
    found = _item(name, _FIELD, detail, sort=f"{sort}{name}")
    return found | {"insertText": f"{name}: ", "documentation": meaning}


def _values(
    path: tuple[str, ...], key: str, params: set[str], own: set[str], document: Document
) -> Iterator[dict[str, Any]]:
    """What the value of a field may be: its words, and names of an expression."""
    keys = [one for one in path if one != "-"]
    target = _target(keys[-2], document) if len(keys) > 1 else None
    words: tuple[str, ...] = ()
    if isinstance(target, type) and key in target.fields:
        field = target.field(key)
        words = (*field.words, *(("true", "false") if field.kind == "boolean" else ()))
    if key in ("trainable", "when", "condition"):
        words = ("true", "false")
    for word in words:
        yield _item(word, _VALUE, sort=f"0{word}")
    for name in sorted(params):
        yield _item(name, _VARIABLE, "param", sort=f"1{name}")
    if isinstance(target, type) and words:
        return
    for name in (*MAP_VARIABLES, *KNOBS):
        yield _item(
            name,
            _VARIABLE,
            "of the map that comes in" if name not in KNOBS else "knob",
            sort=f"2{name}",
        )
    for name in FUNCTIONS:
        yield _item(name, _FUNCTION, "function", sort=f"3{name}")
    if "act" in key or "norm" in key or key in ("unit", "type") or target is None:
        for name, layer in LAYERS.items():
            if name == layer.type:
                yield _item(name, _CLASS, f"layer: {layer.family}", sort=f"4{name}")
    for name in sorted(own):
        yield _item(name, _CLASS, "block of this file", sort=f"4{name}")


def _target(name: str, document: Document) -> ItemType | None:
    """What an item's type names: a layer, a block or a structure."""
    file = _file(document)
    found = file.lookup(name) if file else LAYERS.get(name)
    return found if found is not None else name if name in (*STRUCTURES, REQUIRE) else None


def _file(document: Document) -> Any:
    """The file as it last was read without faults, for its blocks; else the shipped ones."""
    if document.now.file is not None:
        return document.now.file
    if document.sound is not None:
        return document.sound.examination.file
    return _Shipped()


class _Shipped:
    """The shipped blocks, for a text that was never sound."""

    @property
    def blocks(self) -> dict[str, Block]:
        from costcalc.language.block_file import library

        return library().own

    def lookup(self, name: str) -> ItemType | None:
        return self.blocks.get(name) or LAYERS.get(name)


def _keys(names: Iterable[str], context: Context) -> Iterator[dict[str, Any]]:
    for name in names:
        if name not in context.given:
            yield _item(name, _PROPERTY) | {"insertText": f"{name}: "}


def _item(label: str, kind: int, detail: str = "", sort: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"label": label, "kind": kind}
    if detail:
        found["detail"] = detail
    if sort:
        found["sortText"] = sort
    return found


def documented(item: dict[str, Any]) -> dict[str, Any]:
    """An item of completion with the page of its layer or block, which is read when it is shown."""
    from costcalc.errors import CostcalcError

    try:
        page = entry(item.get("label", ""))
    except CostcalcError:
        return item
    text = f"{page.summary}\n\n{page.details}"
    return {**item, "documentation": {"kind": "plaintext", "value": text}}
