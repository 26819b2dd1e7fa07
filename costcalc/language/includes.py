"""What a network may include: files of its repository, each by its real path once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from costcalc.errors import CostcalcError
from costcalc.language.files import read_text, repository_top

_allowed: ContextVar[tuple[str, ...]] = ContextVar("folders that may be read", default=())


@contextmanager
def reading_from(folders: str | Sequence[str]) -> Iterator[None]:
    """Let files below some folders be included as well, while the context is open."""
    more = [folders] if isinstance(folders, str) else folders
    token = _allowed.set((*_allowed.get(), *map(os.path.realpath, more)))
    try:
        yield
    finally:
        _allowed.reset(token)


class Tree(Protocol):
    """Where files are read from: the working tree or a commit."""

    def real_path(self, path: str) -> str:
        """Follow all links: one name for each file."""

    def locate(self, path: str, network: str) -> str:
        """Return the real path. Raises CostcalcError where a network may not include it."""

    def read(self, path: str) -> str:
        """Return the text. Raises CostcalcError where there is none."""


class WorkingTree:
    """The files as they are on disk."""

    def real_path(self, path: str) -> str:
        return os.path.realpath(path)

    def locate(self, path: str, network: str) -> str:
        return inside(path, boundary(os.path.dirname(network)))

    def read(self, path: str) -> str:
        return read_text(path)


WORKING_TREE = WorkingTree()


def boundary(folder: str) -> str:
    """Return the real folder that what is found from a folder stays in: the repository's top."""
    here = os.path.realpath(folder or ".")
    return repository_top(here) or here


def inside(path: str, top: str) -> str:
    """Return the real path of a file. Raises CostcalcError where it is not below the top.

    What git keeps in `.git`, credentials among it, is not below it either.
    """
    real = os.path.realpath(path)
    stays = any(is_below(real, folder) for folder in (top, *_allowed.get()))
    if stays and ".git" not in real.split(os.sep):
        return real
    within = "repository" if repository_top(top) else f"folder {os.path.basename(top)}"
    raise CostcalcError(
        f"{path} leads out of the {within}",
        hint="--include-from DIR allows a folder more (in Python, include_from)",
    )


def is_below(path: str, folder: str) -> bool:
    """Tell whether a real path is a folder's or lies below it."""
    return path == folder or path.startswith(os.path.join(folder, ""))
