"""Nothing that a repository or its configuration names is executed.

Each trap is a command that leaves a marker: costcalc does not run it, and plain git does.
"""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from support.paths import PROJECT
from support.repositories import Repo, isolate, network

from costcalc.cli import run
from costcalc.vcs.git import Repository

HOOKS = (
    *("post-checkout", "post-index-change", "reference-transaction", "pre-commit", "post-commit"),
    *("pre-auto-gc", "fsmonitor-watchman", "post-merge", "pre-push", "post-rewrite"),
)
QUESTIONS = (
    ("check", "--growth", "macs=1000%", "--base", "HEAD"),
    ("check", "--growth", "macs=1000%", "--base", "auto"),
    ("diff", "HEAD"),
    ("diff", "HEAD~1..HEAD"),
)


class Trap:
    """A command that leaves a marker."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.marker = folder / "EXECUTED"
        self.script = folder / "trap"
        self.script.write_text(f"#!/bin/sh\ntouch '{self.marker}'\nexit 1\n")
        self.script.chmod(0o755)

    @property
    def command(self) -> str:
        return str(self.script)

    def fired(self) -> bool:
        found = self.marker.exists()
        self.marker.unlink(missing_ok=True)
        return found


def plain_git(folder: Path, *arguments: str, on_terminal: bool = False, given: str = "") -> None:
    """Run git as anybody does; it may fail."""
    command = ["git", *arguments]
    if not on_terminal:
        subprocess.run(
            command, cwd=folder, input=given.encode(), capture_output=True, check=False, timeout=20
        )
        return
    ours, theirs = pty.openpty()
    done = subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    with suppress(OSError):  # the other end is closed
        while os.read(ours, 1024):
            pass
    os.close(ours)
    done.wait(timeout=20)


def touch(repo: Repo) -> None:
    """Let git find the file other than in its index."""
    repo.write("nets/a.yaml", network(8, 8))
    os.utime(repo.folder / "nets" / "a.yaml", (10**9, 10**9))


Control = Callable[[], None]


def fsmonitor(repo: Repo, trap: Trap) -> Control:
    repo.git("config", "core.fsmonitor", trap.command)
    return lambda: plain_git(repo.folder, "status")


def external_diff(repo: Repo, trap: Trap) -> Control:
    repo.git("config", "diff.external", trap.command)
    return lambda: plain_git(repo.folder, "diff", "HEAD")


def attribute(repo: Repo, text: str) -> None:
    path = repo.folder / ".gitattributes"
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}*.yaml {text}\n")


def diff_driver(repo: Repo, trap: Trap) -> Control:
    attribute(repo, "diff=driver")
    repo.git("config", "diff.driver.command", trap.command)
    return lambda: plain_git(repo.folder, "diff", "HEAD")


def textconv(repo: Repo, trap: Trap) -> Control:
    attribute(repo, "diff=texts")
    repo.git("config", "diff.texts.textconv", trap.command)
    return lambda: plain_git(repo.folder, "diff", "HEAD")


def pager(repo: Repo, trap: Trap) -> Control:
    for name in ("core.pager", "pager.rev-parse", "pager.diff-tree", "pager.cat-file"):
        repo.git("config", name, trap.command)
    return lambda: plain_git(repo.folder, "log", on_terminal=True)


def editor(repo: Repo, trap: Trap) -> Control:
    repo.git("config", "core.editor", trap.command)
    repo.git("config", "sequence.editor", trap.command)
    return lambda: plain_git(repo.folder, "commit", "--allow-empty", "--no-verify")


def ssh_command(repo: Repo, trap: Trap) -> Control:
    repo.git("config", "core.sshCommand", trap.command)
    repo.git("config", "remote.origin.url", "ssh://nowhere.invalid/x")
    return lambda: plain_git(repo.folder, "fetch", "origin")


def _lose(repo: Repo) -> str:
    """Delete the objects of the base's network, as a partial clone does; return one's id."""
    repo.git("config", "extensions.partialClone", "origin")
    repo.git("config", "remote.origin.promisor", "true")
    for path in ("nets/a.yaml", "nets/b.yaml"):
        sha = repo.git("rev-parse", f"HEAD:{path}")
        (repo.folder / ".git" / "objects" / sha[:2] / sha[2:]).unlink(missing_ok=True)
    return sha


def lazy_fetch_by_ssh(repo: Repo, trap: Trap) -> Control:
    repo.git("config", "core.sshCommand", trap.command)
    repo.git("config", "remote.origin.url", "ssh://nowhere.invalid/x")
    sha = _lose(repo)
    return lambda: plain_git(repo.folder, "cat-file", "-p", sha)


def lazy_fetch_by_upload_pack(repo: Repo, trap: Trap) -> Control:
    repo.git("config", "remote.origin.url", str(repo.folder))
    repo.git("config", "remote.origin.uploadpack", trap.command)
    sha = _lose(repo)
    return lambda: plain_git(repo.folder, "cat-file", "-p", sha)


def lazy_fetch_by_ext(repo: Repo, trap: Trap) -> Control:
    repo.git("config", "remote.origin.url", f"ext::{trap.command}")
    repo.git("config", "protocol.ext.allow", "always")
    sha = _lose(repo)
    return lambda: plain_git(repo.folder, "cat-file", "-p", sha)


def credential_helper(repo: Repo, trap: Trap) -> Control:
    repo.git("config", "credential.helper", trap.command)
    repo.git("config", "core.askPass", trap.command)
    question = "protocol=https\nhost=nowhere.invalid\n\n"
    return lambda: plain_git(repo.folder, "credential", "fill", given=question)


def hooks(repo: Repo, trap: Trap) -> Control:
    folder = repo.folder / ".git" / "hooks"
    folder.mkdir(exist_ok=True)
    for name in HOOKS:
        os.symlink(trap.script, folder / name)
    return lambda: plain_git(repo.folder, "checkout", "-q", "--detach")


def hooks_path(repo: Repo, trap: Trap) -> Control:
    folder = repo.folder / "hooks"
    folder.mkdir()
    for name in HOOKS:
        os.symlink(trap.script, folder / name)
    repo.git("config", "core.hooksPath", "hooks")
    return lambda: plain_git(repo.folder, "checkout", "-q", "--detach")


def clean_filter(repo: Repo, trap: Trap) -> Control:
    attribute(repo, "filter=washed")
    repo.git("config", "filter.washed.clean", trap.command)
    return lambda: plain_git(repo.folder, "diff", "HEAD")


def smudge_filter(repo: Repo, trap: Trap) -> Control:
    attribute(repo, "filter=smeared")
    repo.git("config", "filter.smeared.smudge", trap.command)

    def control() -> None:
        plain_git(repo.folder, "checkout", "--", "nets/a.yaml")
        touch(repo)

    return control


def process_filter(repo: Repo, trap: Trap) -> Control:
    attribute(repo, "filter=long")
    repo.git("config", "filter.long.process", trap.command)
    return lambda: plain_git(repo.folder, "diff", "HEAD")


def alias(repo: Repo, trap: Trap) -> Control:
    for name in ("own", "rev-parse", "cat-file", "diff-index", "diff-tree", "ls-files"):
        repo.git("config", f"alias.{name}", f"!{trap.command}")
    return lambda: plain_git(repo.folder, "own")


def included_settings(repo: Repo, trap: Trap) -> Control:
    (repo.folder / "settings").write_text(f'[core]\n\tfsmonitor = "{trap.command}"\n')
    repo.git("config", "include.path", "../settings")
    return lambda: plain_git(repo.folder, "status")


def settings_of_a_worktree(repo: Repo, trap: Trap) -> Control:
    repo.git("config", "extensions.worktreeConfig", "true")
    repo.git("config", "--worktree", "core.fsmonitor", trap.command)
    return lambda: plain_git(repo.folder, "status")


def other_repositories_of_objects(repo: Repo, trap: Trap) -> Control:
    other = Repo(repo.folder.parent / "alternate")
    other.commit(x=network(3))
    other.git("config", "core.fsmonitor", trap.command)
    (repo.folder / ".git" / "objects" / "info" / "alternates").write_text(
        f"{other.folder}/.git/objects\n"
    )
    repo.git("config", "core.alternateRefsCommand", trap.command)
    return lambda: plain_git(repo.folder, "fetch", str(repo.folder), "HEAD")


TRAPS = (
    *(fsmonitor, external_diff, diff_driver, textconv, pager, editor, ssh_command),
    *(lazy_fetch_by_ssh, lazy_fetch_by_upload_pack, lazy_fetch_by_ext, credential_helper),
    *(hooks, hooks_path, clean_filter, smudge_filter, process_filter, alias),
    *(included_settings, settings_of_a_worktree, other_repositories_of_objects),
)


@pytest.fixture
def trap(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "A")
    return Trap(tmp_path / "trap")


@pytest.fixture
def repo(trap, tmp_path):
    made = Repo(tmp_path / "victim")
    fill(made)
    return made


def fill(repo: Repo) -> None:
    repo.write("nets/a.yaml", network(8))
    repo.write("nets/b.yaml", network(9))
    repo.write("moved.yaml", network(10))
    repo.commit()
    repo.write("nets/b.yaml", network(11))
    repo.git("mv", "moved.yaml", "nets/c.yaml")
    repo.commit()
    touch(repo)


def ask(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.chdir(folder)
    return [
        run([*question, "."] if question[0] == "check" else [*question]) for question in QUESTIONS
    ]


@pytest.mark.parametrize("plant", TRAPS, ids=lambda plant: plant.__name__)
def test_what_the_repository_s_configuration_names(plant, repo, trap, monkeypatch):
    control = plant(repo, trap)
    trap.fired()
    ask(repo.folder, monkeypatch)
    assert not trap.fired()
    control()
    assert trap.fired()


def test_what_is_asked_is_answered(repo, monkeypatch):
    assert ask(repo.folder, monkeypatch) == [0, 0, 0, 0]


def in_the_environment(name: str, value: str) -> Callable[[Trap, Path], dict[str, str]]:
    return lambda trap, _: {name: value.format(trap=trap.command, marker=trap.marker)}


def another_repository(trap: Trap, folder: Path) -> dict[str, str]:
    other = Repo(folder / "other")
    other.commit(a=network(3))
    other.git("config", "core.fsmonitor", trap.command)
    return {"GIT_DIR": str(other.folder / ".git"), "GIT_WORK_TREE": str(other.folder)}


def settings(trap: Trap, _: Path) -> dict[str, str]:
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": trap.command,
        "GIT_CONFIG_KEY_1": "diff.external",
        "GIT_CONFIG_VALUE_1": trap.command,
    }


def programs_of_git(trap: Trap, folder: Path) -> dict[str, str]:
    (folder / "programs").mkdir()
    for name in ("git", "git-own", "git-rev-parse", "git-cat-file", "git-diff-index"):
        os.symlink(trap.script, folder / "programs" / name)
    return {"GIT_EXEC_PATH": str(folder / "programs")}


@pytest.mark.parametrize(
    ("given", "control", "terminal"),
    [
        (in_the_environment("GIT_EXTERNAL_DIFF", "{trap}"), ["diff", "HEAD"], False),
        (in_the_environment("GIT_PAGER", "{trap}"), ["log"], True),
        (in_the_environment("GIT_EDITOR", "{trap}"), ["commit", "--allow-empty"], False),
        (in_the_environment("GIT_SSH_COMMAND", "{trap}"), ["fetch", "ssh://x.invalid/x"], False),
        (in_the_environment("GIT_TRACE", "{marker}"), ["status"], False),
        (in_the_environment("GIT_TRACE2", "{marker}"), ["status"], False),
        (
            in_the_environment("GIT_CONFIG_PARAMETERS", "'core.fsmonitor={trap}'"),
            ["status"],
            False,
        ),
        (settings, ["diff", "HEAD"], False),
        (another_repository, ["status"], False),
        (programs_of_git, ["own"], False),
    ],
    ids=lambda value: str(value) if isinstance(value, list) else "",
)
def test_what_the_environment_names(given, control, terminal, repo, trap, tmp_path, monkeypatch):
    variables = given(trap, tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    trap.fired()
    assert ask(repo.folder, monkeypatch) == [0, 0, 0, 0]
    assert not trap.fired()
    plain_git(repo.folder, *control, on_terminal=terminal)
    assert trap.fired()


def test_a_folder_that_is_trusted_by_the_environment(repo, monkeypatch):
    """GitHub's runners and others state safe.directory so."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.chdir(repo.folder)
    assert run(["diff", "HEAD"]) == 2
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(repo.folder))
    assert run(["diff", "HEAD"]) == 0


