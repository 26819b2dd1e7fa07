"""Read items, the lines of a network, and check them against what they name."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection
from typing import Any, TypeAlias

from costcalc.errors import nearest
from costcalc.language.expressions import KNOBS, MAP_VARIABLES
from costcalc.language.item import (
    MERGE,
    PARAM,
    REARRANGED,
    RESIDUAL,
    SEQUENCE,
    Blocks,
    Fields,
    Item,
    axes_of,
    check_constant,
    field_names,
    missing_fields,
    only_required,
    type_label,
)
from costcalc.language.item_type import find_type
from costcalc.language.names import COMMON, MAX_NAME, RESERVED
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
from costcalc.layers import Layer
from costcalc.layers.fields import TextField
from costcalc.layers.rearrange import Rearrange

MapNames: TypeAlias = "ChainMap[str, YamlNode]"
"""The names of maps that an item may use, innermost body first, each with what gives it."""


class ItemReader:
    """Reads the items of one file. `names` are the params that expressions may use."""

    def __init__(self, file: Blocks, names: Collection[str]) -> None:
        self.file = file
        self.params = names
        self.names = frozenset((*names, *MAP_VARIABLES, *KNOBS))

    def body(self, node: YamlNode | None, what: str, visible: MapNames) -> list[Item]:
        """Read the items of a body; the first mapping of `visible` has the body's own names."""
        if node is None or is_empty(node):
            return []
        if not isinstance(node, SequenceNode):
            self.file.fail(node, f"{what} must be a list of items", "begin each item with a dash")
            return []
        return self._items(node, visible)

    def _items(self, node: SequenceNode, visible: MapNames) -> list[Item]:
        items = [self._item(child, visible) for child in node.value]
        return [item for item in items if item is not None]

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
                for name in item.name_nodes:
                    self._give(name, visible)
            return None
        item.kind, item.type = found
        self.file.types.add("$" if item.kind == PARAM else type_label(item.type))
        if item.kind == MERGE:
            self._merge(item, content, visible)
        elif item.kind in (SEQUENCE, RESIDUAL):
            self._structure(item, content, visible)
        else:
            alone = only_required(item.type)
            rest: Entries = {}
            if alone and isinstance(content, (ScalarNode, SequenceNode)):
                rest[alone] = key, content
            elif content is not None:
                rest = self._common(item, content, visible)
            if item.type is Rearrange and "layers" in rest:
                item.kind = REARRANGED
                item.layers = self.body(rest.pop("layers")[1], "layers", visible.new_child())
            self._fields(item, rest)
        for name in item.name_nodes:
            self._give(name, visible)
        return item

    def _give(self, node: ScalarNode, visible: MapNames) -> None:
        """Record the name of an item's output: new in its body, it hides one of an outer body."""
        name: str = node.value
        if name in RESERVED:
            self.file.fail(node, f"the name '{name}' is reserved")
        given = visible.maps[0]
        if name in given:
            line = given[name].start_mark.line + 1
            self.file.fail(node, f"the name '{name}' is given twice; first in line {line}")
        given[name] = node

    # Fields

    def _common(self, item: Item, content: YamlNode, visible: MapNames) -> dict[str, Any]:
        """Read what any item takes; return the other entries."""
        what = str(getattr(item.node, "value", ""))
        if isinstance(content, ScalarNode) and not isinstance(item.type, str):
            known = [name for name in field_names(item.type) if name not in Layer.fields]
            hint = f"{what}: {{{known[0]}: {content.value}}}" if known else f"write only {what}"
            self.file.fail(content, f"{what} takes fields, not a value", hint)
            return {}
        rest = entries(self.file.path, content, what, self.file.found)
        self._name(item, rest)
        if "from" in rest:
            sources = self._name_list(rest.pop("from")[1], "from")
            item.sources = tuple(source.value for source in sources)
            for source, name in zip(sources, item.sources, strict=True):
                if name not in visible and name not in RESERVED:
                    self.file.fail(
                        source,
                        f"no map is named '{name}' here",
                        nearest(name, (*visible, *RESERVED))
                        or "a name can be used after the item that gives it, in the same body",
                    )
        for key in ("when", "repeat"):
            if key in rest:
                node = rest.pop(key)[1]
                setattr(item, key, self.file.values.read(key, node, self.names))
        if "first" in rest:
            node = rest.pop("first")[1]
            first = entries(self.file.path, node, "first", self.file.found)
            item.first = self._read(item, first, (), rest)
        return rest

    def _name(self, item: Item, rest: dict[str, Any]) -> None:
        if "name" in rest:
            item.name_nodes = self._name_list(rest.pop("name")[1], "name")
            item.names = tuple(node.value for node in item.name_nodes)

    def _name_list(self, node: YamlNode, what: str) -> list[ScalarNode]:
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        names = [n for n in nodes if isinstance(n, ScalarNode) and not is_empty(n)]
        if len(names) != len(nodes) or not names:
            self.file.fail(node, f"{what} must be a name or a list of names")
        for name in names:
            if len(name.value) > MAX_NAME:
                self.file.fail(name, f"a name has at most {MAX_NAME} characters")
        return names

    def _fields(self, item: Item, rest: Entries) -> None:
        given = item.fields = self._read(item, rest) if rest else {}
        if item.kind != PARAM:
            defaults = self.file.defaults.get(type_label(item.type))
            if defaults:
                item.fields = given = {**defaults, **given} if given else defaults
        if item.first is not None:
            item.first = {**given, **item.first}
        for value in given.values():
            item.size += value.size
        if item.kind == PARAM:  # which fields it needs is known only when the param has a value
            return
        if item.first is not None and item.repeat is None:
            given = item.first
        missing = missing_fields(item.type, given)
        if missing:
            missing = missing[:5]
            label = type_label(item.type)
            self.file.fail(
                item.node,
                f"{label} needs {' and '.join(missing)}",
                f"{label}: {{{', '.join(f'{name}: ...' for name in missing)}}}",
            )

    def _read(
        self,
        item: Item,
        rest: Entries,
        common: Collection[str] = COMMON,
        beside: Entries | None = None,
    ) -> Fields:
        """Read the fields among an item's entries; `common` are the other keys allowed here.

        `beside` are further entries of the item, of which a pattern may be one.
        """
        of_param = item.kind == PARAM
        known = self.file.fields_of_any_type() if of_param else field_names(item.type)
        layer = item.type if isinstance(item.type, type) else None
        if layer and layer.pattern_field and known is not None:
            known = (*known, *axes_of(layer, {**(beside or {}), **rest}))
        fields: Fields = {}
        for name, (key, node) in rest.items():
            if known is not None and name not in known:
                hint = suggest_key(name, (*known, *common))
                if of_param:
                    hint = hint or "no layer or block has a field of this name"
                what = item.node.value if of_param else type_label(item.type)
                self.file.fail(key, f"unknown key '{name}' in {what}", hint)
                continue
            field = layer.field(name) if layer else None
            if isinstance(field, TextField):
                value = Value(node, node.value)
            else:
                words = field.words if field else ()
                value = self.file.values.read(name, node, self.names, words)
            value.key = key
            fields[name] = value
            error = check_constant(layer, name, value) if layer else None
            if error:
                self.file.fail(node, error.message, error.hint)
        return fields

    # Structures

    def _structure(self, item: Item, content: YamlNode | None, visible: MapNames) -> None:
        word = str(item.type)
        allowed = ("layers", "shortcut", "shortcut_when") if item.kind == RESIDUAL else ("layers",)
        if isinstance(content, SequenceNode):
            item.layers = self.body(content, word, visible.new_child())
            return
        if content is None:
            self.file.fail(item.node, f"{word} needs layers", f"{word}: {{layers: [...]}}")
            return
        rest = self._common(item, content, visible)
        if "layers" not in rest and isinstance(content, MappingNode):
            self.file.fail(item.node, f"{word} needs layers", f"{word}: {{layers: [...]}}")
        for name, (key, node) in rest.items():
            if name not in allowed:
                self.file.fail(
                    key,
                    f"unknown key '{name}' in {word}",
                    suggest_key(name, (*allowed, *COMMON)),
                )
            elif name == "shortcut_when":
                item.fields = {name: self.file.values.read(name, node, self.names)}
                item.first = {**item.fields, **(item.first or {})}
            else:
                setattr(item, name, self.body(node, name, visible.new_child()))

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
