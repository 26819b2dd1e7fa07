"""Zips of whoever made them: no more is read of one than is needed, and all is bounded."""

from __future__ import annotations

import struct
import zlib
from typing import Any, Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

MAX_DIRECTORY = 4_000_000
"""Bytes that list the files of a zip: a program of 20,000 weights needs half of them, and at most
85,000 entries fit."""
FAULTS = (
    *(BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError),
    *(KeyError, OverflowError, struct.error, IndexError),
)
"""What zipfile raises where a file is no whole zip."""
_CHUNK = 1_000_000


class Seekable(Protocol):
    """A binary file, or what reads as one."""

    def tell(self) -> int: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def read(self, size: int = -1, /) -> bytes: ...


class _Bounded:
    """A file of which no more is read at a time than a zip's list of files may have."""

    def __init__(self, file: Seekable) -> None:
        self.file = file
        self.tell = file.tell
        self.seek = file.seek

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            start = self.tell()
            size = self.seek(0, 2) - start
            self.seek(start)
        if size > MAX_DIRECTORY:
            raise BadZipFile(f"its list of files is larger than {MAX_DIRECTORY:,} bytes")
        return self.file.read(size)


def opened(file: Seekable) -> ZipFile:
    """Open a zip and read its list of files. Raises one of FAULTS where it is none."""
    bounded: Any = _Bounded(file)
    return ZipFile(bounded)


def entry(archive: ZipFile, name: str, most: int) -> bytes:
    """Read a file of a zip; of one that is larger than `most`, at most a chunk more than that."""
    if archive.getinfo(name).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadZipFile(f"{name} is compressed by another method than deflate")  # without bounds
    chunks, size = [], 0
    with archive.open(name) as part:
        while size <= most and (chunk := part.read(_CHUNK)):  # whatever it says of its size
            chunks.append(chunk)
            size += len(chunk)
    return b"".join(chunks)
