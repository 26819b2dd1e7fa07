"""What a network may read: regular files of its repository, each once, and nothing of them said."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support.repositories import Repo, isolate

import costcalc
from costcalc.cli import run
from costcalc.errors import CostcalcError
from costcalc.language.block_file import MAX_INCLUDED
from costcalc.project.baseline import read_baseline

NET = "input: [3, 8, 8]\ninclude: [{}]\nlayers: [unit]\n"
PLAIN = "input: [3, 8, 8]\nlayers: [relu]\n"
BLOCKS = "blocks: {unit: {layers: [relu]}}\n"
SECRET = "root: x:0\npassword: hunter2 : *alias\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    here = tmp_path / "repository" / "nets"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def repository(folder):
    Repo(folder.parent)
    return folder.parent


def refusal(net: str = "net.yaml", **more: object) -> CostcalcError:
    with pytest.raises(CostcalcError) as caught:
        costcalc.load(net, **more)
    return caught.value.problems[0]


def including(name: str) -> None:
    Path("net.yaml").write_text(NET.format(name))


class TestHowFarAnIncludeReaches:
    def test_the_top_of_the_repository(self, repository):
        (repository / "shared.yaml").write_text(BLOCKS)
        including("../shared.yaml")
        assert costcalc.load("net.yaml").cost().totals.other_ops

    def test_no_further_than_the_repository(self, repository):
        (repository.parent / "shared.yaml").write_text(BLOCKS)
        including("../../shared.yaml")
        problem = refusal()
        assert str(problem.position) == "net.yaml:2:11"
        assert problem.message == "../../shared.yaml leads out of the repository"
        assert "--include-from DIR" in (problem.hint or "")

    def test_the_folder_of_the_network_where_there_is_no_repository(self, folder):
        (folder.parent / "shared.yaml").write_text(BLOCKS)
        including("../shared.yaml")
        assert refusal().message == "../shared.yaml leads out of the folder nets"
        (folder / "deeper").mkdir()
        (folder / "deeper" / "shared.yaml").write_text(BLOCKS)
        including("deeper/shared.yaml")
        assert costcalc.load("net.yaml")

    @pytest.mark.parametrize("name", ["{0}/out.yaml", "../link.yaml", "../folder/out.yaml"])
    def test_whole_paths_and_links_that_lead_out(self, repository, name):
        (repository.parent / "out.yaml").write_text(BLOCKS)
        os.symlink("../out.yaml", repository / "link.yaml")
        os.symlink("..", repository / "folder")
        including(name.format(repository.parent))
        assert refusal().message.endswith("leads out of the repository")

    def test_a_link_that_stays(self, repository):
        (repository / "shared.yaml").write_text(BLOCKS)
        os.symlink("../shared.yaml", "link.yaml")
        including("link.yaml")
        assert costcalc.load("net.yaml")

    def test_not_what_git_keeps(self, repository):
        (repository / ".git" / "blocks.yaml").write_text(BLOCKS)
        including("../.git/blocks.yaml")
        assert refusal().message.endswith("leads out of the repository")

    def test_whether_a_file_outside_exists_is_not_said(self, repository):
        including("../../nothing.yaml")
        assert refusal().message == "../../nothing.yaml leads out of the repository"
        including("../nothing.yaml")
        assert refusal().message == "no such file: ../nothing.yaml"

    def test_a_folder_that_is_allowed(self, repository):
        shared = repository.parent / "shared"
        shared.mkdir()
        (shared / "b.yaml").write_text(BLOCKS)
        (repository.parent / "shared2.yaml").write_text(BLOCKS)
        including("../../shared/b.yaml")
        limit = ["--max", "macs=1"]
        for question in (["validate"], ["analyze"], ["check", *limit], ["solve", *limit]):
            assert run([*question, "net.yaml"]) == 2
            code = run([*question, "net.yaml", "--include-from", str(shared)])
            assert code == 0 or question[0] == "solve"
        allowed = [str(shared)]
        assert costcalc.load("net.yaml", include_from=allowed)
        assert costcalc.load("net.yaml", include_from=str(shared))
        costcalc.validate("net.yaml", include_from=allowed)
        assert costcalc.check("net.yaml", max={"macs": 1}, include_from=allowed).status == "pass"
        assert costcalc.diff("net.yaml", "net.yaml", include_from=allowed) is not None
        assert costcalc.conventions("net.yaml", include_from=allowed)
        refusal()
        including("../../shared2.yaml")
        refusal(include_from=allowed)

    def test_of_the_convention_that_a_project_names(self, repository, capsys):
        (repository.parent / "theirs.yaml").write_text(SECRET)
        Path("costcalc.yaml").write_text("version: 1\nconvention: ../../theirs.yaml\n")
        Path("net.yaml").write_text(PLAIN)
        assert run(["check", "net.yaml", "--max", "total=1"]) == 2
        assert "../../theirs.yaml leads out of the repository" in capsys.readouterr().err
        Path("theirs.yaml").write_text(SECRET)
        Path("costcalc.yaml").write_text("version: 1\nconvention: ./theirs.yaml\n")
        assert run(["check", "net.yaml", "--max", "total=1"]) == 2
        shown = capsys.readouterr().err
        assert "is no convention" in shown
        assert not any(word in shown for word in ("root", "password", "hunter2", "alias"))


class TestFilesThatAreFound:
    """Of a folder or a glob; who names a file has chosen it."""

    @pytest.mark.parametrize("argument", [".", "*.yaml", "..", "**/*.yaml"])
    def test_a_link_that_leads_out(self, repository, argument, capsys):
        (repository.parent / "out.yaml").write_text(PLAIN)
        os.symlink("../../out.yaml", "net.yaml")
        assert run(["check", argument, "--max", "macs=1"]) == 2
        assert "net.yaml leads out of the repository" in capsys.readouterr().err
        assert run(["check", "net.yaml", "--max", "macs=1"]) == 0

    def test_a_folder_that_leads_out(self, repository, capsys):
        (repository.parent / "theirs").mkdir()
        (repository.parent / "theirs" / "net.yaml").write_text(PLAIN)
        os.symlink("../../theirs", "link")
        Path("costcalc.yaml").write_text(
            "version: 1\nbudgets: [{match: 'link/*.yaml', limits: {macs: 1}}]\n"
        )
        assert run(["check"]) == 2
        assert "link/net.yaml leads out of the repository" in capsys.readouterr().err

    def test_a_project_file_that_leads_out(self, repository, capsys):
        (repository.parent / "theirs.yaml").write_text(SECRET)
        os.symlink("../../theirs.yaml", "costcalc.yaml")
        Path("net.yaml").write_text(PLAIN)
        assert run(["check", "net.yaml", "--max", "macs=1"]) == 2
        shown = capsys.readouterr().err
        assert "costcalc.yaml leads out of the repository" in shown
        assert "root" not in shown

    def test_a_link_that_stays(self, repository):
        Path("net.yaml").write_text(PLAIN)
        os.symlink("nets/net.yaml", repository / "link.yaml")
        assert run(["check", "..", "--max", "macs=1"]) == 0


class TestHowManyFiles:
    def bomb(self, folder: Path) -> None:
        """Twenty files that each include the next one by two links to their folder."""
        os.symlink(".", folder / "d")
        os.symlink(".", folder / "e")
        for number in range(19):
            below = f"include: [d/n{number + 1}.yaml, e/n{number + 1}.yaml]\n"
            (folder / f"n{number}.yaml").write_text(below)
        (folder / "n19.yaml").write_text(BLOCKS)
        (folder / "net.yaml").write_text(NET.format("n0.yaml"))

    def test_each_is_read_once(self, folder, monkeypatch):
        self.bomb(folder)
        read: list[str] = []
        import costcalc.language.includes as includes

        own = includes.read_text
        monkeypatch.setattr(includes, "read_text", lambda path: read.append(path) or own(path))
        assert costcalc.load("net.yaml").cost().totals.other_ops
        assert len(read) == 20

    def test_in_a_commit_too(self, repository, monkeypatch):
        nets = repository / "nets"
        self.bomb(nets)
        repo = Repo.__new__(Repo)
        repo.folder = repository
        repo.commit()
        (nets / "net.yaml").write_text(NET.format("n0.yaml") + "# edited\n")
        repo.commit()
        assert run(["diff", "HEAD~1..HEAD"]) == 0
        assert run(["check", "net.yaml", "--max", "macs=1", "--base", "HEAD~1"]) == 0

    @pytest.mark.parametrize(("count", "fits"), [(MAX_INCLUDED, True), (MAX_INCLUDED + 1, False)])
    def test_at_most(self, folder, count, fits):
        for number in range(count):
            Path(f"b{number}.yaml").write_text(f"blocks: {{unit{number}: {{layers: [relu]}}}}\n")
        including(", ".join(f"b{number}.yaml" for number in range(count)))
        text = Path("net.yaml").read_text().replace("[unit]", "[unit0]")
        Path("net.yaml").write_text(text)
        if fits:
            assert costcalc.load("net.yaml")
        else:
            assert refusal().message == f"a network includes at most {MAX_INCLUDED} files"

    def test_a_circle_through_a_link(self, folder):
        os.symlink("a.yaml", "link.yaml")
        Path("a.yaml").write_text("include: [link.yaml]\n" + BLOCKS)
        including("a.yaml")
        assert "includes itself" in refusal().message


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        "root:x:0:0:root:/root:/bin/bash\nhunter2:x:1:1\n",
        "PASSWORD=hunter2\n",
        "hunter2\n",
        "- hunter2\n",
        "password: *hunter2\n",
        "%hunter2 1\n---\n",
        "password: !hunter2 x\n",
        "hunter2: 1\nhunter2: 2\n",
    ],
)
def test_nothing_is_quoted_of_what_is_no_network(folder, text, capsys):
    Path("theirs").write_text(text)
    including("theirs")
    assert run(["validate", "net.yaml"]) == 2
    shown = capsys.readouterr().err
    assert "net.yaml:2:11: theirs is neither a network nor a file of blocks" in shown
    assert not any(word in shown for word in ("hunter2", "root", "PASSWORD", "password"))


def test_what_is_a_file_of_blocks_is_quoted(folder):
    Path("b.yaml").write_text("blocks: {unit: {layers: [rellu]}}\n")
    including("b.yaml")
    problem = refusal()
    assert "rellu" in problem.message
    assert str(problem.position).startswith("b.yaml:1:")


class TestRegularFiles:
    def irregular(self, kind: str, name: str) -> str:
        """Make what is no file; return what messages call it."""
        if kind == "pipe":
            os.mkfifo(name)
        elif kind == "socket":
            own = socket.socket(socket.AF_UNIX)
            own.bind(name)
            own.close()
        elif kind == "device":
            os.symlink("/dev/zero", name)
        else:
            os.mkdir(name)
            return "is a folder"
        return f"it is a {kind}, not a file"

    @pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder"])
    def test_of_networks_and_baselines(self, kind, folder):
        what = self.irregular(kind, "net.yaml")
        for read in (costcalc.load, read_baseline):
            with pytest.raises(CostcalcError, match=what):
                read("net.yaml")

    @pytest.mark.parametrize("kind", ["pipe", "socket", "folder"])
    def test_of_includes(self, kind, folder):
        what = self.irregular(kind, "b.yaml")
        including("b.yaml")
        assert what in refusal().message

    @pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder"])
    def test_of_what_a_folder_holds(self, kind, folder):
        """They are no networks; a project file that is none is an error."""
        self.irregular(kind, "other.yaml")
        Path("net.yaml").write_text(PLAIN)
        assert run(["check", ".", "--max", "macs=1"]) == 0
        assert run(["check", "*.yaml", "--max", "macs=1"]) == 0

    @pytest.mark.parametrize("kind", ["pipe", "socket", "folder"])
    def test_where_the_base_has_a_file(self, kind, repository, capsys):
        repo = Repo.__new__(Repo)
        repo.folder = repository
        Path("net.yaml").write_text(PLAIN)
        Path("kept.yaml").write_text(PLAIN)
        repo.commit()
        os.unlink("net.yaml")
        self.irregular(kind, "net.yaml")
        assert run(["diff", "HEAD"]) == 0
        assert run(["check", ".", "--max", "macs=1", "--base", "HEAD"]) == 0

    def test_one_that_becomes_a_pipe_while_it_is_opened(self, folder, monkeypatch):
        Path("net.yaml").write_text(PLAIN)
        own = os.open

        def swapped(path, *more, **named):
            os.unlink("net.yaml")
            os.mkfifo("net.yaml")
            return own(path, *more, **named)

        monkeypatch.setattr(os, "open", swapped)
        with pytest.raises(CostcalcError, match="it is a pipe, not a file"):
            costcalc.load("net.yaml")

    def test_what_the_shell_opened_is_read(self, folder):
        """`<(program)` is a pipe whose path the shell names."""
        Path("mine.yaml").write_text(PLAIN)
        command = f'"{sys.executable}" -m costcalc validate <(cat mine.yaml) && echo fine'
        done = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == ("fine\n", "")


class TestFilesThatChange:
    @pytest.mark.parametrize("change", ["remove", "empty", "cut", "folder"])
    @pytest.mark.parametrize("name", ["net.yaml", "b.yaml", "costcalc.yaml"])
    def test_between_finding_and_reading(self, folder, change, name, monkeypatch, capsys):
        """Whatever becomes of a file is a plain error, or the file as it is now."""
        including("b.yaml")
        Path("b.yaml").write_text(BLOCKS)
        Path("costcalc.yaml").write_text(
            "version: 1\nbudgets: [{match: 'n*.yaml', limits: {macs: 1}}]\n"
        )
        own = os.open

        def changing(path, *more, **named):
            if os.path.basename(str(path)) == name and os.path.isfile(path):
                text = Path(path).read_text()
                os.unlink(path)
                if change == "folder":
                    os.mkdir(path)
                elif change != "remove":
                    with open(path, "w") as file:
                        file.write("" if change == "empty" else text[:-8])
            return own(path, *more, **named)

        monkeypatch.setattr(os, "open", changing)
        for question in (["check"], ["check", "."]):
            code = run(question)
            assert code in (0, 2)
            assert bool(code) == bool(capsys.readouterr().err)
