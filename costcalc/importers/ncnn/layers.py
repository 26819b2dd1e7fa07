"""The layers of an ncnn file as items, which read one another's blobs by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.ncnn.text import Layer
from costcalc.importers.ncnn.types import made
from costcalc.importers.nodes import Made, node, place
from costcalc.importers.wires import Wires, named
from costcalc.language.item import Blocks
from costcalc.language.yaml_nodes import SequenceNode

_NOTHING = (
    *("DetectionOutput", "Yolov3DetectionOutput", "YoloDetectionOutput", "PriorBox", "Noop"),
    *("Detection", "Silence", "MemoryData"),
)
"""Layers that turn maps into boxes: what reads only their blobs is left out as well."""


def items(file: Blocks, layers: Sequence[Layer], inputs: Mapping[str, str]) -> SequenceNode:
    """Make the items of all layers, and report those that have none."""
    wires = Wires(inputs)
    found: list[Made] = []
    for layer in layers:
        try:
            found += _items(layer, wires)
        except CostcalcError as error:
            file.found.append(error)
            wires.give(layer.outputs, wires.own(layer.name, len(layer.outputs)))
    result = node(found, layers[0].at if layers else place(1))
    assert isinstance(result, SequenceNode)
    return result


def _items(layer: Layer, wires: Wires) -> list[Made]:
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
    return [node({type_: {**named(names, sources), **fields}}, layer.at)]
