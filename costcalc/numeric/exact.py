"""What a number is, and the few operations on it that Python's operators do not spell.

A Number is an exact int or Fraction, an integer array, a symbol, or of a kind of the package's own
(`kinds`): a formula written over `+ - * // %` and the functions here means the same for each of
them. Binary floats are never one.
"""

import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

from costcalc.numeric.base import Condition, NumberKind

Number: TypeAlias = Any

EXACT = (int, Fraction)
LARGEST = 10**100
"""No single value of a network (a width, a size, an argument) may reach this; costs may."""


class Unknown:
    """A number that nobody knows, as the sides of a map behind a fault.

    What is computed from it is unknown too, and a requirement on it passes: `holds`, `equal` and
    `divides` only refuse what is known to be wrong.
    """

    is_number = False

    def _unknown(self, *_: object) -> "Unknown":
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _unknown
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _unknown
    __lt__ = __le__ = __gt__ = __ge__ = __neg__ = _unknown

    def __str__(self) -> str:
        return "?"


UNKNOWN = Unknown()


def whole(value: Number) -> Number:
    """The same value, as an int where it is a Fraction without a fractional part."""
    if type(value) is Fraction and value.denominator == 1:
        return value.numerator
    return value


def too_large(value: Number) -> bool:
    """Whether a value of a network has more digits than it may have."""
    if isinstance(value, int):
        return not -LARGEST < value < LARGEST
    if isinstance(value, Fraction):
        return not (-LARGEST < value.numerator < LARGEST and value.denominator < LARGEST)
    return isinstance(value, NumberKind) and value.is_too_large()


def rounded(
    rule: Callable[[Number], Number], value: Number, name: tuple[str, Number] | None = None
) -> Number:
    """The value by a rule that rounds it; a kind of number may know a way of its own.

    `name` is what the network language calls the rule, with its further argument.
    """
    return value.rounded(rule, name) if isinstance(value, NumberKind) else rule(value)


def floor(value: Number) -> Number:
    return rounded(lambda exact: exact // 1, value)


def ceil(value: Number) -> Number:
    return rounded(lambda exact: -(-exact // 1), value)


def nearest_integer(value: Number) -> Number:
    """Half rounds up, for every kind of number."""
    return rounded(lambda exact: (2 * exact + 1) // 2, value)


def ceil_div(dividend: Number, divisor: Number) -> Number:
    return -(-dividend // divisor)


def minimum(*values: Number, written: bool = False) -> Number:
    """The least; `written` where the network says min, and not a formula or a rule."""
    return _extreme(min, "minimum", values, written)


def maximum(*values: Number, written: bool = False) -> Number:
    """The largest; see minimum."""
    return _extreme(max, "maximum", values, written)


def _extreme(exact: Any, array: str, values: tuple[Number, ...], written: bool) -> Number:
    if all(isinstance(value, EXACT) for value in values):
        return exact(values)
    word = exact.__name__
    for value in values:
        if value is UNKNOWN:
            return UNKNOWN
    for value in values:
        if isinstance(value, NumberKind):
            return value.extreme(word, values, written)
    # Only who passes arrays or symbols has imported NumPy or SymPy.
    numpy = sys.modules.get("numpy")
    arrays = (numpy.ndarray, numpy.generic) if numpy else ()
    if any(isinstance(value, arrays) for value in values):
        result = values[0]
        for value in values[1:]:
            result = getattr(numpy, array)(result, value)
        return result
    return getattr(sys.modules["sympy"], word.capitalize())(*values)


def is_positive(value: Number) -> Number:
    """1 where the value is above 0, else 0."""
    if isinstance(value, EXACT):
        return int(value > 0)
    if isinstance(value, NumberKind):
        return value.is_positive()
    return minimum(1, maximum(0, ceil(value)))


def holds(condition: Any) -> bool:
    """Whether a requirement is met: at every point of an array, and not refuted for a symbol.

    SymPy leaves `n > 0` undecided for a bare symbol; such a requirement passes.
    """
    if type(condition) is bool:
        return condition
    if isinstance(condition, Condition):
        return condition.required()
    if hasattr(condition, "all"):
        return bool(condition.all())
    return str(condition) != "False"


def equal(left: Number, right: Number) -> bool:
    """Whether two sizes agree; for symbols, whether they are not known to differ."""
    if isinstance(left, EXACT) and isinstance(right, EXACT):
        return left == right
    if isinstance(left, NumberKind) or isinstance(right, NumberKind):
        return holds(left == right)
    difference = left - right
    # SymPy's == is structural: only a difference that came out as a number decides.
    if getattr(difference, "is_number", None) is False:
        return True
    return holds(difference == 0)


def divides(divisor: Number, value: Number) -> bool:
    """Whether value is a multiple of divisor; for symbols, whether it is not known otherwise."""
    return equal(value % divisor, 0)


def divisible(value: Number, divisor: Number = 8) -> Number:
    """The multiple of divisor nearest to value, at least divisor, and at least 0.9 of value.

    The rule by which MobileNets round channel counts: `_make_divisible` in torchvision's and
    TF-slim's MobileNet code.
    """

    def rule(exact: Number) -> Number:
        multiple = maximum(divisor, (2 * exact + divisor) // (2 * divisor) * divisor)
        return multiple + divisor * is_positive(9 * exact - 10 * multiple)

    return rounded(rule, value, ("divisible", divisor))
