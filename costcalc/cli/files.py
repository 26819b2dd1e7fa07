"""Writing to standard output, or to a file that appears completely or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import BinaryIO

from costcalc.errors import CostcalcError

CHUNK = 1 << 16


def write(pieces: Iterable[str | bytes], output: str | None) -> None:
    """Write text, or bytes of UTF-8, to a file or to standard output."""
    if output is None:
        for chunk in _chunks(pieces):
            _put(chunk)
        sys.stdout.flush()
    else:
        write_file(pieces, output)


def _put(chunk: str | bytes) -> None:
    out = sys.stdout
    if isinstance(chunk, str):
        out.write(chunk)
    elif hasattr(out, "buffer") and out.encoding.lower() == "utf-8" and os.linesep == "\n":
        out.flush()
        out.buffer.write(chunk)
    else:
        out.write(chunk.decode())


def _chunks(pieces: Iterable[str | bytes]) -> Iterator[str | bytes]:
    """Join pieces into larger ones, since standard output may be unbuffered."""
    chunk: list[str] = []
    size = 0
    for piece in pieces:
        if isinstance(piece, str):
            chunk.append(piece)
            size += len(piece)
        if size > CHUNK or isinstance(piece, bytes):
            yield "".join(chunk)
            chunk.clear()
            size = 0
        if isinstance(piece, bytes):
            yield piece
    yield "".join(chunk)


def write_file(pieces: Iterable[str | bytes], output: str) -> None:
    """Write a file that appears completely or not at all."""
    with replacing(output) as file:
        file.writelines(
            piece if isinstance(piece, bytes) else piece.encode("utf-8", "backslashreplace")
            for piece in pieces
        )


def append(pieces: Iterable[str], output: str) -> None:
    """Append to a file that other programs write to as well, in one write."""
    try:
        with open(output, "ab") as file:
            file.write("".join(pieces).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise CostcalcError(f"cannot write {output}: {error.strerror}") from None


@contextmanager
def replacing(output: str) -> Iterator[BinaryIO]:
    """Open a file beside another one, which it replaces at the end unless an error occurs."""
    try:
        target = os.path.realpath(output)
        if os.path.exists(target) and not os.path.isfile(target):
            if os.path.isdir(target):
                raise IsADirectoryError(21, "it is a folder")
            with open(target, "wb") as device:
                yield device
            return
        if os.path.exists(target) and not os.access(target, os.W_OK):
            raise PermissionError(13, "it is read-only")
        temporary, opened = _beside(target)
        try:
            with opened as file:
                yield file
            os.replace(temporary, target)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CostcalcError(f"cannot write {output}: {reason}; nothing was written") from None


def _beside(target: str) -> tuple[str, BinaryIO]:
    """Open a new file beside another one; files that killed runs left behind are passed over."""
    for number in count():
        temporary = f"{target}.{os.getpid()}.{number}.tmp"
        try:
            return temporary, open(temporary, "xb")
        except FileExistsError:
            continue
    raise AssertionError
