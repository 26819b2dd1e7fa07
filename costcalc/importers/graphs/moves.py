"""What moves, cuts, repeats or joins elements, in any format, and computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from costcalc.importers.graphs.alignment import aligned
from costcalc.importers.graphs.axes import Atom, Axes, Axis, View, atoms_of, dims_of, fresh
from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.elementwise import renewed, spread
from costcalc.importers.graphs.values import Map

MAX_PICKED = 64
"""Places in any order that are taken one by one."""


def own_axis(call: Call, x: Map, axis: int) -> tuple[Map, int]:
    """A map that has an axis of the tensor as one of its own, and the number of that one."""
    found = _place(x, axis)
    if found is None:
        x = call.drafts.by_axes(x, call.op, same_channels=True)
        found = _place(x, axis)
    if found is None:
        raise call.fault("the batch, which is computed a sample at a time, cannot be cut or joined")
    return x, found


def _place(x: Map, axis: int) -> int | None:
    wanted = x.view.axes[axis]
    for place, own in enumerate(x.view.own[1:]):
        if own == wanted and (own or _is_only(x, place)):
            return place
    return None


def _is_only(x: Map, place: int) -> bool:
    """Whether an axis of 1 may stand for any of the tensor's: all of them do."""
    return x.view.own[1 + place] == ()


def with_size(x: Map, axis: int, place: int, size: int, out: Any) -> Map:
    """A map of which one axis has another size."""
    new: Axis = fresh([size])[0]
    own, axes = list(x.view.own), list(x.view.axes)
    own[1 + place] = axes[axis] = new
    return Map(out, View(tuple(own), tuple(axes)), x.type)


def sliced(call: Call, x: Map, axis: int, start: int, count: int, step: int) -> Map:
    """So many places of an axis, from a start on, by a step, which may be below 0."""
    side = x.dims[axis]
    if (start, count, step) == (0, side, 1):
        return x
    if count < 1:
        raise call.fault(f"it leaves nothing of the axis {axis} of {side}")
    if count == side and step == -1:
        return x  # the other way round
    if step < 0:  # as many places, which cost as little
        start, step = start + (count - 1) * step, -step
    x, place = own_axis(call, x, axis)
    stop = start + (count - 1) * step + 1
    fields: dict[str, Any] = {"axis": place}
    if start:
        fields["start"] = start
    if stop < side:
        fields["stop"] = stop
    if step > 1:
        fields["step"] = step
    out = call.drafts.add("slice", fields, [x.out], call.op)
    return with_size(x, axis, place, count, out)


def split(call: Call, x: Map, axis: int, sizes: Sequence[int]) -> list[Map]:
    """Parts of an axis."""
    if sum(sizes) != x.dims[axis] or min(sizes, default=0) < 1:
        raise call.fault(f"parts of {list(sizes)} of the axis {axis} of {x.dims[axis]}")
    if len(sizes) == 1:
        return [x]
    x, place = own_axis(call, x, axis)
    parts: Any = len(sizes) if len(set(sizes)) == 1 else list(sizes)
    fields = {"parts": parts, **({"axis": place} if place else {})}
    outs = call.drafts.add_parts(fields, x.out, call.op)
    return [with_size(x, axis, place, size, out) for size, out in zip(sizes, outs, strict=True)]


def joined(call: Call, maps: Sequence[Map], axis: int) -> Map:
    """Maps one behind the other along an axis."""
    if len(maps) == 1:
        return maps[0]
    rank = len(maps[0].dims)
    for x in maps:
        others = [side for place, side in enumerate(x.dims) if place != axis]
        first = [side for place, side in enumerate(maps[0].dims) if place != axis]
        if len(x.dims) != rank or others != first:
            shown = " and ".join("x".join(map(str, one.dims)) for one in maps[:4])
            raise call.fault(f"tensors of {shown} cannot be joined along axis {axis}")
    # What is computed for each sample stays as it is, and what is stored takes its order.
    lead = max(range(len(maps)), key=lambda n: (maps[n].out.shape.batch is not None, -n))
    leader, place = own_axis(call, maps[lead], axis)
    outs = []
    for number, x in enumerate(maps):
        fit = leader
        if number != lead:
            beside = _beside(call, leader, own_axis(call, x, axis)[0], axis)
            if beside is None:
                return _plainly(call, maps, axis)
            fit = beside
        outs.append(fit.out)
    fields = {"axis": place} if place else {}
    out = call.drafts.add("concat", fields, outs, call.op)
    return with_size(leader, axis, place, sum(x.dims[axis] for x in maps), out)


def _plainly(call: Call, maps: Sequence[Map], axis: int) -> Map:
    """Join maps whose axes stand as those of the tensors."""
    plain = [renewed(call.drafts.by_axes(x, call.op)) for x in maps]
    first, place = own_axis(call, plain[0], axis)
    fields = {"axis": place} if place else {}
    out = call.drafts.add("concat", fields, [x.out for x in plain], call.op)
    return with_size(first, axis, place, sum(x.dims[axis] for x in maps), out)


