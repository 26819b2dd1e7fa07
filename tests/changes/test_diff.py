"""`costcalc diff`: two files, or commits, as a user runs it."""

import json
import re
from pathlib import Path

import pytest
from support.processes import terminal
from support.repositories import GitLog, Repo, isolate, network

import costcalc
from costcalc.cli import run
from costcalc.costs.totals import metrics_of
from costcalc.vcs.git_process import Objects

NET = """\
name: Net
input: [3, 16, 16]
layers:
  - conv2d: {name: stem, out_channels: 8, kernel_size: 3}
  - relu
  - conv2d: {name: body, out_channels: 16, kernel_size: 3}
  - global_avg_pool
  - linear: {name: head, out_features: 10}
"""
WIDER = NET.replace("channels: 8", "channels: 12")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of no repository, with a.yaml and b.yaml."""
    isolate(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(NET)
    (tmp_path / "b.yaml").write_text(WIDER)
    return tmp_path


@pytest.fixture
def repo(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    made = Repo(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    return made


def output(capsys, *arguments, code=0):
    assert run(["diff", *arguments]) == code
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out


def document(capsys, *arguments, code=0):
    return json.loads(output(capsys, *arguments, "--format", "json", code=code))


def fault(capsys, *arguments):
    assert run(["diff", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def summary(capsys, *arguments):
    """Each network's path and by how much its params differ."""
    networks = document(capsys, *arguments)["networks"]
    return {net["path"]: net["totals"]["params"]["delta"] for net in networks}


P4, P5 = 3 * 4 * 9 + 4, 3 * 5 * 9 + 5
OF_LAYERS = set(metrics_of(None, layers=True)) - {"total", "convention_params"}
OF_NETWORKS = {"standard_macs", "separable_macs", "standard_params", "separable_params"}


