"""Small tensors whose elements are known, such as shapes: computed while the layers are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

from costcalc.importers.graphs.values import MAX_VALUES, Constant

Number = Any
"""An int, a float or a bool, as the operators of Python take them."""


def strides_of(dims: Sequence[int]) -> list[int]:
    """By how many elements a step along each axis leads on."""
    return [prod(dims[place + 1 :]) for place in range(len(dims))]


def indices(dims: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return product(*map(range, dims))


def is_small(dims: Iterable[int]) -> bool:
    return prod(dims) <= MAX_VALUES


def spread_shape(shapes: Iterable[Sequence[int]]) -> tuple[int, ...] | None:
    """The shape that tensors spread to, as NumPy has it; None where they do not fit."""
    listed = [tuple(dims) for dims in shapes]
    rank = max(map(len, listed), default=0)
    full = [(1,) * (rank - len(dims)) + dims for dims in listed]
    out = []
    for sides in zip(*full, strict=True):
        found = {side for side in sides if side != 1}
        if len(found) > 1:
            return None
        out.append(found.pop() if found else 1)
    return tuple(out)


def spread(constant: Constant, dims: Sequence[int]) -> list[Number] | None:
    """The elements of a tensor that spreads to a shape; None where they are not known."""
    if constant.values is None or not is_small(dims):
        return None
    own = (1,) * (len(dims) - len(constant.dims)) + constant.dims
    steps = [0 if side == 1 else step for side, step in zip(own, strides_of(own), strict=True)]
    values = constant.values
    return [
        values[sum(place * step for place, step in zip(index, steps, strict=True))]
        for index in indices(dims)
    ]


def of_each(
    function: Callable[..., Number], constants: Sequence[Constant], type_: str
) -> Constant | None:
    """A function of the elements of tensors; where they are not known, of their shape alone."""
    dims = spread_shape([one.dims for one in constants])
    if dims is None:
        return None
    name = next((one.name for one in constants if one.name and one.dims == dims), "")
    rows = [spread(one, dims) for one in constants]
    found = [row for row in rows if row is not None]
    if len(found) < len(rows):
        return Constant(dims, type_, None, name)
    try:
        values = tuple(_bounded(function(*elements)) for elements in zip(*found, strict=True))
    except (ArithmeticError, ValueError, TypeError):
        return Constant(dims, type_, None, name)
    return Constant(dims, type_, values, name)


def _bounded(value: Number) -> Number:
    """A number as it would be stored: larger ones overflow in the file's own program."""
    if isinstance(value, complex) or (isinstance(value, int) and abs(value) >> 64):
        raise ValueError("it does not fit")
    return value


def picked(constant: Constant, dims: Sequence[int], place: Callable[..., int]) -> Constant:
    """A tensor of elements of another: `place` says which, of an index in the new shape."""
    shape = tuple(dims)
    if constant.values is None or not is_small(shape):
        return Constant(shape, constant.type, None, constant.name)
    values = constant.values
    elements = tuple(values[place(index)] for index in indices(shape))
    return Constant(shape, constant.type, elements, constant.name)


def sliced(
    constant: Constant, starts: Sequence[int], steps: Sequence[int], dims: Sequence[int]
) -> Constant:
    """Some places along each axis: from a start on, by a step."""
    strides = strides_of(constant.dims)
    return picked(
        constant,
        dims,
        lambda index: sum(
            (start + place * step) * stride
            for place, start, step, stride in zip(index, starts, steps, strides, strict=True)
        ),
    )


def joined(constants: Sequence[Constant], axis: int) -> Constant:
    """Tensors one behind the other along an axis."""
    first = constants[0]
    dims = list(first.dims)
    dims[axis] = sum(one.dims[axis] for one in constants)
    if not is_small(dims) or any(one.values is None for one in constants):
        return Constant(tuple(dims), first.type)
    rows: list[Number] = []
    inner = prod(dims[axis + 1 :])
    for outer in range(prod(dims[:axis])):
        for one in constants:
            size = one.dims[axis] * inner
            rows += (one.values or ())[outer * size : (outer + 1) * size]
    return Constant(tuple(dims), first.type, tuple(rows))


def gathered(constant: Constant, places: Constant, axis: int) -> Constant:
    """The entries along an axis that a tensor of places names."""
    dims = (*constant.dims[:axis], *places.dims, *constant.dims[axis + 1 :])
    if constant.values is None or places.values is None or not is_small(dims):
        return Constant(dims, constant.type, None, constant.name)
    side = constant.dims[axis]
    steps = strides_of(constant.dims)
    where = strides_of(places.dims)
    named = [int(one) % side if side else 0 for one in places.values]
    rank = len(places.dims)

    def place(index: tuple[int, ...]) -> int:
        inner = index[axis : axis + rank]
        number = named[sum(one * step for one, step in zip(inner, where, strict=True))]
        full = (*index[:axis], number, *index[axis + rank :])
        return sum(one * step for one, step in zip(full, steps, strict=True))

    return picked(constant, dims, place)


def reduced(
    constant: Constant, axes: Sequence[int], function: Callable[[list[Number]], Number], keep: bool
) -> Constant:
    """What a function makes of the elements along some axes."""
    kept = [1 if axis in axes else side for axis, side in enumerate(constant.dims)]
    dims = tuple(side for axis, side in enumerate(kept) if keep or axis not in axes)
    if constant.values is None or not is_small(constant.dims):
        return Constant(dims, constant.type)
    rows: dict[tuple[int, ...], list[Number]] = {index: [] for index in indices(kept)}
    for index, value in zip(indices(constant.dims), constant.values, strict=True):
        rows[tuple(0 if axis in axes else place for axis, place in enumerate(index))].append(value)
    try:
        return Constant(dims, constant.type, tuple(map(function, rows.values())))
    except (ArithmeticError, ValueError):
        return Constant(dims, constant.type)
