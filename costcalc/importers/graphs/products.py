"""Products with weights and of maps, and sums along axes, in any format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.importers.graphs.alignment import aligned
from costcalc.importers.graphs.axes import (
    Atom,
    Axis,
    View,
    atoms_of,
    fresh,
    names_of,
    size_of,
    term,
)
from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.elementwise import renewed
from costcalc.importers.graphs.values import Map


def linear(call: Call, x: Map, in_features: int, out_features: int, *, bias: bool) -> Map:
    """Over the tensor's last axis: a linear layer, or at every place a pointwise convolution."""
    if not x.dims or x.dims[-1] != in_features:
        raise call.fault(f"weights of {in_features} rows on a tensor of {list(x.dims)}")
    x = call.drafts.channels_last(x, call.op)
    sides = len(x.view.own) - 2
    own: dict[str, Any] = {} if bias else {"bias": False}
    if sides > 1:
        type_, fields = f"pointwise_conv{sides}d", {"out_channels": out_features}
    else:
        type_, fields = "linear", {"out_features": out_features}
    out = call.drafts.add(type_, {**fields, **own}, [x.out], call.op)
    (channels,) = fresh([out_features])
    view = View((x.view.own[0], channels, *x.view.own[2:]), (*x.view.axes[:-1], channels))
    return Map(out, view, x.type)


def swapped(x: Map) -> Map:
    """A map whose last two axes have changed places."""
    *before, one, other = x.view.axes
    return x.seen(x.view.with_axes((*before, other, one)))


def product(call: Call, x: Map, y: Map) -> Map:
    """The matrix product of two maps, as NumPy's matmul has it."""
    if len(x.dims) < 2 or len(y.dims) < 2:
        raise call.fault(f"a product of {list(x.dims)} and {list(y.dims)}")
    if x.dims[-1] != y.dims[-2]:
        raise call.fault(f"rows of {x.dims[-1]} by columns of {y.dims[-2]}")
    rank = max(len(x.dims), len(y.dims))
    names = [f"d{place}" for place in range(rank)]
    rows, inner, columns = names[-2], "k", "n"
    one = [*names[rank - len(x.dims) : -2], rows, inner]
    other = [*names[rank - len(y.dims) : -2], inner, columns]
    return einsum(call, [x, y], [one, other], [*names[:-2], rows, columns])


def einsum(
    call: Call, maps: Sequence[Map], terms: Sequence[Sequence[str]], out: Sequence[str]
) -> Map:
    """The sum of products of maps along axes with names; axes of 1 spread."""
    if len(maps) == 2:
        maps = [maps[0], maps[1].seen(maps[1].view.renamed())]
        maps = _agreeing(call, maps[0], maps[1], *terms)
    # One atom stands for all of the same name and size.
    same: dict[tuple[str, int], Atom] = {}
    whole: dict[str, Axis] = {}
    views = []
    for x, names in zip(maps, terms, strict=True):
        swaps: dict[Atom, Axis] = {}
        for name, axis in zip(names, x.view.axes, strict=True):
            row = [atom for atom in axis if atom.size != 1 and not atom.is_batch]
            for number, atom in enumerate(row):
                mate = same.setdefault((name, number), atom)
                if mate.size != atom.size:
                    raise call.fault(f"axes of {mate.size} and {atom.size} places do not fit")
                if mate is not atom:
                    swaps[atom] = (mate,)
            if row or name not in whole:
                whole[name] = tuple(swaps.get(atom, (atom,))[0] for atom in row)
        views.append(x.view.parted(swaps))
    batch = max((view.own[0] for view in views), key=len)
    batch = tuple(atom for atom in batch if atom.is_batch)
    made = [whole.get(name, ()) for name in out]
    own = _order(views, made)
    maps = [
        call.drafts.unbatched(x.seen(view), call.op) for x, view in zip(maps, views, strict=True)
    ]
    sides = [x.view.own[1:] for x in maps]
    known = _lettered(atoms_of(axis for side in sides for axis in side), own)
    equation = ", ".join(" ".join(term(axis, known) for axis in side) for side in sides)
    equation += " -> " + " ".join(term(axis, known) for axis in own)
    sizes = {
        known[atom]: atom.size for side in sides for axis in side if len(axis) > 1 for atom in axis
    }
    fields = {"equation": equation, **sizes}
    added = call.drafts.add("einsum", fields, [x.out for x in maps], call.op)
    axes = list(made)
    place = _batch_place(maps, terms, out)
    if place is not None and batch:
        axes[place] = (*batch, *axes[place])
    return Map(added, View((batch, *own), tuple(axes)), maps[0].type)


_NAMES = "cdefghklmnopqrstuvwxyz"


