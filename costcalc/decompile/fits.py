"""Where a block fits the layers that are there, and where it stops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from costcalc.decompile.bare import Map, Op, convolution_of
from costcalc.decompile.flatten import as_written
from costcalc.decompile.scope import Maps
from costcalc.language.block import Block


class Match(NamedTuple):
    """A place where a block fits."""

    block: Block
    params: dict[str, Any]
    """The values that its params have, where the layers say anything of them."""
    ops: list[Op]
    source: Map
    maps: Maps


class Miss(NamedTuple):
    """The layer at which the best try to fit a block ended."""

    fitted: int = 0
    """How many layers fit before it."""
    wanted: str = ""
    """The type of the block's layer; empty where all layers fit, and their numbers do not."""
    source: Map | None = None
    """What that layer would read."""
    op: Op | None = None
    """A layer of that kind with another field, if there is one."""
    field: str = ""
    """The field that differs."""

    def said(self, readers: Mapping[Map, Iterable[Op]]) -> str:
        """The miss as the end of a sentence."""
        if not self.wanted or self.source is None:
            return "no params of it give all of their numbers, or other layers read one of its maps"
        if self.op is not None and self.field:
            value = _value(self.op, self.field)
            return f"its {self.wanted} does not take {self.field} {value}".rstrip()
        types = dict.fromkeys(op.type for op in readers.get(self.source, ()))
        there = " and ".join(types) or "the end of the network"
        return f"it goes on with {self.wanted}, and here is {there}"


def _value(op: Op, field: str) -> str:
    found = convolution_of(op) or (op.layer.values() if op.layer is not None else {})
    value = found.get(field)
    return "" if value is None else str(as_written(value, True)).lower()
