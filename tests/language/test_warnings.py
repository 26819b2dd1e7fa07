"""Warnings: of pools without padding (rule 31), and of what no output needs (rule 45)."""

import json

import pytest
from language.test_rules import fault, net, output, run

import costcalc
from costcalc.cli import run as cli
from costcalc.graph.setting import Setting
from costcalc.graph.warnings import warnings_at, warnings_of
from costcalc.language.lookup import shipped, shipped_files


def places(text, **setting):
    """Line and column of each warning."""
    return [warning.position[1:] for warning in warnings_of(run(text, **setting))]


# Rule 31


@pytest.mark.parametrize("pool", ["max_pool2d", "avg_pool2d", "max_pool", "avg_pool"])
@pytest.mark.parametrize(
    ("input", "fields", "side"),
    [
        ("[4, 7, 7]", "kernel_size: 2", 3),
        ("[4, 8, 8]", "kernel_size: 3, stride: 2", 3),
        ("[4, 8, 8]", "kernel_size: 3, stride: 2, padding: valid", 3),
        ("[4, 8, 8]", "kernel_size: 3, stride: 2, padding: same", 4),
        ("[4, 8, 8]", "kernel_size: 3, stride: 2, padding: 1", 4),
    ],
)
def test_pools_pad_valid_unless_said(pool, input, fields, side):
    assert output(net(f"{pool}: {{{fields}}}", input=input)) == (4, side, side)


def test_a_pool_without_padding_is_a_warning_where_it_matters():
    text = net("relu", "max_pool2d: {kernel_size: 2}", input="[4, 7, 8]")
    (warning,) = warnings_of(run(text))
    assert warning.position == ("net.yaml", 4, 5)
    assert warning.message == (
        "max_pool2d says no padding: it makes 4×3×4, by valid, the default now; by same, the "
        "default before, it was 4×4×4"
    )
    assert warning.hint == "padding: valid or padding: same"
    assert str(warning).startswith("net.yaml:4:5: warning: max_pool2d says no padding")


@pytest.mark.parametrize("fields", ["kernel_size: 2, padding: valid", "kernel_size: 2, padding: 0"])
def test_no_warning_where_padding_is_said(fields):
    assert places(net(f"max_pool2d: {{{fields}}}", input="[4, 7, 7]")) == []


def test_no_warning_where_it_does_not_matter():
    assert places(net("max_pool2d: {kernel_size: 2}", input="[4, 8, 8]")) == []


def test_defaults_say_padding_too():
    pool = "{max_pool2d: {padding: same}}"
    assert places(net("max_pool2d: {kernel_size: 2}", input="[4, 7, 7]", defaults=pool)) == []


def test_a_pool_of_a_block_is_one_warning_at_its_place():
    blocks = "{unit: {layers: [relu, avg_pool1d: {kernel_size: 2}]}}"
    assert places(net("unit: {repeat: 2}", input="[4, 63]", blocks=blocks)) == [(2, 32)]


def test_shipped_networks_have_none():
    for path in shipped_files():
        file = shipped(path)
        for variant in file.variant_names():
            assert warnings_at(file, Setting(variant)) == [], variant


# Rule 45


HEADS = """
input: [4, 8, 8]
outputs: [boxes, scores]
layers:
  - relu: {name: stem}
  - pointwise_conv2d: {name: boxes, from: stem, out_channels: 4}
  - pointwise_conv2d: {name: lost, from: stem, out_channels: 5}
  - pointwise_conv2d: {name: scores, from: stem, out_channels: 6}
"""


def test_a_network_hands_on_the_maps_that_outputs_names():
    assert [source.shape.channels for source in run(HEADS).outputs] == [4, 6]


def test_without_outputs_it_hands_on_those_of_the_last_item():
    text = HEADS.replace("outputs: [boxes, scores]\n", "")
    assert [source.shape.channels for source in run(text).outputs] == [6]
    assert places(text) == [(5, 5), (6, 5)]


def test_an_item_that_no_output_needs_is_a_warning_and_counted():
    network = run(HEADS)
    (warning,) = warnings_of(network)
    assert warning.position == ("net.yaml", 7, 5)
    assert warning.message.startswith("no output of the network needs lost;")
    assert [node.label for node in network.nodes] == ["stem", "boxes", "lost", "scores"]


