"""The fields of a layer: how a value from a network is checked and converted.

Each function here declares one field in a layer class and stands for the value it will have on an
instance: `stride: Pair = pair(1)`.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from costcalc.errors import CostcalcError, nearest
from costcalc.layers.meanings import MEANINGS
from costcalc.numeric.base import AbstractNumber, Condition
from costcalc.numeric.exact import Number, holds, whole
from costcalc.shapes import SIDES
from costcalc.units import decimal_text

Sizes: TypeAlias = tuple[Number, ...]
"""A number for each side of a map."""
Around: TypeAlias = tuple[tuple[Number, Number], ...]
"""How much is put before and after each side of a map."""
Convert: TypeAlias = Callable[[Any, int], Any]
"""What is written, for a map of so many sides."""

REQUIRED: Any = object()


class Field:
    """One field: its default, the words it takes, and the conversion of what is written."""

    __slots__ = (
        "_meaning",
        "convert",
        "default",
        "kind",
        "minimum",
        "name",
        "shown_default",
        "words",
    )

    def __init__(
        self,
        kind: str,
        convert: Callable[[Any], Any],
        default: Any,
        *,
        words: Sequence[str] = (),
        minimum: int | None = None,
        shown_default: str | None = None,
    ) -> None:
        self.kind = kind
        self.convert = convert
        self.words = tuple(words)
        self.minimum = minimum
        self.name = ""
        self._meaning: tuple[str, str] | None = None
        self.shown_default = shown_default
        if self.shown_default is None and default is not REQUIRED:
            self.shown_default = show(default)
        # The default is stored as it will be on an instance.
        self.default = default if default is REQUIRED or default is None else convert(default)

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    def means(self, meaning: str, unit: str = "") -> Any:
        """Say what the field means and what its numbers count, if MEANINGS does not have it."""
        self._meaning = meaning, unit
        return self

    @property
    def meaning(self) -> str:
        return self._said[0]

    @property
    def unit(self) -> str:
        return self._said[1]

    @property
    def _said(self) -> tuple[str, str]:
        return self._meaning or MEANINGS.get(self.name, ("", ""))


class SizedField(Field):
    """A field with a number for each side of a map, or for several: `for_sides` makes the field.

    Without that it is a number or a list, as it is written.
    """

    __slots__ = ("_of_sides",)

    def __init__(self, kind: str, convert: Convert, default: Any, **more: Any) -> None:
        self._of_sides = convert, default, more

        def as_written(value: Any) -> Any:
            convert(value, len(value) if isinstance(value, (list, tuple)) else 1)
            return value

        super().__init__(kind, as_written, default, **more)

    def for_sides(self, sides: int) -> Field:
        """The field on maps of so many sides."""
        convert, default, more = self._of_sides
        more = {"shown_default": self.shown_default, **more}
        field = Field(self.kind, lambda value: convert(value, sides), default, **more)
        field.name, field._meaning = self.name, self._meaning
        return field


class TextField(Field):
    """A field whose value is text as it stands, never an expression: a pattern."""

    __slots__ = ()


def show(value: Any, depth: int = 2) -> str:
    """Spell a value as a network would, shortened: lists may hold others many times over."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        if not depth:
            return "[...]"
        inner = ", ".join(show(item, depth - 1) for item in value[:4])
        return f"[{inner}{', ...' if len(value) > 4 else ''}]"
    if isinstance(value, Fraction):
        return decimal_text(value)
    text = str(getattr(value, "name", value))
    return text if len(text) <= 60 else text[:57] + "..."


def written(value: Any) -> Any:
    """A field's value as a network writes it: what is put around a map is one list."""
    if isinstance(value, tuple) and value and all(isinstance(part, tuple) for part in value):
        return tuple(end for part in value for end in part)
    return value


