"""Take a built network apart into bare layers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.decompile.bare import Graph, Map, Op
from costcalc.decompile.tree import Known
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Input, Network, Node
from costcalc.layers import Layer
from costcalc.layers.activation import PReLU
from costcalc.layers.convolution import Conv, DepthwiseConv, WindowConvolution
from costcalc.layers.fields import written
from costcalc.layers.mixture import MixtureOfExperts
from costcalc.layers.pattern import Pattern
from costcalc.layers.pooling import WindowPool
from costcalc.layers.rearrange import RearrangeBack
from costcalc.layers.reshape import Identity, Split
from costcalc.metrics.of_nodes import numbers_of
from costcalc.shapes import TensorShape
from costcalc.units import decimal_text

MAX_OPS = 10_000
"""The layers that a network may have to be decompiled."""


def flatten(network: Network) -> Graph:
    """Take a network apart. Raises CostcalcError where it has more than MAX_OPS layers."""
    if len(network.nodes) > MAX_OPS:
        raise CostcalcError(
            f"the network has {len(network.nodes):,} layers, and at most {MAX_OPS:,} are decompiled"
        )
    return _Flattening(network).graph()


class _Flattening:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.maps: dict[Input | Node, Map] = {x: Map(x.shape, x.name) for x in network.inputs}
        self.ops: dict[Node, Op] = {}
        self.holders = _holders(network.nodes)

    def graph(self) -> Graph:
        inputs = [self.maps[x] for x in self.network.inputs]
        ops = self._ops(self.network.nodes)
        for node, op in self.ops.items():
            if node.weights is not None:
                op.lender = self.ops[node.weights]
        _lend_as_a_whole(ops)
        outputs = [self.maps[x] for x in dict.fromkeys(self.network.outputs)]
        for number, map_ in enumerate(outputs):
            if map_ in inputs:  # which no name hands on
                ops.append(Op("identity", {}, [map_], Identity()))
                outputs[number] = Map(map_.shape, op=ops[-1])
                ops[-1].maps.append(outputs[number])
        return Graph(inputs, ops, outputs)

    def _ops(self, nodes: Sequence[Node]) -> list[Op]:
        made: list[Op] = []
        number = 0
        while number < len(nodes):
            node = nodes[number]
            held = self.holders.get(node)
            if held:
                end = nodes.index(held.pop(), number) + 1
                made.append(self._holder(nodes[number:end]))
                number = end
                continue
            op = self._op(node)
            made.append(op)
            number += 1
            while number < len(nodes) and _is_next_part(nodes[number], nodes[number - 1]):
                part = nodes[number]
                self._hand_on(part, op)
                self.ops[part] = op
                number += 1
        return made

    def _op(self, node: Node) -> Op:
        shapes = [x.shape for x in node.inputs]
        op = Op(node.layer.type, fields_of(node.layer, shapes), [], node.layer)
        op.sources = [self.maps[x] for x in node.inputs]
        op.trainable, op.path, op.bits = _is_trainable(node), node.name, node.bits
        item = node.origin.item
        op.item = item.names[0] if item is not None and item.names else ""
        self._hand_on(node, op)
        self.ops[node] = op
        return op

    def _hand_on(self, node: Node, op: Op) -> None:
        name = node.label if node.label != node.layer.type else ""
        self.maps[node] = Map(node.shape, name, op)
        op.maps.append(self.maps[node])

    def _holder(self, nodes: Sequence[Node]) -> Op:
        """A layer with those that it holds."""
        *inside, last = nodes
        if isinstance(last.layer, RearrangeBack):
            op = self._op(inside.pop(0))
            given: Input | Node = nodes[0]
            outputs = last.inputs
        else:
            own = {*inside}
            reads = (x for node in inside for x in node.inputs if x not in own)
            given = next(reads, last.inputs[0])
            outputs = last.inputs[:1]
            op = Op(last.layer.type, fields_of(last.layer, ()), [], last.layer)
            op.sources = [self.maps[given], *(self.maps[x] for x in last.inputs[1:])]
            op.path, op.bits = last.name, last.bits
            self.ops[last] = op
        around = self.maps[given]
        self.maps[given] = inner = Map(given.shape)
        ops = self._ops(inside)
        op.inner = Graph([inner], ops, [self.maps[x] for x in outputs])
        self.maps[given] = around
        op.maps.clear()
        self._hand_on(last, op)
        return op


def _is_trainable(node: Node) -> bool:
    """Whether the weights of a layer are trained; without any, nothing is said of them."""
    return node.trainable or not numbers_of(node)


def _lend_as_a_whole(ops: Sequence[Op]) -> None:
    """Let layers with others inside lend as one: a name inside of them is not seen from outside."""
    around: dict[Op, Op] = {}
    for op in ops:
        if op.inner is None:
            continue
        _lend_as_a_whole(op.inner.ops)
        inside = [one for one in op.inner.all_ops() if one.lender is not None]
        others = {around.get(one.lender) for one in inside if one.lender is not None}
        around.update(dict.fromkeys(op.inner.all_ops(), op))
        if len(others) == 1 and None not in others:
            (op.lender,) = others
            for one in inside:
                one.lender = None


def _holders(nodes: Sequence[Node]) -> dict[Node, list[Node]]:
    """The layers that hold others, by the first node of each; of several the outermost last."""
    found: dict[Node, list[Node]] = {}
    for node in nodes:
        if isinstance(node.layer, (RearrangeBack, MixtureOfExperts)):
            found.setdefault(next(node.group.nodes()), []).append(node)
    return found


def _is_next_part(node: Node, before: Node) -> bool:
    """Whether a layer hands on the next part of the map that the one before it splits."""
    mine, other = node.layer, before.layer
    return (
        isinstance(mine, Split)
        and isinstance(other, Split)
        and mine.number == other.number + 1
        and node.inputs == before.inputs
    )


def fields_of(layer: Layer, maps: Sequence[TensorShape]) -> dict[str, Any]:
    """The fields of a layer that are not as they would be unsaid, as a network writes them."""
    found = {}
    for name, value in layer.values().items():
        field = layer.fields.get(name)
        if field is None or field.default is not value:
            if name == "padding" and isinstance(layer, WindowConvolution) and maps:
                value = _padding_of(layer, maps[0])
            if field is None or field.required or not _same(value, field.default):
                sized = field is not None and field.kind in ("sizes", "around")
                found[name] = as_written(value, sized)
    if isinstance(layer, PReLU) and maps and layer.num_parameters == maps[0].channels > 1:
        found["num_parameters"] = Known("in_channels")
    if isinstance(layer, WindowPool):
        if found.get("stride") == found.get("kernel_size"):
            found.pop("stride", None)
        if maps and "padding" not in found and _is_ambiguous(layer, maps[0]):
            found["padding"] = "valid"
    return found


def _is_ambiguous(layer: WindowPool, x: TensorShape) -> bool:
    """Whether a pool without padding makes another map than with padding: same."""
    same = type(layer)({**layer.values(), "padding": "same"})
    return layer.output(x).dims != same.output(x).dims


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def _padding_of(layer: WindowConvolution, x: TensorShape) -> Any:
    """`same` where the ends of each side add up to what keeps ceil(input / stride), at any size.

    The uneven padding of TensorFlow is that at the size of this map alone, and `same` to it too.
    """
    given = layer.padding
    if isinstance(given, str) or not isinstance(layer, (Conv, DepthwiseConv)):
        return given
    if len(x.sides) != len(given):
        return given
    for (before, after), side, kernel, stride, dilation in zip(
        given, x.sides, layer.kernel_size, layer.stride, layer.dilation, strict=True
    ):
        reach = dilation * (kernel - 1)
        if before + after == reach:
            continue
        needed = max(0, (-(-side // stride) - 1) * stride + reach + 1 - side)
        if (before, after) != (needed // 2, needed - needed // 2):
            return given
    return "same"


def as_written(value: Any, sized: bool = False) -> Any:
    """A field's value as a network writes it; one number may stand for those of all sides."""
    if sized:
        value = written(value)
    if isinstance(value, TensorShape):
        value = value.dims
    if isinstance(value, (tuple, list)):
        if sized and all(part == value[0] for part in value):
            return value[0]
        return [as_written(part) for part in value]
    if isinstance(value, Fraction):
        return decimal_text(value) if value.denominator > 1 else int(value)
    if isinstance(value, Pattern):
        return str(value)
    return value
