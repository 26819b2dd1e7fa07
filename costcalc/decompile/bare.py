"""A network as bare layers: types, fields, and the maps between them, without any structure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from costcalc.graph.bits import UNSAID
from costcalc.layers import Layer
from costcalc.layers.convolution import Conv, DepthwiseConv, PointwiseConv
from costcalc.shapes import TensorShape

Fields: TypeAlias = Mapping[str, Any]
"""Values as a network writes them, by the names of fields; those that are defaults are left out."""


class Map:
    """What a layer hands on, or an input of a body."""

    __slots__ = ("name", "op", "shape")

    def __init__(self, shape: TensorShape, name: str = "", op: Op | None = None) -> None:
        self.shape = shape
        self.name = name
        """What the file calls it; empty where it has no name of its own."""
        self.op = op


class Op:
    """A layer, or a block that stands for several; `inner` are the layers that it holds."""

    __slots__ = (
        *("bits", "covers", "fields", "inner", "item", "known", "layer", "lender", "maps", "path"),
        *("sources", "trainable", "type"),
    )

    def __init__(
        self, type: str, fields: Fields, sources: Sequence[Map], layer: Layer | None = None
    ) -> None:
        self.type = type
        self.fields = dict(fields)
        self.sources = list(sources)
        self.layer = layer
        """None of a block."""
        self.maps: list[Map] = []
        self.inner: Graph | None = None
        self.lender: Op | None = None
        """The layer whose weights it uses."""
        self.trainable = True
        self.bits = UNSAID
        """In how many its weights and the maps that it reads are held."""
        self.path = ""
        """Its name in the network, for messages."""
        self.item = ""
        """What the file calls its item."""
        self.covers: list[Op] = [self]
        """The layers that a block stands for."""
        self.known: dict[str, Any] = {}
        """Of a block: what its params are, also those that need not be said."""

    @property
    def macs(self) -> int:
        """The MACs of a layer; of a block none of its own."""
        if self.layer is None:
            return 0
        shape = self.maps[0].shape
        return int(self.layer.macs(shape, *[x.shape for x in self.sources])) * int(shape.samples)


class Graph:
    """Layers in an order in which each reads what is before it."""

    def __init__(self, inputs: Sequence[Map], ops: Sequence[Op], outputs: Sequence[Map]) -> None:
        self.inputs = list(inputs)
        self.ops = list(ops)
        self.outputs = list(outputs)

    def readers(self) -> dict[Map, list[Op]]:
        """The layers that read each map, each as often as it reads it; one that nothing reads is
        left out."""
        found: dict[Map, list[Op]] = {}
        for op in self.ops:
            for source in (*op.sources, *outer_reads(op)):
                found.setdefault(source, []).append(op)
        return found

    def all_ops(self) -> Iterator[Op]:
        """All layers, with those that others hold."""
        for op in self.ops:
            if op.inner is not None:
                yield from op.inner.all_ops()
            yield op


def outer_reads(op: Op) -> list[Map]:
    """The maps outside of it that the layers inside of a layer read, beside its own sources."""
    if op.inner is None:
        return []
    own = set(op.inner.inputs)
    made = {made for one in op.inner.all_ops() for made in one.maps}
    made |= own | {x for one in op.inner.all_ops() if one.inner for x in one.inner.inputs}
    reads = [x for one in op.inner.all_ops() for x in one.sources]
    return [x for x in dict.fromkeys([*reads, *op.inner.outputs]) if x not in made]


def convolution_of(op: Op) -> dict[str, Any] | None:
    """The fields of a convolution of whatever type, as those of the general one; None of others."""
    layer, x = op.layer, op.sources[0].shape if op.sources else None
    if x is None or not isinstance(layer, (Conv, DepthwiseConv, PointwiseConv)):
        return None
    out = x.channels * layer.multiplier if isinstance(layer, DepthwiseConv) else layer.out_channels
    return {
        "out_channels": out,
        "kernel_size": layer.kernel_size,
        "stride": layer.stride,
        "padding": getattr(layer, "padding", "same") if "padding" in op.fields else "same",
        "dilation": getattr(layer, "dilation", (1,) * len(layer.stride)),
        "groups": layer.groups_of(x),
        "bias": layer.bias,
    }


COMMUTATIVE = ("add", "multiply", "maximum", "minimum")
"""Merges of which the order of the maps says nothing."""
Meaning: TypeAlias = tuple[Any, ...]


def meaning(op: Op) -> Meaning:
    """What a layer is and costs, whatever it is called: two that agree are the same layer."""
    fields: Any = convolution_of(op)
    kind = "conv" if fields else op.type
    fields = fields or op.fields
    if op.layer is not None and op.layer.call != "module":
        kind = f"{kind} ({op.layer.call})"
    pairs = tuple(sorted((name, repr(value)) for name, value in fields.items()))
    given = [x.shape.dims for x in op.sources]
    if op.type in COMMUTATIVE:
        given.sort()
    shapes = tuple(given), tuple(x.shape.dims for x in op.maps)
    return kind, pairs, *shapes, op.trainable, op.lender is None
