"""Align networks of several widths, item by item: the same structure, with other numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from costcalc.decompile.tree import Body, Item
from costcalc.errors import CostcalcError


class Field(NamedTuple):
    """A field of an item in all files."""

    item: Item
    """Of the first file."""
    name: str
    values: tuple[Any, ...]
    """One a file; None where it has none."""
    channels: tuple[int, ...]
    """The channels of the item's map in each file."""
    is_said: bool = True
    """Whether any file says it, or its default is so everywhere."""

    @property
    def is_width(self) -> bool:
        return self.name.endswith("channels") or self.name == "out_features"


def aligned(bodies: Sequence[Body], names: Sequence[str]) -> Iterator[Field]:
    """Yield the fields of items that are in the same place in every file.

    Raises CostcalcError at the first item that another file has otherwise.
    """
    for number, body in enumerate(bodies[1:], 1):
        if len(body) != len(bodies[0]):
            count = f"{len(bodies[0])} and {len(body)} items"
            raise _differ(names, number, f"stand side by side in one place: {count}")
    for items in zip(*bodies, strict=True):
        yield from _aligned(items, names)


def _aligned(items: Sequence[Item], names: Sequence[str]) -> Iterator[Field]:
    first = items[0]
    for number, item in enumerate(items[1:], 1):
        if item.type != first.type:
            raise _differ(names, number, f"have {first.type} and {item.type} in one place")
        if {k: len(v) for k, v in item.parts.items()} != {
            k: len(v) for k, v in first.parts.items()
        }:
            raise _differ(names, number, f"have a {first.type} of other branches")
    channels = tuple(item.inputs[0].shape.channels if item.inputs else 0 for item in items)
    known = [_known(item) for item in items]
    said = _said(items, known)
    for name in said:
        yield Field(first, name, tuple(one.get(name) for one in known), channels)
    ratios = tuple(one.get(RATIO) for one in known)
    if RATIO not in said and WIDTH not in said and ratios[0] is not None:
        yield Field(first, RATIO, ratios, channels, is_said=False)
    for key, bodies in first.parts.items():
        for number, _ in enumerate(bodies):
            yield from aligned([item.parts[key][number] for item in items], names)


def _known(item: Item) -> dict[str, Any]:
    """The fields of an item, and of a block what all its params are."""
    known = item.op.known if item.op is not None else {}
    return {**known, **item.fields}


def _said(items: Sequence[Item], known: Sequence[dict[str, Any]]) -> list[str]:
    """The fields that any file gives; of two that follow from one another, the one that holds."""
    names = list(dict.fromkeys(name for item in items for name in item.fields))
    ratios = {str(one.get(RATIO)) for one in known}
    if RATIO in names or WIDTH in names:
        names = [name for name in names if name not in (RATIO, WIDTH)]
        names.append(RATIO if len(ratios) == 1 and "None" not in ratios else WIDTH)
    return names


RATIO, WIDTH = "expansion", "expanded_channels"
"""Of blocks that expand their input, the one says the other."""


def _differ(names: Sequence[str], number: int, what: str) -> CostcalcError:
    return CostcalcError(
        f"{names[0]} and {names[number]} {what}: they are no widths of one network",
        hint="convert each by itself, and compare the texts",
    )
