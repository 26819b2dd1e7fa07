"""Maps in other shapes, and two maps in axes that fit each other."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.importers.graphs.axes import Atom, Axis, View, atoms_of, refined, size_of
from costcalc.importers.graphs.drafts import Drafts
from costcalc.importers.graphs.model import Op
from costcalc.importers.graphs.values import Map


def reshaped(drafts: Drafts, x: Map, dims: Sequence[int], op: Op) -> Map:
    """A tensor in another shape of as many elements."""
    view = x.view.reshaped(dims)
    if view is not None:
        return x.seen(view)
    # Its axes do not divide so: all elements in a row, and then axes of that.
    batch = tuple(atom for atom in x.view.own[0] if atom.is_batch)
    row = tuple(atom for atom in atoms_of(x.view.axes) if not atom.is_batch)
    flat = drafts.arranged(x, (batch, row), op)
    whole = (Atom(size_of(row)),)
    out = Map(flat.out, View((batch, whole), (batch, whole)), x.type)
    view = out.view.reshaped(dims)
    if view is None:
        raise drafts.graph.fault(f"{op.called}: {x.dims} cannot be reshaped to {list(dims)}", op)
    return out.seen(view)


def aligned(x: Map, y: Map) -> tuple[Map, Map] | None:
    """Two maps whose axes, counted from the end, consist of atoms of the same sizes.

    An axis of 1 fits any other. None where they cannot be taken apart so.
    """
    for place in range(1, min(len(x.view.axes), len(y.view.axes)) + 1):
        one, other = x.view.axes[-place], y.view.axes[-place]
        if size_of(one) != size_of(other):
            continue
        parts = refined(one, other)
        if parts is None:
            return None
        x, y = x.seen(x.view.parted(parts[0])), y.seen(y.view.parted(parts[1]))
    return x, y


def like(x: Map, y: Map, drafts: Drafts, op: Op) -> Map | None:
    """y in the order of x's axes, of which it may lack some; None where they do not fit."""
    same: dict[Atom, Atom] = {}
    rank = len(x.view.axes)
    for place in range(1, min(rank, len(y.view.axes)) + 1):
        one, other = x.view.axes[-place], y.view.axes[-place]
        row = [atom for atom in one if atom.size != 1 or atom.is_batch]
        mate = [atom for atom in other if atom.size != 1 or atom.is_batch]
        if [a.size for a in row if a.size != 1] == [a.size for a in mate if a.size != 1]:
            same.update(
                zip((a for a in row if a.size != 1), (a for a in mate if a.size != 1), strict=True)
            )
        elif any(atom.size != 1 for atom in mate):
            return None
    batch = tuple(atom for atom in y.view.own[0] if atom.is_batch)
    wanted: list[Axis] = [
        tuple(same[atom] for atom in axis if atom in same and not atom.is_batch)
        for axis in x.view.own
    ]
    wanted[0] = (*batch, *wanted[0])
    left = {a for a in atoms_of(y.view.own) if a.size != 1} - set(atoms_of(wanted))
    if left:
        return None
    return drafts.arranged(y, tuple(wanted), op)