@pytest.mark.parametrize("folder", ["", ".", "bin"])
def test_a_git_that_is_committed(folder, repo, trap, monkeypatch):
    """A folder on PATH that is relative would be one of the repository."""
    for place in ("git", "bin/git"):
        repo.write(place, trap.script.read_bytes()).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert ask(repo.folder, monkeypatch) == [0, 0, 0, 0]
    assert not trap.fired()
    subprocess.run(["git"], cwd=repo.folder, capture_output=True, check=False)
    assert trap.fired()


class TestPlaces:
    """All traps at once, wherever costcalc is started."""

    def plant(self, repo: Repo, trap: Trap) -> None:
        for plant in TRAPS:
            if not plant.__name__.startswith(("lazy", "other", "settings_of", "smudge")):
                plant(repo, trap)
        touch(repo)
        trap.fired()

    def ask(self, repo: Repo, folder: Path, trap: Trap, monkeypatch) -> None:
        assert ask(folder, monkeypatch) == [0, 0, 0, 0]
        assert not trap.fired()
        plain_git(repo.folder, "status")
        assert trap.fired()

    @pytest.mark.parametrize("folder", ["", "nets"])
    def test_in_the_repository(self, folder, repo, trap, monkeypatch):
        self.plant(repo, trap)
        self.ask(repo, repo.folder / folder, trap, monkeypatch)

    def test_in_another_worktree(self, repo, trap, tmp_path, monkeypatch):
        repo.git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
        tree = Repo.__new__(Repo)
        tree.folder = tmp_path / "tree"
        self.plant(repo, trap)
        touch(tree)
        self.ask(tree, tree.folder, trap, monkeypatch)

    def test_in_a_submodule(self, repo, trap, tmp_path, monkeypatch):
        outer = Repo(tmp_path / "outer")
        outer.git("submodule", "--quiet", "add", str(repo.folder), "sub")
        outer.commit()
        sub = Repo.__new__(Repo)
        sub.folder = outer.folder / "sub"
        sub.git("checkout", "-q", "-B", "main")
        touch(sub)
        sub_git = outer.folder / ".git" / "modules" / "sub"
        sub.git("config", "core.fsmonitor", trap.command)
        sub.git("config", "filter.washed.clean", trap.command)
        (sub_git / "info" / "attributes").write_text("*.yaml filter=washed\n")
        trap.fired()
        self.ask(sub, sub.folder, trap, monkeypatch)
        monkeypatch.chdir(outer.folder)
        for question in (
            ["check", "sub", "--growth", "macs=1000%", "--base", "HEAD"],
            ["diff", "HEAD"],
        ):
            assert run(question) == 0
            assert not trap.fired()


