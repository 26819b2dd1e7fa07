"""Read what items are given: their fields, their names and the maps that they read."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

from costcalc.errors import nearest
from costcalc.language.choices import is_choice
from costcalc.language.expressions import INDEX, KNOBS, MAP_VARIABLES
from costcalc.language.item import (
    EACH,
    PARAM,
    Blocks,
    Fields,
    Item,
    axes_of,
    check_constant,
    field_names,
    missing_fields,
    type_label,
)
from costcalc.language.names import BITS, COMMON, MAX_NAME, RESERVED, SHARED
from costcalc.language.places import line_of
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

MapNames: TypeAlias = "ChainMap[str, YamlNode]"
"""The names of maps that an item may use, innermost body first, each with what gives it."""


class FieldReader:
    """Reads the keys of items of one file. `names` are the params that expressions may use."""

    def __init__(self, file: Blocks, names: Collection[str]) -> None:
        self.file = file
        self.params = names
        self._names = frozenset((*names, *MAP_VARIABLES, *KNOBS))
        self._copied: list[Item] = []
        """The items with copies that are being read, the innermost last."""
        self.givers: dict[YamlNode, Item] = {}
        """The items by the nodes of their names."""
        self._bodies: list[YamlNode] = []
        """The lists of items that are being read, the innermost last."""

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
        self._sources(item, rest, visible)
        for key in ("when", "repeat", "trainable"):
            if key in rest:
                setattr(item, key, self._value(key, rest.pop(key)[1]))
        if "weights" in rest:
            self._weights(item, rest.pop("weights")[1], visible)
        if "bits" in rest:
            item.bits = self._bits(*rest.pop("bits"))
        if item.repeat is not None:
            self._copied.append(item)
        if "first" in rest:
            node = rest.pop("first")[1]
            first = entries(self.file.path, node, "first", self.file.found)
            item.first = self._read(item, first, (), rest)
        return rest

    def _sources(self, item: Item, rest: Entries, visible: MapNames) -> None:
        """Read which maps an item names to be read."""
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

    def _value(self, key: str, node: YamlNode, words: Collection[str] = ()) -> Value:
        """Read a value; what names the number of a copy is of the innermost copies around it."""
        values = self.file.values
        if not self._copied or INDEX in self.params:
            return values.read(key, node, self._names, words)
        before = values.uses_of_index
        value = values.read(key, node, self._names | {INDEX}, words)
        if values.uses_of_index > before:
            self._copied[-1].indexed = True
        return value

    def _weights(self, item: Item, node: YamlNode, visible: MapNames) -> None:
        """Read whose weights an item takes: those of another item, or of its own first copy."""
        fail = self.file.fail
        item.weights = node
        if not isinstance(node, ScalarNode) or is_empty(node):
            fail(node, "weights must be the name of an item, or shared")
            return
        name: str = node.value
        if name == SHARED:
            item.shares = True
            if item.repeat is None and item.kind != EACH:
                fail(
                    node,
                    "weights: shared is said of copies, and this item has none",
                    "repeat makes copies one after the other, each makes them side by side; "
                    "weights: NAME takes those of another item",
                )
        elif name in RESERVED:
            fail(node, f"'{name}' is a map, which has no weights", "name the layer or block")
        elif name not in visible:
            items = {name for name in visible if visible[name] in self.givers}
            later = _line_of_name(name, self._bodies)
            fail(
                node,
                f"no item is named '{name}' here",
                f"line {later} gives the name, and an item takes weights of one before it"
                if later
                else nearest(name, (*items, SHARED))
                or "an item takes the weights of one before it, in the same body or around it",
            )
        elif visible[name] not in self.givers:
            fail(node, f"'{name}' is a map, which has no weights", "name the layer or block")
        else:
            item.lender = self.givers[visible[name]]
            item.lender.lends = True

    def _bits(self, key: YamlNode, node: YamlNode) -> Fields:
        """Read the bits of an item: of weights and of activations, or one number, of weights."""
        if not isinstance(node, MappingNode):
            return {"weights": self._value("bits", node)}
        found = {}
        for name, (own, value) in entries(self.file.path, node, "bits", self.file.found).items():
            if name in BITS:
                found[name] = self._value(f"bits.{name}", value)
            else:
                hint = nearest(name, BITS) or f"it takes {' and '.join(BITS)}"
                self.file.fail(own, f"unknown key '{name}' in bits", hint)
        if not node.value:
            self.file.fail(key, "bits is empty", "bits: {weights: 4, activations: 8}")
        return found

    def _name(self, item: Item, rest: dict[str, Any]) -> None:
        if "name" in rest:
            item.name_nodes = self._name_list(rest.pop("name")[1], "name")
            item.names = tuple(node.value for node in item.name_nodes)

    def _name_list(self, node: YamlNode, what: str) -> list[ScalarNode]:
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        names = [n for n in nodes if isinstance(n, ScalarNode) and not is_empty(n)]
        if is_choice(node):
            hint = "to choose between items, write $unit, with params: {unit: {any: [a, b]}}"
            self.file.fail(node, f"{what} is a name, which cannot be a choice", hint)
        elif len(names) != len(nodes) or not names:
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
                if is_choice(node):
                    self.file.fail(node, f"{name} is a text, which cannot be a choice")
                    fields[name] = value
                    continue
            else:
                words = field.words if field else ()
                value = self._value(name, node, words)
            value.key = key
            fields[name] = value
            for plain in value.alternatives if layer else ():
                error = check_constant(item.type, name, plain)
                if error:
                    self.file.fail(plain.node, error.message, error.hint)
        return fields


def _line_of_name(name: str, bodies: Sequence[YamlNode]) -> int | None:
    """The line of the item that gives a name, in the innermost body that has one."""
    for body in reversed(bodies):
        stack = [body]
        while stack:
            node = stack.pop()
            if isinstance(node, MappingNode):
                for key, value in node.value:
                    if key.value == "name" and name in (value.value, *_texts(value)):
                        return line_of(value)
                    stack.append(value)
            elif isinstance(node, SequenceNode):
                stack += node.value
    return None


def _texts(node: YamlNode) -> list[Any]:
    return [part.value for part in node.value] if isinstance(node, SequenceNode) else []
