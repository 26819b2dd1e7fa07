"""Anti-unification (Plotkin 1970): items of one shape become one, with holes where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.decompile.bare import Map
from costcalc.decompile.signatures import Signatures
from costcalc.decompile.tree import BRANCHES, Body, Expression, Item, Known


class Hole:
    """A value that differs between the places: one number for each."""

    __slots__ = ("channels", "last", "name", "place", "values")

    def __init__(
        self, name: str, values: Sequence[Any], channels: Sequence[Any], place: str, last: bool
    ) -> None:
        self.name = name
        """The field that it is given to."""
        self.values = list(values)
        self.channels = list(channels)
        """The channels of the item's own map, at each place."""
        self.place = place
        """Which branch it is in: b2, or empty."""
        self.last = last
        """Whether it is of what makes the window's output."""


class Unified:
    """What several windows have in common."""

    def __init__(self, instances: Sequence[Sequence[Item]], signatures: Signatures) -> None:
        self.signatures = signatures
        self.holes: list[Hole] = []
        self.fits = True
        """False where a value would be computed from another map than where it is written."""
        self.entry = [window[0].channels for window in instances]
        """The channels of the map that each reads."""
        self.outputs = [window[-1].outputs[0] for window in instances]
        self.items = self._body(instances, "")

    def _body(self, instances: Sequence[Sequence[Item]], place: str) -> Body:
        return [self._item(items, place) for items in zip(*instances, strict=True)]

    def _item(self, items: Sequence[Item], place: str) -> Item:
        model = items[0]
        kinds = [item.type for item in items]
        channels = [item.channels for item in items]
        out = [item.outputs[0].shape for item in items]
        last = all(shape == made.shape for shape, made in zip(out, self.outputs, strict=True))
        kind: Any = model.type
        if any(one != kind or one.startswith("$") for one in kinds):
            kinds = [Expression(one[1:]) if one.startswith("$") else one for one in kinds]
            kind = Hole("activation", kinds, channels, place, last)
            self.holes.append(kind)
        fields: dict[str, Any] = {}
        for name in dict.fromkeys(name for item in items for name in item.fields):
            default = self.signatures.default_of(model.type, name)
            values = [item.fields.get(name, default) for item in items]
            fields[name] = self._value(name, values, channels, place, last)
        made = Item(str(model.type), fields, model.inputs, model.outputs, None, model.op)
        if isinstance(kind, Hole):
            made.fields, made.type = {"$type": kind}, "$"
        made.repeat = self._value("repeat", [item.repeat for item in items], channels, place, False)
        made.first = {
            name: self._value(name, [item.first[name] for item in items], channels, place, False)
            for name in model.first
        }
        made.when, made.trainable, made.lender = model.when, model.trainable, model.lender
        made.bits = model.bits
        made.moves = any(item.moves for item in items)
        for name, bodies in model.parts.items():
            made.parts[name] = []
            for number, _ in enumerate(bodies):
                inside = place
                if name == BRANCHES and len(bodies) > 1:
                    inside = f"{place}b{number + 1}_"
                body = self._body([item.parts[name][number] for item in items], inside)
                made.parts[name].append(body)
        return made

    def _value(
        self, name: str, values: Sequence[Any], channels: Sequence[Any], place: str, last: bool
    ) -> Any:
        first = values[0]
        of_params = isinstance(first, Expression) and not (
            first.is_of_map or isinstance(first, Known)
        )
        if not of_params and all(v == first and type(v) is type(first) for v in values):
            return first
        if any(isinstance(value, Expression) and value.is_of_map for value in values):
            self.fits = False
        hole = Hole(name, values, channels, place, last)
        self.holes.append(hole)
        return hole


def fill(body: Body, values: dict[Hole, Any]) -> None:
    """Put values into the holes of items, in place."""
    for item in body:
        if "$type" in item.fields:
            item.type = f"${values[item.fields.pop('$type')]}"
        for fields in (item.fields, item.first):
            for name, value in fields.items():
                if isinstance(value, Hole):
                    fields[name] = values[value]
        if isinstance(item.repeat, Hole):
            item.repeat = values[item.repeat]
        for inner in item.bodies():
            fill(inner, values)


__all__ = ["Hole", "Map", "Unified", "fill"]
