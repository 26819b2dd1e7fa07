"""Find items that stand in a row and would be one repeat, but for some of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.decompile.text import Written
from costcalc.decompile.tree import Body, Item
from costcalc.decompile.write import inlined

WIDTHS = ("out_channels", "out_features")
"""Where these differ, items are of different stages: nobody expects a repeat."""
LEAST, MOST_FIELDS = 3, 3
"""Copies that would be a repeat, and fields that may differ between them."""


def near_repeats(written: Written) -> Iterator[str]:
    """Lines about items that repeat but for fields that are no widths."""
    yield from _of_body(written.body, "layers")
    for block in written.blocks:
        yield from _of_body(block.items, block.name)


def _of_body(body: Body, where: str) -> Iterator[str]:
    items = inlined(body)
    start = 0
    while start < len(items):
        end = start + 1
        while end < len(items) and _is_like(items[start], items[end]):
            end += 1
        if end - start > 1:
            yield from _said(items[start:end], start + 1, where)
        start = end
    for item in items:
        for inner in item.bodies():
            yield from _of_body(inner, f"a {item.type} in {where}" if " " not in where else where)


def _is_like(item: Item, other: Item) -> bool:
    """Whether an item could be a copy of another, if its fields were not others."""
    alike = item.type == other.type and not item.parts and not other.parts
    return alike and bool(item.fields) and all(_of(item, n) == _of(other, n) for n in WIDTHS)


def _of(item: Item, name: str) -> Any:
    return item.fields.get(name)


def _said(items: Sequence[Item], number: int, where: str) -> Iterator[str]:
    names = dict.fromkeys(name for item in items for name in (*item.fields, *item.first))
    differing = {name: values for name in names if len(set(values := _values(items, name))) > 1}
    copies = sum(_copies(item) for item in items)
    if 0 < len(differing) <= MOST_FIELDS and copies >= LEAST:
        but = "; ".join(f"{name}: {', '.join(values)}" for name, values in differing.items())
        at = f"items {number} to {number + len(items) - 1} of {where}"
        yield f"Not rolled up: {at}, {items[0].type}, repeat but for {but}."


def _copies(item: Item) -> int:
    return item.repeat if type(item.repeat) is int else 1


def _values(items: Sequence[Item], name: str) -> list[str]:
    """The values of a field in all copies of items."""
    found: list[Any] = []
    for item in items:
        value = item.fields.get(name, "unsaid")
        found += [item.first.get(name, value), *[value] * (_copies(item) - 1)]
    return list(map(str, found))
