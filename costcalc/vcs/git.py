"""Read files of other commits from a git repository, and what was renamed or deleted since.

Nothing is checked out and nothing is fetched. All objects come from one `git cat-file --batch`,
which is asked by their ids, so that no file name is ever a part of a command or a request.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.language.files import MAX_BYTES, repository_top
from costcalc.text import escaped
from costcalc.vcs.git_process import PARTIAL, BaseError, Objects, run_git, said
from costcalc.vcs.top import find_top
from costcalc.vcs.trees import LINK, SUBMODULE, TREE, TreeEntry, is_there, tree_entries

_MAX_LINKS = 40
MAX_FILES = 1_000_000
"""Files and folders of a commit that are listed."""
SHALLOW = "clone more of the history: fetch-depth: 2 in actions/checkout, GIT_DEPTH: 2 in GitLab"
WHOLE = "clone the whole history: fetch-depth: 0 in actions/checkout, GIT_DEPTH: 0 in GitLab"
_BRANCH = re.compile(r"(?!origin/)[A-Za-z_][\w.-]*(?:/[\w.-]+)*", re.ASCII)
_ROOT = re.compile(rb"tree ([0-9a-f]+)\n")
_PARENT = re.compile(r"(HEAD|@)(\^1?|~1?)")


class Changes(NamedTuple):
    """Files renamed and deleted since a commit; paths are from the top of the repository."""

    renamed: Mapping[str, str]
    """Old paths by new ones."""
    deleted: frozenset[str]


class Repository:
    """A working tree and its commits."""

    def __init__(self, top: str) -> None:
        self.top = top
        self.submodules: list[Repository] = []
        """Submodules that were read from."""
        self._objects: Objects | None = None

    @classmethod
    def around(cls, folder: str) -> Repository:
        """Find the repository around a folder. Raises BaseError where there is none, or no git."""
        return cls(find_top(folder or "."))

    @property
    def objects(self) -> Objects:
        if self._objects is None:
            self._objects = Objects(self.top)
        return self._objects

    def close(self) -> None:
        """End the process that reads objects; reading another one starts it again."""
        for submodule in self.submodules:
            submodule.close()
        if self._objects is not None:
            self._objects.close()
            self._objects = None

    def relative(self, path: str) -> str | None:
        """Return the path from the top, with slashes; None where it leads out of the repository."""
        folder, name = os.path.split(os.path.abspath(path))
        relative = os.path.relpath(os.path.join(os.path.realpath(folder), name), self.top)
        relative = relative.replace(os.sep, "/")
        return None if relative == ".." or relative.startswith("../") else relative

    def commit(self, ref: str) -> Commit:
        """Return the commit that a ref or an id names. Raises BaseError where there is none."""
        sha = self.resolve(ref)
        if sha is None:
            hint = None
            if _BRANCH.fullmatch(ref):
                hint = f"git fetch origin {ref}, and name it as origin/{ref} or by its id"
            if self.is_shallow:
                hint = SHALLOW if _PARENT.fullmatch(ref) else WHOLE
            raise BaseError(f"git knows no commit '{escaped(ref)}' here", hint=hint)
        return Commit(self, sha)

    def resolve(self, ref: str) -> str | None:
        """Return the id of the commit that a ref names; what begins with a dash is never a ref."""
        if not ref or ref.startswith("-") or "\0" in ref or "\n" in ref:
            return None
        code, out, _ = run_git(self.top, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        lines = out.decode("ascii", "replace").split()
        sha = lines[0] if lines and not code else None
        return sha if sha and self.objects.kind(sha) == "commit" else None

    @property
    def is_shallow(self) -> bool:
        return run_git(self.top, "rev-parse", "--is-shallow-repository")[1].strip() == b"true"

    def parents(self, sha: str) -> list[str]:
        """Return the ids of a commit's parents; a shallow clone may not have these commits."""
        data = self.objects.read(sha, "commit")
        head = (data or b"").split(b"\n\n", 1)[0].split(b"\n")
        return [line[7:].decode("ascii") for line in head if line.startswith(b"parent ")]

    def merge_base(self, one: str, other: str) -> str | None:
        code, out, _ = run_git(self.top, "merge-base", one, other)
        return None if code else out.decode("ascii").split("\n", 1)[0].strip()

    def branch(self) -> str | None:
        """Return the branch that is checked out; None where HEAD is detached."""
        code, out, _ = run_git(self.top, "symbolic-ref", "--quiet", "--short", "HEAD")
        return None if code else os.fsdecode(out.strip())

    def remote_head(self) -> str | None:
        """Return the remote's default branch, such as origin/main, if the clone knows it."""
        code, out, _ = run_git(
            self.top, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"
        )
        return None if code else os.fsdecode(out.strip())

    def changes(self, old: Commit, new: Commit | None, endings: Sequence[str] = ("",)) -> Changes:
        """Compare a commit with another one, or with the working tree.

        Of the working tree only the index and the names are looked at: to compare its bytes, git
        would run filters. A renamed file is one that the index has under its new name.

        endings: of the deleted files that are wanted.
        """
        command = ("diff-index", "--cached") if new is None else ("diff-tree", "-r")
        code, out, error = run_git(
            self.top,
            *(*command, "--no-ext-diff", "--no-textconv", "--ignore-submodules=all"),
            *("--name-status", "-z", "-M", "-l1000", "-O/dev/null", "--diff-filter=RD"),
            *(old.sha, *([new.sha] if new else []), "--"),
        )
        if code:
            raise BaseError(f"git cannot compare with {old.short}: {said(error)}")
        renamed: dict[str, str] = {}
        deleted: set[str] = set()
        parts = iter(out.split(b"\0"))
        for status in parts:
            if status.startswith(b"R"):
                before, after = os.fsdecode(next(parts)), os.fsdecode(next(parts))
                renamed[after] = before
            elif status.startswith(b"D"):
                deleted.add(os.fsdecode(next(parts)))
        if new is None:
            missing = self._missing(endings)
            deleted.update(renamed.pop(place) for place in missing & renamed.keys())
            deleted.update(place for place in missing if old.has(place))
        return Changes(renamed, frozenset(deleted))

    def _missing(self, endings: Sequence[str]) -> set[str]:
        """List the files of the index that the working tree lacks, though it ought to have them."""
        patterns = [f"*{ending}" for ending in endings]
        code, out, error = run_git(self.top, "ls-files", "-z", "-t", "--", *patterns)
        if code:
            raise BaseError(f"git cannot list the files of {escaped(self.top)}: {said(error)}")
        places = (
            os.fsdecode(line[2:])
            for line in out.split(b"\0")
            if line and not line.startswith(b"S ")  # a sparse checkout leaves it out
        )
        return {place for place in places if not is_there(os.path.join(self.top, place))}


