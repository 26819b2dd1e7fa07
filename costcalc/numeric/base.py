"""What a kind of number must do to stand in a formula beside ints, arrays and symbols.

A formula is written once, for any kind of number. Besides plain ints there are numbers that vary
over a grid of settings (`grid`), and numbers of which the formula is kept (`law`, `program`). They
differ in what an operator does; how Python's operators reach it stands here.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class AbstractNumber(ABC):
    """A number whose operators, comparisons and extremes are its own."""

    __slots__ = ()

    @abstractmethod
    def operate(self, operator: str, left: Any, right: Any) -> Any:
        """left `+ - * / // %` right, one of which is self; NotImplemented for what is no number."""

    @abstractmethod
    def compare(self, operator: str, other: Any) -> Any:
        """self `< <= > >= == !=` other: a bool or a Condition."""

    @abstractmethod
    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        """The `min` or `max` of values, of which self is one; see `arithmetic.minimum`."""

    def rounded(self, rule: Callable[[Any], Any], name: tuple[str, Any] | None) -> Any:
        """The number after a rule that rounds it; see `arithmetic.rounded`."""
        return rule(self)

    @abstractmethod
    def is_positive(self) -> Any:
        """1 where it is above 0, else 0."""

    @abstractmethod
    def single(self) -> int:
        """The one whole number it is, where the structure of a network hangs on it."""

    def note_remainder(self, left: Any, right: Any) -> None:  # noqa: B027
        """The network asks what is left of a division, which has no law."""

    def is_too_large(self) -> bool:
        """Whether it has more than the 100 digits that a value may have, as far as is known."""
        return False

    def whole(self) -> Any:
        """The number, where it is whole; None where it is not."""
        return self

    # fmt: off
    def __add__(self, other: Any) -> Any: return self.operate("+", self, other)
    def __radd__(self, other: Any) -> Any: return self.operate("+", other, self)
    def __sub__(self, other: Any) -> Any: return self.operate("-", self, other)
    def __rsub__(self, other: Any) -> Any: return self.operate("-", other, self)
    def __mul__(self, other: Any) -> Any: return self.operate("*", self, other)
    def __rmul__(self, other: Any) -> Any: return self.operate("*", other, self)
    def __truediv__(self, other: Any) -> Any: return self.operate("/", self, other)
    def __rtruediv__(self, other: Any) -> Any: return self.operate("/", other, self)
    def __floordiv__(self, other: Any) -> Any: return self.operate("//", self, other)
    def __rfloordiv__(self, other: Any) -> Any: return self.operate("//", other, self)
    def __mod__(self, other: Any) -> Any: return self.operate("%", self, other)
    def __rmod__(self, other: Any) -> Any: return self.operate("%", other, self)
    def __neg__(self) -> Any: return self.operate("*", self, -1)
    def __lt__(self, other: Any) -> Any: return self.compare("<", other)
    def __le__(self, other: Any) -> Any: return self.compare("<=", other)
    def __gt__(self, other: Any) -> Any: return self.compare(">", other)
    def __ge__(self, other: Any) -> Any: return self.compare(">=", other)
    def __eq__(self, other: object) -> Any: return self.compare("==", other)
    def __ne__(self, other: object) -> Any: return self.compare("!=", other)
    # fmt: on

    __hash__ = object.__hash__

    def __index__(self) -> int:
        return self.single()


class Condition(ABC):
    """The outcome of a comparison that is not simply true or false."""

    __slots__ = ()

    @abstractmethod
    def required(self) -> bool:
        """Whether a requirement is met; what is left open passes."""

    @abstractmethod
    def decide(self) -> Any:
        """The outcome as a network's condition: a bool, or a Condition that stays open.

        An open one can be inverted (~), joined (&, |) and asked to `select` one of two numbers.
        """

    def __bool__(self) -> bool:
        return self.required()
