"""A Keras model as its JSON has it: layers, what each call of them reads, and models in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.importers.json_text import Entry, is_whole
from costcalc.language.yaml_nodes import (
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    is_empty,
)

MAX_LAYERS = 20_000
_MODELS = ("Functional", "Sequential", "Model")
_MASKS = ("mask", "attention_mask", "padding_mask", "query_mask", "value_mask", "key_mask")
"""What calls are given that changes no cost."""
_PLACEWISE = (
    *("Activation", "Dense", "Dropout", "Embedding", "LayerNormalization", "LeakyReLU", "ReLU"),
    *("Softmax", "ELU"),
)
"""Layers that compute each place by itself, so that TimeDistributed of them is the layer."""
Key: TypeAlias = tuple[str, int, int]
"""A map: a layer, which of its calls, and which of the maps that it makes."""


class Reads(NamedTuple):
    """What a call is given."""

    args: list[Key]
    named: Mapping[str, list[Key]]
    flags: Mapping[str, str]

    @property
    def keys(self) -> Iterator[Key]:
        yield from self.args
        for given in self.named.values():
            yield from given


class Layer(NamedTuple):
    """A layer as its model has it."""

    name: str
    kind: str
    config: Entry
    at: Entry
    calls: list[Reads]
    inner: Model | None = None
    """The model that it is."""
    wrapped: Layer | None = None
    """The layer that it calls for each step."""

    @property
    def is_trained(self) -> bool:
        return self.config.flag("trainable", True) and (
            self.wrapped is None or self.wrapped.is_trained
        )


class Model:
    """Layers by name, in the order of the file."""

    def __init__(self, at: Entry) -> None:
        self.at = at
        self.layers: dict[str, Layer] = {}
        self.inputs: dict[str, tuple[Entry, list[int | None]]] = {}
        """Of each input, in the order in which the model takes them, its shape without the batch;
        None is a side of any size."""
        self.outputs: list[Key] = []

    @cached_property
    def names(self) -> list[str]:
        """The names of its inputs."""
        return list(self.inputs)

    def read(self) -> set[Key]:
        """The maps that lead to an output. What makes a mask leads to none: masks are not read."""
        found = set(self.outputs)
        left = list(found)
        while left:
            name, number, _ = left.pop()
            calls = self.layers[name].calls[number : number + 1] if name in self.layers else []
            new = {key for call in calls for key in call.keys} - found
            found |= new
            left += new
        return found

    @cached_property
    def looked_up(self) -> set[str]:
        """The inputs that are read by embeddings alone, which take one number a place."""
        found: dict[str, bool] = {}
        called = {key[:2] for key in self.read()}  # what makes a mask compares the numbers
        for layer in self.layers.values():
            for number, call in enumerate(layer.calls):
                if (layer.name, number) not in called:
                    continue
                for position, (name, _, _) in enumerate(call.keys):
                    if name in self.inputs:
                        found[name] = found.get(name, True) and _looks_up(layer, position)
        return {name for name, is_looked_up in found.items() if is_looked_up}


def _looks_up(layer: Layer, position: int) -> bool:
    if layer.wrapped is not None:
        return _looks_up(layer.wrapped, position)
    if layer.inner is None:
        return layer.kind == "Embedding"
    names = layer.inner.names
    return position < len(names) and names[position] in layer.inner.looked_up


def read_model(root: Entry, found: list[CostcalcError]) -> Model:
    """Read a Functional or Sequential model, and the models in it."""
    model = Model(root)
    config = root.entry("config")
    listed = config.listed("layers") or root.listed("config")  # a list, in Keras 2.2 and before
    if len(listed) > MAX_LAYERS:
        raise root.fault(f"the model is refused: it has more than {MAX_LAYERS:,} layers")
    before: list[Key] = []
    in_a_row = root.text("class_name") == "Sequential"
    for at in listed:
        entry = Entry(root.path, at)
        try:
            layer = _layer(entry, found)
            if in_a_row:
                before = _in_a_row(model, layer, before)
                continue
            if layer.kind == "InputLayer":
                model.inputs[layer.name] = entry, _shape(layer.config)
        except CostcalcError as error:
            found.extend(error.problems)
            continue
        if layer.name in model.layers:
            found.append(entry.fault(f"a second layer is named {layer.name[:60]}"))
        model.layers[layer.name] = layer
    if in_a_row:
        model.outputs = before
    else:
        model.outputs = list(tensors(config.parts.get("output_layers")))
        order = [name for name, _, _ in tensors(config.parts.get("input_layers"))]
        order += [name for name in model.inputs if name not in order]
        model.inputs = {name: model.inputs[name] for name in order if name in model.inputs}
    _number_calls(model)
    if not model.outputs:
        model.outputs = [(name, 0, 0) for name in list(model.layers)[-1:]]
    return model


def _in_a_row(model: Model, layer: Layer, before: list[Key]) -> list[Key]:
    """Add a layer of a Sequential model; return what the next one reads."""
    if layer.kind == "InputLayer":
        model.inputs[layer.name] = layer.at, _shape(layer.config)
    elif not model.layers:
        shape = _shape(layer.config) or _shape(model.at.entry("config"), "build_input_shape")
        shape = shape or _shape(model.at.entry("build_config"), "input_shape")
        if layer.inner is not None and layer.inner.inputs:
            _, shape = next(iter(layer.inner.inputs.values()))
        start = "input"
        model.inputs[start] = layer.at, shape
        model.layers[start] = Layer(start, "InputLayer", layer.config, layer.at, [])
        before = [(start, 0, 0)]
    name = layer.name
    while name in model.layers:
        name += "_"
    model.layers[name] = layer._replace(name=name, calls=[Reads(before, {}, {})] if before else [])
    return [(name, 0, 0)]


def _shape(config: Entry, key: str = "") -> list[int | None]:
    """The shape that a layer states, without the batch."""
    for name in (key,) if key else ("batch_shape", "batch_input_shape"):
        if name not in config:
            continue
        sides = config.listed(name)[1:]
        if not all(isinstance(side, ScalarNode) for side in sides):
            raise config.fault(f"{name} must be the batch, the sides and the channels")
        return [None if is_empty(side) else config.whole_of(name, side) for side in sides]
    return []


def _layer(entry: Entry, found: list[CostcalcError]) -> Layer:
    kind, config = entry.text("class_name"), entry.entry("config")
    name = config.text("name") or entry.text("name")
    if kind in _MODELS:
        return Layer(name or kind, kind, config, entry, _calls(entry), read_model(entry, found))
    if not kind or not name:
        raise entry.fault("a layer has a class_name and a name in its config")
    own = entry.text("registered_name", kind)
    module = entry.text("module", "keras")
    if not module.startswith(("keras", "tensorflow")) or own.rpartition(">")[2] != kind:
        kind = own  # a class of the user's own
    elif ".ops." in module:
        kind = f"ops.{kind}"
    elif kind == "TFOpLambda":
        kind = f"ops.{config.text('function')}"
    layer = Layer(name, kind, config, entry, _calls(entry))
    if kind not in ("SpectralNormalization", "TimeDistributed"):
        return layer
    wrapped = _layer(config.entry("layer"), found)
    if kind == "SpectralNormalization" or wrapped.kind in _PLACEWISE:
        return wrapped._replace(name=name, at=entry, calls=layer.calls)
    return layer._replace(wrapped=wrapped)


def _calls(entry: Entry) -> list[Reads]:
    return [_reads(one) for one in entry.listed("inbound_nodes")]


def _reads(node: YamlNode) -> Reads:
    """What a call is given: of Keras 3 an object, of Keras 2 lists of layer, call, map, named."""
    if isinstance(node, MappingNode):
        parts = {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}
        return _named(list(tensors(parts.get("args"))), [parts.get("kwargs")])
    listed = node.value if isinstance(node, SequenceNode) else []
    if listed and isinstance(listed[0], ScalarNode):
        listed = [node]
    more = [one.value[3] for one in listed if isinstance(one, SequenceNode) and len(one.value) > 3]
    return _named(list(tensors(node)), more)


def _named(args: list[Key], given: Iterable[YamlNode | None]) -> Reads:
    named: dict[str, list[Key]] = {}
    flags: dict[str, str] = {}
    for one in given:
        for key, value in one.value if isinstance(one, MappingNode) else ():
            if not isinstance(key, ScalarNode) or key.value in _MASKS:
                continue
            found = list(tensors(value))
            if found:
                named[key.value] = found
            elif isinstance(value, ScalarNode) and not is_empty(value):
                flags[key.value] = value.value
    return Reads(args, named, flags)


def tensors(at: YamlNode | None) -> Iterator[Key]:
    """The maps in a value: of Keras 3, objects; of Keras 2, [layer, call, map]."""
    if isinstance(at, MappingNode):
        parts = {key.value: value for key, value in at.value if isinstance(key, ScalarNode)}
        inner = parts.get("config")
        if isinstance(inner, MappingNode):
            own = {key.value: value for key, value in inner.value if isinstance(key, ScalarNode)}
            if isinstance(own.get("keras_history"), SequenceNode):
                yield from tensors(own["keras_history"])
                return
        for _, value in sorted(parts.items()):  # as Keras goes through an object
            yield from tensors(value)
    elif isinstance(at, SequenceNode):
        first = at.value[:2]
        is_tensor = len(first) == 2 and all(isinstance(one, ScalarNode) for one in first)
        if is_tensor and first[0].tag != "plain" and is_whole(first[1].value):
            number = at.value[2].value if len(at.value) > 2 else "0"
            yield first[0].value, int(first[1].value), int(number) if is_whole(number) else 0
            return
        for one in at.value:
            yield from tensors(one)


def _number_calls(model: Model) -> None:
    """Number the calls of nested models from 0: some files count the model itself as the first."""
    nested = {name: len(one.calls) for name, one in model.layers.items() if one.inner is not None}
    inside = {key for one in model.layers.values() for call in one.calls for key in call.keys}

    def numbered(keys: list[Key], among: set[Key]) -> list[Key]:
        return [
            (name, call - _counted_first(name, nested[name], among), number)
            if name in nested
            else (name, call, number)
            for name, call, number in keys
        ]

    if not nested:
        return
    for name, layer in model.layers.items():
        calls = [
            Reads(
                numbered(call.args, inside),
                {key: numbered(given, inside) for key, given in call.named.items()},
                call.flags,
            )
            for call in layer.calls
        ]
        model.layers[name] = layer._replace(calls=calls)
    model.outputs = numbered(model.outputs, set(model.outputs))


def _counted_first(name: str, calls: int, among: set[Key]) -> bool:
    numbers = {call for own, call, _ in among if own == name}
    return 0 not in numbers and max(numbers) >= calls
