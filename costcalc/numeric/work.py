"""Meter the work of one question, so that a hostile network ends it soon.

Operations are counted, and not seconds: a question ends at the same place on every machine.
"""

from __future__ import annotations

from costcalc.errors import CostcalcError

# What is charged, in operations of some 10 ns.
BUILT_LAYER = 5_000
"""For a layer that is built, in whatever kind of number."""
TERM = 100
"""For a term of a polynomial that is computed in Python, and for a breakpoint."""
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
    """Counts the operations of a question; one without a limit may take any number."""

    def __init__(self, limit: int | None = None) -> None:
        self.done = 0
        self.limit = limit

    def charge(self, operations: int) -> None:
        """Count operations. Raises TooMuchWorkError beyond the limit."""
        self.done += operations
        if self.limit is not None and self.done > self.limit:
            raise TooMuchWorkError

    def refusal(self, what: str, hint: str) -> CostcalcError:
        """What to tell a user where it is too much."""
        return CostcalcError(f"{what} takes more than {self.limit:,} operations", hint=hint)


UNLIMITED = Work()
"""For what the user says the size of, as a sweep's points."""
