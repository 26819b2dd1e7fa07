"""A Keras model as items: which layer reads which, nested models and shared layers too."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from costcalc.errors import CostcalcError, nearest
from costcalc.graph.limits import RefusedError
from costcalc.importers.keras.call import Call, Fields, Layers, Result, Tensor
from costcalc.importers.keras.model import MAX_LAYERS, Key, Layer, Model, Reads
from costcalc.importers.keras.types import channels_first, made, says_channels_first
from costcalc.importers.nodes import Made, node
from costcalc.importers.wires import Wires
from costcalc.language.item import Blocks
from costcalc.language.yaml_nodes import SequenceNode
from costcalc.layers import LAYERS
from costcalc.layers.base import Layer as PlainLayer

SIDES = ("s1", "s2", "s3", "s4", "s5", "s6")
_NOTHING: Mapping[str, Made] = MappingProxyType({})
_IN_A_CIRCLE = "what no layer before it makes"
Called: TypeAlias = tuple[str, int]
"""A layer and which of its calls."""


def items(file: Blocks, model: Model, inputs: Mapping[str, str]) -> SequenceNode:
    """Make the items of all layers in the order in which they can run."""
    making = _Items(file, inputs, {}, [0])
    first = has_channels_first(model)
    given = [
        Tensor(inputs[name], len(shape), looked_up=True)
        if name in model.looked_up
        else Tensor(inputs[name], len(shape) - 1, first and len(shape) > 2)
        for name, (_, shape) in model.inputs.items()
    ]
    making.run(model, given, "", True)
    result = node(making.found, model.at.at)
    assert isinstance(result, SequenceNode)
    return result


def has_channels_first(model: Model) -> bool:
    """Whether images have their channels first in Keras, as its layers say."""
    return any(
        says_channels_first(layer.config)
        or (layer.inner is not None and has_channels_first(layer.inner))
        for layer in model.layers.values()
    )


class _Items:
    """The items so far, of a network or of a body in it."""

    def __init__(
        self, file: Blocks, inputs: Mapping[str, str], first: dict[str, str], made: list[int]
    ) -> None:
        self.file = file
        self.wires = Wires(inputs)
        self.found: list[Made] = []
        self.made = made
        """How many items there are in all bodies."""
        self.last = "input"
        """What an item reads that says nothing else: the map of the item before."""
        self.first = first
        """The items that were made of each layer when it was called for the first time, whose
        weights all later calls share."""

    def run(self, model: Model, given: list[Tensor], prefix: str, trained: bool) -> list[Tensor]:
        """Make the items of a model whose inputs are there; return the maps that it hands on."""
        tensors = {(name, 0, 0): tensor for name, tensor in zip(model.inputs, given, strict=False)}
        read = model.read()
        called = {key[:2] for key in read}
        for layer, number in self._in_order(model, called, {name for name, _, _ in tensors}):
            call = layer.calls[number]
            missing = [key for key in call.keys if key not in tensors]
            if missing:
                name, _, index = missing[0]
                self._fail(layer, f"reads map {index} of {name[:60]}, which is not known", None)
                outputs = [Tensor("input", 0)]
            else:
                wanted = [index for index in range(1, 9) if (layer.name, number, index) in read]
                outputs = self._call(layer, call, tensors, prefix, trained, wanted)
            for index, tensor in enumerate(outputs):
                tensors[layer.name, number, index] = tensor
        made_of = [tensors[key] for key in model.outputs if key in tensors]
        return made_of or list(tensors.values())[-1:]

    def _in_order(
        self, model: Model, called: set[Called], there: set[str]
    ) -> Iterator[tuple[Layer, int]]:
        """The calls in an order in which each comes behind those that it reads."""
        order = {name: number for number, name in enumerate(model.layers)}
        waiting: dict[Called, int] = {}
        readers: dict[Called, list[Called]] = {}
        ready: list[tuple[int, Called]] = []
        for name, layer in model.layers.items():
            for number, call in enumerate(layer.calls):
                if (name, number) not in called:
                    continue
                before = {key[:2] for key in call.keys if key[0] not in there}
                waiting[name, number] = len(before)
                for one in before:
                    readers.setdefault(one, []).append((name, number))
                if not before and name not in there:
                    heapq.heappush(ready, (order[name], (name, number)))
        while ready:
            _, (name, number) = heapq.heappop(ready)
            waiting.pop((name, number))
            yield model.layers[name], number
            for reader in readers.get((name, number), ()):
                waiting[reader] -= 1
                if not waiting[reader]:
                    heapq.heappush(ready, (order[reader[0]], reader))
        for (name, number), count in waiting.items():
            if count:
                layer = model.layers[name]
                reads = [key[0] for key in layer.calls[number].keys]
                gone = next((one for one in reads if one not in model.layers), None)
                what = f"'{gone[:60]}', which no layer makes" if gone else _IN_A_CIRCLE
                self._fail(layer, f"{name[:60]} reads {what}", gone and nearest(gone, model.layers))
                break

    def _fail(self, layer: Layer, message: str, hint: str | None) -> None:
        self.file.found.append(layer.at.fault(message, hint))

    def _call(
        self,
        layer: Layer,
        reads: Reads,
        tensors: Mapping[Key, Tensor],
        prefix: str,
        trained: bool,
        wanted: list[int],
    ) -> list[Tensor]:
        """Make the items of a call; return the maps that it makes, as far as they are wanted."""
        args = [tensors[key] for key in reads.args]
        path, trained = prefix + layer.name, trained and layer.is_trained
        try:
            if layer.inner is not None:
                if len(args) != len(layer.inner.inputs):
                    what = f"{layer.name[:60]} has {len(layer.inner.inputs)} inputs"
                    raise layer.at.fault(f"{what}, and reads {len(args)} maps")
                return self.run(layer.inner, args, f"{path}/", trained)
            named = {key: [tensors[one] for one in given] for key, given in reads.named.items()}
            call = Call(layer.kind, layer.config, layer.at, args, named, reads.flags)
            call = self._aligned(call, path)
            made_of = made(call) if layer.wrapped is None else self._of_steps(layer, call)
            return self._outputs(call, made_of, path, trained, wanted)
        except RefusedError as error:
            error.position = error.position or layer.at.fault("").position
            raise
        except CostcalcError as error:
            self.file.found.append(error)
            return [(args or [Tensor("input", 0)])[0]] * 9

    def _aligned(self, call: Call, path: str) -> Call:
        """Bring what a call reads into the order of axes that it computes in."""
        wanted = channels_first(call)

        def aligned(tensor: Tensor) -> Tensor:
            if tensor.first == wanted or tensor.sides < 1:
                return tensor
            before = ["c", *SIDES[: tensor.sides]]
            after = [*before[1:], "c"] if tensor.first else [before[-1], *before[:-1]]
            if tensor.first:
                before, after = after, before
            pattern = f"{' '.join(before)} -> {' '.join(after)}"
            name = self._item(f"{path}.axes", [tensor], [{"rearrange": {"pattern": pattern}}], call)
            return Tensor(name, tensor.sides, wanted)

        args = [aligned(one) for one in call.args]
        named = {key: [aligned(one) for one in given] for key, given in call.named.items()}
        return call._replace(args=args, named=named)

    def _outputs(
        self, call: Call, made_of: Result, path: str, trained: bool, wanted: list[int]
    ) -> list[Tensor]:
        """Add the item of a call, and one of each further map that is wanted."""
        reads = call.sources if made_of.reads is None else made_of.reads
        more: dict[str, Made] = {}
        has_weights = any(map(_has_weights, made_of.layers))
        if has_weights and path in self.first:
            more["weights"] = self.first[path]
        if has_weights and not trained:
            more["trainable"] = False
        name = self._item(path, reads, made_of.layers, call, more)
        self.first.setdefault(path, name)
        out = Tensor(name, made_of.sides, made_of.sides > 0 and call.first)
        outputs = [out]
        known: dict[str, Tensor] = {}
        for index in range(1, max(wanted, default=0) + 1):
            layers = made_of.more[index - 1] if index <= len(made_of.more) else None
            if layers is None and index in wanted:
                raise call.fault(f"map {index} of those that it makes is not known")
            if not layers or index not in wanted:
                outputs.append(out)
                continue
            key = repr(layers)
            if key not in known:
                known[key] = Tensor(self._item(f"{path}.{index}", [out], layers, call), 0)
            outputs.append(known[key])
        return outputs

    def _item(
        self,
        path: str,
        reads: Sequence[Tensor],
        layers: Layers,
        call: Call,
        more: Mapping[str, Made] = _NOTHING,
    ) -> str:
        """Add an item of layers one behind the other; return its name."""
        self.made[0] += 1
        if self.made[0] > MAX_LAYERS:
            raise RefusedError(f"the model calls more than {MAX_LAYERS:,} layers")
        name = self.wires.unique(path)
        sources: list[Made] = [source.name for source in reads]
        fields: dict[str, Made] = {"name": name}
        if sources and sources != [self.last]:
            fields["from"] = sources[0] if len(sources) == 1 else sources
        fields.update(more)
        if len(layers) == 1:
            ((type_, own),) = layers[0].items()
            item: dict[str, Made] = {type_: {**fields, **own}}
        else:
            item = {"sequence": {**fields, "layers": [_short(one) for one in layers]}}
        self.found.append(node(item, call.at.at))
        self.last = name
        return name

    def _of_steps(self, layer: Layer, call: Call) -> Result:
        """TimeDistributed: each step is a sample of the layer or model in it."""
        assert layer.wrapped is not None
        if len(call.sources) != 1 or not 1 <= call.sides <= len(SIDES):
            raise call.fault("reads no map with steps")
        (x,) = call.sources
        sides = x.sides
        inner = Tensor("input", sides - 1, looked_up=x.looked_up)
        steps, *rest = SIDES[:sides]
        pattern = f"b c {' '.join((steps, *rest))} -> (b {steps}) {' '.join(('c', *rest))}"
        body = _Items(self.file, {"input": "input"}, {}, self.made)
        key = "input", 0, 0
        one = layer.wrapped._replace(calls=[Reads([key], {}, {})])
        outputs = body._call(one, one.calls[0], {key: inner}, "", True, [])
        added = outputs[0].sides - inner.sides
        if added > 0:
            raise call.fault("a layer of each step that adds an axis is not read")
        layers: list[dict[str, dict[str, Made]]] = [
            {"rearrange": {"pattern": pattern, "layers": body.found}}
        ]
        if added:
            kept = ["c", *SIDES[: sides + added]]
            ones = " 1" * -added
            layers.append({"rearrange": {"pattern": f"{' '.join(kept)}{ones} -> {' '.join(kept)}"}})
        return Result(layers, sides + added)


def _has_weights(item: Mapping[str, Fields]) -> bool:
    """Whether a layer may have weights; one with layers in it may."""
    ((type_, fields),) = item.items()
    return LAYERS[type_].params is not PlainLayer.params or "layers" in fields


def _short(item: Mapping[str, Mapping[str, Made]]) -> Made:
    """An item without fields as its type alone."""
    ((type_, fields),) = item.items()
    return {type_: dict(fields)} if fields else type_
