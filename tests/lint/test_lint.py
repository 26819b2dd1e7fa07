"""Rules: each finds what its page says, and nothing where that is mended."""

import json

import pytest

import costcalc
from costcalc.cli import run
from costcalc.costs.latency import macs_of
from costcalc.devices.shipped import load_device
from costcalc.lint.registry import lint, rules

HEAD = "input: [{c}, {side}, {side}]\nlayers:\n"


def found(tmp_path, layers, rule, c=32, side=56, device=None):
    (tmp_path / "net.yaml").write_text(HEAD.format(c=c, side=side) + layers)
    network = costcalc.load(str(tmp_path / "net.yaml")).cost().network
    return lint(network, device and load_device(device), [rule])


def test_g1_is_the_bound_of_the_paper(tmp_path):
    """At 56×56 32→512 moves 1,722,368 numbers, and 128→128 with as many MACs 819,200, the least."""
    wide = "  - conv2d: {out_channels: 512, kernel_size: 1, bias: false}\n"
    (one,) = found(tmp_path, wide, "unbalanced-pointwise")
    assert "move 1,722,368 numbers" in one.found.message
    assert one.found.bytes == 1_722_368 - 819_200
    assert int(macs_of(one.found.node)) == 56 * 56 * 128 * 128
    even = wide.replace("512", "128")
    assert not found(tmp_path, even, "unbalanced-pointwise", c=128)
    assert not found(tmp_path, wide.replace("512", "192"), "unbalanced-pointwise")  # 6 times


BAD = {
    "many-groups": "  - conv2d: {out_channels: 64, kernel_size: 1, groups: 4}\n",
    "fragmentation": "  - concat: [conv2d: {out_channels: 8, kernel_size: 1}, "
    "conv2d: {out_channels: 8, kernel_size: 3}, conv2d: {out_channels: 8, kernel_size: 5}, "
    "max_pool2d: {kernel_size: 3, stride: 1, padding: 1}]\n",
    "elementwise-traffic": "  - conv2d: {out_channels: 32, kernel_size: 1}\n  - silu\n",
    "slow-depthwise": "  - depthwise_conv2d: {kernel_size: 3}\n"
    "  - conv2d: {out_channels: 32, kernel_size: 1}\n",
    "idle-lanes": "  - conv2d: {out_channels: 9, kernel_size: 1}\n",
}
GOOD = {
    "many-groups": [("groups: 4", "groups: 1"), ("groups: 4", "groups: 32")],
    "fragmentation": [("conv2d: {out_channels: 8, kernel_size: 5}, ", "")],
    "elementwise-traffic": [("silu", "relu")],
    "slow-depthwise": [("out_channels: 32", "out_channels: 3200")],
    "idle-lanes": [("9", "8"), ("9", "12"), ("9", "31")],
}


@pytest.mark.parametrize("rule", BAD)
def test_a_rule_finds_what_it_is_about_and_nothing_where_that_is_mended(tmp_path, rule):
    (one,) = found(tmp_path, BAD[rule], rule, device="stm32h747")
    line = 4 if rule == "elementwise-traffic" else 3
    assert (one.rule, one.line) == (rule, line)
    assert one.found.bytes or one.found.seconds or rule == "fragmentation"
    for old, new in GOOD[rule]:
        assert old in BAD[rule]
        assert not found(tmp_path, BAD[rule].replace(old, new), rule, device="stm32h747")


def test_what_needs_a_device_is_silent_without_one(tmp_path):
    for rule in ("slow-depthwise", "idle-lanes"):
        assert not found(tmp_path, BAD[rule], rule)
        assert not found(tmp_path, BAD[rule], rule, device="nucleo_l4r5zi")


def test_the_greedy_planner_wastes_a_third_on_vww():
    network = costcalc.load("vww_mobilenet").cost().network
    (one,) = lint(network, None, ["arena-waste"])
    assert one.found.bytes == 73_728 - 55_296
    assert not lint(costcalc.load("resnet8").cost().network, None, ["arena-waste"])


def test_every_rule_has_a_page_and_a_case():
    assert {*BAD, "unbalanced-pointwise", "arena-waste"} == set(rules())
    for known in rules().values():
        assert known.summary.endswith(".")
        assert "\nFound" in known.page
        assert "\nWhat helps: " in known.page


def test_csv_has_its_head_where_nothing_is_found(capsys):
    heads = []
    for rule in ("many-groups", "arena-waste"):
        assert run(["lint", "vww_mobilenet", "--rule", rule, "--format", "csv"]) == 0
        heads.append(capsys.readouterr().out.splitlines())
    assert len(heads[0]) == 1
    assert heads[0][0] == heads[1][0]


@pytest.mark.parametrize("format_", ["text", "json", "csv", "github", "gitlab", "sarif", "junit"])
def test_every_format_says_the_line_the_rule_and_what_helps(tmp_path, monkeypatch, capsys, format_):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(HEAD.format(c=32, side=8) + BAD["many-groups"])
    assert run(["lint", "net.yaml", "--format", format_]) == 0
    text = capsys.readouterr().out
    assert "many-groups" in text
    assert "4 groups move" in text
    assert "fewer groups" in text
    if format_ in ("json", "gitlab", "sarif"):
        json.loads(text)
    assert run(["lint", "net.yaml", "--exit-code"]) == 1
    assert run(["lint", "net.yaml", "--rule", "arena-waste", "--exit-code"]) == 0
    assert run(["lint", "net.yaml", "--rule", "many-group"]) == 2
    assert "many-groups" in capsys.readouterr().err
