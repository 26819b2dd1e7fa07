"""The hooks of .pre-commit-hooks.yaml, run by pre-commit itself in a repository of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.paths import PROJECT

NETWORK = "input: [3, 8, 8]\nlayers: [conv2d: {out_channels: 4, kernel_size: 3}]\n"
IDENTITY = ["-c", "user.name=t", "-c", "user.email=t@example.org"]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def hooks(tmp_path_factory):
    """A repository of the project as it is, for pre-commit to install, and where it installs."""
    folder = tmp_path_factory.mktemp("hooks")
    for name in ("costcalc", "configs"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "as it is")
    return folder, tmp_path_factory.mktemp("home")


@pytest.fixture
def repository(tmp_path, hooks):
    folder, home = hooks
    config = {
        "repos": [
            {
                "repo": str(folder),
                "rev": git(folder, "rev-parse", "HEAD"),
                "hooks": [{"id": "costcalc-validate"}, {"id": "costcalc-check"}],
            }
        ]
    }
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "net.yaml").write_text(NETWORK)
    (tmp_path / "other.yaml").write_text("jobs: {}\n")
    (tmp_path / "costcalc.yaml").write_text(
        "version: 1\nbudgets: [{match: net.yaml, limits: {params: 200}}]\n"
    )
    git(tmp_path, "init", "-q")
    return tmp_path, home


def run(repository, *, expect: int) -> str:
    folder, home = repository
    git(folder, "add", "--all")
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files"],
        cwd=folder,
        env={**os.environ, "PRE_COMMIT_HOME": str(home), "GITHUB_ACTIONS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    if "No matching distribution" in said or "Could not find a version" in said:
        pytest.skip("pre-commit can install nothing here")
    assert done.returncode == expect, said
    return said


@pytest.mark.slow
def test_the_hooks(repository):
    said = run(repository, expect=0)
    assert said.count("Passed") == 2

    folder, _ = repository
    (folder / "net.yaml").write_text(NETWORK.replace("4", "8"))
    said = run(repository, expect=1)
    assert "params: 224, over the limit of 200 (+12.0 %)" in said
    assert "Passed" in said  # it is a valid network

    (folder / "net.yaml").write_text(NETWORK.replace("kernel_size", "kernel_sizze"))
    said = run(repository, expect=1)
    assert "net.yaml:2:36: unknown key 'kernel_sizze' in conv2d" in said
    assert "other.yaml" not in said