class Commit:
    """The files of one commit."""

    def __init__(self, repository: Repository, sha: str) -> None:
        self.repository = repository
        self.sha = sha
        self._trees: dict[str, dict[str, TreeEntry]] = {}
        self._submodules: dict[str, Commit] = {}

    @property
    def short(self) -> str:
        return self.sha[:10]

    def __str__(self) -> str:
        return self.short

    def data(self, path: str, most: int = MAX_BYTES) -> bytes | None:
        """Read the file at a path from the top; None where the commit has no such file.

        Links are followed within the commit, and submodules to the commit that this one names.
        most: bytes that it may have.
        """
        place = self._find(path)
        if place is None:
            return None
        data = place[0].repository.objects.read(place[1], "blob", most)
        if data is None:
            raise BaseError(f"git lacks {escaped(path)} of the commit {self.short}", hint=PARTIAL)
        return data

    def read(self, path: str) -> str | None:
        """Read the text of the file at a path from the top, as `data` does."""
        data = self.data(path)
        try:
            return None if data is None else data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise CostcalcError(f"{escaped(path)} is not UTF-8 in {self.short}") from None

    def has(self, place: str) -> bool:
        """Tell whether the commit has a file at a path from the top."""
        return self._find(place) is not None

    def real_place(self, path: str) -> str:
        """Follow the links in a path from the top; the path itself where it leads nowhere."""
        entry = self._walk(path, 0)
        if entry is None:
            return path
        return f"{entry.place}/{entry.rest}" if entry.rest else entry.place

    def files(self, prefix: str = "") -> Iterator[str]:
        """Yield the paths of all files below a folder in order, without links and submodules."""
        root = self._root()
        entry = self._walk(prefix, 0) if prefix not in ("", ".") else TreeEntry(TREE, root)
        if entry is None or entry.mode != TREE:
            return
        waiting = [("" if prefix in ("", ".") else prefix, entry.sha)]
        count = 0
        while waiting:
            folder, sha = waiting.pop()
            below = []
            for name, child in sorted(self._tree(sha).items()):
                path = f"{folder}/{name}" if folder else name
                count += 1
                if count > MAX_FILES:
                    raise BaseError(f"the commit {self.short} has more than {MAX_FILES:,} files")
                if child.mode == TREE:
                    below.append((path, child.sha))
                elif child.mode not in (LINK, SUBMODULE):
                    yield path
            waiting.extend(reversed(below))

    def _find(self, path: str) -> tuple[Commit, str] | None:
        entry = self._walk(path, 0)
        if entry is None:
            return None
        if entry.mode == SUBMODULE:
            sub = self._submodule(entry.place, entry.sha)
            return sub._find(entry.rest) if sub else None
        return None if entry.mode == TREE else (self, entry.sha)

    def _walk(self, path: str, links: int) -> TreeEntry | None:
        """Find the entry at a path, or the submodule that it leads into."""
        parts = [part for part in posixpath.normpath(path).split("/") if part]
        if parts[:1] == [".."] or path.startswith("/") or links > _MAX_LINKS:
            return None
        entry = TreeEntry(TREE, self._root())
        for number, part in enumerate(parts):
            if entry.mode != TREE or part not in self._tree(entry.sha):
                return None
            entry = self._tree(entry.sha)[part]
            rest = "/".join(parts[number + 1 :])
            if entry.mode == SUBMODULE:
                return entry._replace(place="/".join(parts[: number + 1]), rest=rest)
            if entry.mode == LINK:
                target = os.fsdecode(self.repository.objects.read(entry.sha, "blob") or b"")
                if target.startswith("/"):
                    return None
                return self._walk("/".join([*parts[:number], target, rest]), links + 1)
        return entry._replace(place="/".join(parts))

    def _submodule(self, path: str, sha: str) -> Commit | None:
        if path not in self._submodules:
            folder = os.path.join(self.repository.top, path)
            if os.path.realpath(folder) != folder or repository_top(folder) != folder:
                return None  # the submodule is not checked out
            repository = Repository.around(folder)
            self.repository.submodules.append(repository)
            if repository.resolve(sha) is None:
                raise BaseError(
                    f"the submodule {escaped(path)} lacks the commit {sha[:10]}, "
                    "which the base names",
                    hint=f"git -C {escaped(path)} fetch --depth 1 origin {sha}",
                )
            self._submodules[path] = Commit(repository, sha)
        return self._submodules[path]

    def _root(self) -> str:
        data = self.repository.objects.read(self.sha, "commit") or b""
        found = _ROOT.match(data)
        if found is None:
            raise BaseError(f"the commit {self.short} is damaged")
        return found[1].decode("ascii")

    def _tree(self, sha: str) -> dict[str, TreeEntry]:
        if sha not in self._trees:
            data = self.repository.objects.read(sha, "tree")
            if data is None:
                raise BaseError(f"git lacks a folder of the commit {self.short}", hint=PARTIAL)
            try:
                self._trees[sha] = tree_entries(data, len(sha) // 2)
            except ValueError:
                raise BaseError(f"a folder of the commit {self.short} is damaged") from None
        return self._trees[sha]
