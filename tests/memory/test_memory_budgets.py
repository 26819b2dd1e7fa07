"""Budgets of memory: their units, their runtimes, and the line that they fail on."""

import json

import pytest

from costcalc.cli import run

NET = """\
input: [3, 96, 96]
budgets:
  - arena: 100 KiB
  - {dtype: float32, in_place: true, peak_memory: 1 MiB}
layers:
  - conv_bn_act: {out_channels: 16, kernel_size: 3, stride: 2}
  - depthwise_separable: {out_channels: 64}
  - global_avg_pool
  - linear: {out_features: 10}
"""


def checked(tmp_path, monkeypatch, capsys, text, code):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(text)
    assert run(["check", "net.yaml", "--format", "json"]) == code
    (network,) = json.loads(capsys.readouterr().out)["networks"]
    return network


def test_an_arena_fails_on_the_layer_whose_step_needs_the_most(tmp_path, monkeypatch, capsys):
    network = checked(tmp_path, monkeypatch, capsys, NET, 1)
    arena, peak = network["metrics"]
    # 16 and 64 channels of 48 x 48 at the pointwise convolution.
    assert (arena["value"], arena["limit"], arena["status"]) == (184_320, 102_400, "fail")
    assert (peak["value"], peak["status"]) == (737_280, "pass")
    assert "float32" in peak["setting"]["runtime"]
    worst = network["culprits"][0]
    assert (worst["name"], worst["line"], worst["value"]) == (
        "depthwise_separable.conv_bn_act.conv2d",
        7,
        184_320,
    )
    fits = {fit["knob"]: fit["result"] for fit in network["fits"]}
    assert all(result <= 102_400 for result in fits.values())
    assert fits


def test_bits_and_optimizers_are_settings_of_a_budget(tmp_path, monkeypatch, capsys):
    limits = (
        "{bits: {linear: 4, '*.conv2d': 2/4}, weights_int8: 1kB, bops: 1G, macs: 1G}\n"
        "  - {optimizer: sgd, training_memory: 1 GB}\n  - training_memory: 1 GB\n"
        "  - weights_int8: 10kB"
    )
    text = NET.replace("arena: 100 KiB", limits)
    network = checked(tmp_path, monkeypatch, capsys, text, 1)
    few, bops, macs, sgd, adam, all_ = network["metrics"][:6]
    # 3·16·9, 16·64 and 64·10 weights, of 2, 2 and 4 bits, the norms, the depthwise and the biases.
    norms, biases, depthwise = 2 * (16 + 16 + 64), 10, 16 * 9
    assert all_["value"] == 432 + 1024 + 640 + norms + biases + depthwise
    assert few["value"] == 432 // 4 + 1024 // 4 + 640 // 2 + norms + biases + depthwise
    assert few["setting"] == bops["setting"] == {"bits": "linear=4, *.conv2d=2/4"}
    # The linear layer reads what the dtype says, and the depthwise convolution is none of conv2d.
    conv, pointwise = 48 * 48 * 432, 48 * 48 * 1024
    assert bops["value"] == 2 * 4 * (conv + pointwise) + 64 * 48 * 48 * depthwise + 4 * 8 * 640
    assert macs["setting"] == {}
    trained = all_["value"]
    assert adam["value"] - sgd["value"] == 4 * 2 * trained
    assert (sgd["setting"], adam["setting"]) == ({"optimizer": "sgd"}, {})


def test_kib_and_kb_are_told_apart(tmp_path, monkeypatch, capsys):
    text = NET.replace("100 KiB", "184 KiB")
    assert checked(tmp_path, monkeypatch, capsys, text, 0)["status"] == "pass"
    text = NET.replace("100 KiB", "184 kB")
    assert checked(tmp_path, monkeypatch, capsys, text, 1)["status"] == "fail"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("arena: 100", "3:12: arena: there is no unit: bytes are given in B, kB, MB"),
        ("dtype: int4", "3:5: unknown dtype 'int4'"),
        ("{in_place: maybe, arena: 1MB}", "3:6: in_place must be true or false, not 'maybe'"),
        ("{alignment: 0, arena: 1MB}", "3:6: alignment must be a whole number of bytes"),
        ("{optimizer: adams, training_memory: 1GB}", "3:17: unknown optimizer 'adams'"),
        ("bits: 4", "3:11: bits must be a mapping of keys and values"),
        ("{bits: {conv2d: 4/99}, arena: 1MB}", "3:21: bits of conv2d: '99' is not a number of"),
        ("{bits: {conv2d: [4]}, arena: 1MB}", "3:21: bits of conv2d must be a number, or two"),
        ("intensity: 4", "3:5: unknown metric or key 'intensity' in limits"),
    ],
)
def test_faults(tmp_path, monkeypatch, capsys, written, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET.replace("arena: 100 KiB", written))
    assert run(["check", "net.yaml"]) == 2
    assert f"net.yaml:{message}" in capsys.readouterr().err