class TestTwoFiles:
    def test_json(self, folder, capsys):
        found = document(capsys, "a.yaml", "b.yaml")
        assert set(found) == {"schema_version", "from", "to", "networks"}
        assert (found["schema_version"], found["from"], found["to"]) == (1, "a.yaml", "b.yaml")
        (net,) = found["networks"]
        assert net["path"] == "b.yaml"
        assert set(net) == {
            *("path", "from_path", "variant", "note", "totals"),
            "settings",
            "layers",
        }
        assert set(net["totals"]) == OF_LAYERS | OF_NETWORKS
        assert net["totals"]["params"] == {
            "from": 3 * 8 * 9 + 8 + 8 * 16 * 9 + 16 + 170,
            "to": 3 * 12 * 9 + 12 + 12 * 16 * 9 + 16 + 170,
            "delta": 3 * 4 * 9 + 4 + 4 * 16 * 9,
        }
        stem, relu, body = net["layers"]
        delta = stem.pop("delta")
        assert delta.keys() == OF_LAYERS
        assert stem == {
            "name": "stem",
            "type": "conv2d",
            "line": 4,
            "node": None,
            "change": "changed",
            "cause": "edited",
            "fields": {"out_channels": {"from": 8, "to": 12}},
        }
        expected = {
            "macs": 256 * 27 * 4,
            "flops": 512 * 27 * 4,
            "params": 3 * 4 * 9 + 4,
            "other_ops": 256 * 4,
            "activations": 256 * 4,
            "weights_int8": 3 * 4 * 9 + 4,
            "weights_float16": 2 * (3 * 4 * 9 + 4),
            "weights_float32": 4 * (3 * 4 * 9 + 4),
        }
        assert delta.items() >= expected.items()
        assert (relu["name"], relu["cause"], relu["delta"]["params"]) == ("relu", "propagated", 0)
        assert (body["name"], body["line"], body["cause"]) == ("body", 6, "propagated")
        assert body["fields"] == {"in_channels": {"from": 8, "to": 12}}

    def test_added_and_removed_layers(self, folder, capsys):
        Path("b.yaml").write_text(NET.replace("  - relu\n", "  - batch_norm\n"))
        (net,) = document(capsys, "a.yaml", "b.yaml")["networks"]
        found = [(one["change"], one["name"], one["line"]) for one in net["layers"]]
        assert found == [("added", "batch_norm", 5), ("removed", "relu", 5)]
        for metric in OF_LAYERS:
            delta = net["totals"][metric]["delta"]
            assert delta == sum(one["delta"][metric] for one in net["layers"])

    def test_fields_of_every_kind_are_plain_values(self, folder, capsys):
        Path("a.yaml").write_text(
            "input: [4, 8, 8]\nlayers: [dropout: {p: 1/3}, conv2d: "
            "{out_channels: 4, kernel_size: [3, 1]}]\n"
        )
        Path("b.yaml").write_text(
            "input: [4, 8, 8]\nlayers: [dropout: {p: 0.25}, conv2d: "
            "{out_channels: 4, kernel_size: 5, padding: valid}]\n"
        )
        (net,) = document(capsys, "a.yaml", "b.yaml")["networks"]
        fields = {name: value for one in net["layers"] for name, value in one["fields"].items()}
        assert fields["kernel_size"] == {"from": [3, 1], "to": [5, 5]}
        assert fields["padding"] == {"from": "same", "to": [0, 0, 0, 0]}

    def test_text(self, folder, capsys):
        text = output(capsys, "a.yaml", "b.yaml")
        assert text.startswith("a.yaml -> b.yaml\n")
        assert re.search(r"^params +1,562 +2,250 +\+688 +\+44\.0 %$", text, re.MULTILINE), text
        assert re.search(r"^stem +4 +edited +\+27,648 +\+112 +out_channels 8 -> 12$", text, re.M)
        assert re.search(r"^body +6 +propagated +\+147,456 +\+576 +in_chan", text, re.MULTILINE)
        rows = [text.index(f"\n{name} ") for name in ("body", "stem")]
        assert rows == sorted(rows)  # by how much

    def test_at_80_columns(self, folder, capsys):
        long = "a_name_that_is_as_long_as_names_may_well_become_in_a_large_network"
        Path("b.yaml").write_text(WIDER.replace("stem", long))
        Path("a.yaml").write_text(NET.replace("stem", long))
        text = terminal(["diff", "a.yaml", "b.yaml"], 80)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
        assert max(map(len, plain.splitlines())) <= 80
        assert "+27,648" in plain
        assert "+576" in plain
        assert "propagated" in plain

    def test_markdown(self, folder, capsys):
        Path("b.yaml").write_text(WIDER.replace("head", "he_ad").replace("Net", "a|b"))
        text = output(capsys, "a.yaml", "b.yaml", "--format", "markdown")
        tables = [line for line in text.splitlines() if line.startswith("|")]
        assert tables
        assert any("stem" in line and "12" in line for line in tables)

    def test_top(self, folder, capsys):
        text = output(capsys, "a.yaml", "b.yaml", "--top", "1")
        assert "\nbody " in text
        assert "\nstem " not in text
        assert "2 more layers differ: --top 3 shows them" in text or "1 more" in text
        assert "--top 1" not in text
        assert len(document(capsys, "a.yaml", "b.yaml", "--top", "0")["networks"][0]["layers"]) == 3

    def test_nothing_differs(self, folder, capsys):
        Path("b.yaml").write_text(f"# other\n{NET}")
        assert output(capsys, "a.yaml", "b.yaml", "--exit-code").endswith("\nno network differs\n")
        assert document(capsys, "a.yaml", "b.yaml")["networks"] == []
        assert document(capsys, "a.yaml", "a.yaml")["networks"] == []
        assert document(capsys, "mobilenet_v3_small", "mobilenet_v3_small")["networks"] == []

    def test_exit_code(self, folder, capsys):
        output(capsys, "a.yaml", "b.yaml")
        output(capsys, "a.yaml", "b.yaml", "--exit-code", code=1)
        output(capsys, "a.yaml", "a.yaml", "--exit-code")
        Path("b.yaml").write_text("name: [")
        fault(capsys, "a.yaml", "b.yaml", "--exit-code")

    def test_a_change_without_cost_is_one(self, folder, capsys):
        Path("b.yaml").write_text(NET.replace("relu", "relu6"))
        output(capsys, "a.yaml", "b.yaml", "--exit-code", code=1)

    def test_output(self, folder, capsys):
        for format_ in ("text", "json", "markdown"):
            shown = output(capsys, "a.yaml", "b.yaml", "--format", format_)
            options = ("--format", format_, "--output", "out", "--exit-code")
            assert output(capsys, "a.yaml", "b.yaml", *options, code=1) == ""
            assert Path("out").read_text(encoding="utf-8") == shown
        assert "cannot write no/out" in fault(capsys, "a.yaml", "b.yaml", "--output", "no/out")

    def test_settings(self, folder, capsys):
        def params(*options):
            (net,) = document(capsys, "a.yaml", "b.yaml", *options)["networks"]
            return net["totals"]["params"]["from"], net["totals"]["macs"]["delta"]

        whole = params()
        half = params("--alpha", "0.5")
        assert half[0] == 3 * 4 * 9 + 4 + 4 * 8 * 9 + 8 + 90
        small = params("--resolution", "8")
        assert small[0] == whole[0]
        assert small[1] * 4 == whole[1]
        assert params("--rho", "1/2") == small
        text = NET.replace("layers:", "params: {n: 8}\nvariants: {v: {params: {n: 9}}}\nlayers:")
        text = text.replace("channels: 16", "channels: n")
        Path("a.yaml").write_text(text)
        Path("b.yaml").write_text(text)
        output(capsys, "a.yaml", "b.yaml", "--variant", "v", "--set", "n=5", "--exit-code")
        Path("b.yaml").write_text(f"{text}  - relu\n")
        assert params("--variant", "v")[0] == 224 + 8 * 9 * 9 + 9 + 100
        assert params("--set", "n=5")[0] == 224 + 8 * 5 * 9 + 5 + 60
        assert "not both" in fault(capsys, "a.yaml", "b.yaml", "--rho", "1", "--resolution", "8")
        assert "has no variant 'w'" in fault(capsys, "a.yaml", "b.yaml", "--variant", "w")

    def test_faults(self, folder, capsys):
        Path("b.yaml").write_text(NET.replace("relu", "rellu"))
        text = fault(capsys, "a.yaml", "b.yaml")
        assert text.startswith("b.yaml:5:5: unknown layer or block 'rellu'")
        for arguments in (["a.yaml", "c.yaml"], ["c.yaml", "a.yaml"], ["c.yaml"]):
            assert "no such file: c.yaml" in fault(capsys, *arguments)
        assert fault(capsys)
        text = fault(capsys, "a.yaml", "b.yaml", "c.yaml")
        assert "costcalc diff A.yaml B.yaml, or costcalc diff REF [FILES]" in text
        for lone in ("a.yaml", "a", "mobilenet", "vit:vit_base_patch16"):
            assert fault(capsys, lone) == (
                f"error: {lone} is a network: name one other network to compare it with\n"
                "  hint: costcalc diff A.yaml B.yaml, or costcalc diff REF [FILES]\n"
            )

    def test_without_git_a_commit_is_nothing(self, folder, capsys):
        for arguments in (["HEAD"], ["v1..v2"], ["HEAD~1", "HEAD"], ["main", "a.yaml", "b.yaml"]):
            assert fault(capsys, *arguments) == (
                f"error: {folder} is in no git repository\n"
                "  hint: without git, two networks can be compared: costcalc diff A B\n"
            )
        assert fault(capsys, "main", "a.yaml") == (
            "error: no network or file is named 'main'\n"
            f"  nor is it a commit: {folder} is in no git repository\n"
            "  hint: did you mean 'mixnet'?\n"
        )

    def test_a_network_alone_in_a_repository(self, repo, capsys):
        for lone in ("mobilenet", "vit:vit_base_patch16"):
            text = fault(capsys, lone)
            assert f"{lone} is a network: name one other network" in text
        assert "git knows no commit 'nothing' here" in fault(capsys, "nothing")

    def test_from_python(self, folder):
        (found,) = costcalc.diff("a.yaml", "b.yaml")
        assert found.changed
        assert found.difference.changes[0].node.name == "stem"
        (found,) = costcalc.diff("a.yaml", "b.yaml", alpha="0.5", resolution="8")
        assert found.difference.changes[0].fields == {"out_channels": (4, 6)}


