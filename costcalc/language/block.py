"""A block as it was read: its params, inputs and outputs, and its body."""

from __future__ import annotations

from collections import ChainMap

from costcalc.errors import Problems, nearest
from costcalc.language.expressions import KNOBS, MAP_VARIABLES
from costcalc.language.item import EACH, Blocks, Item, Signature
from costcalc.language.item_reader import ItemReader
from costcalc.language.library import is_library
from costcalc.language.names import COMMON, RESERVED, check_param_name
from costcalc.language.suggestions import suggest_key
from costcalc.language.yaml_nodes import (
    Entries,
    ScalarNode,
    SequenceNode,
    YamlNode,
    entries,
    is_empty,
)

_KEYS = ("params", "inputs", "outputs", "layers")
MAX_PARAMS = 100


class Block(Signature):
    """A block: its signature, and a body that is read when it is first used."""

    def __init__(self, name: str, file: Blocks, key: YamlNode, node: YamlNode) -> None:
        super().__init__(name)
        self.file = file
        self.node = node
        self.key = key
        self._outputs: list[YamlNode] = []
        self._body: YamlNode | None = None
        self._items: list[Item] | None = None

    def read_head(self) -> None:
        """Read the signature: params, inputs and outputs."""
        file = self.file
        if isinstance(self.node, SequenceNode):
            file.fail(
                self.node,
                f"block {self.name} must be a mapping of keys and values",
                f"{self.name}: {{layers: [...]}}",
            )
            return
        parts = entries(file.path, self.node, f"block {self.name}", file.found)
        for name, (key, _) in parts.items():
            if name not in _KEYS:
                hint = suggest_key(name, _KEYS)
                file.fail(key, f"unknown key '{name}' in block {self.name}", hint)
        if "layers" not in parts:
            file.fail(self.key, f"block {self.name} needs layers")
        else:
            self._body = parts["layers"][1]
        for name in ("inputs", "outputs"):
            node = parts[name][1] if name in parts else None
            if name == "inputs" and isinstance(node, ScalarNode) and node.value == "any":
                self.takes_any = True
            elif node is not None:
                setattr(self, name, self._names(name, node))
        self._outputs = parts["outputs"][1].value if self.outputs else []
        if "params" in parts and not is_empty(parts["params"][1]):
            self._read_params(entries(file.path, parts["params"][1], "params", file.found))

    def _names(self, what: str, node: YamlNode) -> tuple[str, ...]:
        nodes = node.value if isinstance(node, SequenceNode) else []
        names = tuple(part.value for part in nodes if isinstance(part, ScalarNode))
        if len(names) != len(nodes) or not names or len(set(names)) != len(names):
            hint = "or any, for as many maps as an item reads" if what == "inputs" else None
            self.file.fail(node, f"{what} must be a list of different names", hint)
            return ()
        if what == "inputs":
            for name in set(names) & set(RESERVED):
                self.file.fail(node, f"the name '{name}' is reserved")
        return names

    def _read_params(self, params: Entries) -> None:
        if len(params) > MAX_PARAMS:
            self.file.fail(self.key, f"a block has at most {MAX_PARAMS} params")
            return
        names = [*self.file.network_params, *MAP_VARIABLES, *KNOBS]
        for name, (key, node) in params.items():
            wrong = check_param_name(name, self.file.network_params)
            if name in COMMON:
                wrong = f"the param '{name}' has the name of a key that every item takes"
            if name in self.file.constants:
                self.file.values.hiding.add(name)
            if wrong:  # reported once; the param may be used like any other
                self.file.fail(key, wrong)
            self.params[name] = None if is_empty(node) else self.file.values.read(name, node, names)
            names.append(name)

    @property
    def takes(self) -> tuple[int, int | None]:
        """The least and the most maps: one unless inputs name them; any if it begins with each."""
        if self.inputs is not None:
            return len(self.inputs), len(self.inputs)
        if self.takes_any:
            return 1, None
        first = next(iter(self.items), None)
        if first is None or first.kind != EACH or first.sources or "copies" in first.fields:
            return 1, 1
        return 1, None

    @property
    def items(self) -> list[Item]:
        if self._items is None:
            before = len(self.file.found)
            reader = ItemReader(self.file, (*self.file.network_params, *self.params))
            visible = ChainMap(dict.fromkeys(self.inputs or (), self.key))
            self._items = reader.body(self._body, f"layers of {self.name}", visible)
            for name, node in zip(self.outputs or (), self._outputs, strict=True):
                if name not in visible:
                    self.file.fail(
                        node,
                        f"no map in block {self.name} is named '{name}'",
                        nearest(name, visible),
                    )
            if len(self.file.found) > before and is_library(self.file.path):
                raise Problems(self.file.found)
        return self._items
