"""What is written for a layer, and where it was edited."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from costcalc.graph.nodes import Group, Network, Node
from costcalc.language.block import Block
from costcalc.language.item import PARAM, Blocks, Fields, Item, ItemType
from costcalc.language.network_file import NetworkFile, Rounding
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import YamlNode, text_of

_NAME = re.compile(r"[A-Za-z_]\w*")

Texts: TypeAlias = "Mapping[str, tuple[Blocks, YamlNode] | None]"
"""What is written, and in which file where; None where there is no one place."""


class Edit(NamedTuple):
    """Where a layer was edited."""

    item: Item | None
    """The item in the network's own file that says it otherwise."""
    item_line: int
    line: int
    """Of what is said otherwise itself: a field, or a param that a field leads to."""


class Recipes:
    """What is written for a network's layers, with what it names."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._items: dict[tuple[int, str], Texts] = {}
        self._definitions: dict[str, Texts] = {}
        self._scale: Texts = {
            f"alpha {network.setting.alpha}": self._key("alpha"),
            f"rounding {network.declared.rounding or Rounding()}": self._key("rounding"),
        }
        """How alpha scales widths."""

    def of(self, node: Node) -> list[tuple[Item, Texts]]:
        """The layer's item and all items around it, each with the params that it leads back to."""
        chain = [(node.item, self._item(node.item, node.layer.type))]
        chain += [
            (group.item, self._item(group.item, group.type))
            for group in groups_around(node)
            if group.item is not None
        ]
        return chain

    def _item(self, item: Item, label: str) -> Texts:
        """What is written for an item that became a layer or block of this type."""
        found = self._items.get((id(item), label))
        if found is None:
            texts = {
                **self._fields(item.fields, item.file),
                **self._fields(item.first or {}, item.file, "first "),
            }
            target: ItemType | None = item.type
            unsaid: dict[str, Value | None] = {}
            if item.kind == PARAM:
                texts |= self._names(str(item.type))
                target = item.file.lookup(label) or self.network.file.lookup(label)
                unsaid.update(item.file.defaults.get(label, {}))
            where = item.file
            if isinstance(target, Block):
                unsaid = {**target.params, **unsaid}
                where = target.file
            unsaid = {name: value for name, value in unsaid.items() if name not in item.fields}
            texts |= self._fields({n: v for n, v in unsaid.items() if v}, where)
            found = self._items[id(item), label] = texts
        return found

    def structure(self, item: Item, label: str) -> Texts:
        """All that is written for an item, with how often and where it stands."""
        texts = dict(self._item(item, label))
        for name, value in (("when", item.when), ("repeat", item.repeat)):
            if value is not None:
                texts |= self._fields({name: value}, item.file)
        texts[f"from: {item.sources}"] = item.file, item.node
        return texts

    def _fields(self, fields: Fields, file: Blocks, prefix: str = "") -> Texts:
        texts: dict[str, tuple[Blocks, YamlNode] | None] = {}
        for name, value in fields.items():
            text = text_of(value.node) or name
            texts[f"{prefix}{name}: {text}"] = file, value.node
            texts |= self._names(text)
            if value.compute is not None and value.is_plain:
                texts |= self._scale
        return texts

    def _names(self, text: str) -> Texts:
        """The definitions of the network's params in a text, and of those in theirs."""
        texts: dict[str, tuple[Blocks, YamlNode] | None] = {}
        for name in _NAME.findall(text):
            if name in ("alpha", "scaled"):
                texts |= self._scale
            elif name in self.network.declared.params:
                texts |= self._definition(name)
        return texts

    def _definition(self, name: str) -> Texts:
        if name not in self._definitions:
            self._definitions[name] = {}  # a param that names itself names nothing
            value = self.network.declared.params[name]
            self._definitions[name] = self._fields({name: value}, self.network.file)
        return self._definitions[name]

    def _key(self, name: str) -> tuple[Blocks, YamlNode] | None:
        node = key_node(self.network, name)
        return None if node is None else (self.network.file, node)


