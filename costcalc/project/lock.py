"""Let one process at a time change a file."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from costcalc.errors import CostcalcError

SECONDS = 30.0
"""How long to wait for a lock."""
_PAUSE = 0.02
_BUSY = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold a file's lock: the system's lock on an empty file beside it, which is removed then.

    The system drops a lock when its process ends, in whatever way: an empty file that was left
    behind locks nothing. Raises CostcalcError where the lock is not free in time, and where the
    file system has no locks.
    """
    place = f"{os.path.realpath(path)}.costcalc-lock"
    end = time.monotonic() + SECONDS
    while (descriptor := _taken(path, place)) is None:
        if time.monotonic() >= end:
            raise CostcalcError(
                f"cannot update {path}: another run has held {place} for {SECONDS:g} s",
                hint="try again once it has ended",
            )
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        if sys.platform == "win32":  # which removes no open file
            os.close(descriptor)
        with suppress(OSError):
            os.unlink(place)
        if sys.platform != "win32":  # while it is locked, so that nobody else's is removed
            os.close(descriptor)


def _taken(path: str, place: str) -> int | None:
    """The descriptor of the file at a place, locked; None while another process has it."""
    try:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(place, flags, 0o666)
    except OSError as error:
        if sys.platform == "win32" and os.path.exists(place):  # it is being removed
            return None
        raise CostcalcError(f"cannot write {path}: {error.strerror}; nothing was written") from None
    try:
        _lock(descriptor)
        if os.path.samestat(os.fstat(descriptor), os.stat(place)):
            return descriptor  # else the process that had it has removed it
    except FileNotFoundError:
        pass
    except OSError as error:
        if error.errno not in _BUSY:
            os.close(descriptor)
            with suppress(OSError):
                os.unlink(place)
            raise CostcalcError(
                f"cannot update {path}: its file system refuses to lock files "
                f"({error.strerror}), and without a lock two runs could lose each other's figures",
                hint="keep the baseline on a local disk",
            ) from None
    os.close(descriptor)
    return None
