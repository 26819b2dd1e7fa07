"""The layers with which items may begin and end, before any item is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from costcalc.language.item import HOLDERS, PARAM, RESIDUAL, Item
from costcalc.layers import LAYERS, Layer
from costcalc.spaces.reading import Reading, inner_bodies, may_be_empty


class OuterLayer(NamedTuple):
    """A layer that may be the first or the last of an item."""

    type: type[Layer]
    may_be_grouped: bool
    """Whether its channels may be convolved in groups, and so each by itself."""


def first_layers(reading: Reading, item: Item) -> Iterator[OuterLayer]:
    """The layers that an item may execute first."""
    return _outer(reading, item, last=False)


def last_layers(reading: Reading, item: Item) -> Iterator[OuterLayer]:
    """The layers that an item may execute last but for norms and activations."""
    return _outer(reading, item, last=True)


def _outer(
    reading: Reading, item: Item, last: bool, is_named: bool = False
) -> Iterator[OuterLayer]:
    """is_named: whether it stands in a block that params name, all of which are looked at."""
    if isinstance(item.type, type):
        fields = {**item.fields, **(item.first or {})}
        yield OuterLayer(item.type, "groups" in fields)
    if item.kind == PARAM:
        if is_named:
            return
        is_named = True
        words = reading.named_words()
        yield from (OuterLayer(LAYERS[word], True) for word in words if word in LAYERS)
        bodies: Sequence[Sequence[Item]] = [block.items for block in reading.named_blocks()]
    elif last and item.kind in (*HOLDERS, RESIDUAL):
        return  # it ends with what joins its maps
    else:
        bodies = inner_bodies(item)
    for items in bodies:
        for inner in reversed(items) if last else items:
            yield from _outer(reading, inner, last, is_named)
            if not passes(inner, last):
                break


def passes(item: Item, last: bool) -> bool:
    """Whether what is behind an item, or before it with `last`, may be the outer layer."""
    if may_be_empty(item):
        return True
    if isinstance(item.type, type):
        return last and item.type.between_convolutions
    return item.kind not in (*HOLDERS, RESIDUAL) and all(
        passes(inner, last) for body in inner_bodies(item) for inner in body
    )
