"""The layers of a Caffe file as items, which read one another's blobs by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.caffe.text import Message
from costcalc.importers.caffe.types import Fields, fault, made
from costcalc.importers.nodes import Made, node, place
from costcalc.importers.wires import Wires, named
from costcalc.language.item import Blocks
from costcalc.language.yaml_nodes import SequenceNode, YamlNode

DATA = ("Data", "ImageData", "HDF5Data", "WindowData", "MemoryData", "AnnotatedData", "DummyData")
OLD_TYPES = {
    "CONVOLUTION": "Convolution",
    "DECONVOLUTION": "Deconvolution",
    "POOLING": "Pooling",
    "INNER_PRODUCT": "InnerProduct",
    "RELU": "ReLU",
    "SIGMOID": "Sigmoid",
    "TANH": "TanH",
    "SOFTMAX": "Softmax",
    "SOFTMAX_LOSS": "SoftmaxWithLoss",
    "CONCAT": "Concat",
    "ELTWISE": "Eltwise",
    "DROPOUT": "Dropout",
    "LRN": "LRN",
    "FLATTEN": "Flatten",
    "SPLIT": "Split",
    "SLICE": "Slice",
    "POWER": "Power",
    "ACCURACY": "Accuracy",
    "DATA": "Data",
    "IMAGE_DATA": "ImageData",
    "HDF5_DATA": "HDF5Data",
    "MEMORY_DATA": "MemoryData",
    "SILENCE": "Silence",
    "EUCLIDEAN_LOSS": "EuclideanLoss",
}
"""The types of layers of the year 2013, which are words and no texts."""
_BOXES = ("PriorBox", "DetectionOutput", "Detection", "Region", "YoloDetectionOutput")
_LOSSES = ("Accuracy", "Silence", "ArgMax")


def items(file: Blocks, layers: Sequence[Message], inputs: Mapping[str, str]) -> SequenceNode:
    """Make the items of all layers, and report those that have none."""
    making = _Items(inputs)
    for layer in layers:
        tops = [value.text for value in layer.values("top")]
        try:
            making.add(layer, tops)
        except CostcalcError as error:
            file.found.append(error)
            making.wires.give(tops, making.wires.own(layer.word("name"), len(tops)))
    whole: list[Made] = [node(item, at) for item, at in making.found]
    result = node(whole, layers[0].at if layers else place(1))
    assert isinstance(result, SequenceNode)
    return result


class _Items:
    """The items so far, and the names of their maps."""

    def __init__(self, inputs: Mapping[str, str]) -> None:
        self.wires = Wires(inputs)
        self.found: list[tuple[Made, YamlNode]] = []
        """Each with its place."""
        self.bare: dict[str, Fields] = {}
        """Norms without a scale, by the map that they make: a Scale behind may belong to one."""

    def add(self, layer: Message, tops: Sequence[str]) -> None:
        """Make the item of a layer, if it has one."""
        wires = self.wires
        kind = OLD_TYPES.get(layer.word("type"), layer.word("type"))
        bottoms = [value.text for value in layer.values("bottom")]
        if kind == "Input" or kind in DATA:
            wires.void.update(top for top in tops if top not in wires.names)
            return
        if kind in _LOSSES or kind.endswith("Loss") or kind in _BOXES:
            wires.void.update(tops)
            return
        if wires.void.intersection(bottoms):
            wires.void.update(tops)
            return
        missing = wires.missing(bottoms)
        if missing is not None:
            hint = nearest(missing, wires.names)
            raise fault(layer, f"no layer before it makes the blob '{missing[:60]}'", hint)
        if not tops:
            raise fault(layer, "it has no top", 'top: "conv1"')
        sources = wires.read(bottoms)
        if kind == "Scale" and len(sources) == 1 and self._join(layer, sources[0], tops):
            return
        type_, fields = made(layer, kind, len(tops), len(bottoms))
        names = wires.own(layer.word("name"), len(tops))
        for source in sources:
            self.bare.pop(source, None)
        if kind == "Split":
            wires.give(tops, sources * len(tops))
            return
        fields = {**named(names, sources), **fields}
        if kind == "BatchNorm":
            self.bare[names[0]] = fields
        wires.give(tops, names)
        self.found.append(({type_: fields}, layer.at))

    def _join(self, layer: Message, source: str, tops: Sequence[str]) -> bool:
        """Give the scale to the norm before, if there is one that nothing else reads."""
        norm = self.bare.pop(source, None)
        if norm is None:
            return False
        norm.pop("scale")
        if layer.message("scale_param").flag("bias_term", False):
            norm.pop("bias")
        self.wires.give(tops, [source])
        return True
