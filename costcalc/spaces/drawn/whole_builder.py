"""Build networks of a space as wholes, one after the other, in a few milliseconds each.

What a block that draws nothing makes of its values and its map is kept for the next networks.
Behind a fault only that is built which draws: the rest of the network costs nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import count
from typing import Any

from costcalc.graph.block_copies import MadeBlock
from costcalc.graph.block_uses import Kept
from costcalc.graph.frame import Frame
from costcalc.graph.nodes import Input, Nodes, Origin
from costcalc.graph.setting import Setting
from costcalc.language.block import Block
from costcalc.language.item import Item
from costcalc.language.network_file import NetworkFile
from costcalc.spaces.draws import Dice
from costcalc.spaces.reading import Reading
from costcalc.spaces.units import DrawingBuilder, unknown
from costcalc.spaces.walk.states import frozen

MAX_SEEN = 10_000
MAX_KEPT = 1_000


class KeptBlocks:
    """What blocks made in networks before: what was made twice is kept."""

    def __init__(self) -> None:
        self._seen: set[Hashable] = set()
        self._kept: dict[Hashable, Kept] = {}
        self._numbers: dict[Hashable, int] = {}
        self._numbered = count()

    def number(self, values: Hashable) -> int:
        """A number for values, by which they are compared sooner."""
        if len(self._numbers) >= MAX_SEEN:
            self._numbers.clear()
        if values not in self._numbers:
            self._numbers[values] = next(self._numbered)
        return self._numbers[values]

    def get(self, key: Hashable) -> Kept | None:
        return self._kept.get(key)

    def add(self, key: Hashable, made: MadeBlock, took: tuple[int, int]) -> None:
        if key in self._seen:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[key] = made.alone(), took
            return
        if len(self._seen) >= MAX_SEEN:
            self._seen.clear()
        self._seen.add(key)


class WholeBuilder(DrawingBuilder):
    """Builds a network with what is kept of those before it."""

    copies_blocks = True

    def __init__(
        self, file: NetworkFile, setting: Setting, dice: Dice, reading: Reading, kept: KeptBlocks
    ) -> None:
        self.reading = reading
        self.kept = kept
        self._seen_by: dict[Block, int] = {}
        """What blocks see of the network's values, by number."""
        super().__init__(file, setting, dice)

    def _alike(self, block: Block, given: Mapping[str, Any], maps: Nodes) -> Hashable | None:
        if self.reading.block_chooses(block):
            return None  # each use draws
        own = super()._alike(block, given, maps)
        if own is None:
            return None
        if block not in self._seen_by:
            names = sorted(self.reading.of_block(block))
            values = tuple(frozen(self.params.get(name)) for name in names)
            self._seen_by[block] = self.kept.number(
                (self.base["alpha"], self.base.get("rho"), values)
            )
        return own, self._seen_by[block]

    def _before(self, key: Hashable) -> Kept | None:
        return super()._before(key) or self.kept.get(key)

    def _keep(self, key: Hashable, made: MadeBlock, took: tuple[int, int]) -> None:
        super()._keep(key, made, took)
        self.kept.add(key, made, took)

    def _item(self, item: Item, maps: Nodes, frame: Frame) -> Nodes:
        if not self._is_passed(item):
            return super()._item(item, maps, frame)
        maps = _unknown(maps)
        frame.named.update(dict.fromkeys(item.names, maps))
        return maps

    def _nth_copy(self, item: Item, copy: int, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        if self._is_passed(item):
            return _unknown(maps)
        return super()._nth_copy(item, copy, maps, frame, origin)

    def _is_passed(self, item: Item) -> bool:
        """Whether an item stands behind a fault and draws nothing."""
        return self.faults.met > 0 and not self.reading.chooses(item)


def _unknown(maps: Nodes) -> Nodes:
    """What stands for the maps behind a fault."""
    return [Input("", shape) for shape in unknown(tuple(source.shape for source in maps))]
