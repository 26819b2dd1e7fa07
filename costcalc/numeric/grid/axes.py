"""What the numbers of a grid share: its axes, and the operations that were already done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple


class RoundingEvent(NamedTuple):
    """A tracked number was rounded down (`floor`) or compared with 0 (`sign`)."""

    kind: str
    value: Any
    """The GridNumber, as it was before."""


class Axes(ABC):
    """The axes of a grid, by their numbers of positions."""

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)
        self.memo: dict[Any, Any] = {}
        """Outcomes by operator and operands: layers repeat, so most operations were done before."""
        self.events: list[RoundingEvent] | None = None
        """The roundings of tracked numbers, in order; None keeps no record."""

    @abstractmethod
    def joined(self, operator: str, left: Any, right: Any) -> Any:
        """left `+ - *` right, which vary along different axes."""
