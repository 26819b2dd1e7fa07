"""What networks are compared with: the same files in a commit, or the figures of a baseline."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.spec.git import Changes, Commit
from costcalc.spec.network_file import NetworkFile


class Loaded(NamedTuple):
    """A network's file and all texts that were read for it, by path."""

    file: NetworkFile
    texts: dict[str, str]


def load(path: str, text: str, read: Callable[[str], str]) -> Loaded:
    """The file, and with it what it includes."""
    texts = {path: text}

    def recorded(target: str) -> str:
        texts[target] = found = read(target)
        return found

    return Loaded(NetworkFile(text, path, recorded), texts)


class Former(NamedTuple):
    """A network as it was."""

    file: NetworkFile | None
    path: str | None = None
    """Where it was, if elsewhere: it was renamed."""
    fault: str | None = None
    """Why it cannot be compared with, though it was there."""
    inside: bool = True
    """Whether the file is of the repository at all."""


class Base:
    """The files of a commit, seen from the working tree or from another commit."""

    def __init__(self, commit: Commit, new: Commit | None = None) -> None:
        self.commit = commit
        self.new = new

    @cached_property
    def changes(self) -> Changes:
        return self.commit.repository.changes(self.commit, self.new)

    def former(self, loaded: Loaded) -> Former:
        """The network of a file as it was; the very same one where nothing changed in its files."""
        path = loaded.file.path
        place = self.commit.repository.relative(path)
        if place is None:
            return Former(None, inside=False)
        text = self.commit.read(place)
        renamed = None
        if text is None:
            renamed = self.changes.renamed.get(place)
            text = None if renamed is None else self.commit.read(renamed)
            if text is None:
                return Former(None)
        old_path = path if renamed is None else self.path_of(renamed)
        try:
            if renamed is None and text == loaded.file.text and self._has_all(loaded):
                return Former(loaded.file)
            return Former(NetworkFile(text, old_path, self.read), renamed)
        except CostcalcError as error:
            first = error.problems[0]
            return Former(None, renamed, f"on the base it was faulty: {first.message}")

    def path_of(self, place: str) -> str:
        """A path from the top of the repository as one from the current folder."""
        return os.path.relpath(os.path.join(self.commit.repository.top, place))

    def read(self, path: str) -> str:
        """What stood at a path of the working tree; CostcalcError where nothing did."""
        place = self.commit.repository.relative(path)
        text = None if place is None else self.commit.read(place)
        if text is None:
            raise CostcalcError(f"{path} is not in the commit {self.commit.short}")
        return text

    def _has_all(self, loaded: Loaded) -> bool:
        """Whether all that a file includes is the same here."""
        for path, text in loaded.texts.items():
            if path != loaded.file.path:
                place = self.commit.repository.relative(path)
                if place is None or self.commit.read(place) != text:
                    return False
        return True
