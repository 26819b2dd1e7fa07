"""Networks as they were in a commit."""

from __future__ import annotations

import os
from functools import cached_property
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.importers.content import MAX_MODEL, content_of
from costcalc.importers.formats import MODEL_FORMATS, Content
from costcalc.importers.reading import read_network
from costcalc.language.files import MAX_BYTES
from costcalc.language.includes import Tree
from costcalc.language.network_file import NetworkFile
from costcalc.project.discovery import ENDINGS
from costcalc.vcs.filters import Filters
from costcalc.vcs.git import Changes, Commit
from costcalc.vcs.git_process import BaseError

_MODELS = tuple(end for one in MODEL_FORMATS for end in one.suffixes)


class LoadedNetwork(NamedTuple):
    """A network's file, what it holds, and by path the texts that were read besides."""

    file: NetworkFile
    content: Content
    texts: dict[str, str]


class _Recorder:
    """A tree that keeps the texts that are read from it."""

    def __init__(self, tree: Tree, texts: dict[str, str]) -> None:
        self.tree = tree
        self.texts = texts
        self.real_path = tree.real_path
        self.locate = tree.locate

    def read(self, path: str) -> str:
        self.texts[path] = found = self.tree.read(path)
        return found


def load_network(path: str, content: Content, tree: Tree) -> LoadedNetwork:
    """Read a network and the files that it includes."""
    texts: dict[str, str] = {}
    return LoadedNetwork(read_network(content, path, _Recorder(tree, texts)), content, texts)


def content_in(commit: Commit, place: str) -> Content | None:
    """What a network file holds in a commit; None where the commit has no such file."""
    data = commit.data(place, MAX_MODEL if place.endswith(_MODELS) else MAX_BYTES)
    return None if data is None else content_of(data, place)


class FormerNetwork(NamedTuple):
    """A network as it was in the commit."""

    file: NetworkFile | None
    """None where the commit does not have it, or has it with a fault."""
    path: str | None = None
    """The path that it had, if it was renamed since."""
    fault: str | None = None
    """Why it cannot be compared with, though the commit has it."""
    note: str | None = None
    """What else may make it differ than an edit."""


def base_fault(error: CostcalcError) -> str:
    return f"on the base it was faulty: {error.problems[0].message}"


class Revision:
    """The files of a commit, by the paths of the working tree or of another commit."""

    def __init__(self, commit: Commit, new: Commit | None = None) -> None:
        self.commit = commit
        self.new = new
        """The commit to compare with; None is the working tree."""

    @cached_property
    def changes(self) -> Changes:
        return self.commit.repository.changes(self.commit, self.new, ENDINGS)

    def former(self, loaded: LoadedNetwork) -> FormerNetwork:
        """Find a network in this commit; the file is `loaded.file` itself if no text differs."""
        path = loaded.file.path
        place = self.commit.repository.relative(path)
        if place is None:
            fault = "it is not in the repository, so that it has no base"
            return FormerNetwork(None, fault=fault)
        renamed = None
        try:
            content = content_in(self.commit, place)
            if content is None:
                renamed = self.changes.renamed.get(place)
                content = None if renamed is None else content_in(self.commit, renamed)
                if content is None:
                    return FormerNetwork(None)
            if renamed is None and _equal(content, loaded.content) and self._has_all(loaded):
                return FormerNetwork(loaded.file)
            old_path = path if renamed is None else self.path_of(renamed)
            file = read_network(content, old_path, self)
            return FormerNetwork(file, renamed, note=self._filter_note(place))
        except BaseError:
            raise
        except CostcalcError as error:
            return FormerNetwork(None, renamed, base_fault(error), self._filter_note(place))

    @cached_property
    def _filters(self) -> Filters:
        return Filters(self.commit.repository.top)

    def _filter_note(self, place: str) -> str | None:
        """Say which filter would change the commit's file; commits are compared as they are."""
        name = None if self.new else self._filters.of(place)
        if name is None:
            return None
        return f"git's filter '{name}' was not run on the file of the base: it may differ by that"

    @cached_property
    def gone(self) -> frozenset[str]:
        """The YAML files of this commit that were deleted since, or renamed to another ending."""
        renamed = self.changes.renamed.items()
        others = {old for new, old in renamed if not new.endswith(ENDINGS)}
        gone = (old for old in self.changes.deleted | others if old.endswith(ENDINGS))
        # Git also calls a file deleted that it stopped tracking, and that is still in its place.
        here = self.new is None
        return frozenset(one for one in gone if not (here and os.path.exists(self.path_of(one))))

    def path_of(self, place: str) -> str:
        """Turn a path from the top of the repository into one from the current folder."""
        return os.path.relpath(os.path.join(self.commit.repository.top, place))

    def real_path(self, path: str) -> str:
        """Follow the links of the commit in a path from the current folder."""
        place = self.commit.repository.relative(path)
        return path if place is None else self.commit.real_place(place)

    def locate(self, path: str, network: str) -> str:
        """Return where a path leads that a network includes: never out of the commit."""
        return self.real_path(path)

    def read(self, path: str) -> str:
        """Read the commit's file at a path from the current folder."""
        place = self.commit.repository.relative(path)
        text = None if place is None else self.commit.read(place)
        if text is None:
            raise CostcalcError(f"{path} is not in the commit {self.commit.short}")
        return text

    def _has_all(self, loaded: LoadedNetwork) -> bool:
        """Whether all files that a network includes are the same in this commit."""
        for path, text in loaded.texts.items():
            place = self.commit.repository.relative(path)
            if place is None or self.commit.read(place) != text:
                return False
        return True


def _equal(old: Content, new: Content) -> bool:
    if isinstance(old, str) or isinstance(new, str):
        return old == new
    return len(old) == len(new) and bytes(old) == bytes(new)  # a view compares slowly
