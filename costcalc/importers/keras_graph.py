"""A Keras model as items: which layer reads which, nested models and shared layers too."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.importers.json_text import Entry
from costcalc.importers.keras_call import Call, Tensor
from costcalc.importers.keras_types import made
from costcalc.importers.nodes import Made, node
from costcalc.importers.wires import Wires
from costcalc.language.item import Blocks
from costcalc.language.yaml_nodes import (
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    is_empty,
)

MAX_LAYERS = 20_000
MAX_NESTED = 20
_MODELS = ("Functional", "Sequential", "Model")
Key: TypeAlias = tuple[str, int]
"""A layer and which of its calls."""


class Layer(NamedTuple):
    """A layer as its model has it."""

    name: str
    kind: str
    config: Entry
    at: Entry
    calls: list[list[Key]]
    """For each time that it is called, what it reads."""
    inner: Model | None
    """The model that it is."""


class Model:
    """Layers by name, in the order of the file."""

    def __init__(self, at: Entry) -> None:
        self.at = at
        self.layers: dict[str, Layer] = {}
        self.inputs: dict[str, tuple[Entry, list[int | None]]] = {}
        """Of each input its shape without the batch; None is a side of any size."""
        self.outputs: list[Key] = []

    def is_looked_up(self, name: str) -> bool:
        """Whether an input is read by embeddings alone, which take one number a place."""
        readers = [
            layer.kind
            for layer in self.layers.values()
            if any(source[0] == name for call in layer.calls for source in call)
        ]
        return bool(readers) and all(kind == "Embedding" for kind in readers)


def read_model(root: Entry, found: list[CostcalcError], depth: int = 0) -> Model:
    """Read a Functional or Sequential model, and the models in it."""
    model = Model(root)
    config = root.entry("config")
    listed = config.listed("layers") or root.listed("config")  # a list, in Keras 2.2 and before
    if depth > MAX_NESTED or len(listed) > MAX_LAYERS:
        raise root.fault("the model is refused: it is nested too deep, or has too many layers")
    before: list[Key] = []
    in_a_row = root.text("class_name") == "Sequential"
    for at in listed:
        entry = Entry(root.path, at)
        try:
            layer = _layer(entry, found, depth)
        except CostcalcError as error:
            found.extend(error.problems)
            continue
        if in_a_row:
            before = _in_a_row(model, layer, entry, before)
            continue
        if layer.kind == "InputLayer":
            model.inputs[layer.name] = entry, _shape(layer.config)
        model.layers[layer.name] = layer
    model.outputs = before if in_a_row else list(_tensors(config.parts.get("output_layers")))
    return model


def _in_a_row(model: Model, layer: Layer, entry: Entry, before: list[Key]) -> list[Key]:
    """Add a layer of a Sequential model; return what the next one reads."""
    if layer.kind == "InputLayer":
        model.inputs[layer.name] = entry, _shape(layer.config)
    elif not model.layers:
        shape = _shape(layer.config) or _shape(model.at.entry("config"), "build_input_shape")
        if layer.inner is not None and layer.inner.inputs:
            _, shape = next(iter(layer.inner.inputs.values()))
        start = "input"
        model.inputs[start] = entry, shape
        model.layers[start] = Layer(start, "InputLayer", layer.config, entry, [], None)
        before = [(start, 0)]
    name = layer.name
    while name in model.layers:
        name += "_"
    model.layers[name] = layer._replace(name=name, calls=[before] if before else [])
    return [(name, 0)]


def _shape(config: Entry, key: str = "") -> list[int | None]:
    """The shape that a layer states, without the batch."""
    for name in (key,) if key else ("batch_shape", "batch_input_shape"):
        if name in config:
            sides = config.listed(name)[1:]
            return [
                None if is_empty(side) else int(side.value) if side.value.isdigit() else None
                for side in sides
            ]
    return []


def _layer(entry: Entry, found: list[CostcalcError], depth: int) -> Layer:
    kind, config = entry.text("class_name"), entry.entry("config")
    name = config.text("name") or entry.text("name")
    if not kind or not name:
        raise entry.fault("a layer has a class_name and a name in its config")
    own = entry.text("registered_name", kind).rpartition(">")[2]
    module = entry.text("module", "keras")
    if kind in _MODELS:
        inner = read_model(entry, found, depth + 1)
        return Layer(name, kind, config, entry, _calls(entry), inner)
    if not module.startswith(("keras", "tensorflow")) or (own != kind and ">" in own):
        kind = own  # a class of the user's own
    return Layer(name, kind, config, entry, _calls(entry), None)


def _calls(entry: Entry) -> list[list[Key]]:
    return [list(_tensors(one)) for one in entry.listed("inbound_nodes")]


def _tensors(at: YamlNode | None) -> Iterator[Key]:
    """The tensors in a call: of Keras 3, an object; of Keras 2, [layer, call, number]."""
    if isinstance(at, MappingNode):
        parts = {key.value: value for key, value in at.value if isinstance(key, ScalarNode)}
        history = parts.get("keras_history")
        if isinstance(history, SequenceNode):
            yield from _tensors(history)
            return
        for value in parts.values():
            yield from _tensors(value)
    elif isinstance(at, SequenceNode):
        first = at.value[:2]
        is_tensor = len(first) == 2 and all(isinstance(one, ScalarNode) for one in first)
        if is_tensor and first[0].tag != "plain" and first[1].value.isdigit():
            yield first[0].value, int(first[1].value)
            for more in at.value[3:]:
                yield from _tensors(more)
            return
        for one in at.value:
            yield from _tensors(one)


def items(file: Blocks, model: Model, inputs: Mapping[str, str]) -> SequenceNode:
    """Make the items of all layers in the order in which they can run."""
    making = _Items(file, inputs)
    tensors = {
        (name, 0): Tensor(inputs[name], len(shape) if model.is_looked_up(name) else len(shape) - 1)
        for name, (_, shape) in model.inputs.items()
    }
    making.run(model, tensors, "", first={})
    result = node(making.found, model.at.at)
    assert isinstance(result, SequenceNode)
    return result


class _Items:
    """The items so far."""

    def __init__(self, file: Blocks, inputs: Mapping[str, str]) -> None:
        self.file = file
        self.wires = Wires(inputs)
        self.found: list[Made] = []

    def run(
        self, model: Model, tensors: dict[Key, Tensor], prefix: str, first: dict[str, str]
    ) -> list[Tensor]:
        """Make the items of a model whose inputs are there; return the maps that it hands on.

        first: the items that were made of each layer when it was called for the first time, whose
        weights all later calls share.
        """
        waiting: dict[Key, int] = {}
        readers: dict[Key, list[tuple[int, Key]]] = {}
        order = {name: number for number, name in enumerate(model.layers)}
        ready: list[tuple[int, Key]] = []
        for name, layer in model.layers.items():
            for call, sources in enumerate(layer.calls):
                key = name, call
                missing = {source for source in sources if source not in tensors}
                waiting[key] = len(missing)
                for source in missing:
                    readers.setdefault(source, []).append((order[name], key))
                if not missing and key not in tensors:
                    heapq.heappush(ready, (order[name], key))
        while ready:
            _, key = heapq.heappop(ready)
            layer = model.layers[key[0]]
            tensors[key] = self._call(layer, key, tensors, prefix, first)
            for position, reader in readers.get(key, ()):
                waiting[reader] -= 1
                if not waiting[reader]:
                    heapq.heappush(ready, (position, reader))
        for key, count in waiting.items():
            if count:
                layer = model.layers[key[0]]
                self.file.found.append(
                    layer.at.fault(f"{layer.name[:60]} reads what no layer before it makes")
                )
                break
        last = [tensors[key] for key in model.outputs if key in tensors]
        return last or list(tensors.values())[-1:]

    def _call(
        self,
        layer: Layer,
        key: Key,
        tensors: Mapping[Key, Tensor],
        prefix: str,
        first: dict[str, str],
    ) -> Tensor:
        sources = [tensors[source] for source in layer.calls[key[1]]]
        path = prefix + layer.name
        try:
            if layer.inner is not None:
                names = zip(layer.inner.inputs, sources, strict=False)
                given = {(name, 0): tensor for name, tensor in names}
                made_of = self.run(layer.inner, given, f"{path}/", first)
                return made_of[0] if made_of else sources[0]
            call = Call(layer.kind, layer.config, layer.at, sources)
            layers, sides = made(call)
        except CostcalcError as error:
            self.file.found.append(error)
            return sources[0] if sources else Tensor("input", 0)
        name = self.wires.unique(path)
        fields: dict[str, Made] = {"name": name}
        reads: list[Made] = [source.name for source in sources]
        fields["from"] = reads[0] if len(reads) == 1 else reads
        if path in first:
            fields["weights"] = first[path]
        first.setdefault(path, name)
        if not layer.config.flag("trainable", True):
            fields["trainable"] = False
        if len(layers) == 1:
            ((type_, own),) = layers[0].items()
            item: dict[str, Made] = {type_: {**fields, **own}}
        else:
            item = {"sequence": {**fields, "layers": [_short(one) for one in layers]}}
        self.found.append(node(item, layer.at.at))
        return Tensor(name, sides)


def _short(item: Mapping[str, Mapping[str, Made]]) -> Made:
    """An item without fields as its type alone."""
    ((type_, fields),) = item.items()
    return {type_: dict(fields)} if fields else type_
