"""The wire format of protobuf, over bytes on disk: only what is asked for is looked at."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_SIZES = {FIXED64: 8, FIXED32: 4}
MAX_FIELDS = 4_000_000
"""Fields of a file that are read."""
MAX_KEPT = 60_000_000
"""Bytes of names and small tensors that are kept, a number counted as 32."""


class WireError(ValueError):
    """Bytes that are no protobuf message; `place` is where in the file."""

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.place = place


class Field(NamedTuple):
    """A field of a message: its number, and its value or the bytes that it has."""

    number: int
    kind: int
    value: int
    """Of a varint, or of fixed bytes as they are, unsigned; else where its bytes begin."""
    end: int
    """Where its bytes end."""


class Wire:
    """Reads messages out of a file. Counts what it reads, so that a hostile file ends soon."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.read = 0
        self.kept = 0

    def keep(self, size: int, place: int) -> None:
        """Count what is kept of the file."""
        self.kept += size
        if self.kept > MAX_KEPT:
            raise WireError(f"its names and small tensors have over {MAX_KEPT:,} bytes", place)

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """Yield the fields of the message that lies between two places."""
        data, place = self.data, start
        while place < end:
            self.read += 1
            if self.read > MAX_FIELDS:
                raise WireError(f"the file has more than {MAX_FIELDS:,} fields", place)
            tag = data[place]
            begin = place
            if tag < 0x80:
                place += 1
            else:
                tag, place = self.varint(place, end)
            number, kind = tag >> 3, tag & 7
            if not number:
                raise WireError("a field has the number 0", begin)
            if kind == BYTES:
                size = data[place] if place < end else 0x80
                if size < 0x80:
                    place += 1
                else:
                    size, place = self.varint(place, end)
                if size > end - place:
                    raise WireError(f"a field of {size:,} bytes leads beyond its end", begin)
                yield Field(number, kind, place, place + size)
                place += size
            elif kind == VARINT:
                value, place = self.varint(place, end)
                yield Field(number, kind, value, place)
            elif kind in _SIZES:
                size = _SIZES[kind]
                if size > end - place:
                    raise WireError("a number leads beyond the end", begin)
                value = int.from_bytes(data[place : place + size], "little")
                yield Field(number, kind, value, place + size)
                place += size
            else:
                raise WireError(f"a field of the unknown kind {kind}", begin)

    def varint(self, place: int, end: int) -> tuple[int, int]:
        """A number of up to ten bytes, and the place behind it."""
        value = shift = 0
        start = place
        while True:
            if place >= end:
                raise WireError("a number leads beyond the end", start)
            byte = self.data[place]
            place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF, place
            shift += 7
            if shift > 63:
                raise WireError("a number has more than ten bytes", start)

    def text(self, field: Field, most: int = 100_000) -> str:
        if field.kind != BYTES:
            raise WireError("a text is a number", field.end)
        end = min(field.end, field.value + most)
        self.keep(end - field.value, field.value)
        return str(self.data[field.value : end], "utf-8", "replace")

    def integers(self, field: Field, most: int) -> list[int]:
        """Whole numbers with a sign: one, or many in a row; at most so many."""
        if field.kind == VARINT:
            return [signed(field.value)]
        if field.kind != BYTES:
            raise WireError("numbers of the wrong kind", field.end)
        found: list[int] = []
        place = field.value
        while place < field.end and len(found) < most:
            value, place = self.varint(place, field.end)
            found.append(signed(value))
        self.keep(32 * len(found), field.value)
        return found

    def floats(self, field: Field, most: int) -> list[float]:
        if field.kind == FIXED32:
            return [struct.unpack("<f", field.value.to_bytes(4, "little"))[0]]
        if field.kind != BYTES:
            raise WireError("numbers of the wrong kind", field.end)
        count = min((field.end - field.value) // 4, most)
        self.keep(32 * count, field.value)
        return list(struct.unpack_from(f"<{count}f", self.data, field.value))


def signed(value: int) -> int:
    """A number of 64 bits with its sign."""
    return value - (1 << 64) if value >> 63 else value
