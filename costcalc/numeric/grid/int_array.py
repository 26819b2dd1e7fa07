"""Arrays of exact integers: of int64 where a bound proves that it suffices, else of Python ints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

INT64 = 2**63 - 1


class Ints:
    """An array of exact integers, and a bound of their absolute values."""

    __slots__ = ("array", "bound")

    def __init__(self, array: Array, bound: int) -> None:
        self.array = array
        self.bound = bound

    @classmethod
    def of(cls, values: Sequence[int], shape: tuple[int, ...]) -> Ints:
        bound = max(map(abs, values))
        array = np.array(values, dtype=np.int64 if bound <= INT64 else object)
        return cls(array.reshape(shape), bound)

    def tight(self) -> int:
        """Make the bound as small as it can be."""
        if self.array.size:
            self.bound = max(abs(int(self.array.max())), abs(int(self.array.min())))
        return self.bound


def _arrays(bound: int, *operands: Ints) -> list[Array]:
    """The operands' arrays, of Python ints where the result may not fit an int64."""
    arrays = [operand.array for operand in operands]
    if bound > INT64:
        return [array.astype(object) for array in arrays]
    return arrays


def times(a: Ints, b: Ints) -> Ints:
    bound = a.bound * b.bound
    if bound > INT64:
        bound = a.tight() * b.tight()
    x, y = _arrays(bound, a, b)
    return Ints(x * y, bound)


def plus(a: Ints, b: Ints, sign: int = 1) -> Ints:
    bound = a.bound + b.bound
    if bound > INT64:
        bound = a.tight() + b.tight()
    x, y = _arrays(bound, a, b)
    return Ints(x + y if sign > 0 else x - y, bound)


def floor_divided(a: Ints, b: Ints) -> Ints:
    result = Ints(shrunk(a.array // b.array), a.bound)
    if a.bound > INT64:
        result.tight()
    return result


def shrunk(array: Array) -> Array:
    """The array as int64 if all of it fits: large numbers may have become small."""
    if array.dtype == object and array.size and array.min() >= -INT64 and array.max() <= INT64:
        return array.astype(np.int64)
    return array


def multiple(array: Array, factor: int) -> Array:
    """The array times a positive number, of Python ints where int64 would not hold an element."""
    if factor == 1:
        return array
    if array.size and max(abs(int(array.min())), abs(int(array.max()))) * factor > INT64:
        array = array.astype(object)
    return array * factor


def constant(value: int) -> Ints:
    # With one axis: NumPy turns operations on arrays without axes into plain scalars.
    dtype = np.int64 if abs(value) <= INT64 else object
    return Ints(np.array([value], dtype=dtype), abs(value))


ONE = constant(1)
