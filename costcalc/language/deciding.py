"""What is done with a space of networks when it is read: nothing, or a network is taken of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

from costcalc.language.network_file import NetworkFile

Decide: TypeAlias = Callable[[NetworkFile, "str | None"], NetworkFile]
"""Takes a network of a file with choices, in a variant; hands on a file without any."""

_decide: ContextVar[Decide | None] = ContextVar("what takes a network of a space", default=None)


@contextmanager
def deciding(decide: Decide) -> Iterator[None]:
    """Take networks of all spaces that are read while the context is open."""
    token = _decide.set(decide)
    try:
        yield
    finally:
        _decide.reset(token)


def is_deciding() -> bool:
    return _decide.get() is not None


def decided(file: NetworkFile, variant: str | None = None) -> NetworkFile:
    """The file, or the network that is taken of it."""
    decide = _decide.get()
    return file if decide is None else decide(file, variant)
