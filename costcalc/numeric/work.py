"""Meter the work of one question, so that a hostile network ends it soon.

Operations are counted, and not seconds: a question ends at the same place on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from costcalc.errors import CostcalcError

# What is charged, in operations of some 10 to 20 ns.
BUILT_LAYER = 2_500
"""For a layer that is built, in whatever kind of number."""
CHARACTER = 100
"""For one of a network's text that is read."""
TERM = 100
"""For a term of a polynomial that is computed in Python."""
BREAKPOINT = 400
"""For one that is listed, and kept as a fraction."""
ELEMENT = 1
"""For an element of an array of int64, by one term."""
BIG_ELEMENT = 10
"""For one of Python's ints."""

MOST = 200_000_000
"""For one search, one law and one advice: some 2 s."""


class TooMuchWorkError(Exception):
    """A question takes more operations than it may.

    It is no CostcalcError, so that nobody takes it for a fault of a network at one setting.
    """


class Work:
    """Counts the operations of a question, of which a limit is the most."""

    def __init__(self, limit: int | None = None, whole: Work | None = None) -> None:
        """`whole` counts the same operations, of this part and of others."""
        self.done = 0
        self.limit = limit
        self._whole = whole

    def part(self, most: int) -> Work:
        """A meter of a part: it ends at `most` operations, or where the whole ends."""
        left = most if self.limit is None else self.limit - self.done
        return Work(min(most, left), self)

    @property
    def is_spent(self) -> bool:
        """Whether the limit has been passed."""
        return self.limit is not None and self.done > self.limit

    def charge(self, operations: int) -> None:
        """Count operations. Raises TooMuchWorkError beyond the limit."""
        self.done += operations
        if self._whole is not None:
            self._whole.done += operations
        if self.is_spent:
            raise TooMuchWorkError


@contextmanager
def limited(what: str, hint: str) -> Iterator[Work]:
    """Give a question its meter; beyond the limit it ends with a CostcalcError."""
    work = Work(MOST)
    try:
        yield work
    except TooMuchWorkError:
        raise CostcalcError(f"{what} takes more than {MOST:,} operations", hint=hint) from None


UNLIMITED = Work()
"""For what the user says the size of, as a sweep's points."""