class TestABareRepositoryThatIsCommitted:
    """A pull request brings a folder that git would take for a repository, settings included."""

    @pytest.fixture
    def victim(self, trap, tmp_path):
        attacker = Repo(tmp_path / "attacker")
        attacker.commit(ok=network(8))
        bare = Repo(attacker.folder / "nets", "--bare")
        for name in ("hooks", "description", "info", "branches"):
            subprocess.run(["rm", "-rf", bare.folder / name], check=True)
        (bare.folder / "config").write_text(
            "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n"
            f'\tfsmonitor = "{trap.command}"\n'
        )
        bare.write("a.yaml", network(8))
        own = ("--git-dir=.", "--work-tree=.", "-c", "core.fsmonitor=false")
        bare.git(*own, "add", "a.yaml")
        bare.git(*own, "commit", "-q", "-m", "base")
        bare.write("a.yaml", network(16))
        attacker.commit()
        victim = attacker.clone(tmp_path / "clone")
        trap.fired()
        return victim

    def test_it_is_refused(self, victim, trap, monkeypatch, capsys):
        monkeypatch.chdir(victim.folder / "nets")
        for question in (*(("check", ".", *own[1:]) for own in QUESTIONS[:2]), ("diff", "main")):
            assert run([*question]) == 2
            assert "/clone/nets is a bare repository" in capsys.readouterr().err
        assert not trap.fired()
        plain_git(victim.folder / "nets", "status")
        assert trap.fired()

    def test_it_is_a_folder_like_others_from_the_top(self, victim, trap, monkeypatch):
        assert ask(victim.folder, monkeypatch)[:3] == [0, 0, 0]
        assert not trap.fired()

    def test_without_a_base_its_networks_are_checked(self, victim, trap, monkeypatch):
        monkeypatch.chdir(victim.folder / "nets")
        assert run(["check", ".", "--max", "macs=1M"]) == 0
        assert not trap.fired()

    def test_git_refuses_it_as_well(self, victim, trap, monkeypatch):
        """Both hold on their own."""
        monkeypatch.setattr("costcalc.vcs.top._bare_repository", lambda *_: None)
        monkeypatch.chdir(victim.folder / "nets")
        assert run(["diff", "HEAD"]) == 2
        assert not trap.fired()


