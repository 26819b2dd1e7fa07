"""What networks are compared with: the same files in a commit, or the figures of a baseline."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.language.network_file import NetworkFile
from costcalc.project.discovery import ENDINGS
from costcalc.vcs.git import Changes, Commit
from costcalc.vcs.git_process import BaseError


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


def was_faulty(error: CostcalcError) -> str:
    return f"on the base it was faulty: {error.problems[0].message}"


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
            fault = "it is not in the repository, so that it has no base"
            return Former(None, fault=fault)
        renamed = None
        try:
            text = self.commit.read(place)
            if text is None:
                renamed = self.changes.renamed.get(place)
                text = None if renamed is None else self.commit.read(renamed)
                if text is None:
                    return Former(None)
            if renamed is None and text == loaded.file.text and self._has_all(loaded):
                return Former(loaded.file)
            old_path = path if renamed is None else self.path_of(renamed)
            return Former(NetworkFile(text, old_path, self.read), renamed)
        except BaseError:
            raise
        except CostcalcError as error:
            return Former(None, renamed, was_faulty(error))

    @cached_property
    def gone(self) -> frozenset[str]:
        """The YAML files of the commit that are no more, or are none any more."""
        renamed = self.changes.renamed.items()
        others = {old for new, old in renamed if not new.endswith(ENDINGS)}
        gone = (old for old in self.changes.deleted | others if old.endswith(ENDINGS))
        # What git was told to forget is deleted for it, and may still be here.
        here = self.new is None
        return frozenset(one for one in gone if not (here and os.path.exists(self.path_of(one))))

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
