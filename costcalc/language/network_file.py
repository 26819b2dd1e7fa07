"""Read a network file: checked and with positions; the same for every setting."""

from collections import ChainMap
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from costcalc.errors import CostcalcError, Problems, nearest
from costcalc.language.block_file import BlockFile
from costcalc.language.declared import Declared, read_alpha, read_alphas, read_rounding
from costcalc.language.expressions import KNOBS, MAP_VARIABLES
from costcalc.language.file_set import NETWORK_KEYS, Files
from costcalc.language.foreign import Foreign
from costcalc.language.includes import WORKING_TREE, Tree
from costcalc.language.inputs import NEEDED, read_inputs
from costcalc.language.item import Fields, ItemType, field_names
from costcalc.language.item_reader import ItemReader
from costcalc.language.knob_hints import knob_hint
from costcalc.language.names import check_param_name
from costcalc.language.suggestions import suggest_key
from costcalc.language.yaml_nodes import (
    Entries,
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    entries,
    is_empty,
)
from costcalc.layers import LAYERS

TASKS = (
    *("classification", "detection", "segmentation", "super_resolution"),
    *("sound", "text", "video", "anomalies"),
)
"""What a network is for; the first unless it says."""
_VARIANT_KEYS = ("params", "input", "alpha", "rounding", "published")
MAX_PARAMS = 1000