@pytest.mark.parametrize("place", ["", "nets", ".."])
def test_a_work_tree_elsewhere(place, repo, monkeypatch, capsys):
    repo.git("config", "core.worktree", str(repo.folder / place))
    monkeypatch.chdir(repo.folder)
    code = run(["diff", "HEAD"])
    assert code == (2 if place else 0)
    if place:
        assert "for the working tree of" in capsys.readouterr().err


class TestWhatMisleads:
    """Figures of a base are those of the commit that is named."""

    def base_of_b(self, repo: Repo, monkeypatch, capsys, base: str = "HEAD~1") -> str:
        monkeypatch.chdir(repo.folder)
        capsys.readouterr()
        assert run(["check", "nets/b.yaml", "--growth", "macs=1000%", "--base", base]) == 0
        return capsys.readouterr().out

    def test_an_object_that_replaces_another(self, repo, monkeypatch, capsys):
        before = self.base_of_b(repo, monkeypatch, capsys)
        blob = repo.git("rev-parse", "HEAD~1:nets/b.yaml")
        other = repo.git("rev-parse", "HEAD:nets/c.yaml")
        repo.git("replace", blob, other)
        assert repo.git("cat-file", "-p", blob) == repo.git("cat-file", "-p", other)
        assert self.base_of_b(repo, monkeypatch, capsys) == before

    def test_a_commit_that_is_grafted(self, repo, monkeypatch, capsys):
        head, first = repo.sha(), repo.sha("HEAD~1")
        repo.git("checkout", "-q", "-B", "other", first)
        repo.git("commit", "-q", "-a", "-m", "theirs")
        (repo.folder / ".git" / "info" / "grafts").write_text(f"{head}\n")
        plain = subprocess.run(
            ["git", "merge-base", "HEAD", "main"], cwd=repo.folder, capture_output=True, check=False
        )
        assert plain.returncode == 1
        repository = Repository.around(str(repo.folder))
        assert repository.merge_base("HEAD", "main") == first
        repository.close()


