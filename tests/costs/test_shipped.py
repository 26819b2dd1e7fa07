"""What `costcalc list` shows: families, filters, and the index that makes it quick."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

import costcalc
from costcalc.accounting.convention import accounting
from costcalc.cli import run
from costcalc.costs import shipped
from costcalc.costs.shipped import chosen, described, list_networks
from costcalc.language import index
from costcalc.language.index import fingerprint, indexed
from costcalc.language.lookup import shipped_files
from costcalc.language.network_file import TASKS, NetworkFile
from costcalc.metrics import of_any_network

WRITE = "run: python tests/support/manual --write"


@pytest.fixture(scope="module")
def networks():
    return list(list_networks())


def call(capsys, *words):
    assert run(["list", *words]) == 0
    return capsys.readouterr().out


def listed(capsys, *words):
    return json.loads(call(capsys, *words, "--format", "json"))["networks"]


def names(capsys, *words):
    return [row["variant"] for row in listed(capsys, *words)]


# The index


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: path.rpartition("/")[2])
def test_the_index_says_what_analyze_computes(path):
    assert path in indexed(), f"{path} has changed; {WRITE}"
    entry = {key: value for key, value in indexed()[path].items() if key != "text"}
    assert entry == json.loads(json.dumps(described(path))), WRITE


def test_the_index_is_what_list_reads(monkeypatch):
    def never(*_):
        raise AssertionError("a file of the index is computed")

    monkeypatch.setattr(shipped, "described", never)
    assert len(list(list_networks())) > 100


@pytest.mark.parametrize("index_says", ["nothing", "other blocks", "another text", "fewer metrics"])
def test_what_the_index_does_not_know_is_computed(index_says, monkeypatch, tmp_path):
    (path,) = [path for path in shipped_files() if path.endswith("/alexnet.yaml")]
    text = json.loads(Path(index.INDEX).read_text(encoding="utf-8"))
    entry = text["files"]["alexnet.yaml"]
    entry["networks"][0]["metrics"]["macs"] = 1
    if index_says == "other blocks":
        text["blocks"] = "?"
    elif index_says == "another text":
        entry["text"] = "?"
    elif index_says == "fewer metrics":
        del entry["networks"][0]["metrics"]["params"]
    spoilt = tmp_path / "index.json"
    if index_says != "nothing":
        spoilt.write_text(json.dumps({**text, "files": {"alexnet.yaml": entry}}))
    monkeypatch.setattr(index, "INDEX", str(spoilt))
    monkeypatch.setattr(shipped, "shipped_files", lambda: [path])
    (found,) = list_networks()
    assert found["macs"] == costcalc.load("alexnet").cost().totals.macs
    assert found["flops"] == 2 * found["macs"]


def test_a_fingerprint_follows_the_text_and_what_it_is_made_of(monkeypatch, tmp_path):
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    other.write_text("layers: [relu]\n")
    monkeypatch.setattr(index, "shipped_files", lambda: [str(one), str(other)])

    def number(text):
        one.write_bytes(text)
        fingerprint.cache_clear()
        return fingerprint(str(one))

    plain, made = b"layers: [relu]\n", b"layers: [network: other]\n"
    before = [number(plain), number(made)]
    assert number(plain.replace(b"\n", b"\r\n")) == before[0] != number(b"layers: [tanh]\n")
    other.write_text("layers: [tanh]\n")
    after = [number(plain), number(made)]
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)
    fingerprint.cache_clear()


def test_other_ways_to_count_are_computed(monkeypatch):
    (path,) = [path for path in shipped_files() if path.endswith("/alexnet.yaml")]
    monkeypatch.setattr(shipped, "shipped_files", lambda: [path])
    (found,) = list_networks(accounting("thop"))
    assert found["total"] == costcalc.load("alexnet", convention="thop").cost().totals.total
    (folded,) = list_networks(accounting(None, fold_batch_norm=True))
    assert folded.accounting.fold_batch_norm


def test_a_network_of_the_list_can_be_analyzed(networks):
    (found,) = [row for row in networks if row.variant == "mobilenet_v2"]
    assert found.analysis.totals.macs == found["macs"] == 300_774_272
    assert (found.family, found.task, found.top1) == (
        "mobilenet_v2",
        "classification",
        Fraction("71.8"),
    )


# Filters


def test_names(capsys):
    assert names(capsys, "squeezenet") == ["squeezenet1_1", "squeezenet1_0"]
    assert names(capsys, "SqueezeNet1_1", "resnet8") == ["resnet8", "squeezenet1_1", "tc_resnet8"]
    assert names(capsys, "squeezenet?_[1-9]", "resnet?") == ["resnet8", "squeezenet1_1"]
    assert run(["list", "squeezenett"]) == 2
    assert capsys.readouterr().err == (
        "error: no shipped network has 'squeezenett' in its name\n"
        "  hint: did you mean 'squeezenet'?\n"
    )
    assert run(["list", "ofa_mobilenet_v3"]) == 2
    assert "hint: costcalc list --spaces has the spaces" in capsys.readouterr().err


def test_tasks_and_bounds(capsys):
    assert "ssd300_mobilenet" in names(capsys, "--task", "detection")
    assert {row["task"] for row in listed(capsys)} <= set(TASKS)
    small = listed(capsys, "--max", "macs=100M", "--min", "params=2M")
    assert small
    assert small == [
        row for row in listed(capsys) if row["macs"] <= 10**8 and row["params"] >= 2 * 10**6
    ]
    assert names(capsys, "--max", "weights_int8=100kB", "--task", "sound") == [
        row["variant"]
        for row in listed(capsys)
        if row["params"] + row["frozen_params"] <= 100_000 and row["task"] == "sound"
    ]
    assert listed(capsys, "--max", "macs=1") == []
    assert "no network is within these bounds\n" in call(capsys, "--max", "macs=1")
    assert run(["list", "--task", "detektion"]) == 2
    assert "did you mean 'detection'?" in capsys.readouterr().err
    assert run(["list", "--published", "resnet"]) == 2


def test_every_metric_bounds(networks):
    for metric in of_any_network():
        values = sorted({row[metric] for row in networks})
        middle = values[len(values) // 2]
        assert [row[metric] for row in chosen(networks, most={metric: middle})] == [
            row[metric] for row in networks if row[metric] <= middle
        ]


# Pages


def test_a_row_for_each_family(capsys, networks):
    text = call(capsys)
    assert len(text.splitlines()) < 120
    rows = {line.split()[0]: line for line in text.splitlines() if line.startswith("  ")}
    assert set(rows) == {row.family for row in networks}
    assert rows["squeezenet"].split() == (
        "squeezenet 2 3×224×224 1.24..1.25 M 349..819 M 58.1..58.2 %".split()
    )
    assert rows["resnet8"].split()[1:] == ["1", "3×32×32", "78.2", "k", "12.5", "M"]
    assert [line for line in text.splitlines() if line.startswith("detection ")]
    assert "costcalc list NAME" in text.rstrip().splitlines()[-1]
    assert "squeezenet1_1" not in text


@pytest.mark.parametrize("words", [["--all"], ["squeeze"], ["--max", "macs=400M"]])
def test_a_row_for_each_network(words, capsys):
    text = call(capsys, *words)
    assert len(text.rstrip().splitlines()) == 1 + len(listed(capsys, *words))
    assert "squeezenet1_1" in text


def test_a_file_says_its_task():
    text = "task: {}\ninput: [3, 8, 8]\nlayers: [relu]\n"
    assert NetworkFile(text.format("video"), "net.yaml").task == "video"
    assert NetworkFile(text.partition("\n")[2], "net.yaml").task == "classification"
    with pytest.raises(costcalc.CostcalcError) as caught:
        NetworkFile(text.format("vidio"), "net.yaml")
    (only,) = caught.value.problems
    assert (str(only.position), only.hint) == ("net.yaml:1:7", "did you mean 'video'?")
