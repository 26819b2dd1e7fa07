"""What is computed of each element, of one map or of several, in any format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from costcalc.importers.graphs.alignment import aligned, like
from costcalc.importers.graphs.axes import Axis, View, atoms_of, fresh, size_of
from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.drafts import SPREADING
from costcalc.importers.graphs.values import Constant, Map, Value


def of_each(call: Call, x: Map, type_: str, **fields: Any) -> Map:
    """A layer that leaves shape and axes as they are, in whatever order they stand."""
    return x._replace(out=call.drafts.add(type_, fields, [x.out], call.op))


def combined(call: Call, type_: str, one: Value, other: Value, **fields: Any) -> Map:
    """A merge of two tensors, of which one may be stored; an axis of 1 spreads."""
    for x, constant, place in ((one, other, 0), (other, one, 1)):
        if isinstance(x, Map) and isinstance(constant, Constant):
            if type_ == "add" and call.drafts.takes_bias(x, constant, call.op, place):
                return x
            return _with_constant(call, type_, x, constant, fields)
    if isinstance(one, Map) and isinstance(other, Map):
        return merged(call, type_, [one, other], **fields)
    # What is stored is computed before, unless its shapes do not fit.
    raise call.fault(f"tensors of {list(one.dims)} and {list(other.dims)} do not fit one another")


def _with_constant(
    call: Call, type_: str, x: Map, constant: Constant, fields: Mapping[str, Any]
) -> Map:
    """A merge with numbers that are stored: one, or as many as some axes have."""
    if type_ == "multiply" and call.drafts.is_of_channels(x, constant):
        return of_each(call, x, "layer_scale")
    if constant.size == 1:
        out = call.drafts.add_with_number(type_, x.out, call.op, constant.scalar, fields)
        return Map(out, _with_rank(x, len(constant.dims)).view, x.type)
    return merged(call, type_, [x, call.drafts.stored(constant, call.op)], **fields)


def _with_rank(x: Map, rank: int) -> Map:
    """The map with axes of 1 in front, up to so many."""
    more = rank - len(x.view.axes)
    return x.seen(x.view.with_axes([()] * more + list(x.view.axes))) if more > 0 else x


def merged(call: Call, type_: str, maps: Sequence[Map], **fields: Any) -> Map:
    """A merge of maps: all in the axes of the largest one."""
    rank = max(len(x.view.axes) for x in maps)
    given = [_with_rank(x, rank) for x in maps]
    dims = spread_dims(call, [x.dims for x in given])
    place = max(range(len(given)), key=lambda n: (prod(given[n].dims), _has_batch(given[n])))
    given = [
        spread(call, x, dims) if n == place or type_ not in SPREADING else x
        for n, x in enumerate(given)
    ]
    if any(_cuts(given[place], x) for x in given):
        given[place] = renewed(call.drafts.by_axes(given[place], call.op))
    for number in range(len(given)):
        if number != place:
            given[place], given[number] = _aligned(call, given[place], given[number])
    first = given[place]
    outs = []
    for x in given:
        fit = x if x is first else like(first, x, call.drafts, call.op)
        if fit is None:
            raise call.fault(f"maps of {' and '.join(str(list(x.dims)) for x in maps)} do not fit")
        outs.append(fit.out)
    out = call.drafts.add(type_, fields, outs, call.op)
    return Map(out, first.view, first.type)


def _cuts(x: Map, y: Map) -> bool:
    """Whether y lacks a part of what is one axis of our map of x: it cannot spread there."""
    lacking = {
        atom
        for axis, side in zip(x.view.axes, y.dims, strict=True)
        for atom in axis
        if side == 1 and atom.size != 1
    }
    return any(
        lacking.intersection(axis) and not lacking.issuperset(a for a in axis if a.size != 1)
        for axis in x.view.own[1:]
    )


def _has_batch(x: Map) -> bool:
    return x.out.shape.batch is not None


def _aligned(call: Call, x: Map, y: Map) -> tuple[Map, Map]:
    """Two maps whose axes consist of atoms of the same sizes, at worst of one each."""
    pair = aligned(x, y)
    if pair is None:
        return renewed(call.drafts.by_axes(x, call.op)), renewed(call.drafts.by_axes(y, call.op))
    return pair


def renewed(x: Map) -> Map:
    """A map whose axes, each of which is one of the tensor's, are atoms of their own."""
    new = {axis: fresh([size_of(axis)])[0] for axis in x.view.own[1:]}

    def axis_of(axis: Axis) -> Axis:
        rest = tuple(atom for atom in axis if not atom.is_batch)
        return (*(atom for atom in axis if atom.is_batch), *new.get(rest, rest))

    own = (x.view.own[0], *(new[axis] for axis in x.view.own[1:]))
    return Map(x.out, View(own, tuple(map(axis_of, x.view.axes))), x.type)


def spread_dims(call: Call, shapes: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The shape that tensors spread to, as NumPy has it."""
    made = []
    for sides in zip(*shapes, strict=True):
        found = {side for side in sides if side != 1}
        if len(found) > 1:
            shown = " and ".join("x".join(map(str, dims)) for dims in shapes)
            raise call.fault(f"tensors of {shown} do not fit one another")
        made.append(found.pop() if found else 1)
    return tuple(made)


def spread(call: Call, x: Map, dims: Sequence[int]) -> Map:
    """A map whose axes of 1 become as large as is wanted: its elements are repeated."""
    pairs = zip(x.dims, dims, strict=True)
    missing = [place for place, (old, new) in enumerate(pairs) if old != new]
    if not missing:
        return x
    batch = tuple(atom for atom in x.view.own[0] if atom.is_batch)
    axes: list[Axis] = list(x.view.axes)
    for place in missing:
        axes[place] = fresh([dims[place]])[0]
    # What the map has as channels, and what is new as a side.
    first = tuple(atom for atom in x.view.own[0] if not atom.is_batch)
    kept = (*first, *atoms_of(x.view.own[1:]))
    new = tuple(atoms_of(axes[place] for place in missing))
    arranged = call.drafts.arranged(x, (batch, kept, ()), call.op)
    out = call.drafts.add("upsample", {"size": [size_of(new)]}, [arranged.out], call.op)
    return Map(out, View((batch, kept, new), tuple(axes)), x.type)
