"""Batch norms come back behind the layers of which a file says that they were folded into them."""

import pytest
from decompile.round_trips import layers, network_of
from fuzz.calls import call
from importers.onnx_files import Case, op
from importers.tflite_files import Graph, Op, T, file_of, weights
from onnx import helper

from costcalc.costs.totals import Costs

X = {"x": [1, 3, 16, 16]}
ANONYMOUS = {"onnx::Conv_31": [8, 3, 3, 3], "onnx::Conv_32": [8]}
NAMED = {"c.weight": [4, 8, 1, 1], "c.bias": [4]}
UNFOLDED = """
input: [3, 16, 16]
layers:
  - conv_bn_act: {out_channels: 8, kernel_size: 3}
  - pointwise_conv2d: {out_channels: 4}
"""
"""What was exported: the second convolution had a bias and no norm."""


def nodes(weight="onnx::Conv_31", bias="onnx::Conv_32", records=""):
    """A convolution with its activation, and another."""
    first = op("Conv", "x", weight, *([bias] if bias else []), "h", pads=[1, 1, 1, 1])
    if records:
        helper.set_metadata_props(first, {"pkg.onnxscript.rewriter.rule_name": records})
    return [first, op("Relu", "h", "r"), op("Conv", "r", "c.weight", "c.bias", "y")]


TORCHSCRIPT = Case(nodes(), X, {**ANONYMOUS, **NAMED})
DYNAMO = Case(
    nodes("a.weight", "", "RemoveOptionalBiasFromConv, FuseBatchNormIntoConv"),
    X,
    {"a.weight": [8, 3, 3, 3], **NAMED},
)
_WINDOW = {"StrideW": 1, "StrideH": 1}
TFLITE = file_of(
    Graph(
        [
            T("x", [1, 16, 16, 3]),
            weights("w", 8, 3, 3, 3),
            weights("b", 8),
            T("net/act/Relu;net/bn/FusedBatchNormV3;net/conv/Conv2D", [1, 16, 16, 8]),
            weights("w2", 4, 1, 1, 8),
            weights("b2", 4),
            T("net/last/BiasAdd;net/last/Conv2D;net/bn/FusedBatchNormV3", [1, 16, 16, 4]),
        ],
        [
            Op(
                "CONV_2D",
                ["x", "w", "b"],
                ["net/act/Relu;net/bn/FusedBatchNormV3;net/conv/Conv2D"],
                "Conv2DOptions",
                {**_WINDOW, "FusedActivationFunction": 1},
            ),
            Op(
                "CONV_2D",
                ["net/act/Relu;net/bn/FusedBatchNormV3;net/conv/Conv2D", "w2", "b2"],
                ["net/last/BiasAdd;net/last/Conv2D;net/bn/FusedBatchNormV3"],
                "Conv2DOptions",
                _WINDOW,
            ),
        ],
        ["x"],
        ["net/last/BiasAdd;net/last/Conv2D;net/bn/FusedBatchNormV3"],
    )
)
FILES = {
    "TorchScript leaves what it folds without names": ("a.onnx", TORCHSCRIPT.data, 260),
    "dynamo records the rewrite, of a zero bias too": ("a.onnx", DYNAMO.data, 252),
    "TFLite's converter keeps the names of what it fused": ("a.tflite", TFLITE, 260),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", FILES)
def test_a_norm_comes_back_where_the_file_says_so(here, case):
    name, data, params = FILES[case]
    (here / name).write_bytes(data)
    ended = call("convert", name, "--unfold-batch-norm")
    assert (ended.code, ended.err) == (0, "")
    said = f"1 batch norm put back, in place of biases: {params} params in the file, 268 here."
    assert f"# {said}" in ended.out
    made, exported = network_of(ended.out), network_of(UNFOLDED)
    assert layers(made) == layers(exported)
    assert Costs(made)["params"] == Costs(exported)["params"]


def test_as_stored_unless_asked(here):
    (here / "a.onnx").write_bytes(TORCHSCRIPT.data)
    ended = call("convert", "a.onnx")
    assert "norm: none" in ended.out
    assert Costs(network_of(ended.out))["params"] == 260


@pytest.mark.parametrize(
    ("weight", "bias"),
    [
        ("a.weight", "a.bias"),  # a convolution of a network without norms
        ("onnx::Conv_31", "a.bias"),  # weights that were computed, such as normalized ones
    ],
)
def test_where_the_file_does_not_say_so_nothing_is_guessed(here, weight, bias):
    stored = {weight: [8, 3, 3, 3], bias: [8], **NAMED}
    (here / "a.onnx").write_bytes(Case(nodes(weight, bias), X, stored).data)
    ended = call("convert", "a.onnx", "--unfold-batch-norm")
    assert ended.code == 2
    assert "a.onnx says of no layer that a batch norm was folded into it" in ended.err
    assert "elsewhere a norm would be a guess" in ended.err


def test_files_at_several_widths_have_their_norms_too(here):
    for width in (8, 16, 24):
        stored = {"onnx::Conv_31": [width, 3, 3, 3], "onnx::Conv_32": [width]}
        stored |= {"c.weight": [4, width, 1, 1], "c.bias": [4]}
        case = Case(nodes(), X, stored)
        (here / f"a{width * 100 // 16:03}.onnx").write_bytes(case.data)
    ended = call("convert", "a050.onnx", "a100.onnx", "a150.onnx", "--unfold-batch-norm")
    assert ended.code == 0
    assert "  - conv_bn_act: {out_channels: 16, kernel_size: 3}" in ended.out


def test_a_form_and_norms_are_asked_for_one_at_a_time(here):
    ended = call("convert", "mobilenet", "--form", "standard", "--unfold-batch-norm")
    assert ended.code == 2
    assert "give one" in ended.err


def test_what_is_cut_out_on_request_is_said_in_the_text(here):
    case = Case([op("Relu", "x", "h"), op("Det", "h", "y")], X)
    (here / "a.onnx").write_bytes(case.proto().SerializeToString())
    assert call("convert", "a.onnx").code == 2
    ended = call("convert", "a.onnx", "--skip-unknown")
    assert (ended.code, "# Warning: " in ended.out, "Det" in ended.out) == (0, True, True)