class TestFiltersOfFiles:
    """Bytes in the working tree that differ from the commit's by what git does on checkout."""

    def differing(self, repo: Repo, monkeypatch, capsys) -> str:
        monkeypatch.chdir(repo.folder)
        capsys.readouterr()
        assert run(["diff", "HEAD"]) == 0
        return capsys.readouterr().out

    @pytest.mark.parametrize("text", ["text eol=crlf", "ident"])
    def test_line_endings_and_ident(self, text, repo, monkeypatch, capsys):
        repo.write("nets/a.yaml", "# $Id$\n" + network(8))
        repo.write(".gitattributes", f"*.yaml {text}\n")
        repo.commit()
        (repo.folder / "nets" / "a.yaml").unlink()
        repo.git("checkout", "-q", "--", ".")
        here = (repo.folder / "nets" / "a.yaml").read_bytes()
        assert here != repo.git("cat-file", "-p", "HEAD:nets/a.yaml").encode()
        assert b"\r\n" in here or b"$Id: " in here
        assert "nets/a.yaml" not in self.differing(repo, monkeypatch, capsys)

    NOTE = "git's filter 'halved' was not run on the file of the base"

    def test_a_filter_that_was_not_run_is_named(self, repo, monkeypatch, capsys):
        repo.git("config", "filter.halved.clean", "sed 's/channels: 8/channels: 9/'")
        repo.write(".gitattributes", "nets/a.yaml filter=halved\n")
        repo.write("nets/a.yaml", network(8))
        repo.commit()
        assert "channels: 9" in repo.git("cat-file", "-p", "HEAD:nets/a.yaml")
        assert not repo.git("diff", "HEAD")
        shown = self.differing(repo, monkeypatch, capsys)
        assert "nets/a.yaml" in shown
        assert self.NOTE in shown
        assert run(["check", "nets/a.yaml", "--growth", "macs=5%", "--base", "HEAD"]) == 0
        assert self.NOTE in capsys.readouterr().out

    def test_a_pointer_of_lfs(self, repo, monkeypatch, capsys):
        pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
        repo.write("nets/a.yaml", pointer)
        repo.commit()
        repo.git("config", "filter.lfs.process", "git-lfs filter-process")
        repo.write(".gitattributes", "*.yaml filter=lfs\n")
        repo.write("nets/a.yaml", network(8))
        shown = self.differing(repo, monkeypatch, capsys)
        assert "on the base it was faulty" in shown
        assert "git's filter 'lfs' was not run" in shown

    def test_no_filter_no_note(self, repo, monkeypatch, capsys):
        repo.write(".gitattributes", "*.yaml filter=lfs\n")  # which no settings define
        assert "filter" not in self.differing(repo, monkeypatch, capsys)
        repo.git("config", "filter.other.clean", "cat")
        assert "filter" not in self.differing(repo, monkeypatch, capsys)


@pytest.mark.slow
def test_the_action(repo, trap, monkeypatch, tmp_path):
    """Its commands run Python without the modules of the checkout."""

    action = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
    (install, _) = action["runs"]["steps"]
    for name in ("venv", "pip", "ensurepip", "sitecustomize", "usercustomize"):
        (repo.folder / f"{name}.py").write_text(f"open({str(trap.marker)!r}, 'w')\n")
    (tmp_path / "source").mkdir()  # nothing to install: pip fails, as it may here
    temp = tmp_path / "temp"
    temp.mkdir()
    environment = {
        **os.environ,
        "INPUT_PYTHON": "python3",
        "RUNNER_TEMP": str(temp),
        "GITHUB_ACTION_PATH": str(tmp_path / "source"),
    }
    subprocess.run(
        ["bash", "-c", install["run"]],
        cwd=repo.folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (temp / "costcalc" / "bin" / "python").exists()
    assert not trap.fired()
    subprocess.run(["python3", "-m", "venv"], cwd=repo.folder, capture_output=True, check=False)
    assert trap.fired()
