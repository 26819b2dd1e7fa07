"""The axes of a map in a file's order and in ours: reshapes and transposes as bookkeeping.

An axis is a row of atoms, whose sizes multiply to its own; an axis of size 1 has none. A view says
of a map of ours how its axes (`own`, the batch first, then the channels) and the file's (`axes`)
consist of the same atoms. What moves elements in the file, such as a transpose, changes only the
view; a rearrange is made where a layer needs another order. So transposes that undo each other
leave nothing, and one that shuffles channels is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple, TypeAlias


class Atom:
    """A factor of an axis."""

    __slots__ = ("is_batch", "size")

    def __init__(self, size: int, is_batch: bool = False) -> None:
        self.size = size
        self.is_batch = is_batch


Axis: TypeAlias = "tuple[Atom, ...]"
Axes: TypeAlias = "tuple[Axis, ...]"


def size_of(axis: Iterable[Atom]) -> int:
    return prod(atom.size for atom in axis)


def dims_of(axes: Iterable[Axis]) -> tuple[int, ...]:
    return tuple(map(size_of, axes))


def atoms_of(axes: Iterable[Axis]) -> Axis:
    return tuple(atom for axis in axes for atom in axis)


def fresh(dims: Iterable[int]) -> Axes:
    """New axes of some sizes, of an atom each."""
    return tuple((Atom(size),) if size != 1 else () for size in dims)


class View(NamedTuple):
    """How the axes of one of our maps and those of the file's tensor consist of atoms."""

    own: Axes
    """Batch, channels and sides of our map."""
    axes: Axes
    """Those of the tensor."""

    @property
    def dims(self) -> tuple[int, ...]:
        """The tensor's, as the file has them."""
        return dims_of(self.axes)

    def parted(self, parts: Mapping[Atom, Axis]) -> View:
        """The same view with some atoms taken apart."""
        if not parts:
            return self

        def with_parts(axes: Axes) -> Axes:
            return tuple(
                tuple(part for atom in axis for part in parts.get(atom, (atom,))) for axis in axes
            )

        return View(with_parts(self.own), with_parts(self.axes))

    def renamed(self) -> View:
        """The same view of atoms of its own, so that it shares none with another's."""
        found = dict.fromkeys(atoms_of((*self.own, *self.axes)))
        return self.parted({a: (Atom(a.size),) for a in found if not a.is_batch})

    def with_axes(self, axes: Iterable[Axis]) -> View:
        return View(self.own, tuple(axes))

    def without(self, axes: Sequence[int]) -> View:
        """The tensor without some of its axes, all of 1."""
        kept = (axis for number, axis in enumerate(self.axes) if number not in axes)
        return self.with_axes(kept)

    def with_lost_batch(self) -> View:
        """A batch that was squeezed out stands in front again, where the axis there is 1."""
        batch = next((atom for atom in self.own[0] if atom.is_batch), None)
        if not self.axes or self.axes[0] or batch is None or batch.size != 1:
            return self
        if any(batch in axis for axis in self.axes):
            return self
        return self.with_axes(((batch,), *self.axes[1:]))

    def transposed(self, order: Sequence[int]) -> View:
        return self.with_axes(self.axes[axis] for axis in order)

    def reshaped(self, dims: Sequence[int]) -> View | None:
        """The tensor in another shape; None where its atoms do not divide so."""
        row = [atom for atom in atoms_of(self.axes) if atom.size != 1]
        parts: dict[Atom, Axis] = {}
        axes: list[Axis] = []
        for size in dims:
            axis: list[Atom] = []
            left = size
            while left > 1:
                if not row:
                    return None
                atom = row.pop(0)
                if left % atom.size:
                    if atom.size % left:
                        return None
                    first, rest = Atom(left, atom.is_batch), Atom(atom.size // left)
                    _take_apart(parts, atom, (first, rest))
                    row.insert(0, rest)
                    atom = first
                axis.append(atom)
                left //= atom.size
            axes.append(tuple(axis))
        if row:
            return None
        return _with_batch(self.parted(parts).with_axes(axes), self)


def _take_apart(parts: dict[Atom, Axis], atom: Atom, by: Axis) -> None:
    """Take an atom apart, also where it is itself a part."""
    for whole, row in parts.items():
        if atom in row:
            parts[whole] = tuple(part for own in row for part in (by if own is atom else (own,)))
            return
    parts[atom] = by


def _with_batch(view: View, before: View) -> View:
    """Put a batch of one sample, which no size shows, where it was: in front of what it was."""
    batch = next((atom for atom in atoms_of(before.axes) if atom.is_batch), None)
    if batch is None or batch.size != 1:
        return view
    place = next(place for place, axis in enumerate(before.axes) if batch in axis)
    ahead, count = size_of(atoms_of(before.axes[:place])), 1
    found: list[int] = []
    for number, axis in enumerate(view.axes):
        if count == ahead and (not axis or number == 0):
            found.append(number)
        count *= size_of(axis)
    if not found:
        return view
    number = place if place in found else found[0]
    return view.with_axes(
        (batch, *own) if one == number else own for one, own in enumerate(view.axes)
    )


def refined(one: Axis, other: Axis) -> tuple[dict[Atom, Axis], dict[Atom, Axis]] | None:
    """How to take apart the atoms of two axes of one size, so that their sizes agree one by one.

    None where they do not divide one another.
    """
    parts: tuple[dict[Atom, Axis], dict[Atom, Axis]] = ({}, {})
    rows = [[a for a in one if a.size != 1], [a for a in other if a.size != 1]]
    while rows[0] and rows[1]:
        first, second = rows[0][0], rows[1][0]
        if first.size == second.size:
            rows[0].pop(0)
            rows[1].pop(0)
            continue
        large = 0 if first.size > second.size else 1
        atom, size = rows[large][0], min(first.size, second.size)
        if atom.size % size:
            return None
        made = Atom(size, atom.is_batch), Atom(atom.size // size)
        _take_apart(parts[large], atom, made)
        rows[large][:1] = made
    return None if rows[0] or rows[1] else parts


def pattern_of(before: Axes, after: Axes) -> tuple[str, dict[str, int]]:
    """Write what turns axes into others of the same atoms, with the sizes that it needs.

    The batch, which comes first, is written where it is more than itself.
    """
    names = names_of(before)
    has_windows = any(not atom.is_batch for axes in (before, after) for atom in axes[0])
    sides = [" ".join(term(axis, names) for axis in axes[1:]) for axes in (before, after)]
    if has_windows:
        sides = [
            f"{_batch_term(axes[0], names)} {side}"
            for axes, side in zip((before, after), sides, strict=True)
        ]
    sizes = {
        names[atom]: atom.size
        for axis in (before if has_windows else before[1:])
        if len(axis) > 1 or axis is before[0]
        for atom in axis
        if not atom.is_batch
    }
    return " -> ".join(sides), sizes


_LETTERS = {1: ("n",), 2: ("h", "w"), 3: ("d", "h", "w")}


def names_of(axes: Axes) -> dict[Atom, str]:
    """Names for the atoms of a map's axes: c h w, and c1 c2 of an axis with several."""
    sides = axes[2:]
    letters = ["b", "c", *_LETTERS.get(len(sides), tuple(f"s{n}_" for n in range(len(sides))))]
    names: dict[Atom, str] = {}
    for letter, axis in zip(letters, axes, strict=True):
        plain = [atom for atom in axis if not atom.is_batch]
        for number, atom in enumerate(plain, 1):
            alone = len(plain) == 1 and letter != "b"
            names[atom] = letter.rstrip("_") if alone else f"{letter}{number}"
        names.update((atom, "b") for atom in axis if atom.is_batch)
    return names


def term(axis: Axis, names: Mapping[Atom, str]) -> str:
    """An axis in a pattern."""
    if not axis:
        return "1"
    inner = " ".join(names[atom] for atom in axis)
    return inner if len(axis) == 1 else f"({inner})"


def _batch_term(axis: Axis, names: Mapping[Atom, str]) -> str:
    """The batch in a pattern: also of a file whose tensors have none, of one sample alone."""
    if any(atom.is_batch for atom in axis):
        return term(axis, names)
    return f"({' '.join(('b', *(names[atom] for atom in axis)))})" if axis else "b"


def rearranging(before: Axes, after: Axes) -> tuple[str, dict[str, Any]]:
    """The layer that brings axes into another order: the plainest there is."""
    row = atoms_of(before[1:])
    if before[0] == after[0] and len(after) == 2 and after[1] == row:
        return "flatten", {}
    is_of_channels = (before[0], before[2:]) == (after[0], after[2:]) and len(before[1]) == 2
    if is_of_channels and after[1] == before[1][::-1]:
        return "channel_shuffle", {"groups": before[1][0].size}
    pattern, sizes = pattern_of(before, after)
    return "rearrange", {"pattern": pattern, **sizes}