class TestCommits:
    @pytest.fixture
    def history(self, repo):
        """v1, v2, and a working tree: a goes from 4 to 5 to 6."""
        repo.commit(a=network(4), same=network(4))
        repo.git("tag", "v1")
        repo.commit(a=network(5))
        repo.git("tag", "v2")
        repo.write("a.yaml", network(6))
        return repo

    def test_against_the_working_tree(self, history, capsys):
        found = document(capsys, "v1")
        assert (found["from"], found["to"]) == (history.sha("v1"), "working tree")
        assert [net["path"] for net in found["networks"]] == ["a.yaml"]
        assert summary(capsys, "v1") == {"a.yaml": 2 * (P5 - P4)}
        assert summary(capsys, "HEAD") == {"a.yaml": P5 - P4}

    @pytest.mark.parametrize(
        "arguments", [["v1..v2"], ["v1", "v2"], ["v1..HEAD"], ["v1.."], ["HEAD~1..v2"]]
    )
    def test_between_commits(self, history, capsys, arguments):
        found = document(capsys, *arguments)
        assert (found["from"], found["to"]) == (history.sha("v1"), history.sha("v2"))
        assert summary(capsys, *arguments) == {"a.yaml": P5 - P4}

    def test_backwards_and_from_head(self, history, capsys):
        assert summary(capsys, "v2..v1") == {"a.yaml": P4 - P5}
        assert summary(capsys, "..v1") == {"a.yaml": P4 - P5}
        assert summary(capsys, "v1..v1") == {}

    def test_text(self, history, capsys):
        text = output(capsys, "v1..v2")
        short = [history.sha(ref)[:10] for ref in ("v1", "v2")]
        assert text.startswith(f"{short[0]} -> {short[1]}\n\na.yaml\n")
        assert output(capsys, "v1..v1").endswith("\nno network differs\n")

    def test_of_some_files(self, history, capsys):
        history.write("nets/b.yaml", network(5))
        history.write("nets/c.yaml", network(5))
        history.commit()
        history.write("nets/b.yaml", network(4))
        history.write("nets/c.yaml", network(4))
        assert set(summary(capsys, "HEAD")) == {"nets/b.yaml", "nets/c.yaml"}
        assert set(summary(capsys, "HEAD", "nets/b.yaml")) == {"nets/b.yaml"}
        assert set(summary(capsys, "HEAD", "nets")) == {"nets/b.yaml", "nets/c.yaml"}
        assert set(summary(capsys, "HEAD", "a.yaml", "nets/c.yaml")) == {"nets/c.yaml"}
        assert set(summary(capsys, "HEAD", "nets/*.yaml")) == {"nets/b.yaml", "nets/c.yaml"}
        history.commit()
        for arguments in (["HEAD~1..HEAD"], ["HEAD~1", "HEAD"]):
            assert set(summary(capsys, *arguments)) == {"nets/b.yaml", "nets/c.yaml"}
            assert set(summary(capsys, *arguments, "nets/b.yaml")) == {"nets/b.yaml"}
            assert set(summary(capsys, *arguments, "nets")) == {"nets/b.yaml", "nets/c.yaml"}
            assert set(summary(capsys, *arguments, "n*/c.yaml", "*")) == {"nets/c.yaml"}

    def test_from_another_folder(self, history, capsys, monkeypatch):
        history.write("nets/b.yaml", network(5))
        history.commit()
        history.write("nets/b.yaml", network(4))
        monkeypatch.chdir(history.folder / "nets")
        assert set(summary(capsys, "HEAD")) == {"b.yaml"}
        assert set(summary(capsys, "v1")) == {"b.yaml"}
        assert set(summary(capsys, "v1", "..")) == {"../nets/b.yaml", "../a.yaml"}
        assert set(summary(capsys, "v1..HEAD", "../a.yaml")) == {"../a.yaml"}

    def test_added_removed_renamed(self, repo, capsys):
        repo.commit(gone=network(4), old=network(5, 6, 7), kept=network(4))
        repo.git("rm", "-q", "gone.yaml")
        repo.git("mv", "old.yaml", "renamed.yaml")
        repo.write("renamed.yaml", network(5, 6, 8))
        repo.write("added.yaml", network(40, 40))
        repo.git("add", "-A")
        for arguments in (["HEAD"], ["HEAD~1..HEAD"]):
            networks = {net["path"]: net for net in document(capsys, *arguments)["networks"]}
            assert set(networks) == {"gone.yaml", "renamed.yaml", "added.yaml"}
            assert networks["renamed.yaml"]["from_path"] == "old.yaml"
            assert networks["renamed.yaml"]["totals"]["params"]["delta"] == 6 * 9 + 1
            gone, added = networks["gone.yaml"], networks["added.yaml"]
            assert gone["totals"]["params"] == {"from": P4, "to": None, "delta": -P4}
            assert [one["change"] for one in gone["layers"]] == ["removed"]
            assert added["totals"]["macs"]["from"] is None
            assert {one["change"] for one in added["layers"]} == {"added"}
            text = output(capsys, *arguments)
            assert "gone.yaml  (removed)" in text
            assert "added.yaml  (added)" in text
            assert "renamed.yaml  (was old.yaml)" in text
            repo.commit()

    def test_a_removed_one_that_is_named(self, history, capsys):
        (history.folder / "same.yaml").unlink()
        assert summary(capsys, "HEAD", "same.yaml") == {"same.yaml": -P4}
        assert summary(capsys, "HEAD", "a.yaml", "same.yaml") == {
            "a.yaml": P5 - P4,
            "same.yaml": -P4,
        }
        history.commit()
        assert summary(capsys, "HEAD~1..HEAD", "same.yaml") == {"same.yaml": -P4}

    def test_a_rename_without_an_edit_is_no_difference(self, repo, capsys):
        repo.commit(old=network(5, 6, 7))
        repo.git("mv", "old.yaml", "new.yaml")
        output(capsys, "HEAD", "--exit-code")

    def test_a_rename_to_a_name_that_is_named_only(self, repo, capsys):
        repo.commit(old=network(5, 6, 7))
        repo.git("mv", "old.yaml", "new.txt")
        repo.write("new.txt", network(5, 6, 8))
        assert summary(capsys, "HEAD", ".", "new.txt") == {"new.txt": 6 * 9 + 1}

    def test_what_git_was_told_to_forget_is_still_here(self, repo, capsys):
        repo.commit(a=network(4))
        repo.git("rm", "-q", "--cached", "a.yaml")
        assert summary(capsys, "HEAD") == {}
        repo.git("commit", "-q", "-m", "forgotten")
        assert summary(capsys, "HEAD~1") == {}
        assert summary(capsys, "HEAD~1..HEAD") == {"a.yaml": -P4}

    def test_a_change_without_cost(self, repo, capsys):
        repo.commit(a=NET)
        repo.write("a.yaml", NET.replace("relu", "relu6"))
        assert summary(capsys, "HEAD") == {"a.yaml": 0}

    def test_processes_end(self, history, monkeypatch):
        started = []
        own = Objects.__init__
        monkeypatch.setattr(
            Objects, "__init__", lambda self, top: (started.append(self), own(self, top))[1]
        )
        assert len(costcalc.diff("v1..v2")) == 1
        assert [one._process.returncode for one in started] == [0]

    def test_exit_code(self, history, capsys):
        output(capsys, "v1", "--exit-code", code=1)
        output(capsys, "v1..v2", "--exit-code", code=1)
        output(capsys, "v1..v2", "same.yaml", "--exit-code")

    def test_an_include_of_each_side(self, repo, capsys):
        text = "include: [lib/b.yaml]\ninput: [3, 8, 8]\nlayers: [unit]\n"
        blocks = "blocks: {unit: {layers: [conv2d: {out_channels: %d, kernel_size: 3}]}}\n"
        repo.write("lib/b.yaml", blocks % 4)
        repo.commit(a=text)
        repo.write("lib/b.yaml", blocks % 5)
        repo.commit()
        repo.write("lib/b.yaml", blocks % 6)
        assert summary(capsys, "HEAD~1..HEAD") == {"a.yaml": P5 - P4}
        assert summary(capsys, "HEAD") == {"a.yaml": P5 - P4}
        (net,) = document(capsys, "HEAD~1")["networks"]
        assert net["layers"][0]["cause"] == "edited"

    def test_one_batch_for_both_commits(self, history, capsys, tmp_path, monkeypatch):
        log = GitLog(tmp_path, monkeypatch)
        document(capsys, "v1..v2")
        words = log.commands
        assert words.count("cat-file") == 1
        assert set(words) <= {"rev-parse", "cat-file", "diff-tree"}

    def test_a_project_says_what_is_compared(self, history, capsys):
        history.write("other.yaml", network(9))
        limits = "budgets: [{match: 'o*.yaml', limits: {params: 1G}}]\n"
        history.write("costcalc.yaml", f"version: 1\n{limits}")
        assert set(summary(capsys, "v1")) == {"other.yaml"}


