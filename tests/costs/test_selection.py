"""A pattern of layers means the same to analyze, budgets and what says why a budget failed."""

import csv
import io
import json

import pytest

from costcalc.cli import run

NETWORK = """\
input: [3, 8, 8]
blocks:
  part:
    layers: [conv2d: {out_channels: 4, kernel_size: 1}, batch_norm, relu]
layers:
  - conv2d: {name: Stem, out_channels: 4, kernel_size: 1}
  - part: {name: body}
  - pointwise_conv2d: {name: head, out_channels: 2}
"""
PATTERNS = {
    "Stem": ["Stem"],  # a name
    "body.*": ["body.conv2d", "body.batch_norm", "body.relu"],
    "*.conv2d": ["body.conv2d"],
    "conv2d": ["Stem", "body.conv2d"],  # a type
    "[bh]*d": ["body.conv2d", "head"],
    "stem": [],  # the case is that of the name
    "Conv2d": [],
    "body": [],  # of layers, not of blocks
}


@pytest.fixture(params=PATTERNS)
def pattern(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)
    return request.param


def test_analyze_budgets_and_attribution_agree(pattern, capsys):
    found = PATTERNS[pattern]
    limit = f"layers: [{{match: '{pattern}', other_ops: 0}}]"
    budgets = f"version: 1\nbudgets: [{{match: net.yaml, limits: {{{limit}}}}}]\n"
    with open("costcalc.yaml", "w") as file:
        file.write(budgets)
    if not found:
        for command in (("analyze", "net.yaml", "--layers", pattern), ("check", "net.yaml")):
            assert run([*command]) == 2
            assert f"no layer of net matches '{pattern}'" in capsys.readouterr().err
        return
    assert run(["analyze", "net.yaml", "--layers", pattern, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["name"] for row in rows] == found
    assert run(["check", "net.yaml", "--format", "json"]) == 1
    (network,) = json.loads(capsys.readouterr().out)["networks"]
    assert network["metrics"][0]["value"] == sum(int(row["other_ops"]) for row in rows)
    assert {culprit["name"] for culprit in network["culprits"]} == set(found)


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("haed", "did you mean 'head'?"),
        ("bdoy.*", "did you mean 'body.*'?"),
        ("body", "did you mean 'body.*'?"),
        ("conv2b", "did you mean 'conv2d'?"),
        ("zzz", "a pattern such as '*.conv2d' or 'conv2d' matches names and types"),
    ],
)
def test_what_matches_nothing_is_said_with_what_is_near(pattern, hint, tmp_path, capsys):
    path = tmp_path / "net.yaml"
    path.write_text(NETWORK)
    assert run(["analyze", str(path), "--layers", pattern]) == 2
    assert hint in capsys.readouterr().err
