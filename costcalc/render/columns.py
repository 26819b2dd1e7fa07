"""Lines of text from the columns of a table: millions a second, without Python code for each.

With many rows every cell gets a fixed number of bytes, the rest of them NUL. A column that keeps
few values has the text of each made once, and looked up for all rows; numbers become digits a whole
array at a time. Then the lines lie in one array, and what is left to do is to drop the NULs. (So a
text must have none; JSON and CSV escape them.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby, repeat
from typing import TYPE_CHECKING, Any, TypeAlias

from costcalc.explore.table import Column

if TYPE_CHECKING:
    from costcalc.numeric.grid import Array

Text: TypeAlias = "Callable[[Any], str]"
PIECE = 1 << 19
"""Bytes of lines that are made at a time, so that they stay in the processor's cache."""


def lines(cells: Sequence[tuple[str, Column]], end: str, text: Text) -> Iterator[bytes]:
    """A line for each row: before each cell the text that is given with its column, and an end.

    `text` writes a value; ints and floats in arrays are written as `str` and `repr` do.
    """
    rows = len(cells[0][1])
    if rows and any(column.is_array for _, column in cells):
        yield from _array_lines(cells, end, text, rows)
        return
    parts: list[Any] = []
    for before, column in cells:
        parts += [repeat(before), column.map(text)]
    # The cells end the lines: what is repeated does not end.
    line = zip(*parts, repeat(end), strict=False)
    yield "".join(chain.from_iterable(line)).encode()


def _array_lines(
    cells: Sequence[tuple[str, Column]], end: str, text: Text, rows: int
) -> Iterator[bytes]:
    import numpy as np

    from costcalc.render.digits import WIDEST

    # Columns side by side with the same places are looked up together, in texts made only once.
    groups: list[tuple[Any, Any]] = []
    width = len(end)
    for _, group in groupby(cells, lambda cell: id(cell[1].places)):
        own = list(group)
        places = own[0][1].places
        values = [(before, column.values) for before, column in own]
        if places is None:
            groups.append((None, values))
            width += sum(len(before) + WIDEST for before, _ in values)
        else:
            texts = _texts(values, text)
            groups.append((np.asarray(places), texts))
            width += texts.itemsize
    size = max(1, PIECE // width)
    for start in range(0, rows, size):
        part = slice(start, start + size)
        fields = [
            _texts([(before, values[part]) for before, values in own], text)
            if places is None
            else own[places[part]]
            for places, own in groups
        ]
        yield _side_by_side([*fields, np.array(end.encode())]).tobytes().translate(None, b"\0")


def _texts(columns: Iterable[tuple[str, Any]], text: Text) -> Array:
    """The texts of values, side by side, each with what stands before it."""
    import numpy as np

    from costcalc.render import digits

    fields: list[Array] = []
    for before, values in columns:
        type_ = None if isinstance(values, list) else values.dtype
        if type_ == np.int64:
            fields += [np.array(before.encode()), digits.integers(values)]
        elif type_ == np.float64:
            fields += [np.array(before.encode()), digits.floats(values)]
        else:
            objects = values if type_ is None else values.tolist()
            fields.append(np.array([(before + text(value)).encode() for value in objects]))
    return _side_by_side(fields)


def _side_by_side(fields: Sequence[Array]) -> Array:
    """Arrays of bytes as one; what has no rows stands in all."""
    import numpy as np

    rows = max(field.size for field in fields)
    array = np.empty(rows, [(str(place), field.dtype) for place, field in enumerate(fields)])
    for place, field in enumerate(fields):
        array[str(place)] = field
    return array.view(f"S{array.itemsize}")
