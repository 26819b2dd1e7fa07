"""What is computed of each element, of one map or of several, in any format."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from costcalc.importers.graphs.axes import Axis, View, dims_of, fresh
from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.drafts import SPREADING, aligned, like
from costcalc.importers.graphs.values import Constant, Map, Value


def of_each(call: Call, x: Map, type_: str, **fields: Any) -> Map:
    """A layer that leaves shape and axes as they are, in whatever order they stand."""
    return x._replace(out=call.drafts.add(type_, fields, [x.out], call.op))


def combined(call: Call, type_: str, one: Value, other: Value) -> Map:
    """A merge of two tensors, of which one may be stored; an axis of 1 spreads."""
    if isinstance(one, Constant) and isinstance(other, Map):
        return _with_constant(call, type_, other, one)
    if isinstance(other, Constant) and isinstance(one, Map):
        return _with_constant(call, type_, one, other)
    assert isinstance(one, Map)
    assert isinstance(other, Map)
    return merged(call, type_, [one, other])


def _with_constant(call: Call, type_: str, x: Map, constant: Constant) -> Map:
    """A merge with numbers that are stored: one, or as many as some axes have."""
    if constant.size == 1:
        out = call.drafts.add_with_number(type_, x.out, call.op, constant.scalar)
        return Map(out, _with_rank(x, len(constant.dims)).view, x.type)
    return merged(call, type_, [x, call.drafts.stored(constant, call.op)])


def _with_rank(x: Map, rank: int) -> Map:
    """The map with axes of 1 in front, up to so many."""
    more = rank - len(x.view.axes)
    return x.seen(x.view.with_axes([()] * more + list(x.view.axes))) if more > 0 else x


def merged(call: Call, type_: str, maps: Sequence[Map], **fields: Any) -> Map:
    """A merge of maps: all in the axes of the largest one."""
    rank = max(len(x.view.axes) for x in maps)
    given = [_with_rank(x, rank) for x in maps]
    dims = spread_dims(call, [x.dims for x in given])
    first = max(given, key=lambda x: (prod(x.dims), x.out.shape.batch is not None))
    place = next(number for number, x in enumerate(given) if x is first)
    for number in range(len(given)):
        if number == place:
            continue
        pair = aligned(given[place], given[number])
        if pair is None:
            pair = (
                call.drafts.plain(given[place], call.op),
                call.drafts.plain(given[number], call.op),
            )
            pair = tuple(_renewed(x) for x in pair)  # type: ignore[assignment]
            assert pair is not None
        given[place], given[number] = pair
    first = given[place]
    if first.dims != dims:
        first = spread(call, first, dims)
        given[place] = first
    outs = []
    for x in given:
        if x is not first and x.dims != dims and type_ not in SPREADING:
            x = spread(call, x, dims)
        fit = x if x is first else like(first, x, call.drafts, call.op)
        if fit is None:
            raise call.fault(f"maps of {' and '.join(str(list(x.dims)) for x in maps)} do not fit")
        outs.append(fit.out)
    out = call.drafts.add(type_, fields, outs, call.op)
    return Map(out, first.view, first.type)


def _renewed(x: Map) -> Map:
    """A plain map whose axes are atoms of their own."""
    own = (x.view.own[0], *fresh(dims_of(x.view.own[1:])))
    return Map(x.out, View(own, own), x.type)


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
    # Channels of 1, and as sides what the map has and what is new.
    kept = [axis for axis in (x.view.own[0][len(batch) :], *x.view.own[1:]) if axis]
    new = [axes[place] for place in missing]
    before = (batch, (), *kept, *([()] * len(new)))
    arranged = call.drafts.arranged(x, before, call.op)
    sizes = list(dims_of((*kept, *new)))
    out = call.drafts.add("upsample", {"size": sizes}, [arranged.out], call.op)
    return Map(out, View((batch, (), *kept, *new), tuple(axes)), x.type)