def either(words: Sequence[str]) -> str:
    """module, function or method."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


_WHOLE = "round(x), floor(x), ceil(x) and x // y are whole; scaled(n) is alpha * n, rounded"


def _whole(value: Any, minimum: int | None) -> Number:
    if type(value) is not int:
        given = value
        value = value.whole() if isinstance(value, AbstractNumber) else whole(value)
        # Ints, integer arrays and symbols divide with //; words, lists and blocks do not.
        if isinstance(value, (bool, float, Fraction)) or not hasattr(value, "__floordiv__"):
            hint = _WHOLE if isinstance(given, Fraction) else None
            raise CostcalcError(f"must be a whole number, not {show(given)}", hint=hint)
    if minimum is not None and not holds(value >= minimum):
        raise CostcalcError(f"must be at least {minimum}, not {show(value)}")
    return value


def _sizes(value: Any, sides: int, minimum: int) -> Sizes:
    """A number for all sides, or a list of one for each."""
    if type(value) is int:
        if value < minimum:
            raise CostcalcError(f"must be at least {minimum}, not {value}")
        return (value,) * sides
    if isinstance(value, (list, tuple)):
        if len(value) != sides:
            raise CostcalcError(f"must be {_number_or(sides)}, not {show(value)}")
        return tuple(_whole(side, minimum) for side in value)
    return (_whole(value, minimum),) * sides


def _number_or(sides: int) -> str:
    """A number or [height, width]."""
    return f"a number or [{', '.join(SIDES.get(sides) or ['one a side'])}]"


ENDS = {
    1: ("before", "after"),
    2: ("top", "bottom", "left", "right"),
    3: ("front", "back", "top", "bottom", "left", "right"),
}
"""What is put around a map, two ends a side."""


def _around(value: Any, sides: int) -> Around:
    """How much goes before and after each side."""
    if isinstance(value, (list, tuple)) and len(value) == 2 * sides:
        ends = [_whole(end, 0) for end in value]
        return tuple(zip(ends[::2], ends[1::2], strict=True))
    if isinstance(value, (list, tuple)) and len(value) != sides:
        either = f"{_number_or(sides).replace(' or', ',')} or [{', '.join(ENDS.get(sides, ()))}]"
        raise CostcalcError(f"must be {either}, not {show(value)}")
    return tuple((size, size) for size in _sizes(value, sides, 0))


def _padding(value: Any, sides: int) -> Around | str:
    if isinstance(value, str):
        if value == "same" or (value == "causal" and sides == 1):
            return value
        if value == "valid":
            return ((0, 0),) * sides
        words = ("same", "valid") if sides != 1 else ("same", "valid", "causal")
        raise CostcalcError(
            f"must be {', '.join(words)}, a number, or one or two for each side, not {show(value)}",
            hint=nearest(value, words),
        )
    return _around(value, sides)


def _boolean(value: Any) -> bool:
    if isinstance(value, Condition):
        value = value.single()
    if not isinstance(value, bool):
        raise CostcalcError(f"must be true or false, not {show(value)}")
    return value


def _number(value: Any) -> Number:
    if isinstance(value, bool) or not hasattr(value, "__floordiv__"):
        raise CostcalcError(f"must be a number, not {show(value)}")
    return value


def size(
    default: Any = REQUIRED, *, minimum: int | None = 1, shown_default: str | None = None
) -> Any:
    """A whole number of at least `minimum`, if it has one."""
    return Field(
        "whole",
        lambda value: _whole(value, minimum),
        default,
        minimum=minimum,
        shown_default=shown_default,
    )


def sizes(default: Any = REQUIRED, *, minimum: int = 1, shown_default: str | None = None) -> Any:
    """A number for all sides, or a list of one for each."""
    return SizedField(
        "sizes",
        lambda value, sides: _sizes(value, sides, minimum),
        default,
        minimum=minimum,
        shown_default=shown_default,
    )


def around(default: Any = REQUIRED) -> Any:
    """A number, one for each side, or two for each side: what is put around a map."""
    return SizedField("around", _around, default, minimum=0)


def padding(default: Any = "same") -> Any:
    """`same` (output = ceil(input / stride)), `valid`, on a sequence `causal`, or as `around`."""
    return SizedField("around", _padding, default, words=("same", "valid", "causal"), minimum=0)


def boolean(default: bool) -> Any:
    """true or false."""
    return Field("boolean", _boolean, default)


def real(default: Any = REQUIRED) -> Any:
    """Any number, a fraction too."""
    return Field("number", _number, default)


def word(words: Sequence[str], default: Any = REQUIRED) -> Any:
    """One of a few words."""

    def convert(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            hint = nearest(value, words) if isinstance(value, str) else None
            raise CostcalcError(f"must be {either(words)}, not {show(value)}", hint=hint)
        return value

    return Field("word", convert, default, words=words)
