"""`costcalc check` against a base in git: what stood there, whatever became of it."""

import json
import os
import re
import subprocess
import sys

import pytest
from support.repositories import GitLog, Repo, isolate, network

import costcalc
from costcalc.budgets.api import check
from costcalc.cli import run


@pytest.fixture
def repo(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    made = Repo(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    return made


def checked(capsys, *arguments, code=0):
    """The report as JSON."""
    assert run(["check", *arguments, "--format", "json"]) == code
    shown = capsys.readouterr()
    assert shown.err == ""
    return json.loads(shown.out)


def one(capsys, *arguments, code=0):
    (network,) = checked(capsys, *arguments, code=code)["networks"]
    return network


def metric(capsys, *arguments, code=0):
    """Base, value and status of the only metric."""
    (found,) = one(capsys, *arguments, code=code)["metrics"]
    return found["base"], found["value"], found["status"]


def fault(capsys, *arguments):
    assert run(["check", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


MAX = ("--max", "params=1G")
BASE = (*MAX, "--base", "HEAD")
PARAMS_4, PARAMS_5 = 3 * 4 * 9 + 4, 3 * 5 * 9 + 5


class TestWhenABaseIsTaken:
    def test_none_unless_asked(self, repo, capsys, tmp_path, monkeypatch):
        repo.commit(a=network(4))
        log = GitLog(tmp_path, monkeypatch)
        report = checked(capsys, ".", *MAX)
        assert report["base"] is None
        assert report["networks"][0]["metrics"][0]["base"] is None
        assert log.calls == []

    def test_by_the_option(self, repo, capsys):
        sha = repo.commit(a=network(4))
        repo.write("a.yaml", network(5))
        report = checked(capsys, ".", *BASE)
        assert report["base"] == sha
        found = report["networks"][0]["metrics"][0]
        assert (found["base"], found["value"], found["delta"]) == (
            *(PARAMS_4, PARAMS_5, PARAMS_5 - PARAMS_4),
        )

    def test_by_the_project(self, repo, capsys):
        first = repo.commit(a=network(4))
        repo.git("tag", "v1")
        limits = "budgets: [{match: '*.yaml', limits: {params: 1G}}]\n"
        repo.write("costcalc.yaml", f"version: 1\nbase: v1\n{limits}")
        repo.commit(a=network(5))
        assert checked(capsys)["base"] == checked(capsys, "a.yaml")["base"] == first
        assert checked(capsys, "--base", "HEAD")["base"] == repo.sha()
        assert checked(capsys, "--base", "none")["base"] is None
        repo.write("costcalc.yaml", f"version: 1\nbase: --all\n{limits}")
        assert "costcalc.yaml:2:7: '--all' is not a git ref" in fault(capsys)

    @pytest.mark.parametrize("where", ["option", "network", "project"])
    def test_by_a_limit_of_growth(self, repo, capsys, where):
        first = repo.commit(a=network(4))
        own = "budgets: {params: {growth: 0%}}" if where == "network" else ""
        if where == "project":
            growth = "budgets: [{match: '*.yaml', limits: {params: {growth: 0}}}]"
            repo.write("costcalc.yaml", f"version: 1\n{growth}\n")
        repo.commit(a=network(5, more=own))
        option = ("--growth", "params=10") if where == "option" else ()
        report = checked(capsys, "a.yaml", *option, code=1)
        assert report["base"] == first
        assert report["networks"][0]["metrics"][0]["base"] == PARAMS_4

    def test_none_in_spite_of_a_limit_of_growth(self, repo, capsys):
        repo.commit(a=network(4))
        found = one(capsys, ".", "--growth", "params=0%", "--base", "none")
        assert found["status"] == "warn"
        assert "its growth was not checked" in found["metrics"][0]["note"]

    def test_of_a_nested_folder_from_elsewhere(self, repo, capsys, monkeypatch):
        repo.write("deep/er/a.yaml", network(4))
        repo.write("other/b.yaml", network(4))
        repo.commit()
        repo.write("deep/er/a.yaml", network(5))
        for folder, path in (("other", "../deep/er/a.yaml"), ("deep/er", "a.yaml"), ("deep", "er")):
            monkeypatch.chdir(repo.folder / folder)
            assert metric(capsys, path, *BASE) == (PARAMS_4, PARAMS_5, "pass")
            assert metric(capsys, str(repo.folder / "deep"), *BASE)[0] == PARAMS_4

    def test_a_file_of_no_repository_has_none_and_says_so(self, repo, capsys, tmp_path):
        repo.commit(a=network(4))
        (tmp_path / "out.yaml").write_text(network(4))
        found = one(capsys, "../out.yaml", "--growth", "params=0%", "--base", "HEAD")
        assert found["status"] == "warn"
        assert found["notes"] == ["it is not in the repository, so that it has no base"]
        assert found["new"] is False

    def test_a_hook_runs_it(self, repo, capsys, monkeypatch):
        repo.commit(a=network(4))
        repo.write("a.yaml", network(5))
        hook = repo.folder / ".git" / "hooks" / "pre-commit"
        here = os.path.dirname(os.path.dirname(costcalc.__file__))
        hook.write_text(
            f"#!/bin/sh\nPYTHONPATH={here} exec {sys.executable} -m costcalc check a.yaml"
            " --growth params=1 --base HEAD\n"
        )
        hook.chmod(0o755)
        repo.git("add", "-A")
        done = subprocess.run(
            ["git", "commit", "-q", "-m", "x"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "FAIL" in done.stdout + done.stderr


class TestWithoutABase:
    def test_no_repository(self, tmp_path, monkeypatch, capsys):
        isolate(monkeypatch, tmp_path)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "a.yaml").write_text(network(4))
        assert "is in no git repository" in fault(capsys, "a.yaml", *BASE)
        report = checked(capsys, "a.yaml", *BASE, "--if-no-base", "skip")
        assert report["base"] is None
        assert "no base: " in report["notes"][0]

    def test_no_git(self, repo, capsys, monkeypatch, tmp_path):
        repo.commit(a=network(4))
        monkeypatch.setenv("PATH", str(tmp_path))
        text = fault(capsys, "a.yaml", *BASE)
        assert "git is not installed, and a base needs it" in text
        assert "hint: install git, or --base none" in text
        assert one(capsys, "a.yaml", *MAX)["status"] == "pass"

    def test_shallow(self, repo, capsys, monkeypatch, tmp_path):
        repo.commit(a=network(4))
        repo.commit(a=network(5))
        clone = repo.clone(tmp_path / "clone", "--depth", "1")
        monkeypatch.chdir(clone.folder)
        text = fault(capsys, "a.yaml", "--growth", "params=1%")
        assert "the clone is shallow" in text
        assert "fetch-depth: 2" in text
        skipped = one(capsys, "a.yaml", "--growth", "params=1%", "--if-no-base", "skip")
        assert skipped["status"] == "warn"

    @pytest.mark.parametrize("ref", ["nothing", "-x", "--help", "", "HEAD~7", "a b", "x\ny"])
    def test_refs_that_are_none(self, repo, capsys, ref):
        repo.commit(a=network(4))
        text = fault(capsys, "a.yaml", *MAX, f"--base={ref}")
        assert "not a git ref" in text or "git knows no commit" in text

    def test_an_unknown_ref_is_skipped_where_asked(self, repo, capsys):
        repo.commit(a=network(4))
        skip = ("--if-no-base", "skip")
        report = checked(capsys, "a.yaml", *MAX, "--base", "nothing", *skip)
        assert report["networks"][0]["status"] == "pass"
        assert "git knows no commit 'nothing' here" in report["notes"][0]


class TestWhatStoodThere:
    def test_unchanged_files_are_not_computed_anew(self, repo, capsys, monkeypatch):
        import costcalc.budgets.cost_cache

        built = []
        own = costcalc.budgets.cost_cache.build

        def counted(*arguments, **more):
            built.append(arguments[0].path)
            return own(*arguments, **more)

        monkeypatch.setattr(costcalc.budgets.cost_cache, "build", counted)
        repo.commit(a=network(4), b=network(4))
        repo.write("b.yaml", network(5))
        report = checked(capsys, ".", *BASE)
        assert built == ["a.yaml", "b.yaml", "b.yaml"]
        deltas = [network["metrics"][0]["delta"] for network in report["networks"]]
        assert deltas == [0, PARAMS_5 - PARAMS_4]

    def test_includes_are_those_of_the_base(self, repo, capsys):
        text = "include: [lib/blocks.yaml]\ninput: [3, 8, 8]\nlayers: [unit]\n"
        blocks = "blocks: {unit: {layers: [conv2d: {out_channels: %d, kernel_size: 3}]}}\n"
        repo.write("lib/blocks.yaml", "include: [more.yaml]\n")
        repo.write("lib/more.yaml", blocks % 4)
        repo.commit(a=text)
        assert metric(capsys, "a.yaml", *BASE) == (PARAMS_4, PARAMS_4, "pass")
        repo.write("lib/more.yaml", blocks % 5)
        assert metric(capsys, "a.yaml", *BASE) == (PARAMS_4, PARAMS_5, "pass")
        repo.write("lib/blocks.yaml", blocks % 5)
        (repo.folder / "lib" / "more.yaml").unlink()
        assert metric(capsys, "a.yaml", *BASE) == (PARAMS_4, PARAMS_5, "pass")

    def test_an_include_that_the_base_lacks(self, repo, capsys):
        text = "include: [blocks.yaml]\ninput: [3, 8, 8]\nlayers: [unit]\n"
        repo.commit(a=text)
        blocks = "blocks: {unit: {layers: [conv2d: {out_channels: 4, kernel_size: 3}]}}\n"
        repo.write("blocks.yaml", blocks)
        found = one(capsys, "a.yaml", *BASE)
        assert found["metrics"][0]["base"] is None
        (note,) = found["notes"]
        assert note.startswith("on the base it was faulty: ")
        assert "blocks.yaml is not in the commit" in note

    def test_through_links(self, repo, capsys):
        repo.write("nets/a.yaml", network(4))
        os.symlink("nets/a.yaml", repo.folder / "link.yaml")
        os.symlink("nets", repo.folder / "folder")
        repo.commit()
        repo.write("nets/a.yaml", network(5))
        for path in ("link.yaml", "folder/a.yaml", "nets/a.yaml"):
            assert metric(capsys, path, *BASE) == (PARAMS_4, PARAMS_5, "pass")

    def test_a_link_that_leads_elsewhere_now(self, repo, capsys):
        repo.write("nets/a.yaml", network(4))
        repo.write("nets/b.yaml", network(5))
        os.symlink("nets/a.yaml", repo.folder / "link.yaml")
        repo.commit()
        (repo.folder / "link.yaml").unlink()
        os.symlink("nets/b.yaml", repo.folder / "link.yaml")
        assert metric(capsys, "link.yaml", *BASE) == (PARAMS_4, PARAMS_5, "pass")

    @pytest.mark.parametrize("target", ["link.yaml", "nowhere.yaml", "../out.yaml"])
    def test_links_that_led_nowhere(self, repo, capsys, tmp_path, target):
        (tmp_path / "out.yaml").write_text(network(4))
        os.symlink(target, repo.folder / "link.yaml")
        repo.commit()
        (repo.folder / "link.yaml").unlink()
        repo.write("link.yaml", network(5))
        assert metric(capsys, "link.yaml", *BASE) == (None, PARAMS_5, "pass")

    def test_in_a_submodule(self, repo, capsys, tmp_path):
        inner = Repo(tmp_path / "inner")
        inner.commit(a=network(4))
        repo.git("submodule", "--quiet", "add", str(inner.folder), "sub")
        repo.commit()
        repo.write("sub/a.yaml", network(5))
        assert metric(capsys, "sub/a.yaml", *BASE) == (PARAMS_4, PARAMS_5, "pass")
        assert metric(capsys, "sub", *BASE) == (PARAMS_4, PARAMS_5, "pass")

    def test_in_a_submodule_that_lacks_it(self, repo, capsys, tmp_path):
        inner = Repo(tmp_path / "inner")
        inner.commit(a=network(4))
        repo.git("submodule", "--quiet", "add", str(inner.folder), "sub")
        lost = Repo.__new__(Repo)
        lost.folder = repo.folder / "sub"
        named = lost.commit(a=network(6))
        repo.commit()
        lost.git("reset", "-q", "--hard", "HEAD~1")
        lost.git("reflog", "expire", "--expire=now", "--all")
        lost.git("gc", "-q", "--prune=now")
        text = fault(capsys, "sub/a.yaml", *BASE)
        assert f"git -C sub fetch --depth 1 origin {named}" in text
        skip = ("--growth", "params=1", "--base", "HEAD", "--if-no-base", "skip")
        found = one(capsys, "sub/a.yaml", *skip)
        assert found["status"] == "warn"
        assert found["notes"][0].startswith("no base: the submodule sub lacks the commit")

    @pytest.mark.parametrize(
        "name", ["a b", "größe", "::a::", "-dash", "--help", "new\nline", "%0Ax", "a,b:c", "[red]"]
    )
    def test_strange_names(self, repo, capsys, name):
        repo.commit(**{name: network(4)})
        repo.write(f"{name}.yaml", network(5))
        (repo.folder / "deep").mkdir()
        assert metric(capsys, ".", *BASE) == (PARAMS_4, PARAMS_5, "pass")
        assert metric(capsys, f"./{name}.yaml", *BASE) == (PARAMS_4, PARAMS_5, "pass")
        os.replace(f"{name}.yaml", f"deep/{name}.yaml")
        repo.write(f"deep/{name}.yaml", network(4))
        repo.git("add", "-A")
        found = one(capsys, ".", *BASE)
        assert found["renamed_from"] == f"{name}.yaml"
        repo.commit()
        repo.write(f"deep/{name}.yaml", network(5))
        assert run(["check", ".", "--growth", "params=0", "--base", "HEAD", "--format=github"]) == 1
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("::error file=deep/")

    @pytest.mark.parametrize(
        "content",
        [
            b"layers: {",
            b"input: [3, 8, 8]\nlayers: [nothing]\n",
            b"name: \xff",
            b"- no network",
            b"",
            b"\0",
            b"#" * 4_000_001,
            b"input: [3, 8, 8]\nlayers: [linear: {out_features: 3}]\n",
        ],
        ids=["yaml", "layer", "utf8", "list", "empty", "nul", "large", "shapes"],
    )
    def test_it_was_faulty(self, repo, capsys, content):
        """What is right now is checked; that its growth is unknown is said."""
        repo.commit(a=content)
        repo.write("a.yaml", network(5))
        found = one(capsys, "a.yaml", *BASE)
        assert found["status"] == "pass"
        assert found["metrics"][0]["base"] is None
        assert found["new"] is False
        assert found["notes"][0].startswith("on the base it was faulty: ")
        found = one(capsys, "a.yaml", "--growth", "params=0%", "--base", "HEAD")
        assert found["status"] == "warn"
        assert (
            found["metrics"][0]["note"]
            == "its growth was not checked: there is no figure to compare with"
        )
        one(capsys, "a.yaml", "--max", "params=9", "--base", "HEAD", code=1)

    @pytest.mark.parametrize("side", ["old", "new"])
    def test_other_ends_of_lines(self, repo, capsys, side):
        windows = network(4).replace("\n", "\r\n")
        repo.commit(a=windows if side == "old" else network(4))
        repo.write("a.yaml", network(4) if side == "old" else windows)
        assert metric(capsys, "a.yaml", *BASE) == (PARAMS_4, PARAMS_4, "pass")

    def test_a_variant_that_is_new(self, repo, capsys):
        own = "params: {w: 4}\nvariants: {a: {}%s}\nlayers:\n  - conv2d: {out_channels: w, "
        text = "input: [3, 8, 8]\n" + own + "kernel_size: 3}\nbudgets:\n%s"
        limit = "  - {variant: %s, params: {max: 1k, growth: 0}}\n"
        repo.commit(a=text % ("", limit % "a"))
        limits = limit % "a" + limit % "b"
        repo.write("a.yaml", text % (", b: {params: {w: 5}}", limits))
        found = one(capsys, "a.yaml", "--base", "HEAD")
        assert [m["base"] for m in found["metrics"]] == [PARAMS_4, None]
        assert [m["note"] for m in found["metrics"]] == [None, None]
        assert found["status"] == "pass"


class TestWhatBecameOfIt:
    def test_new(self, repo, capsys):
        """A new network is held to max only."""
        repo.commit(a=network(4))
        repo.write("b.yaml", network(5))
        growth = ("--growth", "params=0%", "--base", "HEAD")
        found = one(capsys, "b.yaml", *growth)
        assert (found["new"], found["status"]) == (True, "pass")
        assert found["metrics"][0]["note"] is None
        found = one(capsys, "b.yaml", "--max", "params=9", "--base", "HEAD", code=1)
        assert found["new"]

    def test_removed(self, repo, capsys):
        repo.write("nets/c.yaml", network(4))
        repo.write("nets/d.yaml", "some: data")
        repo.commit(a=network(4), b=network(4))
        for name in ("b.yaml", "nets/c.yaml", "nets/d.yaml"):
            (repo.folder / name).unlink()
        assert checked(capsys, ".", *BASE)["removed"] == ["b.yaml", "nets/c.yaml"]
        assert checked(capsys, "a.yaml", *BASE)["removed"] == []
        (repo.folder / "nets").mkdir(exist_ok=True)
        assert checked(capsys, "nets", "a.yaml", *BASE)["removed"] == ["nets/c.yaml"]
        assert run(["check", ".", *BASE]) == 0
        assert "b.yaml" in capsys.readouterr().out

    def test_removed_where_the_project_looks(self, repo, capsys, monkeypatch):
        limits = "version: 1\nbase: HEAD\nbudgets: [{match: 'nets/*.yaml', limits: {params: 1G}}]\n"
        repo.write("costcalc.yaml", limits)
        repo.write("nets/a.yaml", network(4))
        repo.write("nets/b.yaml", network(4))
        repo.commit()
        (repo.folder / "nets" / "b.yaml").unlink()
        assert checked(capsys)["removed"] == ["nets/b.yaml"]
        monkeypatch.chdir(repo.folder / "nets")
        assert checked(capsys)["removed"] == ["b.yaml"]

    def test_what_git_was_told_to_forget_is_not_removed(self, repo, capsys):
        repo.commit(a=network(4))
        repo.git("rm", "-q", "--cached", "a.yaml")
        report = checked(capsys, ".", *BASE)
        assert (report["removed"], report["networks"][0]["new"]) == ([], False)

    def test_removed_of_what_a_glob_matches(self, repo, capsys):
        repo.write("nets/a.yaml", network(4))
        repo.write("nets/b.yaml", network(4))
        repo.write("nets/deep/c.yaml", network(4))
        repo.commit(d=network(4))
        for name in ("nets/b.yaml", "nets/deep/c.yaml", "d.yaml"):
            (repo.folder / name).unlink()
        assert checked(capsys, "nets/*.yaml", *BASE)["removed"] == ["nets/b.yaml"]
        found = checked(capsys, "nets/**/*.yaml", *BASE)["removed"]
        assert found == ["nets/b.yaml", "nets/deep/c.yaml"]

    @pytest.mark.parametrize("widths", [(4, 4, 4), (4, 4, 5)])
    def test_renamed(self, repo, capsys, widths):
        repo.write("old/a.yaml", network(4, 4, 4))
        repo.commit()
        repo.git("mv", "old", "new")
        repo.write("new/a.yaml", network(*widths))
        report = checked(capsys, ".", *BASE)
        (found,) = report["networks"]
        assert (found["path"], found["renamed_from"]) == ("new/a.yaml", "old/a.yaml")
        assert (found["new"], report["removed"]) == (False, [])
        assert found["metrics"][0]["base"] == PARAMS_4 + 2 * (4 * 4 * 9 + 4)
        assert found["metrics"][0]["delta"] == (4 * 9 + 1) * (widths[2] - 4)
        assert run(["check", ".", *BASE]) == 0
        assert "old/a.yaml" in capsys.readouterr().out

    def test_renamed_with_its_includes(self, repo, capsys):
        text = "include: [blocks.yaml]\ninput: [3, 8, 8]\nlayers: [unit]\n"
        blocks = "blocks: {unit: {layers: [conv2d: {out_channels: 4, kernel_size: 3}]}}\n"
        repo.write("old/a.yaml", text)
        repo.write("old/blocks.yaml", blocks)
        repo.commit()
        repo.git("mv", "old", "new")
        repo.write("new/blocks.yaml", blocks.replace("4", "5"))
        assert metric(capsys, "new/a.yaml", *BASE) == (PARAMS_4, PARAMS_5, "pass")

    def test_renamed_to_what_is_no_network_any_more(self, repo, capsys):
        repo.commit(a=network(4), b=network(4, 5, 6))
        repo.git("mv", "b.yaml", "b.txt")
        assert checked(capsys, ".", *BASE)["removed"] == ["b.yaml"]

    def test_a_renamed_one_without_limits_is_not_removed(self, repo, capsys):
        own = "budgets: {params: 1G}\n"
        repo.commit(a=network(4, more=own), b=network(5, 6, 7))
        repo.git("mv", "b.yaml", "c.yaml")
        report = checked(capsys, ".", "--base", "HEAD")
        assert report["unlimited"] == ["c.yaml"]
        assert report["removed"] == []


class TestOverAlready:
    WAS = ("--max", "params=50", "--base", "HEAD")

    def test_it_fails_and_says_so(self, repo, capsys):
        repo.commit(a=network(4))
        found = one(capsys, "a.yaml", *self.WAS, code=1)
        assert found["metrics"][0]["note"] == "it was above its limit on the base already"

    @pytest.mark.parametrize(("width", "status"), [(3, "warn"), (4, "warn"), (5, "fail")])
    def test_only_regressions_fail(self, repo, capsys, width, status):
        repo.commit(a=network(4))
        repo.write("a.yaml", network(width))
        code = int(status == "fail")
        found = one(capsys, "a.yaml", *self.WAS, "--only-regressions", code=code)
        assert found["status"] == status

    def test_what_was_within_fails(self, repo, capsys):
        repo.commit(a=network(4))
        repo.write("a.yaml", network(5))
        limit = ("--max", f"params={PARAMS_4}", "--base", "HEAD", "--only-regressions")
        assert one(capsys, "a.yaml", *limit, code=1)["metrics"][0]["note"] is None

    def test_a_new_network_over_its_limit_is_a_regression(self, repo, capsys):
        repo.commit()
        repo.write("a.yaml", network(4))
        one(capsys, "a.yaml", *self.WAS, "--only-regressions", code=1)

    def test_it_may_shrink_and_still_have_grown_elsewhere(self, repo, capsys):
        repo.commit(a=network(4))
        repo.write("a.yaml", network(4, 1))
        growth = ("--growth", "macs=0%")
        found = one(capsys, "a.yaml", *self.WAS, *growth, "--only-regressions", code=1)
        assert found["status"] == "fail"


COMMANDS = {
    *("rev-parse", "cat-file", "diff-index", "ls-files", "merge-base", "symbolic-ref"),
    *("config", "check-attr"),
}
"""What git is asked with the working tree: nothing that reads its files or writes anything."""


class TestHowGitIsAsked:
    def test_one_batch_and_no_names(self, repo, capsys, tmp_path, monkeypatch):
        for number in range(20):
            repo.write(f"nets/secret_{number}.yaml", network(4 + number))
        repo.commit()
        for number in range(10):
            repo.write(f"nets/secret_{number}.yaml", network(5 + number))
        repo.git("mv", "nets/secret_15.yaml", "nets/secret_moved.yaml")
        log = GitLog(tmp_path, monkeypatch)
        checked(capsys, ".", *BASE)
        words = log.commands
        assert words.count("cat-file") == 1
        assert set(words) <= COMMANDS
        assert ["cat-file", "--batch"] in log.calls
        assert not [part for call in log.calls for part in call if "secret" in part]
        assert words.count("diff-index") == words.count("ls-files") == 1

    def test_auto_asks_only_what_is_here(self, repo, capsys, tmp_path, monkeypatch):
        repo.commit(a=network(4))
        repo.commit(a=network(5))
        clone = repo.clone(tmp_path / "clone")
        monkeypatch.chdir(clone.folder)
        log = GitLog(tmp_path, monkeypatch)
        checked(capsys, ".", *MAX, "--base", "auto")
        words = set(log.commands)
        assert words <= COMMANDS

    def test_processes_end(self, repo, monkeypatch):
        from costcalc.vcs.git_process import Objects

        started = []
        own = Objects.__init__
        monkeypatch.setattr(
            Objects, "__init__", lambda self, top: (started.append(self), own(self, top))[1]
        )
        repo.commit(a=network(4))
        assert check("a.yaml", max={"params": "1G"}, base="HEAD").status == "pass"
        assert [one._process.returncode for one in started] == [0]


class TestFailingAWidenedNetwork:
    """The whole way: a branch fails on its edited line, and main passes."""

    MOBILE = """\
name: Mobile
input: [3, 32, 32]
budgets: {macs: {max: 1.2M, growth: 5%}}
layers:
  - conv_bn_act: {out_channels: 16, kernel_size: 3, stride: 2}
  - depthwise_separable: {out_channels: 32}
  - depthwise_separable: {name: wide, out_channels: 64, stride: 2}
  - depthwise_separable: {out_channels: 64}
  - global_avg_pool
  - linear: {out_features: 10}
"""

    @pytest.fixture
    def branch(self, repo):
        repo.write("configs/mobile.yaml", self.MOBILE)
        repo.write("configs/notes.yaml", "some: data\n")
        repo.commit()
        repo.commit("nothing")
        repo.git("switch", "-q", "-c", "wider")
        repo.write(
            "configs/mobile.yaml",
            self.MOBILE.replace("wide, out_channels: 64", "wide, out_channels: 96"),
        )
        repo.commit()
        return repo

    def annotations(self, capsys, code):
        assert run(["check", "configs/", "--format", "github"]) == code
        return capsys.readouterr().out.splitlines()

    def test_on_the_branch(self, branch, capsys):
        lines = self.annotations(capsys, 1)
        assert lines
        for line in lines:
            assert re.match(r"::error file=configs/mobile\.yaml,line=7,title=costcalc%3A ", line)

    def test_on_main(self, branch, capsys):
        branch.git("switch", "-q", "main")
        assert self.annotations(capsys, 0) == []

    def test_on_the_merge_of_the_request(self, branch, capsys, monkeypatch):
        branch.git("switch", "-q", "--detach", "main")
        branch.git("merge", "-q", "--no-ff", "-m", "merge", "wider")
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
        monkeypatch.setenv("GITHUB_SHA", branch.sha())
        assert run(["check", "configs/"]) == 1
        out = capsys.readouterr().out
        assert "::error file=configs/mobile.yaml,line=7," in out
        assert "FAIL" in out

    def test_edited_and_propagated(self, branch, capsys):
        found = one(capsys, "configs", code=1)
        culprits = [(culprit["cause"], culprit["line"]) for culprit in found["culprits"]]
        assert culprits[0] == ("edited", 7)
        assert ("propagated", 8) in culprits
        assert {fit["knob"] for fit in found["fits"]} >= {"out_channels"}
        for fit in found["fits"]:
            assert fit["result"] <= 1_200_000
