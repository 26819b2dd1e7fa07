"""What items of a space read: maps, params and choices. It decides which differences matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from costcalc.language.block import Block
from costcalc.language.item import BLOCK, MERGE, PARAM, Item
from costcalc.language.network_file import NetworkFile
from costcalc.language.network_use import NetworkUse
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import ScalarNode
from costcalc.layers.reshape import Identity

NO_NAMES: frozenset[str] = frozenset()


class Reads(NamedTuple):
    """The names that something looks up; too many make more states, too few would be wrong."""

    maps: frozenset[str] = NO_NAMES
    values: frozenset[str] = NO_NAMES

    def with_(self, other: Reads) -> Reads:
        return Reads(self.maps | other.maps, self.values | other.values)


def values_of_all_copies(item: Item) -> Iterator[Value]:
    """The values that are looked up once, before the copies of an item."""
    for value in (item.when, item.repeat, item.trainable):
        if value is not None:
            yield value
    yield from (item.bits or {}).values()


def head_values(item: Item) -> Iterator[Value]:
    """The values of an item itself, without those of the items inside."""
    yield from values_of_all_copies(item)
    yield from item.fields.values()
    yield from (item.first or {}).values()


def inner_items(item: Item) -> Iterator[Item]:
    """The items that stand inside of an item."""
    yield from item.layers
    yield from item.shortcut
    for branch in item.branches or ():
        yield from branch


def inner_bodies(item: Item) -> Sequence[Sequence[Item]]:
    """What stands inside of an item, or of the block or network that it uses."""
    if isinstance(item.type, (Block, NetworkUse)):
        return [item.type.items]
    return item.branches or [item.layers, item.shortcut]


def may_be_empty(item: Item) -> bool:
    """Whether an item may execute nothing."""
    if item.when is not None or item.repeat is not None or item.kind == PARAM:
        return True
    if isinstance(item.type, type):
        return item.type is Identity or item.type.family == "regularizations"
    return all(may_be_empty(inner) for body in inner_bodies(item) for inner in body)


class Reading:
    """Knows of every item of a network what it reads, and whether it draws."""

    def __init__(self, file: NetworkFile) -> None:
        self.file = file
        self._whole: dict[Item, Reads] = {}
        self._copies: dict[tuple[Item, int], Reads] = {}
        self._rest: dict[int, tuple[Sequence[Item], list[Reads]]] = {}
        self._chooses: dict[Item, bool] = {}
        self._blocks: dict[Block, frozenset[str]] = {}

    def head(self, item: Item) -> frozenset[str]:
        """The values that are looked up before the items inside are built."""
        return frozenset(_of_values(head_values(item)) | self._of_type(item))

    def _of_type(self, item: Item) -> set[str]:
        """The values that decide what an item is, or that stand in for fields of its block."""
        if item.kind == PARAM:
            return {str(item.type)}
        if item.kind == BLOCK and isinstance(item.type, Block) and item.type.file is self.file:
            return _of_values(item.type.params.values())
        return set()

    def whole(self, item: Item) -> Reads:
        """All that an item looks up, with what is inside of it."""
        if item not in self._whole:
            self._whole[item] = self._inside(item).with_(
                Reads(frozenset(item.sources or ()) - {"previous"}, self.head(item))
            )
        return self._whole[item]

    def copy(self, item: Item, number: int) -> Reads:
        """What one of its copies looks up: not how many there are."""
        key = item, min(number, 1)
        if key not in self._copies:
            fields = item.first if item.first is not None and number == 0 else item.fields
            names = _of_values([item.trainable, *fields.values()]) | self._of_type(item)
            self._copies[key] = self.whole(item)._replace(
                values=self._inside(item).values.union(names)
            )
        return self._copies[key]

    def _inside(self, item: Item) -> Reads:
        """What the items look up that stand inside of one, or in the block that it is."""
        found = Reads()
        around = NO_NAMES if item.kind == MERGE else frozenset({"input"})
        for inner in inner_items(item):
            own = self.whole(inner)
            found = found.with_(Reads(own.maps - around, own.values))
        if item.kind == BLOCK and isinstance(item.type, Block):
            return found.with_(Reads(values=self.of_block(item.type)))
        if item.kind == PARAM:
            blocks = self.named_blocks()
            return found.with_(Reads(values=NO_NAMES.union(*map(self.of_block, blocks))))
        return found

    def rest(self, items: Sequence[Item], at: int) -> Reads:
        """All that the items of a body from one on look up."""
        known = self._rest.get(id(items))
        if known is None:
            suffixes = [Reads()]
            for item in reversed(items):
                suffixes.append(suffixes[-1].with_(self.whole(item)))
            known = self._rest[id(items)] = items, suffixes[::-1]
        return known[1][at]

    def of_block(self, block: Block) -> frozenset[str]:
        """The params of the network that a block looks up; only those of its file see them."""
        if block.file is not self.file:
            return NO_NAMES
        if block not in self._blocks:
            self._blocks[block] = NO_NAMES  # no block contains itself
            names = self.rest(block.items, 0).values | _of_values(block.params.values())
            self._blocks[block] = frozenset(names) - block.params.keys()
        return self._blocks[block]

    def chooses(self, item: Item) -> bool:
        """Whether an item may draw, or what is inside of it."""
        if item not in self._chooses:
            self._chooses[item] = False
            self._chooses[item] = (
                any(value.choices for value in head_values(item))
                or any(map(self.chooses, inner_items(item)))
                or any(map(self.block_chooses, self._blocks_of(item)))
                or (isinstance(item.type, NetworkUse) and network_chooses(self, item.type))
            )
        return self._chooses[item]

    def _blocks_of(self, item: Item) -> Iterable[Block]:
        if item.kind == BLOCK and isinstance(item.type, Block):
            return (item.type,)
        return self.named_blocks() if item.kind == PARAM else ()

    def named_blocks(self) -> Iterator[Block]:
        """The blocks that a param may name."""
        named = self.named_words()
        return (block for name, block in self.file.given.items() if name in named)

    def named_words(self) -> set[str]:
        """The types and other words that values of the network, and of what it includes, name."""
        files = {block.file for block in self.file.given.values()}
        return self.file.values.named.union(*(file.values.named for file in files))

    def block_chooses(self, block: Block) -> bool:
        defaults = (value for value in block.params.values() if value is not None)
        return any(value.choices for value in defaults) or self.body_chooses(block.items)

    def body_chooses(self, items: Iterable[Item]) -> bool:
        return any(map(self.chooses, items))


def network_chooses(reading: Reading, use: NetworkUse) -> bool:
    """Whether a network that an item uses may draw."""
    declared = use.file.variant(use.variant)[1]
    return (
        declared.alphas is not None
        or any(value.choices for value in declared.params.values())
        or reading.body_chooses(use.items)
    )


def is_tangled(items: Iterable[Item]) -> bool:
    """Whether items of a body use weights of one another, so that they are built together."""
    return any(item.lends or item.lender is not None for item in items)


def is_plain(item: Item) -> bool:
    """Whether an item says nothing of its weights, so that its copies are built one by one."""
    says = (item.weights, item.trainable, item.bits)
    return not (any(own is not None for own in says) or item.lends or item.shares)


def _of_values(values: Iterable[Value | None]) -> set[str]:
    return {name for value in values if value is not None for name in value.names}


def output_names(outputs: Iterable[ScalarNode]) -> frozenset[str]:
    """The names of the maps that a network hands on."""
    return frozenset(str(name.value) for name in outputs)


def bodies(file: NetworkFile) -> Iterator[Sequence[Item]]:
    """Yield the items that stand together: of a network, of its blocks, and of what they use."""
    waiting: list[Sequence[Item]] = [file.items, *(block.items for block in file.given.values())]
    seen = set(map(id, waiting))
    while waiting:
        items = waiting.pop()
        yield items
        for item in items:
            waiting.append(list(inner_items(item)))
            if isinstance(item.type, (Block, NetworkUse)) and id(item.type.items) not in seen:
                seen.add(id(item.type.items))
                waiting.append(item.type.items)


def says_bits(file: NetworkFile) -> bool:
    """Whether any item of a network says in how many bits weights or maps are held."""
    return any(item.bits is not None for items in bodies(file) for item in items)