def groups_around(node: Node) -> Iterator[Group]:
    group: Group | None = node.group
    while group is not None:
        yield group
        group = group.parent


def find_edit(old: Node, new: Node, recipes: tuple[Recipes, Recipes]) -> Edit | None:
    """Where what is written for a layer differs; None where it does not."""
    before, after = recipes[0].of(old), recipes[1].of(new)
    if [texts.keys() for _, texts in before] == [texts.keys() for _, texts in after]:
        return None
    file = recipes[1].network.file
    known = {text for _, texts in before for text in texts}
    for item, texts in after:
        for text in texts:
            if text not in known:
                place = texts[text]
                line = place[1].start_mark.line + 1 if place and place[0] is file else None
                return _edit(new, item, line, file)
    # What was said is said no more.
    pairs = zip(before, after, strict=False)
    item = next((now for (_, was), (now, is_) in pairs if was.keys() != is_.keys()), new.item)
    return _edit(new, item, None, file)


class Counterparts:
    """Which item of the old file each item of the new one was, by the layers that both have."""

    def __init__(self, recipes: tuple[Recipes, Recipes]) -> None:
        self._recipes = recipes
        self._old: dict[int, tuple[Item, str]] = {}

    def see(self, old: Node, new: Node) -> None:
        before, after = _chain(old), _chain(new)
        if len(before) == len(after):
            for (was, label), (is_, _) in zip(before, after, strict=True):
                self._old.setdefault(id(is_), (was, label))

    def edit_of(self, node: Node) -> Edit | None:
        """Where a layer comes from that was not there: the outermost item that is new or other."""
        old, new = self._recipes
        file = new.network.file
        for item, label in reversed(_chain(node)):
            if item.file is not file:
                continue
            if id(item) not in self._old:
                return _edit(node, item, None, file)
            before = old.structure(*self._old[id(item)])
            after = new.structure(item, label)
            if before.keys() != after.keys():
                places = (after[text] for text in after if text not in before)
                place = next((place for place in places if place and place[0] is file), None)
                return _edit(node, item, place and place[1].start_mark.line + 1, file)
        return None


def _chain(node: Node) -> list[tuple[Item, str]]:
    """A layer's item and the items around it, with the types that they became."""
    around = [(group.item, group.type) for group in groups_around(node) if group.item is not None]
    return [(node.item, node.layer.type), *around]


def _edit(node: Node, item: Item, line: int | None, file: NetworkFile) -> Edit:
    """At an item, or at the innermost around it that is written in the network's own file."""
    chain = [node.item, *(group.item for group in groups_around(node) if group.item is not None)]
    outward = chain[chain.index(item) :] if item in chain else chain
    own = next((one for one in outward if one.file is file), None)
    if own is None:
        return Edit(None, node.line, line or node.line)
    own_line = own.node.start_mark.line + 1
    return Edit(own, own_line, line or own_line)


def sources(node: Node) -> list[tuple[str, ...] | None]:
    """What a layer's item and all around it read by name."""
    return [item.sources for item, _ in _chain(node)]


def place_of(node: Node) -> Edit:
    """Where a layer stands: the item that uses it, outside of all blocks of the network's file."""
    around = [group.item for group in groups_around(node) if group.item is not None]
    own = [item for item in (node.item, *around) if isinstance(item.file, NetworkFile)]
    place = own[0] if own else None
    for group in groups_around(node):
        item = group.item
        if item is not None and isinstance(item.file, NetworkFile) and group.type in item.file.own:
            place = item
    line = node.line if place is None else place.node.start_mark.line + 1
    return Edit(place, line, line)


def key_node(network: Network, key: str) -> YamlNode | None:
    """A key of the network's variant, or else of the file."""
    own = network.file.variant_parts.get(network.setting.variant or "", {})
    return next((parts[key][0] for parts in (own, network.file.parts) if key in parts), None)
