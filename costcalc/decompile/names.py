"""Name the maps that items read by name: by the file's own names where they are short and plain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from costcalc.decompile.bare import Map
from costcalc.decompile.tree import BRANCHES, Body, Item, walk
from costcalc.language.names import RESERVED, SHARED, is_identifier

MAX_LENGTH = 30


def named_reads(body: Body, inputs: Sequence[Map]) -> set[Map]:
    """The maps that items read by name, in a body and in all that it holds."""
    found: set[Map] = set()
    previous = tuple(inputs)
    for item in body:
        if item.inputs != previous and not (previous == () and not item.inputs):
            found.update(item.inputs)
        if item.lender is not None:
            found.add(item.lender)
        for inner in item.bodies():
            found |= named_reads(inner, item.given)
        previous = item.outputs
    return found


def lenders(body: Body) -> set[Map]:
    """The maps of the layers whose weights others use."""
    return {item.lender for item in walk(body) if item.lender is not None}


class Names:
    """Unique names for maps, given when they are asked for."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.names: dict[Map, str] = {}
        self._taken = {*taken, *RESERVED, SHARED}

    def of(self, source: Map) -> str:
        if source not in self.names:
            self.names[source] = self._unique(_wanted(source))
        return self.names[source]

    def _unique(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name)
        return name


def _wanted(source: Map) -> str:
    """A name for a map: the last plain part of the file's own, else what makes it."""
    for part in reversed(source.name.replace("/", ".").split(".")):
        if is_identifier(part) and len(part) <= MAX_LENGTH:
            return part
    return source.op.type if source.op is not None else "map"


def is_branch(item: Item) -> bool:
    """Whether the bodies of an item see the `input` of the body around it, not its own."""
    return BRANCHES in item.parts