class TestFilesAndRefs:
    def test_a_file_comes_before_a_ref_of_its_name(self, repo, capsys):
        repo.commit(a=network(4), b=network(5))
        repo.git("branch", "a.yaml")
        repo.commit(a=network(7))
        assert document(capsys, "a.yaml", "b.yaml")["from"] == "a.yaml"
        (repo.folder / "a.yaml").unlink()
        found = document(capsys, "a.yaml", "b.yaml")
        assert (found["from"], found["to"]) == (repo.sha("a.yaml"), "working tree")

    def test_a_folder_is_no_file(self, repo, capsys):
        """A branch may be named like a folder."""
        repo.write("nets/a.yaml", network(4))
        repo.commit()
        repo.git("branch", "nets")
        repo.write("nets/a.yaml", network(5))
        assert summary(capsys, "nets") == {"nets/a.yaml": P5 - P4}
        assert summary(capsys, "nets", "nets") == {"nets/a.yaml": P5 - P4}
        assert summary(capsys, "nets", "HEAD") == {}
        repo.git("branch", "-D", "nets")
        assert summary(capsys, "nets", "HEAD") == {"nets/a.yaml": P5 - P4}

    def test_a_file_and_a_ref(self, repo, capsys):
        repo.commit(a=network(4), b=network(4))
        repo.write("a.yaml", network(5))
        repo.write("b.yaml", network(5))
        assert summary(capsys, "a.yaml", "HEAD") == {"a.yaml": P5 - P4}

    def test_two_dots_in_the_name_of_a_file(self, repo, capsys):
        repo.commit(**{"a..b": network(4), "c": network(5)})
        assert document(capsys, "a..b.yaml", "c.yaml")["from"] == "a..b.yaml"
        assert document(capsys, "../repo/a..b.yaml", "c.yaml")["to"] == "c.yaml"

    @pytest.mark.parametrize(
        "arguments",
        [
            ["nothing"],
            ["nothing..HEAD"],
            ["HEAD..nothing"],
            ["HEAD...HEAD"],
            ["--", "-x"],
            ["--", "--exec=x"],
            ["--", "-x..HEAD"],
            ["--", "HEAD..-x"],
            [""],
            ["a\nb"],
        ],
    )
    def test_what_is_neither(self, repo, capsys, tmp_path, monkeypatch, arguments):
        repo.commit(a=network(4))
        log = GitLog(tmp_path, monkeypatch)
        assert "git knows no commit" in fault(capsys, *arguments)
        assert not [call for call in log.calls if set(call) & {"-x", "--exec=x", "-x^{commit}"}]

    def test_a_mistyped_file_is_told_as_one(self, repo, capsys):
        repo.commit(a=network(4), b=network(4))
        for arguments in (["c.yaml", "a.yaml"], ["nets/a.yaml", "b.yaml"], ["../c.yaml", "a.yaml"]):
            text = fault(capsys, *arguments)
            assert f"no such file: {arguments[0]}" in text
            assert "git fetch" not in text

    def test_files_that_are_nowhere(self, repo, capsys):
        repo.commit(a=network(4))
        assert "no such file: c.yaml" in fault(capsys, "HEAD", "c.yaml")
        assert "c.yaml is in neither of the two commits" in fault(capsys, "HEAD..HEAD", "c.yaml")
        assert "outside of the repository" in fault(capsys, "HEAD..HEAD", "../x.yaml")

    def test_what_is_outside_of_the_repository(self, repo, capsys, tmp_path):
        repo.commit(a=network(4))
        (tmp_path / "out.yaml").write_text(network(4))
        text = fault(capsys, "HEAD", "../out.yaml")
        assert "../out.yaml: it is not in the repository" in text

    @pytest.mark.parametrize("name", ["a b", "größe", "::a::", "-dash", "new\nline", "[red]"])
    def test_strange_names(self, repo, capsys, name):
        repo.commit(**{name: network(4)})
        repo.write(f"{name}.yaml", network(5))
        assert summary(capsys, "HEAD") == {f"{name}.yaml": P5 - P4}
        assert summary(capsys, "HEAD", f"./{name}.yaml") == {f"./{name}.yaml": P5 - P4}
        repo.commit()
        assert summary(capsys, "HEAD~1..HEAD") == {f"{name}.yaml": P5 - P4}
        assert output(capsys, "HEAD~1..HEAD").splitlines()[1:4] == [
            *("", (f"{name}.yaml").replace("\n", "\\n"), "")
        ]


