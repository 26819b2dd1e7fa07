"""The program that a network becomes on a runtime.

A network has a layer for each item of its text; a runtime has fewer operations. What changes
nothing at inference (dropout, identity) is none. With `fused`, a batch norm is folded into the
convolution or linear layer before it, and a relu or relu6 is computed within the operation before
it, as the converter of TensorFlow Lite does. The parts of a split are one operation.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.errors import CostcalcError
from costcalc.graph.fold import foldable_norms
from costcalc.graph.nodes import Input, Network, Node
from costcalc.layers.merge import Concat, Elementwise
from costcalc.layers.reshape import Flatten, Identity, Split
from costcalc.memory.persistent import persistent_bytes
from costcalc.memory.program import Map, Operation, Program
from costcalc.memory.weights import constants, flash_of, traffic_of
from costcalc.metrics.of_nodes import stored
from costcalc.numeric.exact import Number, ceil_div, sum_of

FUSED_ACTIVATIONS = ("relu", "relu6")
_PASSES = ("regularizations",)
_TAKE_ACTIVATIONS = ("convolutions", "linear_layers", "poolings")
_IN_PLACE = ("activations", "normalizations")


class Deployed(Program):
    """The operations of a network, in the order of its text."""

    def __init__(self, network: Network) -> None:
        super().__init__(network.setting.deployed)
        self.network = network
        self._made: dict[Input | Node, Map] = {}
        self._operation_of: dict[Map, Operation] = {}
        self._norms = foldable_norms(network) if self.runtime.fused else {}
        for source in network.inputs:
            self._map(source, None)
        for node in network.nodes:
            self._add(node)
        for output in network.outputs:
            self._of(output).is_output = True

    @property
    def weights(self) -> Number:
        of = stored(self.runtime.width)
        return sum_of(of(node) * node.times for node in self.network.nodes)

    @property
    def flash(self) -> Number:
        return sum_of(self.flash_of(one) * one.node.times for one in self.operations)

    def flash_of(self, operation: Operation) -> Number:
        """What is shared is with the first."""
        return flash_of(self.runtime, operation)

    def traffic_of(self, operation: Operation) -> Number:
        return traffic_of(self.runtime, operation)

    @property
    def traffic(self) -> Number:
        return sum_of(self.traffic_of(one) * one.node.times for one in self.operations)

    @property
    def persistent(self) -> Number:
        own = self.operations
        tensors = sum_of(one.node.times * (len(one.writes) + constants(one)) for one in own)
        channels = sum_of(
            one.node.times * one.node.shape.channels
            for one in own
            if one.node.layer.family == "convolutions"
        )
        return persistent_bytes(
            sum_of(one.node.times for one in own), tensors + len(self.network.inputs), channels
        )

    def layer_of(self, operation: Operation) -> Node:
        return operation.node

    def _add(self, node: Node) -> None:
        reads = [self._of(source) for source in node.inputs]
        layer = node.layer
        if layer.family in _PASSES or isinstance(layer, Identity):
            self._made[node] = reads[0]
            return
        before = self._operation_of.get(reads[0]) if reads else None
        if before is not None and self._is_fused(node, before):
            before.layers.append(node)
            self._made[node] = reads[0]
            return
        if of_split := self._split_before(node, reads):
            self._map(node, of_split)
            return
        operation = self.add_operation(node.name, node.origin.line, reads)
        operation.layers.append(node)
        operation.is_concat = isinstance(layer, Concat)
        operation.works_in_place = layer.family in _IN_PLACE or isinstance(
            layer, (Elementwise, Flatten)
        )
        self._map(node, operation)
        if layer.type.startswith("conv_transpose") and self.runtime.dtype == "int8":
            operation.scratch = [4 * elements(node)]  # where TFLite Micro's kernel adds up int32

    def _map(self, source: Input | Node, operation: Operation | None) -> None:
        made = self.add_map(source.name, self._bytes(source), operation)
        self._made[source] = made
        if operation is not None:
            self._operation_of[made] = operation

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
        if not self.runtime.fused or not self._is_read_alone(node.inputs[0], before.node):
            return False
        if node in self._norms:
            return True
        layers = [layer.layer for layer in before.layers]
        takes = layers[0].family in _TAKE_ACTIVATIONS or isinstance(layers[0], Elementwise)
        is_first = all(layer.type not in FUSED_ACTIVATIONS for layer in layers)
        return node.layer.type in FUSED_ACTIVATIONS and takes and is_first

    def _is_read_alone(self, source: Input | Node, own: Node) -> bool:
        """Whether one layer alone reads the map of a layer, by whatever name it passes through."""
        while self.network.only_consumer(source) is not None:
            if source is own or not isinstance(source, Node):
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
