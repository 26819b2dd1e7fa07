"""Read items, the lines of a network, and check them against what they name."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from costcalc.language.choices import is_choice
from costcalc.language.field_reader import FieldReader, MapNames
from costcalc.language.item import (
    EACH,
    MERGE,
    MIXTURE,
    NETWORK,
    PARAM,
    REARRANGED,
    REQUIREMENT,
    RESIDUAL,
    SEQUENCE,
    Item,
    only_required,
    type_label,
)
from costcalc.language.item_type import find_type
from costcalc.language.names import COMMON, REQUIRE, REQUIRE_KEYS, RESERVED
from costcalc.language.network_use import KEYS, read_use
from costcalc.language.suggestions import suggest_key
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import (
    Entries,
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    entries,
    is_empty,
)
from costcalc.layers.mixture import MixtureOfExperts
from costcalc.layers.rearrange import Rearrange

_STRUCTURES = {
    SEQUENCE: ("layers",),
    RESIDUAL: ("layers", "shortcut", "shortcut_when"),
    EACH: ("layers", "copies"),
}
"""The keys of structures besides those that every item takes."""


def _parts_of_use(content: YamlNode | None) -> tuple[YamlNode | None, YamlNode | None]:
    """Where an item says which network it uses, and which of its maps."""
    if not isinstance(content, MappingNode):
        return content, None
    given = {key.value: node for key, node in content.value if isinstance(key, ScalarNode)}
    return given.get("of"), given.get("outputs")


def _is_value(content: YamlNode) -> bool:
    """Whether what stands behind a type is a value, and not its fields."""
    return isinstance(content, (ScalarNode, SequenceNode)) or is_choice(content)


class ItemReader(FieldReader):
    """Reads the items of one file, and what stands inside of them."""

    def body(self, node: YamlNode | None, what: str, visible: MapNames) -> list[Item]:
        """Read the items of a body; the first mapping of `visible` has the body's own names."""
        if node is None or is_empty(node):
            return []
        if not isinstance(node, SequenceNode):
            self.file.fail(node, f"{what} must be a list of items", "begin each item with a dash")
            return []
        self._bodies.append(node)
        items = self._items(node, visible)
        self._bodies.pop()
        return items

    def _items(self, node: SequenceNode, visible: MapNames) -> list[Item]:
        found = [self._item(child, visible) for child in node.value]
        items = [item for item in found if item is not None]
        makers = [item for item in items if item.kind != REQUIREMENT or item.sources]
        for before, item in pairwise(makers):
            if item.kind == MERGE and item.sources is None and item.branches is None:
                item.joins = before.kind == EACH
        return items

    def _item(self, node: YamlNode, visible: MapNames) -> Item | None:
        fail = self.file.fail
        content: YamlNode | None = None
        if isinstance(node, MappingNode):
            if len(node.value) != 1:
                if not node.value:
                    fail(node, "an item must name a layer or block, and this one is empty")
                    return None
                other = node.value[1][0]
                fail(
                    other,
                    f"an item has one type, and '{other.value}' is a second key beside it",
                    f"put it inside: {node.value[0][0].value}: {{{other.value}: ...}}"
                    if isinstance(other.value, str)
                    else None,
                )
            key, content = node.value[0]
            if is_empty(content):
                content = None
        else:
            key = node
        if not isinstance(key, ScalarNode) or is_empty(key):
            fail(
                key, "an item must name a layer or block, such as conv2d", "a list of items: [a, b]"
            )
            return None
        item = Item(self.file, key)
        found = find_type(self.file, key, self.params)
        if found is None:
            # Record its names all the same: the items that use them are not at fault.
            if isinstance(content, MappingNode):
                self._name(item, entries(self.file.path, content, key.value, []))
                self._give(item, visible)
            return None
        item.kind, item.type = found
        if item.kind == NETWORK:
            use = read_use(self.file, *_parts_of_use(content), item)
            if use is None:
                if isinstance(content, MappingNode):
                    self._name(item, entries(self.file.path, content, key.value, []))
                    self._give(item, visible)
                return None
            item.type = use
        self.file.types.add("$" if item.kind == PARAM else type_label(item.type))
        if item.kind == MERGE:
            self._merge(item, content, visible)
        elif item.kind == REQUIREMENT:
            self._requirement(item, key, content, visible)
        elif item.kind in _STRUCTURES:
            self._structure(item, content, visible)
        else:
            alone = only_required(item.type)
            rest: Entries = {}
            if alone and content is not None and _is_value(content):
                rest[alone] = key, content
            elif content is not None and (item.kind != NETWORK or isinstance(content, MappingNode)):
                rest = self._common(item, content, visible)
            if item.kind == NETWORK:
                rest = {name: one for name, one in rest.items() if name not in KEYS}
            if item.type is Rearrange and "layers" in rest:
                item.kind = REARRANGED
                item.layers = self.body(rest.pop("layers")[1], "layers", visible.new_child())
            elif item.type is MixtureOfExperts:
                item.kind = MIXTURE
                item.layers = self._experts(item, rest, visible)
            self._fields(item, rest)
        if self._copied and self._copied[-1] is item:
            self._copied.pop()
        self._give(item, visible)
        return item

    def _give(self, item: Item, visible: MapNames) -> None:
        """Record an item's names: new in their body, they hide those of an outer body."""
        for node in item.name_nodes:
            name: str = node.value
            if name in RESERVED:
                self.file.fail(node, f"the name '{name}' is reserved")
            given = visible.maps[0]
            if name in given:
                line = given[name].start_mark.line + 1
                self.file.fail(node, f"the name '{name}' is given twice; first in line {line}")
            given[name] = node
            self.givers[node] = item

    def _structure(self, item: Item, content: YamlNode | None, visible: MapNames) -> None:
        word = str(item.type)
        allowed = _STRUCTURES[item.kind]
        if isinstance(content, SequenceNode):
            if item.kind == EACH:
                self._copied.append(item)
            item.layers = self.body(content, word, visible.new_child())
            return
        if content is None:
            self.file.fail(item.node, f"{word} needs layers", f"{word}: {{layers: [...]}}")
            return
        rest = self._common(item, content, visible)
        if "layers" not in rest and isinstance(content, MappingNode):
            self.file.fail(item.node, f"{word} needs layers", f"{word}: {{layers: [...]}}")
        if "copies" in rest and "copies" in allowed:
            item.fields["copies"] = self._value("copies", rest.pop("copies")[1])
        if item.kind == EACH and item not in self._copied:
            self._copied.append(item)
        for name, (key, node) in rest.items():
            if name not in allowed:
                self.file.fail(
                    key,
                    f"unknown key '{name}' in {word}",
                    suggest_key(name, (*allowed, *COMMON)),
                )
            elif name == "shortcut_when":
                item.fields = {name: self._value(name, node)}
                item.first = {**item.fields, **(item.first or {})}
            else:
                setattr(item, name, self.body(node, name, visible.new_child()))

    def _requirement(
        self, item: Item, word: ScalarNode, content: YamlNode | None, visible: MapNames
    ) -> None:
        """Read a condition that a network must meet: alone, or with the reason for it."""
        given: Entries = {}
        if content is not None and _is_value(content):
            given["condition"] = word, content
        elif content is not None:
            given = entries(self.file.path, content, REQUIRE, self.file.found)
        if "name" in given:
            self._name(item, {"name": given["name"]})
        self._sources(item, given, visible)
        for name, (key, node) in given.items():
            if name == "when":
                item.when = self._value(name, node)
            elif name == "condition":
                item.fields[name] = self._value(name, node)
            elif name == "reason":
                item.fields[name] = Value(node, node.value)
                if is_choice(node):
                    self.file.fail(node, f"{name} is a text, which cannot be a choice")
                elif not isinstance(node, ScalarNode) or is_empty(node):
                    self.file.fail(node, f"{name} must be a text")
            elif name in COMMON:
                self.file.fail(
                    key,
                    f"{REQUIRE} takes no {name}",
                    f"it makes no layer, no map and no copies: it takes {', '.join(REQUIRE_KEYS)}",
                )
            else:
                hint = suggest_key(name, REQUIRE_KEYS)
                self.file.fail(key, f"unknown key '{name}' in {REQUIRE}", hint)
        if "condition" not in given:
            self.file.fail(word, f"{REQUIRE} needs a condition", f"{REQUIRE}: in_height == 7")

    def _experts(self, item: Item, rest: Entries, visible: MapNames) -> list[Item]:
        """Read the layers of one expert."""
        if "layers" in rest:
            return self.body(rest.pop("layers")[1], "layers", visible.new_child())
        self.file.fail(
            item.node,
            "mixture_of_experts needs layers",
            "mixture_of_experts: {from: [x, scores], active: 2, layers: [...]}, and the channels "
            "of scores say how many experts there are",
        )
        return []

    def _merge(self, item: Item, content: YamlNode | None, visible: MapNames) -> None:
        branches: YamlNode | None = None
        rest: dict[str, Any] = {}
        if isinstance(content, SequenceNode):
            branches = content
        elif content is not None:
            rest = self._common(item, content, visible)
            if "branches" in rest:
                branches = rest.pop("branches")[1]
            if branches is not None and item.sources is not None and is_empty(branches):
                branches = None
        self._fields(item, rest)
        if branches is None:
            return
        if not isinstance(branches, SequenceNode):
            self.file.fail(branches, "branches must be a list; each branch is an item or a list")
            return
        # The names of a branch belong to the body around it: later branches see them.
        item.branches = []
        for branch in branches.value:
            if isinstance(branch, SequenceNode):
                item.branches.append(self._items(branch, visible))
            elif not is_empty(branch):
                single = self._item(branch, visible)
                item.branches.append([single] if single else [])
            else:
                self.file.fail(branch, "a branch is an item or a list of items; [] is the identity")
