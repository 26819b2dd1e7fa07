"""A project gives the same verdict from every folder: at its top, inside, and outside."""

import json
import os
from pathlib import Path

import pytest
from support.repositories import Repo, isolate, network

from costcalc.cli import run

PLACES = {"top": ("", "nets"), "inside": ("nets", "."), "outside": ("..", "repo/nets")}
every_folder = pytest.mark.parametrize("place", PLACES)
GROWTH = 'budgets: [{match: "*.yaml", limits: {macs: {growth: 5%}}}]\n'


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """main: v1 with nets/net.yaml of width 8, v2 of width 9, and the working tree the same."""
    isolate(monkeypatch, tmp_path)
    made = Repo(tmp_path / "repo")
    made.write("nets/net.yaml", network(8))
    made.git("add", ".")
    made.git("commit", "-qm", "one")
    made.git("tag", "v1")
    made.write("nets/net.yaml", network(9))
    made.git("commit", "-qam", "two")
    made.git("tag", "v2")
    return made


def project(repo, text, path="nets/costcalc.yaml"):
    repo.write(path, f"version: 1\n{text}")
    repo.git("add", ".")
    repo.git("commit", "-qm", "a project")


def check(repo, place, monkeypatch, capsys, *options, code=None):
    """The report as JSON, run at a place with the path from there, and the exit code."""
    folder, path = PLACES[place]
    monkeypatch.chdir(repo.folder / folder)
    found = run(["check", path, *options, "--format", "json"])
    shown = capsys.readouterr()
    assert found == (json.loads(shown.out)["status"] == "fail"), shown.err
    assert code in (None, found), shown.out
    return json.loads(shown.out)


@every_folder
@pytest.mark.parametrize(("base", "status"), [("v1", "fail"), ("v2", "pass")])
def test_the_base_of_a_project_file_below(repo, place, base, status, monkeypatch, capsys):
    project(repo, f"base: {base}\n{GROWTH}")
    report = check(repo, place, monkeypatch, capsys)
    assert report["status"] == status
    assert report["base"] == repo.git("rev-parse", base)
    assert [one["base"] for one in report["networks"]] == [report["base"]]


@every_folder
def test_the_nearest_base_holds(repo, place, monkeypatch, capsys):
    project(repo, f"base: v1\n{GROWTH}")
    project(repo, "base: v2\nbudgets: []\n", "costcalc.yaml")
    assert check(repo, place, monkeypatch, capsys)["status"] == "fail"


@every_folder
def test_the_base_of_a_project_file_above(repo, place, monkeypatch, capsys):
    project(repo, GROWTH)
    project(repo, "base: v1\nbudgets: []\n", "costcalc.yaml")
    assert check(repo, place, monkeypatch, capsys)["status"] == "fail"


@every_folder
def test_auto_is_of_the_networks_repository(repo, place, monkeypatch, capsys):
    project(repo, GROWTH)
    report = check(repo, place, monkeypatch, capsys)
    assert (report["status"], report["base"]) == ("pass", repo.git("rev-parse", "HEAD~1"))
    assert check(repo, place, monkeypatch, capsys, "--base", "v1")["status"] == "fail"


@every_folder
def test_no_base_is_no_base_everywhere(repo, place, monkeypatch, capsys):
    project(repo, f"base: none\n{GROWTH}")
    report = check(repo, place, monkeypatch, capsys)
    assert (report["status"], report["base"]) == ("warn", None)


def test_each_network_has_its_own_base(repo, monkeypatch, capsys):
    repo.write("other/net.yaml", network(9))
    project(repo, f"base: v1\n{GROWTH}")
    project(repo, f"base: v2\n{GROWTH}", "other/costcalc.yaml")
    monkeypatch.chdir(repo.folder)
    assert run(["check", "nets", "other", "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    one, two = repo.git("rev-parse", "v1"), repo.git("rev-parse", "v2")
    found = {net["path"]: (net["status"], net["base"], net["new"]) for net in report["networks"]}
    assert found == {"nets/net.yaml": ("fail", one, False), "other/net.yaml": ("pass", two, True)}
    assert report["base"] is None
    assert run(["check", "nets", "other"]) == 1
    shown = f"2 networks checked against {one[:10]} and {two[:10]}: 1 failed, 1 passed\n"
    assert capsys.readouterr().out.endswith(shown)


def test_what_was_removed_is_said_of_its_own_base(repo, monkeypatch, capsys):
    for folder, gone, base in (("nets", "a.yaml", "v2"), ("other", "b.yaml", "v3")):
        repo.write(f"{folder}/{gone}", network(3))
        repo.write(f"{folder}/net.yaml", network(9))
        project(repo, f"base: {base}\n{GROWTH}", f"{folder}/costcalc.yaml")
    repo.git("tag", "v3")
    for gone in ("nets/a.yaml", "other/b.yaml"):
        os.unlink(repo.folder / gone)
    monkeypatch.chdir(repo.folder)
    assert run(["check", ".", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["removed"] == ["other/b.yaml"], "v2 had no nets/a.yaml"


def test_a_base_elsewhere_does_not_ask_for_one_here(repo, tmp_path, monkeypatch, capsys):
    """Where the command runs there is a project with a base, and the network is not of it."""
    project(repo, f"base: v1\n{GROWTH}")
    Path(tmp_path / "alone.yaml").write_text(network(4))
    monkeypatch.chdir(repo.folder / "nets")
    args = ["check", "../../alone.yaml", "--max", "macs=1G", "--format", "json"]
    assert run(args) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["base"] is None
    assert report["networks"][0]["notes"] == []


@every_folder
def test_the_convention_of_option_limits_is_the_networks(repo, place, monkeypatch, capsys):
    """calflops counts FLOPs, about twice as many as the MACs that fvcore counts."""
    project(repo, "convention: calflops\nbudgets: []\n")
    project(repo, "convention: fvcore\nbudgets: []\n", "costcalc.yaml")
    report = check(repo, place, monkeypatch, capsys, "--max", "total=1G")
    (metric,) = report["networks"][0]["metrics"]
    assert metric["value"] == 2 * 9 * 3 * 9 * 64 + 9 * 64
    given = check(repo, place, monkeypatch, capsys, "--max", "total=1G", "--convention", "fvcore")
    assert given["networks"][0]["metrics"][0]["value"] == 9 * 3 * 9 * 64
    default = ("--max", "total=1G", "--convention", "default")
    own = check(repo, place, monkeypatch, capsys, *default)
    assert own["networks"][0]["metrics"][0]["setting"] == {}


@every_folder
def test_a_baseline_knows_a_convention_of_a_file(repo, place, monkeypatch, capsys):
    repo.write("nets/ours.yaml", "count: {convolutions: {macs: 1}}\n")
    limits = "limits: {total: {growth: 5%}}"
    project(repo, f'convention: ours.yaml\nbudgets: [{{match: "net.yaml", {limits}}}]\n')
    repo.write("nets/net.yaml", network(8))
    costs = str(repo.folder / "costs.yaml")
    update = ("--baseline", costs, "--update-baseline")
    check(repo, "top", monkeypatch, capsys, *update, "--allow-increase")
    assert "convention=nets/ours.yaml:" in (repo.folder / "costs.yaml").read_text()
    repo.write("nets/net.yaml", network(9))
    assert check(repo, place, monkeypatch, capsys, "--baseline", costs)["status"] == "fail"
