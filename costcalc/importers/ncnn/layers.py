"""The layers of an ncnn file as items, which read one another's blobs by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.ncnn.text import Layer
from costcalc.importers.ncnn.types import made
from costcalc.importers.nodes import Made, node, place
from costcalc.importers.wires import Wires, named
from costcalc.language.foreign import Stated
from costcalc.language.item import Blocks
from costcalc.language.yaml_nodes import SequenceNode

_NOTHING = (
    *("DetectionOutput", "Yolov3DetectionOutput", "YoloDetectionOutput", "PriorBox", "Noop"),
    *("Detection", "Silence", "MemoryData"),
)
"""Layers that turn maps into boxes: what reads only their blobs is left out as well."""
_HINT = 30
_WEIGHTS = {"Convolution": (5, 6), "Deconvolution": (5, 6), "InnerProduct": (1, 2)}
"""The ids that say whether there is a bias, and how many weights."""


def items(
    file: Blocks, layers: Sequence[Layer], inputs: Mapping[str, str], stated: dict[str, Stated]
) -> SequenceNode:
    """Make the items of all layers, and report those that have none.

    stated: takes what the file states of them beside their fields.
    """
    wires = Wires(inputs)
    found: list[Made] = []
    for layer in layers:
        try:
            found += _items(layer, wires, stated)
        except CostcalcError as error:
            file.found.append(error)
            wires.give(layer.outputs, wires.own(layer.name, len(layer.outputs)))
    result = node(found, layers[0].at if layers else place(1))
    assert isinstance(result, SequenceNode)
    return result


def _items(layer: Layer, wires: Wires, stated: dict[str, Stated]) -> list[Made]:
    """The items of a layer: one, or none for a layer that only gives a blob another name."""
    if layer.type in _NOTHING or wires.void.intersection(layer.inputs):
        wires.void.update(layer.outputs)
        return []
    missing = wires.missing(layer.inputs)
    if missing is not None:
        hint = nearest(missing, wires.names)
        raise layer.fault(f"no layer before it makes the blob '{missing[:60]}'", hint)
    if not layer.outputs:
        raise layer.fault("it makes no blob", "Convolution conv1 1 1 data conv1 0=32 1=3 6=864")
    sources = wires.read(layer.inputs)
    if layer.type == "Split":
        wires.give(layer.outputs, sources * len(layer.outputs))
        return []
    type_, fields = made(layer)
    names = wires.own(layer.name, len(layer.outputs))
    wires.give(layer.outputs, names)
    if len(names) == 1:
        stated[names[0]] = Stated(layer.at, _shape(layer), _params(layer))
    return [node({type_: {**named(names, sources), **fields}}, layer.at)]


def _shape(layer: Layer) -> tuple[int, ...] | None:
    """The output that a hint states: its number of axes, and then width, height and channels."""
    axes, *sides = layer.listed(_HINT) or [0]
    if axes not in (1, 2, 3) or len(sides) < axes:
        return None
    return tuple(reversed(sides[:axes]))


def _params(layer: Layer) -> int | None:
    """The weights that a layer with weights states, and its biases."""
    bias, weights = _WEIGHTS.get(layer.type.removesuffix("DepthWise"), (0, 0))
    if not weights or weights not in layer.numbers:
        return None
    return layer.number(weights, 0) + (layer.number(0, 0) if layer.number(bias, 0) else 0)
