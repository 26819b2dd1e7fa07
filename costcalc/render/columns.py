"""Lines of text from the columns of a table, millions a second: no Python code runs for each line.

With many rows, every cell has a fixed number of bytes, and those that its text does not need are
NUL. The text of a value that many rows share is made once and looked up for all of them. Numbers
become digits a whole array at a time (`render.digits`). All lines then lie in one array, and only
the NULs remain to be dropped. (So no text may contain one; JSON and CSV escape them.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby, repeat
from typing import TYPE_CHECKING, Any, TypeAlias

from costcalc.explore.table import Column

if TYPE_CHECKING:
    from costcalc.numeric.tables import Array

Text: TypeAlias = "Callable[[Any], str]"
PIECE = 1 << 19
"""Bytes of lines that are made at a time: they stay in the processor's cache."""


def lines(cells: Sequence[tuple[str, Column]], end: str, text: Text) -> Iterator[bytes]:
    """Write a line for each row: each cell after the text that comes with its column, then `end`.

    `text` writes a value; ints and floats in arrays are written as by `str` and `repr`.
    """
    rows = len(cells[0][1])
    if rows and any(column.is_array for _, column in cells):
        yield from _array_lines(cells, end, text, rows)
        return
    parts: list[Any] = []
    for before, column in cells:
        parts += [repeat(before), column.map(text)]
    # The cells end the iteration: the texts between them repeat without end.
    line = zip(*parts, repeat(end), strict=False)
    yield "".join(chain.from_iterable(line)).encode()


def _array_lines(
    cells: Sequence[tuple[str, Column]], end: str, text: Text, rows: int
) -> Iterator[bytes]:
    import numpy as np

    from costcalc.render.digits import WIDEST

    # Neighbouring columns with the same places are looked up together, in texts made only once.
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
    """Join the texts of several columns, row by row, into one array of bytes."""
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
    """Join arrays of bytes, row by row; an array without rows is repeated in all of them."""
    import numpy as np

    rows = max(field.size for field in fields)
    array = np.empty(rows, [(str(place), field.dtype) for place, field in enumerate(fields)])
    for place, field in enumerate(fields):
        array[str(place)] = field
    return array.view(f"S{array.itemsize}")
