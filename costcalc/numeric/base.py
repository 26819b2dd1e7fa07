"""What a number must do to stand in a formula in the place of an int.

A formula is written once, for any kind of number. Besides ints and Fractions there are numbers that
vary over a grid of settings (`grid`), numbers that keep every step of their computation (`traced`)
and numbers that grow with the knobs as if nothing were rounded (`relaxed`). They differ in what an
operator does; this file connects Python's operators to that.
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
    """A number that defines its own operators, comparisons and extremes."""

    __slots__ = ()

    @abstractmethod
    def operate(self, operator: str, left: Any, right: Any) -> Any:
        """left `+ - * / // %` right, one of which is self; NotImplemented for other types."""

    @abstractmethod
    def compare(self, operator: str, other: Any) -> Any:
        """self `< <= > >= == !=` other: a bool or a Condition."""

    @abstractmethod
    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        """The `min` or `max` of values, one of which is self; see `exact.minimum`."""

    def rounded(self, rule: Callable[[Any], Any], name: tuple[str, Any] | None) -> Any:
        """The number after a rule that rounds it; see `exact.rounded`."""
        return rule(self)

    @abstractmethod
    def is_positive(self) -> Any:
        """1 where it is above 0, else 0."""

    @abstractmethod
    def single(self) -> int:
        """The whole number that it is everywhere, where the structure of a network needs one."""

    def note_remainder(self, left: Any, right: Any) -> None:  # noqa: B027
        """The network uses the remainder of a division, which does not grow with any knob."""

    def is_too_large(self) -> bool:
        """Whether it is known to have more than the 100 digits that a value may have."""
        return False

    def whole(self) -> Any:
        """The number if it is whole, else None."""
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
    """The outcome of a comparison that is not one bool."""

    __slots__ = ()

    @abstractmethod
    def required(self) -> bool:
        """Whether a requirement is met; one that stays open passes."""

    @abstractmethod
    def decide(self) -> Any:
        """The outcome as a network's condition: a bool, or a Condition that stays open.

        An open one can be inverted (~) and joined (&, |), and can `select` one of two numbers.
        """

    def __bool__(self) -> bool:
        return self.required()