def _beside(call: Call, x: Map, y: Map, axis: int) -> Map | None:
    """y in the order of x's axes, but for one along which their sizes may differ."""
    x, y = _with_atom(x, axis), _with_atom(y, axis)
    mine, its = x.view.axes[axis], y.view.axes[axis]
    stand_in = fresh([1 << 40])[0]

    def named(one: Map, old: Axis) -> Map:
        def swapped(axes: Axes) -> Axes:
            return tuple(stand_in if own == old and own else own for own in axes)

        return one.seen(View(swapped(one.view.own), swapped(one.view.axes)))

    if not mine or not its:
        return None
    pair = aligned(named(x, mine), named(y, its))
    if pair is None:
        return None
    wanted = _order(pair[0], pair[1])
    if wanted is None:
        return None
    own = tuple(its if axis_ == stand_in else axis_ for axis_ in wanted)
    parted = pair[1].view.parted({stand_in[0]: its})
    return call.drafts.arranged(y.seen(parted), own, call.op)


def _with_atom(x: Map, axis: int) -> Map:
    """A map of which an axis of 1 has an atom, where there is one of ours to stand for it."""
    own, axes = list(x.view.own), list(x.view.axes)
    if axes[axis] or () not in own[1:]:
        return x
    place = own.index((), 1)
    own[place] = axes[axis] = (Atom(1),)
    return x.seen(View(tuple(own), tuple(axes)))


def _order(x: Map, y: Map) -> Axes | None:
    """The order of y's atoms that is that of x's axes; None where they do not fit."""
    same = {
        one: other
        for mine, its in zip(x.view.axes, y.view.axes, strict=True)
        for one, other in zip(
            (a for a in mine if a.size != 1), (a for a in its if a.size != 1), strict=False
        )
    }
    batch = tuple(atom for atom in y.view.own[0] if atom.is_batch)
    own = [
        tuple(same[atom] for atom in axis if atom in same and not atom.is_batch)
        for axis in x.view.own
    ]
    own[0] = (*batch, *own[0])
    left = {a for a in atoms_of(y.view.own) if a.size != 1} - set(atoms_of(own))
    return None if left else tuple(own)


def padded(call: Call, x: Map, ends: Sequence[tuple[int, int]]) -> Map:
    """Places before and behind each axis; below 0 they are cut off."""
    for axis, (before, behind) in enumerate(ends):
        cut = max(0, -before), max(0, -behind)
        if any(cut):
            count = x.dims[axis] - sum(cut)
            x = sliced(call, x, axis, cut[0], count, 1)
    added = [(max(0, before), max(0, behind)) for before, behind in ends]
    axes = [axis for axis, pair in enumerate(added) if any(pair)]
    if not axes:
        return x
    as_it_was = x.view.own
    x = call.drafts.as_sides(x, axes, call.op)
    sides = x.view.own[2:]
    around: list[int] = []
    own, file_axes = list(x.view.own), list(x.view.axes)
    for place, side in enumerate(sides):
        pair = next((added[axis] for axis in axes if x.view.axes[axis] == side), (0, 0))
        around += pair
        if any(pair):
            axis = next(axis for axis in axes if x.view.axes[axis] == side)
            new = fresh([prod(dims_of([side])) + sum(pair)])[0]
            own[2 + place] = file_axes[axis] = new
    fields = {"padding": around}
    out = call.drafts.add(f"zero_pad{len(sides)}d", fields, [x.out], call.op)
    made = Map(out, View(tuple(own), tuple(file_axes)), x.type)
    if as_it_was[1] != x.view.own[1] and {*as_it_was} == {*x.view.own}:
        longer = dict(zip(x.view.own, own, strict=True))  # channels were padded, and are a side
        return call.drafts.arranged(made, tuple(longer[axis] for axis in as_it_was), call.op)
    return made


def repeated(call: Call, x: Map, axis: int, count: int) -> Map:
    """As many places along an axis, which has fewer or other ones: they are copied."""
    if x.dims[axis] == count:
        return x
    if x.dims[axis] == 1:
        return spread(call, x, [count if n == axis else side for n, side in enumerate(x.dims)])
    x = call.drafts.as_sides(x, [axis], call.op)
    place = x.view.own.index(x.view.axes[axis]) - 1
    sizes = list(dims_of(x.view.own[2:]))
    sizes[place - 1] = count
    out = call.drafts.add("upsample", {"size": sizes}, [x.out], call.op)
    return with_size(x, axis, place, count, out)


def embedded(call: Call, x: Map, rows: int, columns: int, type_: str) -> Map:
    """A row of a table for each number of a map."""
    batch = tuple(atom for atom in x.view.own[0] if atom.is_batch)
    sides = [tuple(a for a in axis if not a.is_batch) for axis in x.view.axes]
    x = call.drafts.arranged(x, (batch, (), *(side for side in sides if side)), call.op)
    fields = {"num_embeddings": rows, "embedding_dim": columns}
    out = call.drafts.add("embedding", fields, [x.out], call.op)
    (channels,) = fresh([columns])
    view = View((x.view.own[0], channels, *x.view.own[2:]), (*x.view.axes, channels))
    return Map(out, view, type_)
