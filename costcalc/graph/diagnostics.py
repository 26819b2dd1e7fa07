"""Collect the faults of a network that is being built, with the places that a reader needs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from costcalc.errors import CostcalcError, FaultKey, Faults, Problems
from costcalc.language.item import Item, Signature
from costcalc.language.library import LIBRARIES, SHIPPED, is_library, shown_path
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import position, text_of
from costcalc.layers.fields import show
from costcalc.shapes import TensorShape

MAX_NOTES = 10
"""At most so many blocks around a fault are named."""

_READS = {"dot_product_attention": "query, key, value", "mixture_of_experts": "map, scores"}
"""What the maps of a layer are, where they differ."""


class UnmetError(CostcalcError):
    """A condition that a network must meet does not hold."""


class FaultLog:
    """Keeps faults, so that building goes on: later items may have faults of their own."""

    def __init__(self) -> None:
        self._found = Faults()
        self._uses: list[tuple[Signature, Item, int]] = []
        """The blocks that are being built, the outermost first: each with its item and a number."""
        self._numbers = count()
        self._used_by: dict[FaultKey, tuple[CostcalcError, set[tuple[int, ...]]]] = {}
        """Each fault with the uses that meet it, by their numbers; every copy is a use."""
        self.met = 0
        """How often a fault was met, those that were known included."""

    def __len__(self) -> int:
        return len(self._found)

    @contextmanager
    def within(self, block: Signature, item: Item) -> Iterator[None]:
        """Note, while a block is built, which item uses it."""
        self._uses.append((block, item, next(self._numbers)))
        try:
            yield
        finally:
            self._uses.pop()

    def record(self, error: CostcalcError, item: Item | None = None) -> None:
        """Keep a fault; it stands where the item does if it has no place of its own.

        What all uses of a block do wrong at one place of it is one fault, the first.
        """
        uses = tuple(number for _, use, number in self._uses if not is_library(use.file.path))
        self.met += 1
        for problem in error.problems:
            if item is not None:
                problem.position = problem.position or position(item.file.path, item.node)
            for block, use, _ in reversed(self._uses):
                _note_use(problem, block, use)
            if problem.key in self._used_by:
                self._used_by[problem.key][1].add(uses)
            else:
                self._used_by[problem.key] = problem, {uses}
                self._found.append(problem)

    def refuse(self, error: CostcalcError, item: Item) -> Problems:
        """Return all faults so far and the one that ends the building.

        In a shipped block it stands where the network uses that.
        """
        uses = (use for _, use, _ in self._uses if not is_library(use.file.path))
        at = next(uses, item) if is_library(item.file.path) else item
        error.position = error.position or position(at.file.path, at.node)
        return Problems([*self._counted(), error])

    def raise_any(self) -> None:
        if self._found:
            raise Problems(self._counted())

    def _counted(self) -> Faults:
        """Return the faults, each with the number of further uses that have it."""
        for problem, uses in self._used_by.values():
            more = len(uses) - 1
            if more:
                verb = "uses have" if more > 1 else "use has"
                problem.notes.append(f"{more} more {verb} the same fault")
        return self._found


def _note_use(problem: CostcalcError, block: Signature, item: Item) -> None:
    """Add the place of the item that uses the block.

    A fault in a shipped block or network stands at that item: the user's own file comes first.
    """
    use = position(item.file.path, item.node)
    if problem.position is None:
        problem.position = use
    elif problem.position.path in map(shown_path, LIBRARIES) or (
        block.is_network and problem.position.path.endswith(SHIPPED)
    ):
        problem.notes.insert(0, f"in {block.title}, {problem.position}")
        problem.position = use
    elif len(problem.notes) < MAX_NOTES:
        problem.notes.append(f"used at {use}")


def wrong_count(
    taker: str, least: int, most: int | None, got: int, item: Item, skipped: Item | None
) -> CostcalcError:
    """Return the fault of an item that reads too many or too few maps.

    If a skipped item handed on all that it had read, the fault is that item's.
    """
    plural = "" if (least, most) == (1, 1) else "s"
    more = "" if least == most else " or more" if most is None else f" or {most}"
    takes = f"{taker} takes {least}{more} map{plural}"
    if skipped is None:
        return CostcalcError(
            f"{takes}, and gets {got}",
            hint=_which_maps(taker, got < least, most),
        )
    error = CostcalcError(
        f"{skipped.node.value} is skipped and hands on all its maps: {takes}, not {got}",
        position=position(skipped.file.path, skipped.node),
        hint="an item is skipped where when is false, repeat is 0 or its type is none; name the "
        "one item whose map it then hands on, such as from: stem",
    )
    error.notes.append(f"{taker} stands at {position(item.file.path, item.node)}")
    return error


def _which_maps(taker: str, too_few: bool, most: int | None) -> str:
    if too_few:
        names = _READS.get(taker, "first, second")
        return f"name the items whose maps it reads: from: [{names}]"
    if most == 0:
        return "it reads nothing: leave out from"
    return (
        "name the item whose map it reads, such as from: stem, or make one map of them with add, "
        "multiply or concat"
    )


def unequal_sides(made: TensorShape, around: TensorShape, item: Item) -> CostcalcError:
    """Return the fault of a residual whose layers and shortcut make different shapes."""
    other = "shortcut makes" if item.shortcut else "input is"
    return CostcalcError(
        f"residual: its layers make {made} and its {other} {around}",
        hint="shortcut: [...] fits the one to the other, shortcut_when: leaves it out",
    )


def unmet(value: Value, reason: Value | None, scope: Mapping[str, Any]) -> UnmetError:
    """Return the fault of a network that does not meet a condition, with what the condition reads.

    The values are a note: the message is the same wherever the condition does not hold.
    """
    message = f"{text_of(value.node)} does not hold"
    if reason is not None:
        message = f"{reason.constant}: {message}"
    error = UnmetError(message)
    known = {name: scope[name] for name in value.names if scope.get(name) is not None}
    seen = [f"{name} is {show(own)}" for name, own in known.items() if type(own) is not bool]
    if seen:
        error.notes.append(", ".join(seen))
    return error
