"""The faults of a network that is being built, with the places that a reader needs."""

from collections.abc import Iterator
from contextlib import contextmanager

from costcalc.errors import CostcalcError, Faults, Problems
from costcalc.language.block import Block
from costcalc.language.item import Item
from costcalc.language.library import LIBRARY
from costcalc.language.yaml_nodes import position

MAX_NOTES = 10
"""How many blocks around a fault are told."""


class FaultLog:
    """Keeps faults, so that building goes on: what stands behind one may have its own."""

    def __init__(self) -> None:
        self._found = Faults()
        self._told: set[str] = set()
        self._uses: list[tuple[Block, Item]] = []

    @contextmanager
    def within(self, block: Block, item: Item) -> Iterator[None]:
        """While a block is built that an item uses."""
        self._uses.append((block, item))
        try:
            yield
        finally:
            self._uses.pop()

    def record(self, error: CostcalcError, item: Item | None = None) -> None:
        """Keep a fault, which is the item's where it has no place; a copy's is told once."""
        for problem in error.problems:
            if item is not None:
                problem.position = problem.position or position(item.file.path, item.node)
            for block, use in reversed(self._uses):
                _note_use(problem, block, use)
        if str(error) not in self._told:
            self._told.add(str(error))
            self._found.append(error)

    def refuse(self, error: CostcalcError, item: Item) -> Problems:
        """All faults, and the one that ends the building."""
        error.position = error.position or position(item.file.path, item.node)
        return Problems([*self._found, error])

    def raise_any(self) -> None:
        if self._found:
            raise Problems(self._found)


def _note_use(problem: CostcalcError, block: Block, item: Item) -> None:
    """A fault in a block is told with both places; the user's own file comes first."""
    use = position(item.file.path, item.node)
    if problem.position is None:
        problem.position = use
    elif problem.position.path == LIBRARY:
        problem.notes.insert(0, f"in block {block.name}, {problem.position}")
        problem.position = use
    elif len(problem.notes) < MAX_NOTES:
        problem.notes.append(f"used at {use}")
