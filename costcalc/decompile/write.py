"""Write bodies of items as trees of the network language, with the names that are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from costcalc.decompile.bare import Map
from costcalc.decompile.names import Names, is_branch, named_reads
from costcalc.decompile.tree import BRANCHES, LAYERS, SHORTCUT, Body, Expression, Item
from costcalc.graph.bits import UNSAID, Bits
from costcalc.importers.lines import EMPTY, item_lines

Tree: TypeAlias = Any


def written_body(
    body: Body, inputs: Sequence[Map], outputs: Sequence[Map] = (), names: Names | None = None
) -> list[Tree]:
    """A body as a list of items, with the names of maps that are read by name or handed on."""
    used = named_reads(body, inputs)
    if names is None:
        names = Names()
        if len(inputs) == 1:
            names.names[inputs[0]] = "input"
    last = body[-1].outputs if body else tuple(inputs)
    if tuple(outputs) not in ((), last):
        used.update(outputs)
    return _Writer(used, names).body(body, inputs, inputs)


class _Writer:
    def __init__(self, used: set[Map], names: Names) -> None:
        self.used = used
        self.names = names
        self.bits = UNSAID
        """Those of the item around, which hold inside of it."""

    def body(self, body: Body, given: Sequence[Map], inputs: Sequence[Map]) -> list[Tree]:
        """given: the maps before the first item. inputs: what `input` stands for here."""
        made = []
        previous = tuple(given)
        for item in inlined(body):
            made.append(self.item(item, previous, inputs))
            previous = item.outputs
        return made

    def item(self, item: Item, previous: Sequence[Map], inputs: Sequence[Map]) -> Tree:
        keys: dict[str, Any] = {}
        if not is_branch(item) and item.given is not item.inputs:
            self.names.names.update(dict.fromkeys(item.given, "input"))
        named = [made for made in item.outputs if made in self.used]
        if named:
            names = [self.names.of(made) for made in item.outputs]
            keys["name"] = names[0] if len(names) == 1 else names
        if item.inputs != tuple(previous) and item.inputs:
            sources = [self._source(source, inputs) for source in item.inputs]
            keys["from"] = sources[0] if len(sources) == 1 else sources
        if item.when is not None:
            keys["when"] = item.when
        for name, value in item.fields.items():
            keys[name] = EMPTY if isinstance(value, Expression) and value == name else value
        if item.lender is not None:
            keys["weights"] = self.names.of(item.lender)
        if not item.trainable:
            keys["trainable"] = False
        if item.bits != self.bits:
            keys["bits"] = _bits(item.bits)
        if item.repeat != 1:
            keys["repeat"] = item.repeat
        if item.first:
            keys["first"] = item.first
        inside = inputs if is_branch(item) else item.given
        parts: dict[str, Any] = {}
        around, self.bits = self.bits, item.bits
        for name, bodies in item.parts.items():
            made = [self.body(body, item.given, inside) for body in bodies]
            if name == BRANCHES:
                parts[name] = [one[0] if len(one) == 1 else one for one in made]
            else:
                (parts[name],) = made
        self.bits = around
        alone = [*parts] in ([LAYERS], [BRANCHES]) and item.type != "sequence"
        if alone and not keys and item.type not in ("rearrange", "mixture_of_experts"):
            return {item.type: next(iter(parts.values()))}
        keys.update(parts)
        return {item.type: keys} if keys else item.type

    def _source(self, source: Map, inputs: Sequence[Map]) -> str:
        if len(inputs) == 1 and source is inputs[0]:
            return "input"
        return self.names.of(source)


def _bits(bits: Bits) -> Any:
    """Bits as an item says them: of weights alone, a number."""
    found = {name: value for name, value in bits._asdict().items() if value is not None}
    return bits.weights if [*found] == ["weights"] else found


def inlined(body: Body) -> Body:
    """A body with the items of plain sequences in their place."""
    made: Body = []
    for item in body:
        if item.type == "sequence" and item.repeat == 1 and item.when is None:
            made += inlined(item.parts[LAYERS][0])
        else:
            made.append(item)
    return made


def line_count(body: Body, inputs: Sequence[Map]) -> int:
    """How many lines a body takes."""
    tree = written_body(body, inputs)
    return sum(1 for item in tree for _ in item_lines(item, "  "))


__all__ = ["SHORTCUT", "Tree", "inlined", "line_count", "written_body"]
