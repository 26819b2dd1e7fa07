"""FlatBuffers, read where they lie: every offset is checked before it is followed.

A table is a place whose first four bytes lead back to its vtable, which says where each field
stands; what it leaves out has its default. Offsets lead from the place where they stand to a
table, a text or a vector (google/flatbuffers, docs/internals).
"""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap
from struct import Struct
from typing import TypeAlias

from costcalc.errors import CostcalcError

Bytes: TypeAlias = "bytes | memoryview | mmap"
MAX_NAME = 1_000
"""Characters of a text; more are left out."""
MAX_READ = 2_000_000
"""Elements of all vectors that are read of one file: these may share their bytes."""
TABLE = 16
"""As how many elements a table counts, with what is made of it."""
_NUMBERS = {code: Struct(f"<{code}") for code in "bBhHiIqQ"}
_OFFSET = _NUMBERS["I"]
_BACK = _NUMBERS["i"]
_SHORT = _NUMBERS["H"]


class FlatBufferError(CostcalcError):
    """A file that is no whole flatbuffer."""


class Source:
    """The bytes of a file, and how much of them may still be read."""

    def __init__(self, data: Bytes) -> None:
        self.data = data
        self.size = len(data)
        self.left = MAX_READ

    def number(self, form: Struct, at: int) -> int:
        """Read a number. Raises FlatBufferError where it does not lie within the file."""
        if not 0 <= at <= self.size - form.size:
            raise FlatBufferError(f"an offset leads to byte {at:,} of {self.size:,}")
        return int(form.unpack_from(self.data, at)[0])

    def follow(self, at: int) -> int:
        """The place that the offset at a place leads to."""
        return at + self.number(_OFFSET, at)

    def span(self, at: int, size: int) -> tuple[int, int]:
        """The start and the length of a vector of elements of a size in bytes."""
        count = self.number(_OFFSET, at)
        if count * size > self.size - at - 4:
            raise FlatBufferError(
                f"{count:,} elements at byte {at:,} go beyond the end of the file"
            )
        return at + 4, count

    def charge(self, count: int) -> None:
        """Raise FlatBufferError where more is read than a model has."""
        self.left -= count
        if self.left < 0:
            raise FlatBufferError(f"the file lists more than {MAX_READ:,} things")

    def values(self, at: int, count: int, code: str) -> list[int]:
        """Read numbers that lie one behind the other."""
        self.charge(count)
        form = Struct(f"<{count}{code}")
        if not 0 <= at <= self.size - form.size:
            raise FlatBufferError(f"{count:,} numbers at byte {at:,} go beyond the end of the file")
        return list(form.unpack_from(self.data, at))

    def root(self) -> Table:
        return Table(self, self.follow(0))


class Table:
    """A table: its fields are read by their numbers in the schema."""

    __slots__ = ("at", "fields", "source", "vtable")

    def __init__(self, source: Source, at: int) -> None:
        self.source = source
        self.at = at
        self.vtable = at - source.number(_BACK, at)
        self.fields = source.number(_SHORT, self.vtable) // 2 - 2

    def _place(self, field: int) -> int:
        """Where a field stands; 0 where the table leaves it out."""
        if field >= self.fields:
            return 0
        offset = self.source.number(_SHORT, self.vtable + 4 + 2 * field)
        return offset and self.at + offset

    def has(self, field: int) -> bool:
        return self._place(field) > 0

    def number(self, field: int, code: str = "i", default: int = 0) -> int:
        """A number, by its code in Python's struct."""
        at = self._place(field)
        return self.source.number(_NUMBERS[code], at) if at else default

    def table(self, field: int) -> Table | None:
        at = self._place(field)
        return Table(self.source, self.source.follow(at)) if at else None

    def text(self, field: int) -> str:
        """A text, shortened; an empty one where there is none."""
        start, count = self.span(field, 1)
        part = bytes(self.source.data[start : start + min(count, MAX_NAME)])
        return part.decode("utf-8", "replace")

    def span(self, field: int, size: int) -> tuple[int, int]:
        """Where a vector of elements of a size in bytes begins, and how many it has."""
        at = self._place(field)
        return self.source.span(self.source.follow(at), size) if at else (0, 0)

    def numbers(self, field: int, code: str = "i", most: int = MAX_READ) -> list[int]:
        """The numbers of a vector, at most so many of them."""
        start, count = self.span(field, _NUMBERS[code].size)
        return self.source.values(start, min(count, most), code)

    def tables(self, field: int) -> Iterator[Table]:
        """The tables of a vector."""
        start, count = self.span(field, 4)
        self.source.charge(count * TABLE)
        for place in range(start, start + 4 * count, 4):
            yield Table(self.source, self.source.follow(place))
