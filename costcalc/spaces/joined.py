"""Which items of a body have to be built together, because one's layers depend on another's.

Items that use weights of one another always have. A runtime computes norms and activations within
the layer before them, and keeps maps for as long as anything reads them: where it is asked for
memory, items that such layers join, or that read maps by name, are one step of the walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from costcalc.graph.setting import Setting
from costcalc.language.block import Block
from costcalc.language.item import PARAM, Item
from costcalc.language.network_use import NetworkUse
from costcalc.layers.reshape import Identity
from costcalc.memory.deployment import FUSED_ACTIVATIONS
from costcalc.metrics import METRICS
from costcalc.spaces.reading import Reading, is_tangled

NORM = "batch_norm"


class Joined:
    """Knows which items are built together, for some metrics."""

    def __init__(self, reading: Reading, setting: Setting, metrics: Iterable[str]) -> None:
        self.reading = reading
        of_items = [METRICS[name] for name in metrics if METRICS[name].of_items]
        runtime = setting.deployed
        self._keeps_maps = any(metric.reduce is max for metric in of_items)
        self._within: set[str] = set()
        """Types of layers that may be computed within the item before them."""
        if of_items and runtime.fused:
            self._within |= {NORM, *FUSED_ACTIVATIONS}
        if setting.accounting.fold_batch_norm:
            self._within.add(NORM)
        if of_items and runtime.zero_copy_concat:
            self._within.add("concat")
        self._known: dict[int, tuple[Sequence[Item], bool]] = {}

    def body(self, items: Sequence[Item]) -> bool:
        """Whether the items of a body are built in one step."""
        if id(items) not in self._known:
            self._known[id(items)] = items, self._is_joined(items)
        return self._known[id(items)][1]

    def copies(self, item: Item) -> bool:
        """Whether the copies of an item are built in one step."""
        return item.repeat is not None and self._begins(item)

    def _is_joined(self, items: Sequence[Item]) -> bool:
        if is_tangled(items) or any(map(self._begins, items[1:])):
            return True
        return self._keeps_maps and any(self.reading.whole(item).maps for item in items)

    def _begins(self, item: Item) -> bool:
        """Whether the first layer of an item may be computed within the one before it."""
        if not self._within:
            return False
        if item.kind == PARAM:
            blocks = self.reading.named_blocks()
            return not self._within.isdisjoint(self.reading.named_words()) or any(
                self._body_begins(block.items) for block in blocks
            )
        if isinstance(item.type, type) and item.type.type in self._within:
            return True
        return any(map(self._body_begins, _bodies(item)))

    def _body_begins(self, items: Sequence[Item]) -> bool:
        for item in items:
            if self._begins(item):
                return True
            if not _may_be_empty(item):
                return False
        return False


def _bodies(item: Item) -> Sequence[Sequence[Item]]:
    """What stands inside of an item, or of the block or network that it uses."""
    if isinstance(item.type, (Block, NetworkUse)):
        return [item.type.items]
    return item.branches or [item.layers, item.shortcut]


def _may_be_empty(item: Item) -> bool:
    """Whether an item may execute nothing."""
    if item.when is not None or item.repeat is not None or item.kind == PARAM:
        return True
    if isinstance(item.type, type):
        return item.type is Identity or item.type.family == "regularizations"
    return all(_may_be_empty(inner) for body in _bodies(item) for inner in body)
