"""A reshape by numbers, which formats state with -1 for the side that takes the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.importers.nodes import Made

REST = -1


def taken_apart(sides: Mapping[str, int], order: Sequence[str]) -> dict[str, Made] | None:
    """Return the fields of the rearrange that takes a row of all elements apart.

    sides: from the slowest to the fastest, with a name for each; order: the names as our axes have
    them, the channels first. None where it cannot be: more than one side takes the rest, or one
    has no places.
    """
    known: dict[str, Made] = {name: size for name, size in sides.items() if size != REST}
    if len(sides) - len(known) > 1 or any(size < REST or size == 0 for size in sides.values()):
        return None
    if len(known) == len(sides):
        known.popitem()  # one is left to the number of elements
    return {"pattern": f"({' '.join(sides)}) -> {' '.join(order)}", **known}
