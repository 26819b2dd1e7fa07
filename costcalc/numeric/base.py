"""What another kind of number must do to stand in a formula beside ints and Fractions.

A formula is written once, over Python's operators and the functions of `exact`. Plain numbers give
an exact number; a traced number (`traced`) writes down what is computed with it. How Python's
operators reach it stands here, so that `exact` and the layers need not know it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class AbstractNumber:
    """A number whose operators, comparisons and extremes are its own."""

    __slots__ = ()

    def operate(self, operator: str, left: Any, right: Any) -> Any:
        """left `+ - * / // %` right, one of which is self; NotImplemented for what is no number."""
        raise NotImplementedError

    def compare(self, operator: str, other: Any) -> Any:
        """self `< <= > >= == !=` other: a bool or a Condition."""
        raise NotImplementedError

    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        """The `min` or `max` of values, of which self is one; see `exact.minimum`."""
        raise NotImplementedError

    def sum_of(self, numbers: Sequence[Any]) -> Any:
        """The sum of numbers, of which self is one."""
        raise NotImplementedError

    def computed(self, procedure: Any, values: Sequence[Any]) -> Any:
        """What a procedure makes of values, of which self is one; see `exact.computed`."""
        raise NotImplementedError

    def rounded(self, rule: Callable[[Any], Any], name: tuple[str, Any] | None) -> Any:
        """The number after a rule that rounds it; see `exact.rounded`."""
        raise NotImplementedError

    def is_positive(self) -> Any:
        """1 where it is above 0, else 0."""
        raise NotImplementedError

    def single(self) -> int:
        """The one whole number that it is, where the structure of a network depends on it."""
        raise NotImplementedError

    def whole(self) -> Any:
        """The number, which must be whole; None where it is not."""
        raise NotImplementedError

    def note_remainder(self, left: Any, right: Any) -> None:
        """The network asks what is left of a division, which has no law."""
        raise NotImplementedError

    def is_too_large(self) -> bool:
        """Whether it has more than the 100 digits that a value may have."""
        raise NotImplementedError

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


class Condition:
    """The outcome of a comparison that is not simply true or false."""

    __slots__ = ()

    def required(self) -> bool:
        """Whether a requirement is met; what is left open passes."""
        raise NotImplementedError

    def decide(self) -> Any:
        """The outcome as a network's condition: a bool, or a Condition that stays open.

        An open one can be inverted (~), joined (&, |) and asked to `select` one of two numbers.
        """
        raise NotImplementedError

    def single(self) -> bool:
        """The one outcome that it has, where more depends on it than a number."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        return self.required()