class TestFaultyNetworks:
    def test_now(self, repo, capsys):
        repo.commit(a=network(4), b=network(4))
        repo.write("a.yaml", network(4) + "  - rellu\n")
        repo.write("b.yaml", network(4) + "  - linear: {out_features: 3}\n")
        text = fault(capsys, "HEAD")
        assert "a.yaml:4:5: unknown layer or block 'rellu'" in text
        assert "b.yaml:4:5: linear needs a vector" in text

    def test_of_the_newer_commit(self, repo, capsys):
        repo.commit(a=network(4))
        repo.commit(a=network(4) + "  - rellu\n")
        assert "a.yaml:4:5: unknown layer or block 'rellu'" in fault(capsys, "HEAD~1..HEAD")

    @pytest.mark.parametrize(
        "content",
        [
            network(4) + "  - rellu\n",
            b"layers: {",
            b"name: \xff",
            network(4) + "  - linear: {out_features: 3}\n",
        ],
    )
    def test_on_the_base(self, repo, capsys, content):
        """It is told, and the others are compared all the same: nobody can mend the past."""
        repo.commit(a=content, b=network(4))
        repo.commit(a=network(4), b=network(5))
        for arguments in (["HEAD~1"], ["HEAD~1..HEAD"]):
            first, second = document(capsys, *arguments)["networks"]
            assert first["note"].startswith("on the base it was faulty: ")
            assert (first["path"], first["totals"]["macs"]["from"]) == ("a.yaml", None)
            assert (second["path"], second["note"]) == ("b.yaml", None)
            assert "on the base it was faulty: " in output(capsys, *arguments)

    def test_a_faulty_network_that_is_gone(self, repo, capsys):
        repo.commit(a=network(4), b=network(4) + "  - rellu\n")
        (repo.folder / "b.yaml").unlink()
        (gone,) = document(capsys, "HEAD")["networks"]
        assert gone["note"].startswith("on the base it was faulty: ")
        assert set(gone["totals"]["macs"].values()) == {None, 0}
        assert "on the base it was faulty: " in output(capsys, "HEAD")
