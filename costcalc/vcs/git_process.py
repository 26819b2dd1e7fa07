"""Run git: single commands, and one process that reads objects."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress
from typing import IO

from costcalc.errors import CostcalcError
from costcalc.language.yaml_nodes import MAX_BYTES
from costcalc.text import escaped

# Variables that git sets for hooks, and by which it would read another repository.
_OBEYED = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE"),
    *("GIT_NAMESPACE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_IMPLICIT_WORK_TREE"),
)

PARTIAL = "a partial clone (--filter) lacks such files: clone without the filter"


class BaseError(CostcalcError):
    """The commit to compare with cannot be read, or there is none."""


class Objects:
    """Reads objects from one `git cat-file --batch`."""

    def __init__(self, top: str) -> None:
        self._known: dict[str, bytes] = {}
        try:
            self._process = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                cwd=top,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise _cannot_run_git(error) from None

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # it has ended without reading the last request
                    pipe.close()
        self._process.wait()

    def kind(self, sha: str) -> str | None:
        """Return the kind of an object; None where the repository does not have it."""
        found = self._ask(sha)
        return found[0] if found else None

    def read(self, sha: str, kind: str) -> bytes | None:
        """Read an object of a kind; None where there is none. Raises CostcalcError if large."""
        if kind == "commit" and sha in self._known:
            return self._known[sha]
        found = self._ask(sha)
        if found is None or found[0] != kind:
            return None
        if kind == "blob" and len(found[1]) > MAX_BYTES:
            raise CostcalcError(f"a file of the base is larger than {MAX_BYTES:,} bytes")
        if kind == "commit":
            self._known[sha] = found[1]
        return found[1]

    def _ask(self, sha: str) -> tuple[str, bytes] | None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(sha.encode("ascii") + b"\n")
            stdin.flush()
            head = stdout.readline().split()
        except BrokenPipeError:
            head = []
        if not head:
            raise BaseError(
                "git ended while it read a file of the base",
                hint=PARTIAL,
            )
        if len(head) != 3:  # `ID missing`
            return None
        return head[1].decode("ascii"), _exactly(stdout, int(head[2]))


def _exactly(stream: IO[bytes], size: int) -> bytes:
    """Read the content behind a header, and the newline; what exceeds the limit is skipped."""
    kept = stream.read(min(size, MAX_OBJECT))
    rest = size - len(kept)
    while rest > 0:
        rest -= len(stream.read(min(rest, 1 << 16)) or b"\0" * rest)
    stream.read(1)
    return kept


MAX_OBJECT = 64_000_000
"""Bytes of an object that are kept; a folder of a million files has as many."""


def run_git(folder: str, *arguments: str) -> tuple[int, bytes, bytes]:
    """Run git in a folder; return its exit code, output and error output."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except (OSError, ValueError) as error:
        raise _cannot_run_git(error) from None
    return done.returncode, done.stdout, done.stderr


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _OBEYED}
    return {
        **kept,
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
    }


def _cannot_run_git(error: Exception) -> BaseError:
    if isinstance(error, FileNotFoundError) and error.filename in (None, "git"):
        return BaseError(
            "git is not installed, and a base needs it", hint="install git, or --base none"
        )
    return BaseError(f"git cannot be run: {error}")


def no_repository(folder: str, error: bytes) -> BaseError:
    where = escaped(os.path.abspath(folder or "."))
    hint = None
    owned = re.search(rb"dubious ownership in repository at '(.*)'", error)
    if owned:  # git names the top of the repository, which may be above the folder
        top = escaped(os.fsdecode(owned[1]))
        hint = f"git config --global --add safe.directory {top}"
    return BaseError(f"{where} is in no git repository: {said(error)}", hint=hint)


def said(error: bytes) -> str:
    lines = escaped(error.decode("utf-8", "replace").strip().split("\n")[0])
    return lines.removeprefix("fatal: ")[:200]
