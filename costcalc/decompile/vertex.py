"""A body in a graph that is reduced."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.decompile.bare import Map
from costcalc.decompile.tree import Body, walk


class Vertex:
    """A body in a graph: what it reads, and what it hands on."""

    __slots__ = ("items", "lenders", "outputs", "place", "sources")

    def __init__(
        self, items: Body, sources: Sequence[Map], outputs: Sequence[Map], place: int
    ) -> None:
        self.items = items
        self.sources = list(sources)
        self.outputs = list(outputs)
        self.place = place
        self.lenders = {item.lender for item in walk(items) if item.lender is not None}

    @property
    def depth(self) -> int:
        return depth_of(self.items)


def depth_of(body: Body) -> int:
    return max((1 + max(map(depth_of, item.bodies()), default=0) for item in body), default=0)
