"""Write every convolution of a network in one form: standard, or depthwise separable.

The forms are those of `costs.separable`, and so are the totals: a standard convolution becomes a
depthwise one with the norm and the activation behind it, and a pointwise one; a depthwise one and
the pointwise one behind it become a standard one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd
from typing import Any

from costcalc.decompile.bare import Graph, Map, Op
from costcalc.decompile.flatten import fields_of
from costcalc.layers import Layer
from costcalc.layers.convolution import Conv, Convolution, DepthwiseConv, PointwiseConv
from costcalc.layers.normalization import GroupNorm
from costcalc.shapes import TensorShape

FORMS = ("separable", "standard")


def in_form(graph: Graph, form: str) -> Graph:
    """Return the graph with every convolution in a form, where it has one."""
    return _Forming(graph, form).graph(graph)


class _Forming:
    def __init__(self, graph: Graph, form: str) -> None:
        self.form = form
        self.copies: dict[Op, Op] = {}
        """The depthwise part of each convolution, and the followers of that, by their models."""
        self.gone: dict[Map, Map] = {}

    def graph(self, graph: Graph) -> Graph:
        readers = graph.readers()
        kept = set(graph.outputs)
        made: list[Op] = []
        skipped: set[Op] = set()
        for op in graph.ops:
            if op.inner is not None:
                op.inner = self.graph(op.inner)
            if op in skipped:
                continue
            if self.form == "separable" and _is(op, "is_standard"):
                made += self._separated(op, _followers(op, readers, kept))
            elif self.form == "standard" and _is(op, "is_depthwise"):
                between, pointwise = _pointwise_after(op, readers, kept)
                if pointwise is not None:
                    skipped.update([*between, pointwise])
                    made.append(self._joined(op, pointwise))
                else:
                    made.append(op)
            else:
                made.append(op)
        return Graph(graph.inputs, made, graph.outputs)

    def _separated(self, op: Op, followers: Sequence[Op]) -> Iterator[Op]:
        conv, x, out = op.layer, op.sources[0].shape, op.maps[0].shape
        assert isinstance(conv, Conv)
        sides = len(conv.kernel_size)
        given = {name: getattr(conv, name) for name in _WINDOW}
        depthwise = DepthwiseConv.numbered[sides]({**given, "bias": conv.bias})
        middle = TensorShape(x.channels, out.sides, out.batch)
        first = _op(depthwise, op.sources, middle, op)
        self._lend(first, op)
        yield first
        source = first.maps[0]
        for one in followers:
            assert one.layer is not None
            copy = _op(_over(one.layer, middle), [source], middle, one)
            self._lend(copy, one)
            yield copy
            source = copy.maps[0]
        values = {"out_channels": out.channels, "bias": conv.bias}
        op.layer = PointwiseConv.numbered[sides](values)
        op.type, op.sources = op.layer.type, [source]
        op.fields = fields_of(op.layer, [middle])
        yield op

    def _lend(self, copy: Op, model: Op) -> None:
        self.copies[model] = copy
        if model.lender is not None:
            copy.lender = self.copies.get(model.lender)

    def _joined(self, first: Op, second: Op) -> Op:
        depthwise, pointwise = first.layer, second.layer
        assert isinstance(depthwise, Convolution)
        assert isinstance(pointwise, Convolution)
        values: dict[str, Any] = {name: getattr(depthwise, name) for name in _WINDOW}
        values |= {"out_channels": second.maps[0].shape.channels, "bias": pointwise.bias}
        second.layer = Conv.numbered[len(depthwise.kernel_size)](values)
        second.type, second.sources = second.layer.type, first.sources
        second.fields = fields_of(second.layer, [first.sources[0].shape])
        return second


def _over(layer: Layer, x: TensorShape) -> Layer:
    """A norm or an activation as it is on a map, with groups that divide its channels."""
    layer = layer.over(x)
    if isinstance(layer, GroupNorm):
        return type(layer)({**layer.values(), "groups": gcd(layer.groups, x.channels)})
    return layer


_WINDOW = ("kernel_size", "stride", "padding", "dilation")


def _op(layer: Layer, sources: Sequence[Map], out: TensorShape, model: Op) -> Op:
    made = Op(layer.type, fields_of(layer, [x.shape for x in sources]), sources, layer)
    made.trainable, made.path, made.bits = model.trainable, model.path, model.bits
    made.maps = [Map(out, op=made)]
    return made


def _is(op: Op, kind: str) -> bool:
    return isinstance(op.layer, Convolution) and bool(getattr(op.layer, kind)(op.sources[0].shape))


def _only_reader(op: Op, readers: dict[Map, list[Op]], kept: set[Map]) -> Op | None:
    found = readers.get(op.maps[0], [])
    return found[0] if len(found) == 1 and op.maps[0] not in kept else None


def _followers(op: Op, readers: dict[Map, list[Op]], kept: set[Map]) -> list[Op]:
    """The norm directly behind a convolution, if any, and the activation behind that, if any."""
    found: list[Op] = []
    reader = _only_reader(op, readers, kept)
    for norm in (True, False):
        layer = reader.layer if reader is not None else None
        if layer and layer.between_convolutions and layer.is_normalization == norm:
            assert reader is not None
            found.append(reader)
            reader = _only_reader(reader, readers, kept)
    return found


def _pointwise_after(
    op: Op, readers: dict[Map, list[Op]], kept: set[Map]
) -> tuple[list[Op], Op | None]:
    """The pointwise convolution that makes a depthwise one separable, and what is between."""
    between: list[Op] = []
    reader = _only_reader(op, readers, kept)
    while reader is not None and reader.layer is not None and reader.layer.between_convolutions:
        between.append(reader)
        reader = _only_reader(reader, readers, kept)
    if reader is None or not _is(reader, "is_pointwise"):
        return between, None
    fits = reader.maps[0].shape.sides == op.maps[0].shape.sides
    return between, reader if fits else None


def without_form(graph: Graph, form: str) -> list[Op]:
    """The convolutions that are in neither form, or in the other: those that have no such form."""
    wanted = ("is_depthwise", "is_pointwise") if form == "separable" else _STANDARD
    convolutions = (op for op in graph.all_ops() if isinstance(op.layer, Convolution))
    return [op for op in convolutions if not any(_is(op, kind) for kind in wanted)]


_STANDARD = ("is_standard", "is_pointwise")