def test_an_output_may_stand_for_several_maps():
    text = net("split: {name: parts, parts: 2}", outputs="[parts]")
    assert len(run(text).outputs) == 2


def test_an_unknown_output():
    assert fault(net("relu: {name: scores}", outputs="[score]")) == (
        "no map of the network is named 'score' (did you mean 'scores'?)"
    )
    assert "outputs must be a list of different names" in fault(net("relu", outputs="relu"))


def test_an_output_of_a_block_is_no_name_of_the_network():
    text = net("one", outputs="[y]", blocks="{one: {layers: [relu: {name: y}]}}")
    assert fault(text).startswith("no map of the network is named 'y'")


def test_parts_of_a_split_that_are_not_read_are_no_warning():
    assert places(net("split: {name: [a, b], parts: 2}", "relu: {from: a}")) == []
    assert places(net("split: {name: [a, b], parts: 2}", "relu: {from: input}")) == [(3, 5)]


def test_a_structure_is_one_warning_and_what_is_needed_in_it_none():
    lost = "sequence: [relu, conv2d: {out_channels: 2, kernel_size: 1}]"
    assert places(net(lost, "relu: {from: input}")) == [(3, 5)]
    half = "sequence: {layers: [relu: {name: x}, relu: {from: input}]}"
    assert places(net("relu", half)) == [(4, 25)]
    text = net("each: {name: [a, b], copies: 2, layers: [relu, tanh]}", "elu: {from: a}")
    assert places(text) == []


def test_in_a_shipped_block_it_stands_at_the_item_that_uses_it():
    assert places(net("conv_bn_act: {out_channels: 8}", "relu: {from: input}")) == [(3, 5)]


# Where they are said


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = net(
        "max_pool2d: {kernel_size: 2}",
        "conv2d: {out_channels: 4, kernel_size: 1}",
        input="[4, 7, 7]",
    )
    (tmp_path / "net.yaml").write_text(text + "budgets: {macs: 1M}\n")
    return "net.yaml"


@pytest.mark.parametrize(
    "command",
    [
        ["analyze", "net.yaml", "net.yaml"],
        ["sweep", "net.yaml", "--alpha", "0.5..1:0.25"],
        ["solve", "net.yaml", "--max", "macs=100"],
        ["formula", "net.yaml"],
        ["conventions", "net.yaml"],
        ["check", "net.yaml"],
        ["validate", "net.yaml"],
        ["diff", "net.yaml", "other.yaml"],
        ["sweep", "net.yaml", "--format", "json"],
    ],
)
def test_every_command_prints_it_once_on_standard_error(command, path, capsys, tmp_path):
    text = (tmp_path / "net.yaml").read_text().replace("out_channels: 4", "out_channels: 8")
    (tmp_path / "other.yaml").write_text(text)
    assert cli(command) == 0
    out, err = capsys.readouterr()
    assert "warning" not in out
    assert err.count("warning: max_pool2d says no padding") == 1
    assert err.endswith("  hint: padding: valid or padding: same\n")


@pytest.mark.parametrize("command", ["analyze", "check"])
def test_json_has_it(command, path, capsys):
    assert cli([command, path, "--format", "json"]) == 0
    out, err = capsys.readouterr()
    (network,) = json.loads(out)["networks"]
    (warning,) = network["warnings"]
    assert (warning["path"], warning["line"], warning["column"]) == ("net.yaml", 3, 5)
    assert warning["hint"] == "padding: valid or padding: same"
    assert err == ""


def test_python_has_it(path):
    (warning,) = costcalc.load(path).cost().warnings
    assert warning.position == ("net.yaml", 3, 5)
    assert costcalc.load("mobilenet").cost().warnings == []
    assert [one.key for one in costcalc.validate(path)] == [warning.key]


def test_validate_notes_a_block_that_hides_a_layer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = "{lstm: {layers: [relu]}, own: {layers: [tanh]}}"
    (tmp_path / "own.yaml").write_text(f"input: [4]\nlayers: [lstm, own]\nblocks: {blocks}\n")
    (warning,) = costcalc.validate("own.yaml")
    assert warning.message == "the block lstm hides the layer of that name in this file"
    assert warning.position == ("own.yaml", 3, 10)
    assert costcalc.load("own.yaml").cost().warnings == []
