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
from costcalc.units import decimal_text

Pair: TypeAlias = tuple[Number, Number]
Sides: TypeAlias = tuple[Number, Number, Number, Number]

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


def either(words: Sequence[str]) -> str:
    """module, function or method."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


_WHOLE = "round(x), floor(x), ceil(x) and x // y are whole; scaled(n) is alpha * n, rounded"


def _whole(value: Any, minimum: int) -> Number:
    if type(value) is not int:
        given = value
        value = value.whole() if isinstance(value, AbstractNumber) else whole(value)
        # Ints, integer arrays and symbols divide with //; words, lists and blocks do not.
        if isinstance(value, (bool, float, Fraction)) or not hasattr(value, "__floordiv__"):
            hint = _WHOLE if isinstance(given, Fraction) else None
            raise CostcalcError(f"must be a whole number, not {show(given)}", hint=hint)
    if not holds(value >= minimum):
        raise CostcalcError(f"must be at least {minimum}, not {show(value)}")
    return value


def _pair(value: Any, minimum: int) -> Pair:
    if type(value) is int:
        if value < minimum:
            raise CostcalcError(f"must be at least {minimum}, not {value}")
        return value, value
    if isinstance(value, (list, tuple)):
        if len(value) != 2:
            raise CostcalcError(f"must be a number or [height, width], not {show(value)}")
        return _whole(value[0], minimum), _whole(value[1], minimum)
    side = _whole(value, minimum)
    return side, side


def _sides(value: Any) -> Sides:
    if isinstance(value, (list, tuple)) and len(value) == 4:
        top, bottom, left, right = (_whole(side, 0) for side in value)
        return top, bottom, left, right
    if isinstance(value, (list, tuple)) and len(value) != 2:
        raise CostcalcError(
            "must be a number, [height, width] or [top, bottom, left, right], "
            f"not {len(value)} numbers"
        )
    height, width = _pair(value, 0)
    return height, height, width, width


def _padding(value: Any) -> Sides | str:
    if isinstance(value, str):
        if value == "same":
            return value
        if value == "valid":
            return 0, 0, 0, 0
        raise CostcalcError(
            f"must be same, valid, a number, a pair or four numbers, not {show(value)}",
            hint=nearest(value, ("same", "valid")),
        )
    return _sides(value)


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


def size(default: Any = REQUIRED, *, minimum: int = 1, shown_default: str | None = None) -> Any:
    """A whole number of at least `minimum`."""
    return _whole_numbers("whole", _whole, default, minimum, shown_default)


def pair(default: Any = REQUIRED, *, minimum: int = 1, shown_default: str | None = None) -> Any:
    """A number for both sides, or [height, width]."""
    return _whole_numbers("pair", _pair, default, minimum, shown_default)


def _whole_numbers(
    kind: str,
    convert: Callable[[Any, int], Any],
    default: Any,
    minimum: int,
    shown_default: str | None,
) -> Field:
    return Field(
        kind,
        lambda value: convert(value, minimum),
        default,
        minimum=minimum,
        shown_default=shown_default,
    )


def sides(default: Any = REQUIRED) -> Any:
    """A number, [height, width] or [top, bottom, left, right]: what is put around a map."""
    return Field("sides", _sides, default, minimum=0)


def padding(default: Any = "same") -> Any:
    """`same` (output = ceil(input / stride)), `valid`, or what `sides` takes."""
    return Field("sides", _padding, default, words=("same", "valid"), minimum=0)


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
