"""What one network may take to build, so that a hostile file ends soon."""

from costcalc.errors import CostcalcError

MAX_ITEMS = 50_000
MAX_NESTING = 60
MAX_MAPS = 10_000
MAX_WORK = 2_000_000
"""Roughly operations: fields, params, maps and items, each time that one is used."""


class RefusedError(CostcalcError):
    """A limit is passed: there is no going on."""


class Meter:
    """What has been built so far; each method refuses what is too much."""

    def __init__(self) -> None:
        self._items = 0
        self._work = 0
        self._nesting = 0

    def copy(self, work: int) -> None:
        """One more copy of an item, and how much there is to evaluate in it."""
        self._items += 1
        if self._items > MAX_ITEMS:
            raise RefusedError(f"the network has more than {MAX_ITEMS:,} items")
        self.charge(work)

    def charge(self, work: int) -> None:
        self._work += work
        if self._work > MAX_WORK:
            raise RefusedError(f"the network takes more than {MAX_WORK:,} operations to build")

    def enter(self) -> None:
        """One level further down."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise RefusedError(
                f"blocks and structures are nested more than {MAX_NESTING} deep",
                hint="does a block contain itself through a param?",
            )

    def leave(self) -> None:
        self._nesting -= 1
