"""What a number is, and the few operations on it that Python's operators do not spell.

A Number is an exact int or Fraction, UNKNOWN, or of one of the package's abstract kinds
(`numeric.base`). A formula written with `+ - * // %` and the functions here means the same for
each of them. A binary float is never one.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from costcalc.numeric.base import AbstractNumber

Number: TypeAlias = Any

EXACT = (int, Fraction)
LARGEST = 10**100
"""No single value of a network (a width, a size, an argument) may reach this; costs may."""


class Unknown:
    """A number that cannot be known, such as the sides of a map after a fault.

    Whatever is computed from it is unknown too, and a requirement on it passes: `holds`, `equal`
    and `divides` refuse only what is known to be wrong.
    """

    def _unknown(self, *_: object) -> "Unknown":
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _unknown
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _unknown
    __lt__ = __le__ = __gt__ = __ge__ = __neg__ = _unknown

    def __str__(self) -> str:
        return "?"


UNKNOWN = Unknown()


def whole(value: Number) -> Number:
    """The same value, as an int if it is whole."""
    if type(value) is Fraction and value.denominator == 1:
        return value.numerator
    return value


def too_large(value: Number) -> bool:
    """Whether a value has more digits than values of a network may have."""
    if isinstance(value, int):
        return not -LARGEST < value < LARGEST
    if isinstance(value, Fraction):
        return not (-LARGEST < value.numerator < LARGEST and value.denominator < LARGEST)
    return isinstance(value, AbstractNumber) and value.is_too_large()


def rounded(
    rule: Callable[[Number], Number], value: Number, name: tuple[str, Number] | None = None
) -> Number:
    """The value after a rule that rounds it, which an abstract number may apply in its own way.

    `name` is the rule's name in the network language, with its further argument.
    """
    return value.rounded(rule, name) if isinstance(value, AbstractNumber) else rule(value)


def floor(value: Number) -> Number:
    return rounded(lambda exact: exact // 1, value)


def ceil(value: Number) -> Number:
    return rounded(lambda exact: -(-exact // 1), value)


def nearest_integer(value: Number) -> Number:
    """Half rounds up, for every kind of number."""
    return rounded(lambda exact: (2 * exact + 1) // 2, value)


def quotient(dividend: Number, divisor: Number) -> Number:
    if isinstance(dividend, int) and isinstance(divisor, int):
        return Fraction(dividend, divisor)
    return dividend / divisor


def ceil_div(dividend: Number, divisor: Number) -> Number:
    return -(-dividend // divisor)


def minimum(*values: Number, written: bool = False) -> Number:
    """The least; `written` where the network says min, not where a formula or a rule does."""
    return _extreme(min, values, written)


def maximum(*values: Number, written: bool = False) -> Number:
    """The largest; see minimum."""
    return _extreme(max, values, written)


def _extreme(exact: Callable[..., Any], values: tuple[Number, ...], written: bool) -> Number:
    if all(isinstance(value, EXACT) for value in values):
        return exact(values)
    if any(value is UNKNOWN for value in values):
        return UNKNOWN
    abstract = next(value for value in values if isinstance(value, AbstractNumber))
    return abstract.extreme(exact.__name__, values, written)


def sum_of(numbers: Iterable[Number]) -> Number:
    """The sum; abstract numbers are added all at once, since their partial sums are long."""
    plain: Number = 0
    abstract = []
    for number in numbers:
        if isinstance(number, AbstractNumber):
            abstract.append(number)
        else:
            plain += number
    return abstract[0].sum_of([*abstract, plain]) if abstract else plain


def computed(procedure: Any, values: Sequence[Number]) -> Number:
    """What a procedure (`rules.Procedure`) makes of whole numbers.

    It has no law: an abstract number runs it at each setting, on the values that these have there.
    """
    if any(value is UNKNOWN for value in values):
        return UNKNOWN
    abstract = next((value for value in values if isinstance(value, AbstractNumber)), None)
    if abstract is None:
        return procedure.exact(values)
    return abstract.computed(procedure, values)


def is_positive(value: Number) -> Number:
    """1 where the value is above 0, else 0."""
    if isinstance(value, EXACT):
        return int(value > 0)
    return UNKNOWN if value is UNKNOWN else value.is_positive()


def holds(condition: Any) -> bool:
    """Whether a requirement is met, as far as is known; over a grid, at every point."""
    return condition is UNKNOWN or bool(condition)


def equal(left: Number, right: Number) -> bool:
    """Whether two sizes agree, as far as is known."""
    return left is UNKNOWN or right is UNKNOWN or bool(left == right)


def divides(divisor: Number, value: Number) -> bool:
    """Whether value is a multiple of divisor, as far as is known."""
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
