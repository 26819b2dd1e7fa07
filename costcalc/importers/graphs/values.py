"""What a tensor of a file is while its graph becomes layers: numbers, or a map of the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple, TypeAlias

from costcalc.importers.graphs.axes import View
from costcalc.importers.graphs.model import FLOATS, Numbers, Op, Tensor
from costcalc.shapes import TensorShape

MAX_VALUES = 4096
"""Elements of a tensor whose values are computed, as those of shapes are."""


class Constant(NamedTuple):
    """A tensor that no input changes: stored in the file, or computed from what is."""

    dims: tuple[int, ...]
    type: str
    values: Numbers | None = None
    """Its elements in their order, if they are few."""
    name: str = ""
    """Of the stored tensor that it is, or is made of."""

    @property
    def size(self) -> int:
        return prod(self.dims)

    @property
    def is_float(self) -> bool:
        return self.type in FLOATS

    @property
    def scalar(self) -> int | float | None:
        """Its one element, if it has one and that is known."""
        return self.values[0] if self.values is not None and len(self.values) == 1 else None


class Draft:
    """An item of the network that is being made."""

    __slots__ = (
        *("bounds", "fields", "name", "op", "outs", "scalar", "sources", "type", "weights"),
    )

    def __init__(
        self, type: str, fields: Mapping[str, Any], sources: Sequence[Out], op: Op | None
    ) -> None:
        self.type = type
        self.fields = dict(fields)
        self.sources = list(sources)
        self.op = op
        """What it was made of; None is an input."""
        self.outs: list[Out] = []
        self.scalar: int | float | None = None
        """Of an item that computes with a number beside its map: that number."""
        self.bounds: tuple[float | None, float | None] = (None, None)
        """Of a clip: the least and the largest number, as far as they are known."""
        self.name = ""
        self.weights: tuple[Tensor, ...] = ()
        """The stored tensors that it has, each whole."""


class Out:
    """A map that an item makes."""

    __slots__ = ("draft", "shape")

    def __init__(self, draft: Draft, shape: TensorShape) -> None:
        self.draft = draft
        self.shape = shape


class Map(NamedTuple):
    """A tensor that is computed for each sample."""

    out: Out
    view: View
    type: str = "float32"

    @property
    def dims(self) -> tuple[int, ...]:
        return self.view.dims

    def seen(self, view: View) -> Map:
        """The same elements with other axes."""
        return self._replace(view=view)


Value: TypeAlias = "Constant | Map"


def transposed(x: Value, order: Sequence[int]) -> Value:
    """A tensor with its axes in another order."""
    if isinstance(x, Map):
        return x.seen(x.view.transposed(order))
    dims = tuple(x.dims[axis] for axis in order)
    if x.values is None or sorted(order) == list(order):
        return x._replace(dims=dims)
    strides = [prod(x.dims[axis + 1 :]) for axis in range(len(x.dims))]
    places = [0]
    for axis in order:
        places = [place + strides[axis] * n for place in places for n in range(x.dims[axis])]
    return x._replace(dims=dims, values=tuple(x.values[place] for place in places))


def integers(values: Sequence[int]) -> Constant:
    """A list of whole numbers, such as a shape."""
    return Constant((len(values),), "int64", tuple(values))
