"""The axis that a layer works along, by its number or its name."""

from typing import Any

from costcalc.errors import CostcalcError, nearest
from costcalc.layers.fields import Field, either, size
from costcalc.numeric.base import AbstractNumber
from costcalc.numeric.exact import UNKNOWN
from costcalc.shapes import SIDES, TensorShape, axis_names

AXES = ("channels", *dict.fromkeys(name for sides in SIDES.values() for name in sides))
"""What an axis of a map may be called."""


_NUMBER: Field = size(minimum=0)


def along() -> Any:
    """An axis of a map: its number or its name."""

    def convert(value: Any) -> int | str:
        if isinstance(value, str):
            if value in AXES:
                return value
            hint = nearest(value, AXES)
            raise CostcalcError(f"must be {either(AXES)}, or a number, not {value}", hint=hint)
        return single(_NUMBER.convert(value), 0)

    return Field("whole", convert, 0, words=AXES, minimum=0)


def single(number: Any, unknown: int) -> int:
    """A whole number that decides which maps there are: the same one at all settings."""
    if isinstance(number, AbstractNumber):
        number = number.single()
    return unknown if number is UNKNOWN else int(number)


def size_along(axis: int, x: TensorShape) -> str:
    """An axis of a map and its size: the 4 channels, the width of 8."""
    name = axis_names(len(x.sides))[axis]
    return f"the {name} of {x.dims[axis]}" if axis else f"the {x.channels} {name}"


def axis_of(axis: int | str, sides: int) -> int:
    """Return the number of an axis of a map: 0 is its channels, 1 its first side.

    Raises CostcalcError for one that the map lacks.
    """
    names = axis_names(sides)
    if isinstance(axis, str) and axis in names:
        return names.index(axis)
    if isinstance(axis, str) or axis >= len(names):
        known = [f"{number} ({name})" for number, name in enumerate(names)]
        raise CostcalcError(f"axis must be {either(known)}, not {axis}")
    return axis