class NetworkFile(BlockFile):
    """One network and its variants."""

    def __init__(
        self,
        text: str,
        path: str,
        tree: Tree = WORKING_TREE,
        files: Files | None = None,
        foreign: Foreign | None = None,
        root: YamlNode | None = None,
    ) -> None:
        """files: those of the network that uses this one. root: as of `BlockFile`."""
        super().__init__(path, text, NETWORK_KEYS, files or Files(tree, path), foreign, root)
        self.text = text
        self.foreign = foreign
        """What it is translated from; None where it is in the network language."""
        for key in ("input", "layers")[: 1 if foreign else 2]:
            if key not in self.parts and isinstance(self.root, MappingNode):
                self.fail(self.root, f"a network needs the key '{key}'", _NEEDED[key])
        self.name = self._text("name") or _stem(path)
        self.source = self._text("source")
        self.task = self._task()
        own_params = self._mapping(self.parts, "params")
        variants = self._mapping(self.parts, "variants")
        own_input = self.parts.get("input", (None, None))
        self._check_params(own_params, variants)
        self.read_blocks(self.network_params)
        self.base = self._declared(self.parts)
        self.variants: dict[str, Declared] = {}
        self.variant_parts: dict[str, Entries] = {}
        for variant, (_, node) in variants.items():
            parts = {} if is_empty(node) else entries(path, node, f"variant {variant}", self.found)
            for part, (part_key, given) in parts.items():
                if part not in _VARIANT_KEYS:
                    hint = knob_hint(part, given, (parts.get("input") or own_input)[1])
                    hint = hint or suggest_key(part, _VARIANT_KEYS)
                    if part in NETWORK_KEYS:
                        hint = "structure varies through params"
                    self.fail(part_key, f"a variant cannot set '{part}'", hint)
            self.variants[variant] = self._declared(parts)
            self.variant_parts[variant] = parts
        reader = ItemReader(self, self.network_params)
        inputs = self.base.inputs or {}
        visible = ChainMap({name: self.root for name in inputs if name != "input"})
        self.body = foreign.layers(self) if foreign else self._node("layers")
        self.items = reader.body(self.body, "layers", visible)
        self.outputs = self._outputs(visible)
        self._refuse_unused(own_params)
        self.refuse_unused_defaults()
        if self.body is not None and not self.items and not self.found:
            if foreign:
                self.fail(self.body, "the network has no layers")
            else:
                self.fail(self.parts["layers"][0], "layers is empty")
        if self.found:
            raise Problems(self.found)

    def _outputs(self, visible: Mapping[str, YamlNode]) -> list[ScalarNode]:
        """The names of the maps that the network hands on; without any, the last item's."""
        node = self._node("outputs")
        if node is None:
            return []
        listed = node.value if isinstance(node, SequenceNode) else []
        names = [name for name in listed if isinstance(name, ScalarNode) and not is_empty(name)]
        if not names or len({name.value for name in names}) < len(node.value):
            self.fail(node, "outputs must be a list of different names", "outputs: [scores, boxes]")
        for name in names:
            if name.value not in visible:
                hint = nearest(name.value, visible) or "name the item that makes it: name: scores"
                self.fail(name, f"no map of the network is named '{name.value}'", hint)
        return names

    @cached_property
    def _any_fields(self) -> frozenset[str]:
        types: list[ItemType] = [*LAYERS.values(), *self.blocks.values()]
        return frozenset(name for target in types for name in field_names(target))

    def fields_of_any_type(self) -> Collection[str] | None:
        return None if self.incomplete or self.ambiguous else self._any_fields

    def variant(self, name: str | None) -> tuple[str | None, Declared]:
        """A variant's name and settings; None is the first one, or the network without any."""
        if name is None:
            name = next(iter(self.variants), None)
        if name is None:
            return None, self.base
        if name not in self.variants:
            from costcalc.language.families import member_hint  # only a mistake needs it

            raise CostcalcError(
                f"{self.path} has no variant '{name}'",
                hint=member_hint(name, dict.fromkeys(self.variants, self))
                or nearest(name, self.variants)
                or (f"it has {', '.join(self.variants)}" if self.variants else "it has none"),
            )
        return name, self.base.overridden_by(self.variants[name])

    def in_order(self, params: Fields) -> Fields:
        """Put params into the order of the file, in which they are evaluated."""
        return {name: params[name] for name in self.network_params if name in params}

    def variant_names(self, named: str | None = None) -> list[str | None]:
        """The variant that is named, else all; None alone is the network without any."""
        if named is not None:
            return [named]
        return [*self.variants] or [None]

    def dismantle(self) -> None:
        """Clear items and blocks, which refer back to the file, so that it is freed at once."""
        self.items.clear()
        for part in (self.own, self.given, self.blocks, self.constants):
            part.clear()

    # Reading

    def _node(self, key: str) -> YamlNode | None:
        return self.parts[key][1] if key in self.parts else None

    def _text(self, key: str) -> str | None:
        node = self._node(key)
        if node is None or is_empty(node):
            return None
        if not isinstance(node, ScalarNode):
            self.fail(node, f"{key} must be a text")
            return None
        return str(node.value)

    def _mapping(
        self, parts: Mapping[str, Any], key: str
    ) -> dict[str, tuple[ScalarNode, YamlNode]]:
        if key not in parts or is_empty(parts[key][1]):
            return {}
        return entries(self.path, parts[key][1], key, self.found)

    def _check_params(self, own: Entries, variants: Mapping[str, Any]) -> None:
        """Collect and check the params that the network or any of its variants names."""
        params = dict(own)
        for _, node in variants.values():
            for key, value in node.value if isinstance(node, MappingNode) else ():
                if key.value == "params" and isinstance(value, MappingNode):
                    for param, given in value.value:
                        if isinstance(param, ScalarNode):
                            params.setdefault(param.value, (param, given))
        if len(params) > MAX_PARAMS:
            self.fail(self.root, f"a network has at most {MAX_PARAMS:,} params")
            params = {}
        for name, (key, given) in params.items():
            wrong = check_param_name(name, ())
            if name in self.constants:
                self.values.hiding.add(name)
            if wrong:
                own_input = self.parts.get("input", (None, None))[1]
                self.fail(key, wrong, knob_hint(name, given, own_input) if name in KNOBS else None)
        self.network_params = tuple(params)
        self._of_variants = {name: key for name, (key, _) in params.items() if name not in own}

    def _refuse_unused(self, own: Entries) -> None:
        """Report params that nothing uses: those without a value, and those of variants alone that
        look misspelt."""
        for name, (key, value) in own.items():
            if is_empty(value) and name not in self.values.used:
                self.fail(key, f"the param '{name}' has no value, and nothing uses it")
        for name, place in self._of_variants.items():
            if name not in self.values.used:
                known = [param for param in self.network_params if param not in self._of_variants]
                hint = nearest(name, known)
                if hint:
                    self.fail(place, f"the network has no param '{name}'", hint)

    def _declared(self, parts: Mapping[str, tuple[ScalarNode, YamlNode]]) -> Declared:
        names = (*self.network_params, *MAP_VARIABLES, *KNOBS)
        params: Fields = {}
        for name, (_, node) in self._mapping(parts, "params").items():
            if not is_empty(node):  # an empty one is left to settings
                params[name] = self.values.read(name, node, names)
        published = parts["published"][1] if "published" in parts else None
        return Declared(
            params,
            read_inputs(self, parts["input"][1], self.network_params) if "input" in parts else None,
            read_alpha(self, parts["alpha"][1]) if "alpha" in parts else None,
            read_rounding(self, parts["rounding"][1]) if "rounding" in parts else None,
            published,
            read_alphas(self, parts["alpha"][1]) if "alpha" in parts else None,
        )

    def _task(self) -> str:
        task = self._text("task") or TASKS[0]
        if task not in TASKS:
            hint = nearest(task, TASKS) or f"the tasks are {', '.join(TASKS)}"
            self.fail(self.parts["task"][1], f"unknown task '{task}'", hint)
        return task


_NEEDED = {
    "input": NEEDED,
    "layers": "layers: a list of items, such as - conv2d: {out_channels: 32, kernel_size: 3}",
}


def _stem(path: str) -> str:
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[0] or name
