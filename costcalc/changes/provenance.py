"""What is written for a layer, and where it was edited.

A layer is edited where what is written for it differs: its own fields, those of the blocks around
it, and whatever params and defaults these lead to. Only a text can say so. In a network that comes
from elsewhere, a layer is edited where its own fields differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from costcalc.graph.nodes import Group, Network, Node, Origin
from costcalc.language.block import Block
from costcalc.language.declared import Rounding
from costcalc.language.item import PARAM, Blocks, Fields, Item, ItemType
from costcalc.language.network_file import NetworkFile
from costcalc.language.network_use import NetworkUse
from costcalc.language.places import line_of
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import YamlNode, text_of

_NAME = re.compile(r"[A-Za-z_]\w*")

Sources: TypeAlias = "Mapping[str, tuple[Blocks, YamlNode] | None]"
"""Texts such as `kernel_size: 3`, each with its file and node; None where it has no one place."""


class Edit(NamedTuple):
    """Where a layer was edited; lines are None in a network that has no text."""

    item: Item | None
    """The item of the network's own file that was edited."""
    item_line: int | None
    line: int | None
    """Of the edited field, or of the edited param that a field leads to."""


class Provenance:
    """The texts that a network's layers come from."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._items: dict[tuple[int, str], Sources] = {}
        self._definitions: dict[str, Sources] = {}
        self._scale: Sources = {
            f"alpha {network.setting.alpha}": self._key("alpha"),
            f"rounding {network.declared.rounding or Rounding()}": self._key("rounding"),
        }
        """How alpha scales widths."""

    def of(self, node: Node) -> list[tuple[Item, Sources]]:
        """The layer's item and all items around it, each with its sources."""
        return [(item, self._of_item(item, label)) for item, label in _chain(node)]

    def of_structure(self, item: Item, label: str) -> Sources:
        """The sources of an item, how often it is repeated and what it reads among them."""
        texts = dict(self._of_item(item, label))
        for name, value in (("when", item.when), ("repeat", item.repeat)):
            if value is not None:
                texts |= self._fields({name: value}, item.file)
        texts[f"from: {item.sources}"] = item.file, item.node
        return texts

    def _of_item(self, item: Item, label: str) -> Sources:
        """The sources of an item that became a layer or block of this type."""
        found = self._items.get((id(item), label))
        if found is None:
            texts = {
                **self._fields(item.fields, item.file),
                **self._fields(item.first or {}, item.file, "first "),
            }
            if item.weights is not None:
                text = f"weights: {text_of(item.weights)}"
                texts = {**texts, text: (item.file, item.weights)}
            if item.trainable is not None:
                texts |= self._fields({"trainable": item.trainable}, item.file)
            if item.bits is not None:
                texts |= self._fields(item.bits, item.file, "bits of ")
            target: ItemType | None = item.type
            if isinstance(target, NetworkUse):
                texts |= {text: (item.file, node) for text, node in target.texts.items()}
            unsaid: dict[str, Value | None] = {}
            if item.kind == PARAM:
                texts |= self._names(str(item.type))
                target = item.file.lookup(label)
                if target is None and self.network.file is not None:
                    target = self.network.file.lookup(label)
                unsaid.update(item.file.defaults.get(label, {}))
            where = item.file
            if isinstance(target, Block):
                unsaid = {**target.params, **unsaid}
                where = target.file
            unsaid = {name: value for name, value in unsaid.items() if name not in item.fields}
            texts |= self._fields({n: v for n, v in unsaid.items() if v}, where)
            found = self._items[id(item), label] = texts
        return found

    def _fields(self, fields: Fields, file: Blocks, prefix: str = "") -> Sources:
        texts: dict[str, tuple[Blocks, YamlNode] | None] = {}
        for name, value in fields.items():
            text = text_of(value.node) or name
            texts[f"{prefix}{name}: {text}"] = file, value.node
            texts |= self._names(text)
            if value.compute is not None and value.is_plain:
                texts |= self._scale
        return texts

    def _names(self, text: str) -> Sources:
        """The definitions of the params that a text names, and of those that they name."""
        texts: dict[str, tuple[Blocks, YamlNode] | None] = {}
        for name in _NAME.findall(text):
            if name in ("alpha", "scaled"):
                texts |= self._scale
            elif name in self.network.declared.params:
                texts |= self._definition(name)
        return texts

    def _definition(self, name: str) -> Sources:
        if name not in self._definitions:
            self._definitions[name] = {}  # a param that names itself has no further source
            file = self.network.file
            if file is not None:
                value = self.network.declared.params[name]
                self._definitions[name] = self._fields({name: value}, file)
        return self._definitions[name]

    def _key(self, name: str) -> tuple[Blocks, YamlNode] | None:
        file, node = self.network.file, key_node(self.network, name)
        return None if file is None or node is None else (file, node)


