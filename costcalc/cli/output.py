"""Where results go: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from costcalc.errors import CostcalcError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def write(pieces: Iterable[str], output: str | None) -> None:
    if output is None:
        try:
            for piece in pieces:
                sys.stdout.write(piece)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            _forget_stdout()
            raise CostcalcError(f"cannot write the result: {error.strerror}") from None
    else:
        write_file(pieces, output)


def write_file(pieces: Iterable[str], output: str) -> None:
    """Through a file beside it, so that nobody ever sees the half of it."""
    try:
        target = os.path.realpath(output)
        if os.path.exists(target) and not os.path.isfile(target):
            if os.path.isdir(target):
                raise IsADirectoryError(21, "it is a folder")
            with open(target, "w", encoding="utf-8") as device:
                device.writelines(pieces)
            return
        if os.path.exists(target) and not os.access(target, os.W_OK):
            raise PermissionError(13, "it is read-only")
        temporary = f"{target}.{os.getpid()}.tmp"
        try:
            with open(temporary, "x", encoding="utf-8") as file:
                file.writelines(pieces)
            os.replace(temporary, target)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CostcalcError(f"cannot write {output}: {reason}; nothing was written") from None


def print_parts(render: Iterator[RenderableType], page: Console) -> None:
    try:
        for part in render:
            page.print(part)
        page.file.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _forget_stdout()
        raise CostcalcError(f"cannot write the result: {error.strerror}") from None


def _forget_stdout() -> None:
    """Python would try to write what is left once more when it ends, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
