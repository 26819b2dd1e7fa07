"""Read files of other commits from a git repository, and what was renamed or deleted since.

Nothing is checked out and nothing is fetched. All objects come from one `git cat-file --batch`,
which is asked by their ids, so that no file name is ever a part of a command or a request.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.text import escaped
from costcalc.vcs.git_process import PARTIAL, BaseError, Objects, no_repository, run_git, said

_TREE, _LINK, _SUBMODULE = 0o040000, 0o120000, 0o160000
_MAX_LINKS = 40
SHALLOW = "clone more of the history: fetch-depth: 2 in actions/checkout, GIT_DEPTH: 2 in GitLab"
WHOLE = "clone the whole history: fetch-depth: 0 in actions/checkout, GIT_DEPTH: 0 in GitLab"
_BRANCH = re.compile(r"(?!origin/)[A-Za-z_][\w.-]*(?:/[\w.-]+)*", re.ASCII)
_PARENT = re.compile(r"(HEAD|@)(\^1?|~1?)")


class Changes(NamedTuple):
    """Files renamed and deleted since a commit; paths are from the top of the repository."""

    renamed: Mapping[str, str]
    """Old paths by new ones."""
    deleted: frozenset[str]


class TreeEntry(NamedTuple):
    """An entry of a folder in a commit."""

    mode: int
    sha: str
    inside: str = ""
    """The path of the submodule that a path leads into."""
    rest: str = ""
    """The rest of that path, within the submodule."""


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
        code, out, error = run_git(folder or ".", "rev-parse", "--show-toplevel")
        if code:
            raise no_repository(folder, error)
        return cls(os.path.realpath(os.fsdecode(out.rstrip(b"\n"))))

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

    def changes(self, old: Commit, new: Commit | None) -> Changes:
        """Compare a commit with another one, or with the working tree."""
        code, out, error = run_git(
            self.top,
            *("-c", "diff.autoRefreshIndex=false"),  # do not lock the index only to read
            *("diff", "--no-ext-diff", "--no-textconv", "--ignore-submodules", "--name-status"),
            *("-z", "-M", "-O/dev/null", "--diff-filter=RD"),
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
        return Changes(renamed, frozenset(deleted))


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

    def read(self, path: str) -> str | None:
        """Read the file at a path from the top; None where the commit has no such file.

        Links are followed within the commit, and submodules to the commit that this one names.
        """
        place = self._find(path)
        if place is None:
            return None
        commit, sha = place
        data = commit.repository.objects.read(sha, "blob")
        if data is None:
            raise BaseError(f"git lacks {escaped(path)} of the commit {self.short}", hint=PARTIAL)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise CostcalcError(f"{escaped(path)} is not UTF-8 in {self.short}") from None

    def files(self, prefix: str = "") -> Iterator[str]:
        """Yield the paths of all files below a folder in order, without links and submodules."""
        root = self._root()
        entry = self._walk(prefix, 0) if prefix not in ("", ".") else TreeEntry(_TREE, root)
        if entry is None or entry.mode != _TREE:
            return
        waiting = [("" if prefix in ("", ".") else prefix, entry.sha)]
        while waiting:
            folder, sha = waiting.pop()
            below = []
            for name, child in sorted(self._tree(sha).items()):
                path = f"{folder}/{name}" if folder else name
                if child.mode == _TREE:
                    below.append((path, child.sha))
                elif child.mode not in (_LINK, _SUBMODULE):
                    yield path
            waiting.extend(reversed(below))

    def _find(self, path: str) -> tuple[Commit, str] | None:
        entry = self._walk(path, 0)
        if entry is None:
            return None
        if entry.mode == _SUBMODULE:
            sub = self._submodule(entry.inside, entry.sha)
            return sub._find(entry.rest) if sub else None
        return None if entry.mode == _TREE else (self, entry.sha)

    def _walk(self, path: str, links: int) -> TreeEntry | None:
        """Find the entry at a path, or the submodule that it leads into."""
        parts = [part for part in posixpath.normpath(path).split("/") if part]
        if parts[:1] == [".."] or path.startswith("/") or links > _MAX_LINKS:
            return None
        entry = TreeEntry(_TREE, self._root())
        for number, part in enumerate(parts):
            if entry.mode != _TREE or part not in self._tree(entry.sha):
                return None
            entry = self._tree(entry.sha)[part]
            rest = "/".join(parts[number + 1 :])
            if entry.mode == _SUBMODULE:
                return entry._replace(inside="/".join(parts[: number + 1]), rest=rest)
            if entry.mode == _LINK:
                target = os.fsdecode(self.repository.objects.read(entry.sha, "blob") or b"")
                if target.startswith("/"):
                    return None
                return self._walk("/".join([*parts[:number], target, rest]), links + 1)
        return entry

    def _submodule(self, path: str, sha: str) -> Commit | None:
        if path not in self._submodules:
            folder = os.path.join(self.repository.top, path)
            if not os.path.isdir(folder):
                return None
            repository = Repository.around(folder)
            if repository.top == self.repository.top:  # the submodule is not checked out
                return None
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
        return data[5 : data.index(b"\n")].decode("ascii")

    def _tree(self, sha: str) -> dict[str, TreeEntry]:
        """Read a tree object, whose entries are `mode name NUL id`."""
        if sha in self._trees:
            return self._trees[sha]
        data = self.repository.objects.read(sha, "tree")
        if data is None:
            raise BaseError(f"git lacks a folder of the commit {self.short}", hint=PARTIAL)
        entries: dict[str, TreeEntry] = {}
        size, start = len(sha) // 2, 0
        while start < len(data):
            space = data.index(b" ", start)
            end = data.index(b"\0", space)
            id_ = data[end + 1 : end + 1 + size].hex()
            entries[os.fsdecode(data[space + 1 : end])] = TreeEntry(int(data[start:space], 8), id_)
            start = end + 1 + size
        self._trees[sha] = entries
        return entries