def find_edit(old: Node, new: Node, provenance: tuple[Provenance, Provenance]) -> Edit | None:
    """Where a layer whose fields differ was edited; None where nothing written for it differs."""
    if old.origin.item is None or new.origin.item is None:
        return place_of(new)
    before, after = provenance[0].of(old), provenance[1].of(new)
    if [texts.keys() for _, texts in before] == [texts.keys() for _, texts in after]:
        return None
    file = provenance[1].network.file
    known = {text for _, texts in before for text in texts}
    for item, texts in after:
        for text in texts:
            if text not in known:
                return _edit(new, item, _line(texts[text], file), file)
    # Nothing was added: something was taken out.
    pairs = zip(before, after, strict=False)
    item = next((now for (_, was), (now, is_) in pairs if was.keys() != is_.keys()), after[0][0])
    return _edit(new, item, None, file)


class Counterparts:
    """Which item of the old file each item of the new one was, by the layers that both have."""

    def __init__(self, provenance: tuple[Provenance, Provenance]) -> None:
        self._provenance = provenance
        self._old: dict[int, tuple[Item, str]] = {}

    def see(self, old: Node, new: Node) -> None:
        before, after = _chain(old), _chain(new)
        if len(before) == len(after):
            for (was, label), (is_, _) in zip(before, after, strict=True):
                self._old.setdefault(id(is_), (was, label))

    def edit_of(self, node: Node) -> Edit | None:
        """Where an added layer comes from: the outermost item around it that is new or edited."""
        old, new = self._provenance
        file = new.network.file
        for item, label in reversed(_chain(node)):
            if item.file is not file:
                continue
            if id(item) not in self._old:
                return _edit(node, item, None, file)
            before = old.of_structure(*self._old[id(item)])
            after = new.of_structure(item, label)
            if before.keys() != after.keys():
                lines = (_line(after[text], file) for text in after if text not in before)
                return _edit(node, item, next(filter(None, lines), None), file)
        return None


def groups_around(node: Node) -> Iterator[Group]:
    """The groups that hold a layer, the innermost first."""
    group: Group | None = node.group
    while group is not None:
        yield group
        group = group.parent


def _chain(node: Node) -> list[tuple[Item, str]]:
    """A layer's item and the items around it, with the types that they became."""
    made = [(node.origin.item, node.layer.type)]
    made += [(group.origin.item, group.type) for group in groups_around(node)]
    return [(item, label) for item, label in made if item is not None]


def _line(place: tuple[Blocks, YamlNode] | None, file: NetworkFile | None) -> int | None:
    """The line of a source, if it stands in the network's own file."""
    return line_of(place[1]) if place and place[0] is file else None


def _edit(node: Node, item: Item, line: int | None, file: NetworkFile | None) -> Edit:
    """An edit of an item, or of the innermost one around it in the network's own file."""
    chain = [one for one, _ in _chain(node)]
    outward = chain[chain.index(item) :] if item in chain else chain
    own = next((one for one in outward if one.file is file), None)
    if own is None:
        return Edit(None, node.origin.line, line or node.origin.line)
    own_line = line_of(own.node)
    return Edit(own, own_line, line or own_line)


def reads_otherwise(old: Node, new: Node) -> bool:
    """Whether the item of a layer, or one around it, names other inputs."""
    if old.origin.item is None or new.origin.item is None:
        return False
    named = [[item.sources for item, _ in _chain(node)] for node in (old, new)]
    return named[0] != named[1]


def place_of(node: Node) -> Edit:
    """Where a layer stands: the item that uses it, outside of all blocks of the network's file."""
    place: Item | None = None
    origins: list[tuple[Origin, str]] = [(node.origin, "")]
    origins += [(group.origin, group.type) for group in groups_around(node)]
    for (_, _, _, item), type_ in origins:
        own = item.file.own if item and isinstance(item.file, NetworkFile) else None
        if own is not None and (place is None or type_ in own):
            place = item
    line = node.origin.line if place is None else line_of(place.node)
    return Edit(place, line, line)


def key_node(network: Network, key: str) -> YamlNode | None:
    """A key of the network's variant, or else of the file."""
    if network.file is None:
        return None
    own = network.file.variant_parts.get(network.setting.variant or "", {})
    return next((parts[key][0] for parts in (own, network.file.parts) if key in parts), None)