def _lettered(atoms: Axis, own: Sequence[Axis]) -> dict[Atom, str]:
    """A letter for each atom, those of the output first."""
    order = dict.fromkeys([*atoms_of(own), *atoms])
    letters = [*_NAMES, *(f"x{n}" for n in range(len(order)))]
    return dict(zip(order, letters, strict=False))


def _order(views: Sequence[View], made: Sequence[Axis]) -> list[Axis]:
    """Channels and sides of a product, so that what follows needs no rearranging.

    What is one of the channels of a map that is read, beside axes of the output, stays channels:
    the heads and what a head reads of values.
    """
    axes = [axis for axis in made if axis]
    out = set(atoms_of(axes))
    for view in reversed(views):
        channels = view.own[1] if len(view.own) > 1 else ()
        last = set(made[-1]) if made else set()
        if channels and set(channels) <= out and last & set(channels):
            rest = [tuple(a for a in axis if a not in channels) for axis in axes]
            return [channels, *(axis for axis in rest if axis)]
    return axes or [()]


def _batch_place(
    maps: Sequence[Map], terms: Sequence[Sequence[str]], out: Sequence[str]
) -> int | None:
    """The axis of the output that is the batch, as of the maps."""
    for x, names in zip(maps, terms, strict=True):
        for name, axis in zip(names, x.view.axes, strict=True):
            if any(atom.is_batch for atom in axis) and name in out:
                return list(out).index(name)
    return None


def _agreeing(
    call: Call, x: Map, y: Map, one: Sequence[str], other: Sequence[str]
) -> tuple[Map, Map]:
    """Two maps of which axes of one name consist of atoms of the same sizes."""
    for name in one:
        if name not in other:
            continue
        a, b = list(one).index(name), list(other).index(name)
        sizes = x.dims[a], y.dims[b]
        if 1 in sizes:
            continue
        if sizes[0] != sizes[1]:
            raise call.fault(f"axes of {sizes[0]} and {sizes[1]} places do not fit")
        first = x.seen(x.view.with_axes([x.view.axes[a]]))
        second = y.seen(y.view.with_axes([y.view.axes[b]]))
        pair = aligned(first, second)
        if pair is None:
            x, y = (renewed(call.drafts.by_axes(z, call.op)) for z in (x, y))
            continue
        x, y = _with_parts(x, first, pair[0]), _with_parts(y, second, pair[1])
    return x, y


def _with_parts(x: Map, before: Map, after: Map) -> Map:
    """A map with the atoms taken apart that were taken apart in a part of its axes."""
    parts: dict[Atom, Axis] = {}
    for old, new in zip(before.view.own, after.view.own, strict=True):
        row = list(new)
        for atom in old:
            axis: list[Atom] = []
            while size_of(axis) < atom.size or (not axis and row and row[0] is atom):
                axis.append(row.pop(0))
            if axis and axis != [atom]:
                parts[atom] = tuple(axis)
    return x.seen(x.view.parted(parts))


def reduced(call: Call, x: Map, axes: Sequence[int], function: str) -> Map:
    """One element of all along some axes, which stay as axes of 1."""
    axes = [axis for axis in axes if x.dims[axis] != 1]
    gone = {atom for axis in axes for atom in x.view.axes[axis]}
    if any(atom.is_batch for atom in gone):
        raise call.fault("elements of several samples are not taken together")
    if not gone:
        return x
    own = x.view.own
    left = tuple(tuple(atom for atom in axis if atom not in gone) for axis in own)
    kept = tuple(() if number in axes else axis for number, axis in enumerate(x.view.axes))
    if function == "mean" and len(own) > 2 and left[:2] == own[:2] and not any(left[2:]):
        out = call.drafts.add("global_avg_pool", {}, [x.out], call.op)
        return Map(out, View(left, kept), x.type)
    x = call.drafts.unbatched(x, call.op)
    own = x.view.own
    left = tuple(tuple(atom for atom in axis if atom not in gone) for axis in own)
    names = names_of(own)
    after = [axis for axis in left[2:] if axis] if not left[1] else list(left[2:])
    sides = [left[1], *after]
    pattern = " ".join(term(axis, names) for axis in own[1:])
    pattern += " -> " + " ".join(term(axis, names) for axis in sides)
    sizes = {names[atom]: atom.size for axis in own[1:] if len(axis) > 1 for atom in axis}
    fields = {"pattern": pattern, **({} if function == "mean" else {"function": function}), **sizes}
    out = call.drafts.add("reduce", fields, [x.out], call.op)
    return Map(out, View((own[0], *sides), kept), x.type)


def without_axes(x: Map, axes: Sequence[int], *, keep: bool) -> Map:
    """A map of which some axes, all of 1, are dropped."""
    if keep:
        return x
    return x.seen(x.view.without(axes))
