"""Git repositories for tests: real ones, of one fixed author, deaf to the machine's settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

AUTHOR = {
    "GIT_AUTHOR_NAME": "A Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.org",
    "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "A Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.org",
    "GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z",
}


def isolate(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """No CI, no git settings but the test's own; `folder` bounds the search for repositories."""
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "CI_", "GIT_")) or name == "CI":
            monkeypatch.delenv(name)
    for name, value in AUTHOR.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder))
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def network(*widths: int, more: str = "") -> str:
    """A chain of 3×3 convolutions, one a line from line 3 on."""
    lines = [f"  - conv2d: {{out_channels: {width}, kernel_size: 3}}" for width in widths]
    return "\n".join(["input: [3, 8, 8]", "layers:", *lines, more])


class Repo:
    """A repository in a folder."""

    def __init__(self, folder: Path, *init: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *init)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.folder,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return os.fsdecode(done.stdout).strip()

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def commit(self, message: str = "a change", **files: str | bytes | None) -> str:
        """Commit all there is; files are named without their ending .yaml, None deletes one."""
        for name, content in files.items():
            path = f"{name}.yaml"
            if content is None:
                (self.folder / path).unlink()
            else:
                self.write(path, content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.sha()

    def sha(self, ref: str = "HEAD") -> str:
        return self.git("rev-parse", f"{ref}^{{commit}}")

    def clone(self, folder: Path, *options: str) -> "Repo":
        """A clone over the file protocol, which may be shallow."""
        self.git("clone", "-q", *options, f"file://{self.folder}", str(folder))
        made = Repo.__new__(Repo)
        made.folder = folder
        return made


LOGGING_GIT = """\
#!{python}
import os, sys
with open({log!r}, "ab") as log:
    log.write(b"\\0".join(os.fsencode(one) for one in sys.argv[1:]) + b"\\n\\n")
os.execv({git!r}, ["git", *sys.argv[1:]])
"""


class GitLog:
    """A git before the real one on PATH that writes down what it is asked."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import shutil

        self._log = folder / "git.log"
        real = shutil.which("git")
        assert real
        bin_ = folder / "logging"
        bin_.mkdir()
        script = LOGGING_GIT.format(python=sys.executable, log=str(self._log), git=real)
        (bin_ / "git").write_text(script)
        (bin_ / "git").chmod(0o755)
        monkeypatch.setenv("PATH", f"{bin_}{os.pathsep}{os.environ['PATH']}")

    @property
    def calls(self) -> list[list[str]]:
        text = os.fsdecode(self._log.read_bytes()) if self._log.exists() else ""
        return [_command(call.split("\0")) for call in text.split("\n\n") if call]

    @property
    def commands(self) -> list[str]:
        return [call[0] for call in self.calls]


def _command(arguments: list[str]) -> list[str]:
    """The command and its arguments, without git's own settings and options before them."""
    rest = list(arguments)
    while rest[0].startswith("-"):
        del rest[: 2 if rest[0] == "-c" else 1]
    return rest
