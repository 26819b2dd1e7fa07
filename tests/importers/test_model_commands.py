"""Model files in commands: found in folders, compared with git, annotated by their nodes."""

import json
from io import BytesIO, TextIOWrapper

import pytest
from importers.onnx_files import CONVOLUTIONS, Case, X, op
from support.repositories import Repo

from costcalc.cli import run

CONV = CONVOLUTIONS["conv_bias"]
WIDER = Case([op("Conv", "x", "w", "b", "y", pads=[1] * 4, strides=[2, 2])], X,
             {"w": [6, 8, 3, 3], "b": [6]})  # fmt: skip


@pytest.fixture
def repo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Repo(tmp_path)
    made.folder.joinpath("net.onnx").write_bytes(CONV.data)
    made.commit("one")
    made.folder.joinpath("net.onnx").write_bytes(WIDER.data)
    return made


def out(capsys, *args, code=0):
    assert run([*args]) == code
    return capsys.readouterr()


def test_folders_are_searched(repo, capsys):
    said = json.loads(out(capsys, "check", ".", "--max", "macs=1M", "--format", "json").out)
    assert [one["path"] for one in said["networks"]] == ["net.onnx"]


def test_diff_names_the_node(repo, capsys):
    (network,) = json.loads(out(capsys, "diff", "HEAD", "--format", "json").out)["networks"]
    (layer,) = network["layers"]
    assert (layer["line"], layer["node"], layer["change"]) == (None, "theConv", "changed")
    assert layer["fields"]["out_channels"] == {"from": 4, "to": 6}
    assert "theConv" in out(capsys, "diff", "HEAD").out


@pytest.mark.parametrize(
    "format_", ["text", "json", "github", "sarif", "gitlab", "junit", "markdown"]
)
def test_check_in_every_format(repo, capsys, format_):
    said = out(capsys, "check", "net.onnx", "--max", "macs=1k", "--format", format_, code=1).out
    assert "net.onnx" in said
    if format_ == "text":
        assert "net.onnx: node theConv" in said
    if format_ == "json":
        (network,) = json.loads(said)["networks"]
        assert network["culprits"][0]["node"] == "theConv"


def test_an_error_is_annotated_without_a_line(repo, capsys):
    spoilt = CONV.inferred()
    spoilt.graph.node[0].op_type = "Magic"
    repo.folder.joinpath("net.onnx").write_bytes(spoilt.SerializeToString())
    said = out(capsys, "check", "net.onnx", "--max", "macs=1k", "--format", "github", code=2)
    assert (
        "::error file=net.onnx,title=costcalc%3A nothing was checked::node theConv: no layer"
        in (said.out + said.err)
    )


def test_standard_input(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(CONV.data)))
    (network,) = json.loads(out(capsys, "analyze", "-", "--format", "json").out)["networks"]
    assert network["totals"]["macs"] == CONV.macs
    assert network["layers"][0]["node"] == "theConv"


def test_options_of_model_files(repo, capsys):
    open_sides = CONVOLUTIONS["conv"]._replace(inputs={"x": [1, 8, "h", "w"]})
    repo.folder.joinpath("open.onnx").write_bytes(open_sides.proto().SerializeToString())
    said = out(capsys, "analyze", "open.onnx", code=2).err
    assert said.endswith("hint: --input x=1x8xNxN, with a number for each N, or --resolution\n")
    for given in (("--input", "x=1x8x6x6"), ("--resolution", "6")):
        shown = out(capsys, "analyze", "open.onnx", *given, "--format", "json").out
        (network,) = json.loads(shown)["networks"]
        assert network["totals"]["macs"] == CONVOLUTIONS["conv"].macs
    assert "is no shape" in out(capsys, "analyze", "open.onnx", "--input", "x=1xq", code=2).err
    wrong = Case([op("own/Magic", "x", "a"), op("Relu", "a", "y")], X)
    repo.folder.joinpath("odd.onnx").write_bytes(wrong.proto().SerializeToString())
    assert out(capsys, "validate", "odd.onnx", code=2).err.startswith("odd.onnx: node theMagic: ")
    said = out(capsys, "validate", "odd.onnx", "--skip-unknown").err
    assert said == (
        "odd.onnx: node theMagic: warning: own.Magic is skipped: its cost is not known\n"
    )


def test_show_has_no_text(repo, capsys):
    said = out(capsys, "show", "net.onnx", code=2).err
    assert said == (
        "error: net.onnx is a model file, which has no text\n"
        "  hint: costcalc convert writes the network in it as one\n"
    )


def test_list_has_a_row_for_each_file_and_shipped_networks_by_name(repo, capsys):
    tiny = "name: tiny\ninput: [3, 8, 8]\nlayers:\n- conv2d: {out_channels: 4, kernel_size: 3}\n"
    repo.folder.joinpath("tiny.yaml").write_text(tiny)
    names = ("net.onnx", "tiny.yaml", "vww")
    shown = json.loads(out(capsys, "list", *names, "--format", "json").out)["networks"]
    assert [(one["path"], one["macs"]) for one in shown[:2]] == [
        ("net.onnx", 3 * 3 * 6 * 8 * 3 * 3),
        ("tiny.yaml", 8 * 8 * 4 * 3 * 3 * 3),
    ]
    assert {one["family"] for one in shown[2:]} == {"vww_mobilenet"}
    assert shown[0]["task"] is None
    (larger,) = out(capsys, "list", *names[:2], "--min", "macs=6912").out.splitlines()[1:2]
    assert larger.split()[:2] == ["tiny", "3×8×8"]
    counted = out(capsys, "list", "tiny.yaml", "--convention", "fvcore").out
    assert "fvcore MACs" in counted
    (tiny_row,) = [line for line in counted.splitlines() if line.startswith("tiny")]
    assert tiny_row.split()[3:5] == ["6,912", "6,912"]


def test_list_warns_of_what_is_skipped(repo, capsys):
    odd = Case([op("own/Magic", "x", "a"), op("Relu", "a", "y")], X)
    repo.folder.joinpath("odd.onnx").write_bytes(odd.proto().SerializeToString())
    assert "node theMagic: no layer is known" in out(capsys, "list", "odd.onnx", code=2).err
    assert "own.Magic is skipped" in out(capsys, "list", "odd.onnx", "--skip-unknown").err
