"""Standard output and standard error that a run can rely on, whatever becomes of them.

What cannot be written to standard output is a CostcalcError, and a reader that has left (`| head`)
ends the run. What cannot be written to standard error is dropped: there is nowhere to say so, and
the exit code holds.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any, TextIO

from costcalc.errors import CostcalcError


class ReaderLeft(Exception):
    """Nobody reads standard output any more. No OSError, which libraries would answer to."""


class _Descriptor(io.RawIOBase):
    """Writes bytes as another stream does; None is one that was closed before the run began."""

    def __init__(self, raw: Any, number: int) -> None:
        self._raw = raw
        self._number = number

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return self._raw is not None and bool(self._raw.isatty())

    def put(self, data: Any) -> int | None:
        if self._raw is None:
            raise OSError(errno.EBADF, "standard output is closed")
        written: int | None = self._raw.write(data)
        return written


class _Output(_Descriptor):
    """After a failure it drops the rest, so that Python does not fail again as it exits."""

    failed = False

    def write(self, data: Any) -> int | None:
        if self.failed:
            return len(data)
        try:
            return self.put(data)
        except OSError as error:
            self.failed = True
            if isinstance(error, BrokenPipeError):
                raise ReaderLeft from None
            raise CostcalcError(f"cannot write the result: {error.strerror}") from None


class _Errors(_Descriptor):
    def write(self, data: Any) -> int | None:
        try:
            return self.put(data)
        except OSError:
            return len(data)


def guard() -> None:
    """Guard the standard streams of this process.

    A file that is opened must not take the place of a stream that was closed: the null device
    takes it.
    """
    closed = [stream is None for stream in (sys.stdin, sys.stdout, sys.stderr)]
    while any(closed):
        number = os.open(os.devnull, os.O_RDWR)
        if number > 2:
            os.close(number)
            break
    sys.stdout = _guarded(sys.stdout, _Output, 1)
    sys.stderr = _guarded(sys.stderr, _Errors, 2)


def _guarded(stream: TextIO | None, kind: type[_Descriptor], number: int) -> TextIO:
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # an unbuffered stream has no buffer between
    return io.TextIOWrapper(
        io.BufferedWriter(kind(raw, number)),
        encoding=getattr(stream, "encoding", "utf-8"),
        errors="backslashreplace",
        line_buffering=kind is _Errors or getattr(stream, "line_buffering", False),
        write_through=getattr(stream, "write_through", False),
    )
