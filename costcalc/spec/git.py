"""A git repository as a source of files: commits, what is in them, what changed since.

Nothing is checked out and nothing fetched. All objects come from one `git cat-file --batch`, asked
by their ids, so that no file name ever stands in a command or a request.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.printable import clean
from costcalc.spec.git_process import BaseError, Objects, no_repository, run_git, said

_TREE, _LINK, _SUBMODULE = 0o040000, 0o120000, 0o160000
_MOST_LINKS = 40
SHALLOW = "clone more of the history: fetch-depth: 2 in actions/checkout, GIT_DEPTH: 2 in GitLab"


class Changes(NamedTuple):
    """How files differ from a commit; paths are from the top of the repository."""

    renamed: Mapping[str, str]
    """New names and the old ones."""
    deleted: frozenset[str]


class Repository:
    """A working tree and its history."""

    def __init__(self, top: str) -> None:
        self.top = top
        self._objects: Objects | None = None

    @classmethod
    def around(cls, folder: str) -> Repository:
        """The repository that a folder is in; BaseError where there is none, or no git."""
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
        if self._objects is not None:
            self._objects.close()
            self._objects = None

    def relative(self, path: str) -> str | None:
        """The path from the top, with slashes; None where it leads out of the repository."""
        folder, name = os.path.split(os.path.abspath(path))
        relative = os.path.relpath(os.path.join(os.path.realpath(folder), name), self.top)
        relative = relative.replace(os.sep, "/")
        return None if relative == ".." or relative.startswith("../") else relative

    def commit(self, ref: str) -> Commit:
        """The commit that a ref, a tag or an id names, exactly; BaseError where it is none."""
        sha = self.resolve(ref)
        if sha is None:
            hint = f"git fetch origin {clean(ref)}, and name it as origin/{clean(ref)} or by its id"
            if self.is_shallow:
                hint = SHALLOW
            raise BaseError(f"git knows no commit '{clean(ref)}' here", hint=hint)
        return Commit(self, sha)

    def resolve(self, ref: str) -> str | None:
        """The id of the commit that a ref names. What begins with a dash never is one."""
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
        """The ids of a commit's parents, as it names them: in a shallow clone they may lack."""
        data = self.objects.read(sha, "commit")
        head = (data or b"").split(b"\n\n", 1)[0].split(b"\n")
        return [line[7:].decode("ascii") for line in head if line.startswith(b"parent ")]

    def merge_base(self, one: str, other: str) -> str | None:
        code, out, _ = run_git(self.top, "merge-base", one, other)
        return None if code else out.decode("ascii").split("\n", 1)[0].strip()

    def branch(self) -> str | None:
        """The branch that is checked out; None where HEAD is detached."""
        code, out, _ = run_git(self.top, "symbolic-ref", "--quiet", "--short", "HEAD")
        return None if code else os.fsdecode(out.strip())

    def remote_head(self) -> str | None:
        """What the remote calls its default branch, where the clone knows it: origin/main."""
        code, out, _ = run_git(
            self.top, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"
        )
        return None if code else os.fsdecode(out.strip())

    def changes(self, old: Commit, new: Commit | None) -> Changes:
        """What was renamed and deleted since a commit: up to another, or to the working tree."""
        code, out, error = run_git(
            self.top,
            *("diff", "--no-ext-diff", "--no-textconv", "--ignore-submodules", "--name-status"),
            *("-z", "-M", "--diff-filter=RD", old.sha, *([new.sha] if new else []), "--"),
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
        self._trees: dict[str, dict[str, tuple[int, str]]] = {}
        self._submodules: dict[str, Commit] = {}

    @property
    def short(self) -> str:
        return self.sha[:10]

    def __str__(self) -> str:
        return self.short

    def read(self, path: str) -> str | None:
        """The text at a path from the top; None where the commit has no such file.

        Links are followed within the commit, and submodules to the commit that it names.
        """
        place = self._find(path)
        if place is None:
            return None
        commit, sha = place
        data = commit.repository.objects.read(sha, "blob")
        if data is None:
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise CostcalcError(f"{clean(path)} is not UTF-8 in {self.short}") from None

    def files(self, prefix: str = "") -> Iterator[str]:
        """The paths of all files below a folder, in order; no links, no submodules."""
        root = self._root()
        entry = self._walk(prefix, 0) if prefix not in ("", ".") else (_TREE, root)
        if entry is None or entry[0] != _TREE:
            return
        waiting = [("" if prefix in ("", ".") else prefix, entry[1])]
        while waiting:
            folder, sha = waiting.pop()
            below = []
            for name, (mode, child) in sorted(self._tree(sha).items()):
                path = f"{folder}/{name}" if folder else name
                if mode == _TREE:
                    below.append((path, child))
                elif mode not in (_LINK, _SUBMODULE):
                    yield path
            waiting.extend(reversed(below))

    def _find(self, path: str) -> tuple[Commit, str] | None:
        entry = self._walk(path, 0)
        if entry is None:
            return None
        mode, found = entry
        if mode == _SUBMODULE:
            inside, rest = found.split(":", 1)
            sub = self._submodule(inside, rest)
            return sub._find(path[len(inside) + 1 :]) if sub else None
        return None if mode == _TREE else (self, found)

    def _walk(self, path: str, links: int) -> tuple[int, str] | None:
        """Mode and id of what is at a path; of a submodule on the way, its path and commit."""
        parts = [part for part in posixpath.normpath(path).split("/") if part]
        if parts[:1] == [".."] or path.startswith("/") or links > _MOST_LINKS:
            return None
        mode, sha = _TREE, self._root()
        for number, part in enumerate(parts):
            entry = self._tree(sha).get(part)
            if entry is None:
                return None
            mode, sha = entry
            if mode == _SUBMODULE:
                return mode, f"{'/'.join(parts[: number + 1])}:{sha}"
            if mode == _LINK:
                target = os.fsdecode(self.repository.objects.read(sha, "blob") or b"")
                if target.startswith("/"):
                    return None
                joined = "/".join([*parts[:number], target, *parts[number + 1 :]])
                return self._walk(joined, links + 1)
            if mode != _TREE and number < len(parts) - 1:
                return None
        return mode, sha

    def _submodule(self, path: str, sha: str) -> Commit | None:
        if path not in self._submodules:
            folder = os.path.join(self.repository.top, path)
            repository = Repository.around(folder)
            if repository.top == self.repository.top:  # it is not checked out
                return None
            if repository.resolve(sha) is None:
                raise BaseError(
                    f"the submodule {clean(path)} lacks the commit {sha[:10]}, which was its base",
                    hint=f"git -C {clean(path)} fetch --depth 1 origin {sha}",
                )
            self._submodules[path] = Commit(repository, sha)
        return self._submodules[path]

    def _root(self) -> str:
        data = self.repository.objects.read(self.sha, "commit") or b""
        return data[5 : data.index(b"\n")].decode("ascii")

    def _tree(self, sha: str) -> dict[str, tuple[int, str]]:
        """The entries of a tree object: `mode name NUL id`, one after the other."""
        if sha in self._trees:
            return self._trees[sha]
        data = self.repository.objects.read(sha, "tree")
        if data is None:
            raise BaseError(f"git lacks a folder of the commit {self.short}", hint=SHALLOW)
        entries: dict[str, tuple[int, str]] = {}
        size, start = len(sha) // 2, 0
        while start < len(data):
            space = data.index(b" ", start)
            end = data.index(b"\0", space)
            id_ = data[end + 1 : end + 1 + size].hex()
            entries[os.fsdecode(data[space + 1 : end])] = int(data[start:space], 8), id_
            start = end + 1 + size
        self._trees[sha] = entries
        return entries
