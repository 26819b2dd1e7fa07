"""Run git: single commands, and one process that reads objects.

A repository is a stranger's: its configuration may name commands, and a pull request may bring a
repository along as a folder. So git runs with everything off that would run a command or reach the
network, and never reads a file of the working tree.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import suppress
from typing import IO

from costcalc.errors import CostcalcError
from costcalc.language.files import MAX_BYTES
from costcalc.text import escaped

_SETTINGS = (
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.pager=cat",
    "core.editor=false",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.alternateRefsCommand=",
    "credential.helper=",
    "protocol.allow=never",
    "submodule.recurse=false",
    "diff.external=",
    "diff.autoRefreshIndex=false",
    "advice.graftFileDeprecated=false",
)
"""What git's configuration says, whatever a repository or the environment writes there."""

_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "GIT_EDITOR": "false",
    "GIT_PAGER": "cat",
    "GIT_SSH_COMMAND": "false",
}
_KEPT = frozenset(
    (
        *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
        *("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"),
        "GIT_TEST_ASSUME_DIFFERENT_OWNER",
    )
)
"""Variables of git that it still reads: where the user's settings are, and how far to look up."""

TIME_LIMIT = 120
"""Seconds that one command of git may take."""

PARTIAL = "a partial clone (--filter) lacks such files: clone without the filter"


class BaseError(CostcalcError):
    """The commit to compare with cannot be read, or there is none."""


class Objects:
    """Reads objects from one `git cat-file --batch`."""

    def __init__(self, top: str) -> None:
        self._known: dict[str, bytes] = {}
        try:
            self._process = subprocess.Popen(
                _command("cat-file", "--batch"),
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

    def read(self, sha: str, kind: str, most: int = MAX_BYTES) -> bytes | None:
        """Read an object of a kind; None where there is none.

        Raises CostcalcError for a file of more than `most` bytes.
        """
        if kind == "commit" and sha in self._known:
            return self._known[sha]
        found = self._ask(sha)
        if found is None or found[0] != kind:
            return None
        if len(found[1]) == MAX_OBJECT and kind != "blob":
            raise BaseError(f"a {kind} of the base has {MAX_OBJECT:,} bytes or more")
        if kind == "blob" and len(found[1]) > most:
            raise CostcalcError(f"a file of the base is larger than {most:,} bytes")
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


def run_git(folder: str, *arguments: str, given: bytes = b"") -> tuple[int, bytes, bytes]:
    """Run git in a folder, on some input; return its exit code, output and error output."""
    try:
        done = subprocess.run(
            _command(*arguments),
            cwd=folder,
            env=_environment(),
            input=given,
            capture_output=True,
            check=False,
            timeout=TIME_LIMIT,
        )
    except subprocess.TimeoutExpired:
        raise BaseError(f"git {arguments[0]} took more than {TIME_LIMIT} seconds") from None
    except (OSError, ValueError) as error:
        raise _cannot_run_git(error) from None
    return done.returncode, done.stdout, done.stderr


def _command(*arguments: str) -> list[str]:
    settings = (part for setting in _SETTINGS for part in ("-c", setting))
    return [_git(), *settings, "--no-pager", *arguments]


def _git() -> str:
    """Find git on PATH. Relative folders there, which may lie in a repository, are passed over."""
    found = shutil.which("git", path=_search_path())
    if found is None or not os.path.isabs(found):  # Windows looks into the current folder too
        raise BaseError(
            "git is not installed, and a base needs it", hint="install git, or --base none"
        )
    return found


def _search_path() -> str:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(filter(os.path.isabs, folders))


def _environment() -> dict[str, str]:
    """Keep the environment but for git's variables, most of which name commands or places."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT
    }
    return {**kept, **_trusted_folders(), **_ENVIRONMENT, "PATH": _search_path()}


def _trusted_folders() -> dict[str, str]:
    """Keep safe.directory of the settings in the environment, and no other of them."""
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    numbers = range(min(int(count), 1000)) if re.fullmatch("[0-9]{1,4}", count) else ()
    folders = [
        os.environ.get(f"GIT_CONFIG_VALUE_{number}", "")
        for number in numbers
        if os.environ.get(f"GIT_CONFIG_KEY_{number}", "").lower() == "safe.directory"
    ]
    kept = {"GIT_CONFIG_COUNT": str(len(folders))}
    for number, folder in enumerate(folders):
        kept[f"GIT_CONFIG_KEY_{number}"] = "safe.directory"
        kept[f"GIT_CONFIG_VALUE_{number}"] = folder
    return kept


def _cannot_run_git(error: Exception) -> BaseError:
    return BaseError(f"git cannot be run: {error}")


def said(error: bytes) -> str:
    lines = escaped(error.decode("utf-8", "replace").strip().split("\n")[0])
    return lines.removeprefix("fatal: ")[:200]
