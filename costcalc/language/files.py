"""Read files of whoever wrote the repository: texts of regular files, and nothing that waits."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BufferedReader

from costcalc.errors import CostcalcError, Position

MAX_BYTES = 4_000_000
_HEAD = 64
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line in YAML."""
_INHERITED = re.compile(r"/dev/stdin|(?:/dev|/proc/self)/fd/[0-9]+")
"""Paths of what the shell has opened: `costcalc analyze <(program)`."""
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


_noted: ContextVar[dict[str, None] | None] = ContextVar("paths that are read", default=None)


@contextmanager
def noting_paths() -> Iterator[dict[str, None]]:
    """Note the paths of all files that are read while the context is open, in their order."""
    paths: dict[str, None] = {}
    token = _noted.set(paths)
    try:
        yield paths
    finally:
        _noted.reset(token)


def read_text(
    path: str,
    part: Callable[[BufferedReader], bytes | None] | None = None,
    most: int = MAX_BYTES,
) -> str:
    """Read the text of a network file; `-` is standard input.

    part: takes the bytes out of a file that holds a text among other things, None of any other.
    most: the bytes that a file of another purpose may have.
    """
    noted = _noted.get()
    if noted is not None:
        noted[path] = None
    shown = "<stdin>" if path == "-" else path
    try:
        if path == "-":
            data = read_input(lambda head: most)
        else:
            with open_regular(path) as file:
                inner = part and part(file)
                data = file.read(most + 1) if inner is None else inner
    except IsADirectoryError:
        raise CostcalcError(f"{path} is a folder, not a file", hint="name a file in it") from None
    except FileNotFoundError:
        raise CostcalcError(f"no such file: {path}", hint=_near_file(path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CostcalcError(f"cannot read {shown}: {reason}") from None
    return decoded(data, shown, most)


def read_input(limit: Callable[[bytes], int] = lambda head: MAX_BYTES) -> bytes:
    """Read standard input, to a byte beyond a limit, which may depend on its first bytes.

    Raises OSError or ValueError where it cannot be read.
    """
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed")
    head = sys.stdin.buffer.read(_HEAD)
    return head + sys.stdin.buffer.read(limit(head) + 1 - len(head))


def decoded(data: bytes, path: str, most: int = MAX_BYTES) -> str:
    """The text of UTF-8. Raises CostcalcError, at the place, where it is none, or too large."""
    if len(data) > most:
        what = "a network" if most == MAX_BYTES else "such a file"
        raise CostcalcError(
            f"the file is larger than {most:,} bytes, the most {what} may be",
            position=Position(path, 1, 1),
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = line_and_column(data[: error.start].decode("utf-8", "replace"))
        raise CostcalcError(
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            position=Position(path, line, column),
            hint="save the file as UTF-8",
        ) from None


def _near_file(path: str) -> str | None:
    from costcalc.errors import nearest

    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for _, entry in zip(range(1000), entries, strict=False)]
    except (OSError, ValueError):
        return None
    return nearest(name, names, 0.75)


def open_regular(path: str) -> BufferedReader:
    """Open a regular file. What is none is not opened, or where it takes its place, not read."""
    if _INHERITED.fullmatch(path):
        return open(path, "rb")
    _refuse_irregular(os.stat(path))
    wanted = ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
    flags = sum(getattr(os, flag, 0) for flag in wanted)
    descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        _refuse_irregular(os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    return open(descriptor, "rb")


def _refuse_irregular(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
        raise OSError(errno.EINVAL, f"it is {kind}, not a file")


def line_and_column(before: str) -> tuple[int, int]:
    """The 1-based line and column right behind a text."""
    lines = LINE_BREAK.split(before)
    return len(lines), len(lines[-1]) + 1


def repository_top(folder: str) -> str | None:
    """Return the nearest folder upward that holds a repository; None where none does."""
    folder = os.path.abspath(folder)
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder
