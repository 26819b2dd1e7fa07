"""The fields that types take, with their defaults as a network would write them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from costcalc.decompile.flatten import as_written
from costcalc.decompile.recognise import built_layers, shipped_blocks
from costcalc.decompile.tree import Expression, Item
from costcalc.layers import LAYERS


class Signatures:
    """The types that the items of a network may have: layers, shipped blocks and its own."""

    def __init__(self) -> None:
        self.own: dict[str, Mapping[str, Any]] = {}
        """The params of own blocks: constant defaults, or None."""

    def default_of(self, kind: str, name: str) -> Any:
        """The default of a field, as it is written; None where it has none that is constant."""
        if kind in self.own:
            return self.own[kind].get(name)
        return _default_of(kind, name)

    def ignores(self, item: Item, name: str, value: Any) -> bool:
        """Whether an item is the same with a field as without: a gate, where there is no squeeze.

        False where that is not known.
        """
        if item.type in self.own or item.type in LAYERS or len(item.inputs) != 1:
            return False
        return all(
            _ignores(item, {**item.fields, **more}, name, value) for more in ({}, item.first)
        )


def _ignores(item: Item, fields: Mapping[str, Any], name: str, value: Any) -> bool:
    if any(isinstance(one, Expression) for one in fields.values()):
        return False
    dims = item.inputs[0].shape.dims
    plain, more = (
        built_layers(item.type, tuple((n, str(v)) for n, v in one.items()), dims)
        for one in (fields, {**fields, name: value})
    )
    return plain is not None and plain == more


@lru_cache(maxsize=1 << 10)
def _default_of(kind: str, name: str) -> Any:
    for block in shipped_blocks():
        if block.name == kind:
            value = block.params.get(name)
            if value is None or value.compute is None:
                return None if value is None else value.constant
            try:
                constant = value.compute({})
            except KeyError:
                return None
            return "none" if constant is None else as_written(constant)
    field = LAYERS[kind].fields.get(name) if kind in LAYERS else None
    if field is None or field.required or field.default is None:
        return None
    return as_written(field.default, field.kind in ("sizes", "around"))
