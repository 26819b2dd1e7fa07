"""What a runtime executes of a network: operations one after another, and the maps between them.

A network has a layer for each item of its text; a runtime has fewer operations. What changes
nothing at inference (dropout, identity) is none. With `fused`, a batch norm is folded into the
convolution or linear layer before it, and a relu or relu6 is computed within the operation before
it, as the converter of TensorFlow Lite does. The parts of a split are one operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from costcalc.errors import CostcalcError
from costcalc.graph.fold import foldable_norms
from costcalc.graph.nodes import Input, Network, Node
from costcalc.graph.runtime import DEPLOYED, Runtime
from costcalc.layers.merge import Concat, Elementwise
from costcalc.layers.reshape import Flatten, Identity, Split
from costcalc.numeric.exact import Number, ceil_div

FUSED_ACTIVATIONS = ("relu", "relu6")
_PASSES = ("regularizations",)
_TAKE_ACTIVATIONS = ("convolutions", "linear_layers", "poolings")
_IN_PLACE = ("activations", "normalizations")


class Map:
    """A map that is stored: an input of the network, or the output of an operation."""

    __slots__ = ("is_output", "number", "readers", "size", "source", "writer")

    def __init__(self, number: int, source: Input | Node, size: Number, writer: int | None) -> None:
        self.number = number
        """Its place among the maps: the inputs, and then the outputs of the operations."""
        self.source = source
        self.size = size
        """In bytes."""
        self.writer = writer
        """The operation that makes it, by its number; None of an input."""
        self.readers: list[int] = []
        """The operations that read it."""
        self.is_output = False
        """Whether the network hands it on, so that it is kept to the end."""


class Operation:
    """A layer as a runtime executes it, with the layers that are computed within it."""

    __slots__ = ("layers", "number", "reads", "scratch", "writes")

    def __init__(self, number: int, node: Node, reads: Sequence[Map]) -> None:
        self.number = number
        self.layers = [node]
        """Its own layer, and those that are fused into it."""
        self.reads = list(dict.fromkeys(reads))
        self.writes: list[Map] = []
        self.scratch: Number = 0
        """Bytes that it needs for itself while it runs."""

    @property
    def node(self) -> Node:
        return self.layers[0]

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def folds_norm(self) -> bool:
        return any(layer.layer.type == "batch_norm" for layer in self.layers[1:])

    @property
    def is_concat(self) -> bool:
        return isinstance(self.node.layer, Concat)

    @property
    def works_in_place(self) -> bool:
        """Whether each element of its output may overwrite the element that it was made of."""
        layer = self.node.layer
        return layer.family in _IN_PLACE or isinstance(layer, (Elementwise, Flatten))


class Program:
    """The operations of a network in the order of its text, and its maps."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.runtime: Runtime = network.setting.runtime or DEPLOYED
        self.maps: list[Map] = []
        self.operations: list[Operation] = []
        self._made: dict[Input | Node, Map] = {}
        self._operation_of: dict[Map, Operation] = {}
        self._norms = foldable_norms(network) if self.runtime.fused else {}
        for source in network.inputs:
            self._map(source, None)
        for node in network.nodes:
            self._add(node)
        for output in network.outputs:
            self._of(output).is_output = True

    def with_sizes(self, maps: Sequence[int], scratch: Sequence[int]) -> Program:
        """The same program where maps and scratch memory have other sizes."""
        other = copy(self)
        other.maps = [copy(map_) for map_ in self.maps]
        for map_, size in zip(other.maps, maps, strict=True):
            map_.size = size
        other.operations = [copy(operation) for operation in self.operations]
        for operation, size in zip(other.operations, scratch, strict=True):
            operation.scratch = size
            operation.reads = [other.maps[map_.number] for map_ in operation.reads]
            operation.writes = [other.maps[map_.number] for map_ in operation.writes]
        return other

    def _add(self, node: Node) -> None:
        reads = [self._of(source) for source in node.inputs]
        if node.layer.family in _PASSES or isinstance(node.layer, Identity):
            self._made[node] = reads[0]
            return
        before = self._operation_of.get(reads[0]) if reads else None
        if before is not None and self._is_fused(node, before):
            before.layers.append(node)
            self._made[node] = reads[0]
            return
        if before_parts := self._split_before(node, reads):
            self._map(node, before_parts)
            return
        operation = Operation(len(self.operations), node, reads)
        for source in operation.reads:
            source.readers.append(operation.number)
        self.operations.append(operation)
        self._map(node, operation)
        if node.layer.type.startswith("conv_transpose") and self.runtime.dtype == "int8":
            operation.scratch = 4 * elements(node)  # where TFLite Micro's kernel adds up int32

    def _map(self, source: Input | Node, operation: Operation | None) -> Map:
        number = None if operation is None else operation.number
        made = Map(len(self.maps), source, self._bytes(source), number)
        self.maps.append(made)
        self._made[source] = made
        if operation is not None:
            operation.writes.append(made)
            self._operation_of[made] = operation
        return made

    def _bytes(self, source: Input | Node) -> Number:
        bits = source.element_bits or 8 * self.runtime.width
        return ceil_div(elements(source) * bits, 8) if bits % 8 else elements(source) * (bits // 8)

    def _of(self, source: Input | Node) -> Map:
        if source not in self._made:
            raise CostcalcError(
                "which maps there are depends on a symbol, so that their memory has no one formula"
            )
        return self._made[source]

    def _is_fused(self, node: Node, before: Operation) -> bool:
        """Whether a layer is computed within the operation whose map it reads."""
        if not self.runtime.fused or not self._is_read_alone(node.inputs[0]):
            return False
        if node in self._norms:
            return True
        layers = [layer.layer for layer in before.layers]
        takes = layers[0].family in _TAKE_ACTIVATIONS or isinstance(layers[0], Elementwise)
        is_first = all(layer.type not in FUSED_ACTIVATIONS for layer in layers)
        return node.layer.type in FUSED_ACTIVATIONS and takes and is_first

    def _is_read_alone(self, source: Input | Node) -> bool:
        """Whether one layer alone reads a map, by whatever name it passes through."""
        while self.network.only_consumer(source) is not None:
            if not isinstance(source, Node) or self._made[source].source is source:
                return True
            source = source.inputs[0]
        return False

    def _split_before(self, node: Node, reads: Sequence[Map]) -> Operation | None:
        """The operation of which a layer is a further part: a split is a layer for each part."""
        if not isinstance(node.layer, Split) or not node.layer.number or not self.operations:
            return None
        last = self.operations[-1]
        same = isinstance(last.node.layer, Split) and last.node.origin.item is node.origin.item
        return last if same and last.reads == list(reads) else None


def elements(source: Input | Node) -> Number:
    """Numbers in a map, of all its samples."""
    shape = source.shape
    samples = shape.samples
    return shape.elements if type(samples) is int and samples == 1 else shape.elements * samples
