"""Build the blocks that items use."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Hashable, Mapping
from typing import Any, TypeAlias

from costcalc.graph.block_copies import MadeBlock, alike
from costcalc.graph.evaluate import evaluate
from costcalc.graph.frame import Frame, named_maps, see
from costcalc.graph.nodes import Group, Nodes, Origin
from costcalc.graph.structures import label_of
from costcalc.graph.used_networks import UsedNetworks
from costcalc.language.block import Block
from costcalc.language.item import Fields, Item
from costcalc.language.network_file import NetworkFile

Kept: TypeAlias = "tuple[MadeBlock, tuple[int, int]]"
"""What a block made, and the items and operations that it took."""


class BlockUses(UsedNetworks):
    """Builds what a block makes of each kind of map once, and copies it where it is used again."""

    file: NetworkFile
    """The file of the whole network."""
    copies_blocks = True
    """Whether equal uses of a block make the same: not where choices are drawn or counted."""

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[Hashable, Kept] = {}

    def _block(
        self, block: Block, fields: Fields, maps: Nodes, item: Item, frame: Frame, origin: Origin
    ) -> Nodes:
        given = self._given(block, fields, item, frame.scope)
        key = self._alike(block, given, maps)
        group = Group(label_of(item, block.name), block.name, frame.group, origin)
        before = self._before(key) if key is not None else None
        if before is not None and self.meter.allows(*before[1]):
            self.meter.add(*before[1])
            return [before[0].again(group, maps[0], self.nodes)]
        start, faults, meter = len(self.nodes), self.faults.met, self.meter.now()
        outer, self.lent = self.lent, {}  # it sees no item of what is around it
        with self.faults.within(block, item):
            scope, named = self._enter(block, given, maps, item)
            out = self._body(block.items, maps, Frame(ChainMap(named), scope, group, origin))
        self.lent = outer
        out = handed_on(block, named, out)
        if key is not None and self.faults.met == faults and len(out) == 1:
            nodes = self.nodes[start:]
            if out[0] in (maps[0], *nodes) and nodes == [*group.nodes()]:
                made = MadeBlock(group, maps[0], out[0], self.file)
                self._keep(key, made, self.meter.since(meter))
        return out

    def _before(self, key: Hashable) -> Kept | None:
        """What a block made before that is built alike."""
        return self.made.get(key)

    def _keep(self, key: Hashable, made: MadeBlock, took: tuple[int, int]) -> None:
        """Keep what a block made for its next use."""
        self.made[key] = made, took

    def _given(
        self, block: Block, fields: Fields, item: Item, around: dict[str, Any]
    ) -> dict[str, Any]:
        """The values that an item gives a block."""
        own = block.file is self.network
        self.meter.charge(len(block.params) + (len(self.params) // 16 if own else 0))
        return {name: evaluate(value, around, item.file.path) for name, value in fields.items()}

    def _alike(self, block: Block, given: Mapping[str, Any], maps: Nodes) -> Hashable | None:
        """What is equal for uses of a block that make the same; None where that is not known."""
        if not self.copies_blocks or self.network is not self.file or self.experts is not None:
            return None
        if len(maps) != 1:
            return None
        source = maps[0]
        values = alike(given, source.shape)
        if values is None:
            return None
        state = source.has_gradient, self.trainable, self.bits, self.meter.nesting
        return block, values, state

    def _enter(
        self, block: Block, given: Mapping[str, Any], maps: Nodes, item: Item
    ) -> tuple[dict[str, Any], dict[str, Nodes]]:
        """The values and the maps that the items of a block see, by name, where it is used."""
        scope = dict(self.params if block.file is self.network else self.base)
        see(scope, maps)
        least, most = block.takes
        if len(maps) < least or (most is not None and len(maps) > most):
            raise self._wrong_count(block.name, least, most, maps, item)
        named: dict[str, Nodes] = {"input": maps}
        if block.inputs is not None:
            named.update({name: [source] for name, source in zip(block.inputs, maps, strict=True)})
        for name, default in block.params.items():
            if name in given:
                scope[name] = given[name]
            else:
                scope[name] = self._default(default, scope, block.file.path)
        return scope, named


def handed_on(block: Block, named: Mapping[str, Nodes], made: Nodes) -> Nodes:
    """The maps that a block hands on: those that its outputs name, or its last item's."""
    if block.outputs is None:
        return made
    return [source for name in block.outputs for source in named_maps(named, name)]
