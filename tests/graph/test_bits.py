"""Bits of weights and of the maps that layers read: items, params, patterns."""

import pytest

import costcalc
from costcalc.api import Model
from costcalc.cli import run
from costcalc.language.network_file import NetworkFile

REPORT = """\
name: Half binary
input: [3, 32, 32]
layers:
  - conv2d: {out_channels: 32, kernel_size: 3, bias: false}
  - batch_norm
  - conv2d: {name: binary, out_channels: 64, kernel_size: 3, bias: false, bits: 1}
  - batch_norm
  - global_avg_pool
  - linear: {out_features: 10}
"""
"""A public question: how large is a network with one binary layer?"""
NESTED = """\
input: [3, 8, 8]
params: {w: 4}
layers:
  - conv2d: {name: stem, out_channels: 4, kernel_size: 1, bias: true}
  - sequence:
      bits: {weights: w, activations: 4}
      layers:
        - conv2d: {name: one, out_channels: 4, kernel_size: 1, bias: true}
        - relu
        - conv2d: {name: two, out_channels: 4, kernel_size: 1, bits: {weights: 2}}
  - conv2d: {name: last, out_channels: 4, kernel_size: 1}
"""


def model(text, **given):
    return Model(NetworkFile(text, "net.yaml"), None, **given)


def test_a_binary_layer_is_stored_in_an_eighth_of_its_bytes():
    totals = model(REPORT).cost().totals
    assert (totals.weights_int8, totals.weights_float32) == (4010, 9128)
    assert totals.weights_float16 == 2304 + 2 * 1706


def test_an_item_says_bits_of_what_is_inside_and_what_is_inside_overrides_them():
    network = model(NESTED).cost().network
    found = {node.label: tuple(node.bits) for node in network.nodes}
    assert found == {
        "stem": (None, None), "one": (4, 4), "relu": (4, 4), "two": (2, 4), "last": (None, None)
    }  # fmt: skip
    held = {node.label: node.element_bits for node in network.nodes}
    assert held == {"stem": 4, "one": 4, "relu": 4, "two": None, "last": None}


def test_bops_weights_and_memory_are_by_bits():
    totals = model(NESTED).cost().totals
    stem, inner = 64 * 12, 64 * 16
    assert totals.bops == stem * 64 + inner * 16 + inner * 8 + inner * 64
    assert totals.weights_int8 == 12 + 4 + (8 + 4) + (4 + 4) + (16 + 4)
    assert totals.flash == 12 + 16 + (8 + 16) + (4 + 16) + (16 + 16)
    plain = model(NESTED.replace("activations: 4", "activations: 8")).cost().totals
    assert (totals.peak_memory, plain.peak_memory) == (512, 512)


def test_a_param_of_bits_is_swept():
    own = model(NESTED)
    found = own.sweep({"w": "2..8"}, metrics=["weights_int8", "bops", "flash"])
    for place, w in enumerate(range(2, 9)):
        totals = own.cost({"w": str(w)}).totals
        assert found.weights_int8[place] == totals.weights_int8 == 48 + 2 * w
        assert (found.bops[place], found.flash[place]) == (totals.bops, totals.flash)


def test_patterns_of_the_command_line_override_items(tmp_path, capsys):
    (tmp_path / "net.yaml").write_text(REPORT)
    net = str(tmp_path / "net.yaml")
    found = costcalc.load(net, bits={"conv2d": "4/4", "binary": "2"}).cost()
    assert [tuple(node.bits) for node in found.network.nodes if node.layer.type == "conv2d"] == [
        (4, 4), (2, 4)
    ]  # fmt: skip
    assert run(["analyze", net, "--bits", "conv2d=4/8", "--memory"]) == 0
    assert "BOPs" in capsys.readouterr().out
    for text, message in (
        ("conv2d=x", "bits of conv2d: 'x' is not a number of bits from 1 to 64"),
        ("conv2d=4/0", "bits of conv2d: '0' is not a number of bits"),
        ("convd=4", "no layer of Half binary matches 'convd'"),
    ):
        assert run(["analyze", net, "--bits", text]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("bits", "place", "message", "hint"),
    [
        ("0", "6:91", "bits of weights must be a whole number from 1 to 64, not 0", ""),
        ("1/2", "6:91", "bits of weights must be a whole number from 1 to 64, not 1/2", ""),
        ("{weight: 3}", "6:92", "unknown key 'weight' in bits", "did you mean 'weights'?"),
        ("{}", "6:85", "bits is empty", "bits: {weights: 4, activations: 8}"),
        ("{activations: x}", "6:105", "unknown name 'x'", ""),
        ("65", "6:91", "bits of weights must be a whole number from 1 to 64, not 65", ""),
    ],
)
def test_faulty_bits_are_told_where_they_stand(tmp_path, capsys, bits, place, message, hint):
    (tmp_path / "net.yaml").write_text(REPORT.replace("bits: 1", f"bits: {bits}"))
    assert run(["validate", str(tmp_path / "net.yaml")]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert hint in said
    line, column = place.split(":")
    assert f":{line}:" in said
    assert column


def test_an_edit_of_bits_is_an_edit(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(REPORT)
    (tmp_path / "b.yaml").write_text(REPORT.replace("bits: 1", "bits: 2"))
    assert run(["diff", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"), "--exit-code"]) == 1
    assert "bits of weights 1 -> 2" in capsys.readouterr().out
