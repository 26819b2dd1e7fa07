"""The layers that ops become, and the order of axes that they are made in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.importers.graphs.axes import (
    Axes,
    Axis,
    View,
    atoms_of,
    dims_of,
    fresh,
    rearranging,
    size_of,
)
from costcalc.importers.graphs.model import MAX_OPS, Graph, Op
from costcalc.importers.graphs.sharing import whole
from costcalc.importers.graphs.values import Constant, Draft, Map, Out, Value
from costcalc.layers import LAYERS
from costcalc.shapes import TensorShape

SPREADING = frozenset(("multiply", "divide", "elementwise"))
"""Merges over which an axis of 1 spreads by itself."""


class Drafts:
    """The items so far."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.tensors = dict(graph.tensors)
        """What is known of tensors, those of bodies that have run too."""
        self.found: list[Draft] = []
        self.readers = Counter(name for one in graph.ops for name in one.inputs)
        """How often each tensor is read."""
        self.readers.update(graph.outputs)
        self.at_most: dict[tuple[str, str], list[Op]] = {}
        """Ops that make as much as the input's values say, by their type and what is counted."""
        self._arranged: dict[tuple[Out, str], Out] = {}

    def add(
        self,
        type: str,
        fields: Mapping[str, Any],
        sources: Sequence[Out],
        op: Op,
        scalar: float | None = None,
    ) -> Out:
        """Add an item of one map; its shape follows by the rule of its layer."""
        layer = LAYERS[type](**fields)
        shape = self._shape(layer, [source.shape for source in sources], op)
        draft = self._drafted(type, fields, sources, op)
        draft.scalar = scalar
        out = Out(draft, shape)
        draft.outs.append(out)
        return out

    def add_with_number(
        self, type: str, x: Out, op: Op, number: float | None, fields: Mapping[str, Any]
    ) -> Out:
        """Add a merge of a map with one number."""
        # What merges maps of one shape alone needs it at every place.
        shape: Any = [1] if type in SPREADING else "in_shape"
        branches = [[], [{"constant": {"shape": shape}}]]
        draft = self._drafted(type, {**fields, "branches": branches}, [x], op)
        draft.scalar = number
        out = Out(draft, x.shape)
        draft.outs.append(out)
        return out

    def add_parts(self, fields: Mapping[str, Any], source: Out, op: Op) -> list[Out]:
        """Add a split, which makes several maps."""
        parts = LAYERS["split"](**fields).each()
        shapes = [self._shape(part, [source.shape], op) for part in parts]
        draft = self._drafted("split", fields, [source], op)
        draft.outs += [Out(draft, shape) for shape in shapes]
        return draft.outs

    def unread(self) -> list[Out]:
        """The maps that no item reads, of those that are computed of others."""
        read = {source for draft in self.found for source in draft.sources}
        return [
            out for draft in self.found if draft.sources for out in draft.outs if out not in read
        ]

    def _drafted(
        self, type: str, fields: Mapping[str, Any], sources: Sequence[Out], op: Op
    ) -> Draft:
        if len(self.found) >= MAX_OPS:
            raise self.graph.fault(f"the graph becomes more than {MAX_OPS:,} layers", op)
        draft = Draft(type, fields, sources, op)
        self.found.append(draft)
        return draft

    def _shape(self, layer: Any, shapes: Sequence[TensorShape], op: Op) -> TensorShape:
        try:
            shape: TensorShape = layer.output(*shapes)
        except CostcalcError as error:
            raise self.graph.fault(f"{op.called}: {error.message}", op, error.hint) from None
        if layer.moves_batch:
            return shape
        batches = [one.batch for one in shapes if one.batch is not None]
        return shape.with_batch(batches[0] if batches else None)

    # Numbers that are stored

    def takes_bias(self, x: Map, constant: Constant, op: Op, place: int) -> bool:
        """Whether numbers that are added to a map are the bias of the layer that makes it.

        Exporters write a linear layer as a product and a sum. place: the map's among the inputs.
        """
        layer = x.out.draft
        name = op.inputs[place] if place < len(op.inputs) else ""
        if layer.fields.get("bias", True) or (name and self.readers[name] > 1):
            return False
        if self._axis_of(x, constant) != x.view.own[1]:
            return False
        del layer.fields["bias"]
        bias = whole(constant, self.tensors)
        layer.weights = () if bias is None else (*layer.weights, bias)
        return True

    def stored(self, constant: Constant, op: Op) -> Map:
        """Numbers as a map: those that the file stores count as params, where there are several.

        What it computes of none of them, such as a grid, is trained by nobody.
        """
        found = self._looked_up(constant, op)
        if found is not None:
            return found
        is_trained = constant.is_float and constant.size > 1 and constant.name
        type_ = "parameter" if is_trained else "constant"
        axes = fresh(constant.dims)
        shape = list(dims_of(axes)) or [1]
        out = self.add(type_, {"shape": shape}, [], op, constant.scalar)
        return Map(out, View(((), *(axes or ((),))), axes), constant.type)

    def is_of_channels(self, x: Map, constant: Constant) -> bool:
        """Whether there is a trained number for each channel of a map."""
        return constant.is_float and self._axis_of(x, constant) == x.view.own[1]

    def _axis_of(self, x: Map, constant: Constant) -> Axis | None:
        """The axis along which there is a number for each place, if it is one alone."""
        places = [place for place, side in enumerate(constant.dims) if side != 1]
        if len(places) != 1:
            return None
        axis = places[0] + len(x.dims) - len(constant.dims)
        fits = axis >= 0 and x.dims[axis] == constant.dims[places[0]]
        return tuple(a for a in x.view.axes[axis] if not a.is_batch) if fits else None

    def _looked_up(self, constant: Constant, op: Op) -> Map | None:
        """Trained numbers that are taken out of a table of another size: an embedding.

        Fewer than all count as all of them, where they are rows and the file knows its weights.
        """
        table = self.tensors.get(constant.name)
        dims = [] if table is None else [one for one in table.dims or () if isinstance(one, int)]
        of_rows = len(dims) == 2 and constant.dims[-1:] == tuple(dims[1:])
        if not constant.is_float or prod(dims) in (0, constant.size):
            return None
        if prod(dims) > constant.size and not (of_rows and self.graph.shares_weights):
            return None
        width = min((side for side in dims if side in constant.dims and side > 1), default=0)
        if not width:
            return None
        axes = fresh(constant.dims)
        place = constant.dims.index(width)
        rest = atoms_of(axis for number, axis in enumerate(axes) if number != place)
        places = self.add("constant", {"shape": [1, size_of(rest)]}, [], op)
        fields = {"num_embeddings": prod(dims) // width, "embedding_dim": width}
        out = self.add("embedding", fields, [places], op)
        return Map(out, View(((), axes[place], rest), axes), constant.type)

    def as_map(self, value: Value, op: Op) -> Map:
        return value if isinstance(value, Map) else self.stored(value, op)

    # The order of axes

    def arranged(self, x: Map, own: Axes, op: Op) -> Map:
        """A map whose axes stand in an order of ours, rearranged only if they stand otherwise.

        own: batch, channels and sides, of all its atoms.
        """
        if x.view.own == own:
            return x
        if not atoms_of(x.view.own[:1]) and own[0] and all(a.is_batch for a in own[0]):
            own = ((), *own[1:])  # what is the same for all samples has no batch
            if x.view.own == own:
                return x
        if not own[0] and self._is_new(x.out):
            x.out.draft.fields["shape"] = list(dims_of(own[1:]))
            x.out.shape = TensorShape(*_channels_and_sides(own), batch=None)
            return Map(x.out, View(own, x.view.axes), x.type)
        type_, fields = rearranging(x.view.own, own)
        key = x.out, f"{type_} {fields}"
        if key not in self._arranged:
            self._arranged[key] = self.add(type_, fields, [x.out], op)
        return Map(self._arranged[key], View(own, x.view.axes), x.type)

    def _is_new(self, out: Out) -> bool:
        """Whether a map is of stored numbers that nothing reads yet: they stand in any order."""
        return out.draft in self.found[-1:] and out.draft.type in ("parameter", "constant")

    def plain(self, x: Map, op: Op) -> Map:
        """A map whose channels and sides are the tensor's axes behind the first, the batch."""
        return self.arranged(x, x.view.axes if len(x.view.axes) > 1 else (*x.view.axes, ()), op)

    def by_axes(self, x: Map, op: Op, *, same_channels: bool = False) -> Map:
        """A map of which each of the tensor's axes but the batch is an axis of its own.

        same_channels: the one that is the map's channels stays that.
        """
        batch = tuple(atom for atom in x.view.own[0] if atom.is_batch)
        rest = [tuple(a for a in axis if not a.is_batch) for axis in x.view.axes]
        if rest and not rest[0] and len(rest) > 1:
            rest = rest[1:]
        if same_channels and x.view.own[1] in rest:
            rest.insert(0, rest.pop(rest.index(x.view.own[1])))
        return self.arranged(x, (batch, *(rest or [()])), op)

    def unbatched(self, x: Map, op: Op) -> Map:
        """A map whose batch is of samples alone: windows that stood there are its first side."""
        batch = tuple(atom for atom in x.view.own[0] if atom.is_batch)
        rest = tuple(atom for atom in x.view.own[0] if not atom.is_batch)
        if not rest:
            return x
        return self.arranged(x, (batch, x.view.own[1], rest, *x.view.own[2:]), op)

    def as_sides(self, x: Map, axes: Sequence[int], op: Op) -> Map:
        """A map of which some axes of the tensor are sides, one to three of them in all."""
        wanted = [x.view.axes[axis] for axis in axes]
        for one in (x, self.by_axes(x, op)):
            own = one.view.own[2:]
            if 1 <= len(own) <= 3 and all(axis and axis in own for axis in wanted):
                return one
        if len(wanted) > 3 or any(atom.is_batch for axis in wanted for atom in axis):
            raise self.graph.fault(
                f"{op.called}: the axes {list(axes)} cannot be changed at once", op
            )
        batch = tuple(atom for atom in x.view.own[0] if atom.is_batch)
        held = {*batch, *atoms_of(wanted)}
        rest = tuple(atom for atom in atoms_of(x.view.axes) if atom not in held)
        return self.arranged(x, (batch, rest, *wanted), op)

    def channels_last(self, x: Map, op: Op, sides: int | None = None) -> Map:
        """A map whose channels are the tensor's last axis, for products with weights.

        All others are sides: each by itself where there are up to three, else one of all.
        """
        *before, channels = x.view.axes
        batch = tuple(atom for atom in x.view.own[0] if atom.is_batch)
        rest = [tuple(atom for atom in axis if not atom.is_batch) for axis in before]
        is_split = bool(before) and len(before[0]) > len(rest[0]) > 0
        sides_ = [axis for axis in rest if axis]
        if len(sides_) > 3 or is_split or sides == 1:
            sides_ = [atoms_of(rest)] if before else []
        channels = tuple(atom for atom in channels if not atom.is_batch)
        return self.arranged(x, (batch, channels, *sides_), op)


def _channels_and_sides(own: Axes) -> tuple[int, tuple[int, ...]]:
    channels, *sides = dims_of(own[1:])
    return channels, tuple(sides)
