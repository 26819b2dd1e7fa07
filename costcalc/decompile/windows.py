"""Find runs of items that stand in several places with other numbers: what may become a block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from costcalc.decompile.bare import Map
from costcalc.decompile.signatures import Signatures
from costcalc.decompile.tree import Body, Item, Key, walk
from costcalc.layers import LAYERS

MOST_ITEMS = 8


class Window(NamedTuple):
    """Items that follow one another in a body."""

    body: Body
    start: int
    length: int

    @property
    def items(self) -> Sequence[Item]:
        return self.body[self.start : self.start + self.length]


def shape_of(item: Item, names: dict[Map, Any], signatures: Signatures) -> Key:
    """What an item is, whatever numbers it has: items of equal shapes become one with params."""

    def of(source: Map) -> Any:
        return names.get(source, id(source))

    reads = tuple(map(of, item.inputs))
    if item.given is not item.inputs:
        names.update((x, ("given", len(names))) for x in item.given)
    parts: list[Any] = []
    for name, bodies in item.parts.items():
        for body in bodies:
            parts.append((name, tuple(shape_of(one, names, signatures) for one in body)))
            parts.append((name, of(body[-1].outputs[0]) if body else "input"))
    for number, made in enumerate(item.outputs):
        names.setdefault(made, ("made", len(names), number))
    fixed = tuple(
        name
        for name in sorted(item.fields)
        if signatures.default_of(item.type, name) is None or name in _STRUCTURAL
    )
    own = tuple(repr(item.fields[name]) for name in fixed if name in _STRUCTURAL)
    first = tuple(sorted(item.first))
    lender = None if item.lender is None else of(item.lender)
    repeats = item.type == "sequence" or item.repeat != 1
    flags = (repeats, item.when, lender, item.trainable, item.bits)
    return (kind_of(item), fixed, own, first, reads, tuple(parts), flags)


_STRUCTURAL = ("pattern", "equation", "axis", "parts", "call")
"""Fields of text, and of which a param would say nothing: they are alike or the items differ."""


def kind_of(item: Item) -> str:
    """Its type, where activations without fields are of one kind: a param may name which."""
    layer = LAYERS.get(item.type)
    plain = layer is not None and layer.family == "activations" and not item.fields
    return "activation" if plain and item.op is not None else item.type


def windows(
    bodies: Sequence[Body], named: set[Map], lent: set[Map], signatures: Signatures
) -> dict[Key, list[Window]]:
    """All runs of up to MOST_ITEMS items by their shapes, that nothing reads into by name."""
    found: dict[Key, list[Window]] = {}
    for body in bodies:
        for start in range(len(body)):
            for window, key in _from(body, start, named, lent, signatures):
                found.setdefault(key, []).append(window)
    return {key: apart for key, all_ in found.items() if len(apart := _apart(all_)) > 1}


def _from(
    body: Body, start: int, named: set[Map], lent: set[Map], signatures: Signatures
) -> Iterator[tuple[Window, Key]]:
    first = body[start]
    if len(first.inputs) != 1:
        return
    names: dict[Map, Any] = {first.inputs[0]: "input"}
    shapes: list[Key] = []
    for number, item in enumerate(body[start : start + MOST_ITEMS]):
        before = body[start + number - 1]
        if any(made in lent for one in walk([item]) for made in one.outputs):
            return
        if number and (item.inputs != before.outputs or before.outputs[0] in named):
            return
        if _reads_outside(item):
            return
        shapes.append(shape_of(item, names, signatures))
        if len(item.outputs) == 1:
            yield Window(body, start, number + 1), tuple(shapes)
        if len(item.outputs) != 1:
            return


def _reads_outside(item: Item) -> bool:
    if item.lender is not None:
        return True
    made = {*item.inputs}
    return _reads(item, made)


def _reads(item: Item, known: set[Map]) -> bool:
    known = {*known, *item.given}
    for body in item.bodies():
        for inner in body:
            if inner.lender is not None or any(source not in known for source in inner.inputs):
                return True
            if _reads(inner, known):
                return True
            known.update(inner.outputs)
    return False


def _apart(all_: Sequence[Window]) -> list[Window]:
    """Windows that do not overlap."""
    found: list[Window] = []
    for window in all_:
        last = found[-1] if found else None
        if last is None or last.body is not window.body or last.start + last.length <= window.start:
            found.append(window)
    return found
