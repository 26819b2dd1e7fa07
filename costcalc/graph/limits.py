"""Limit what one network may take to build, so that a hostile file ends soon."""

from costcalc.errors import CostcalcError

MAX_ITEMS = 50_000
MAX_NESTING = 60
MAX_MAPS = 10_000
MAX_WORK = 2_000_000
"""Operations, roughly: each use of a field, a param, a map or an item is one."""


class RefusedError(CostcalcError):
    """A limit is passed, which ends the building at once."""


class UndrawnError(RefusedError):
    """A choice is left open where one network is needed."""


class Meter:
    """Counts what has been built so far; each method raises RefusedError beyond its limit."""

    def __init__(self) -> None:
        self._items = 0
        self._work = 0
        self.nesting = 0
        """How many blocks and structures are around what is being built."""

    def copy(self, work: int) -> None:
        """Count one more copy of an item, and the operations that it takes."""
        self._count(1)
        self.charge(work)

    def _count(self, items: int) -> None:
        self._items += items
        if self._items > MAX_ITEMS:
            raise RefusedError(f"the network has more than {MAX_ITEMS:,} items")

    def charge(self, work: int) -> None:
        self._work += work
        if self._work > MAX_WORK:
            raise RefusedError(f"the network takes more than {MAX_WORK:,} operations to build")

    def now(self) -> tuple[int, int]:
        """The items and operations so far."""
        return self._items, self._work

    def since(self, before: tuple[int, int]) -> tuple[int, int]:
        """The items and operations since then."""
        items, work = before
        return self._items - items, self._work - work

    def again(self, before: tuple[int, int], times: int) -> None:
        """Count what has been built since then so many times more."""
        items, work = self.since(before)
        self.add(times * items, times * work)

    def add(self, items: int, work: int) -> None:
        """Count more items, and operations."""
        self._count(items)
        self.charge(work)

    def allows(self, items: int, work: int) -> bool:
        """Whether so many more are within the limits."""
        return self._items + items <= MAX_ITEMS and self._work + work <= MAX_WORK

    def enter(self) -> None:
        """Count one more level of nesting."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise RefusedError(
                f"blocks and structures are nested more than {MAX_NESTING} deep",
                hint="does a block contain itself through a param?",
            )

    def leave(self) -> None:
        self.nesting -= 1
