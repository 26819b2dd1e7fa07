"""Places for labels: beside their marks, and over nothing else.

Neither matplotlib nor plotext keeps labels apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in pixels or character cells."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def widened(self, gap: float) -> Box:
        return Box(self.left - gap, self.bottom, self.right + gap, self.top)

    def within(self, other: Box) -> bool:
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.bottom <= self.bottom
            and self.top <= other.top
        )


def place(
    marks: Sequence[Box],
    sizes: Sequence[tuple[float, float]],
    frame: Box,
    taken: Sequence[Box] = (),
    avoided: Sequence[Box] = (),
    gap: float = 0,
    reach: int = 1,
) -> list[Box | None]:
    """Find a place for a label of each size (width, height) beside each mark; None without room.

    Places touch their mark, or lie up to `reach` steps of a quarter of their height away. They
    keep a gap from everything else in their lines, so that no label seems to be a part of it.
    Boxes in `avoided` are crossed where there is no other place.
    """
    others = list(taken)
    found: list[Box | None] = []
    for mark, (width, height) in zip(marks, sizes, strict=True):
        near = [*others, *(other for other in marks if other != mark)]
        free = [
            box
            for box in _around(mark, width, height, reach)
            if box.within(frame) and not any(box.widened(gap).meets(other) for other in near)
        ]
        clear = (box for box in free if not any(box.meets(other) for other in avoided))
        best = next(clear, free[0] if free else None)
        found.append(best)
        if best is not None:
            others.append(best)
    return found


def _around(mark: Box, width: float, height: float, reach: int) -> Iterator[Box]:
    """List the places beside a mark, the best first."""
    middle = (mark.left + mark.right - width) // 2, (mark.bottom + mark.top - height) / 2
    for step in range(reach):
        away = step * height / 4
        left, right = mark.left - width - away, mark.right + away
        below, above = mark.bottom - height - away, mark.top + away
        for x, y in (
            (right, middle[1]),
            (left, middle[1]),
            (middle[0], below),
            (middle[0], above),
            (right, below),
            (left, above),
            (right, above),
            (left, below),
        ):
            yield Box(x, y, x + width, y + height)
