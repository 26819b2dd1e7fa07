"""Conventions: files, rules, totals, causes, folded batch norm."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from support import networks

import costcalc
from costcalc.accounting import convention as conventions
from costcalc.accounting.convention import Convention, load_convention
from costcalc.accounting.quantities import QUANTITIES
from costcalc.accounting.rules import SPECIAL, types
from costcalc.costs.convention_causes import causes, params_causes
from costcalc.costs.convention_counts import Counting, rule_text
from costcalc.layers import FAMILIES, LAYERS

NAMES = conventions.convention_names()
NINE = {  # what nine tools print for MobileNet 1.0-224
    "paper": 568740352,
    "ptflops-aten": 568741352,
    "torchinfo": 568763240,
    "torchprofile": 573784064,
    "fvcore": 578875904,
    "thop": 588962304,
    "ptflops-pytorch": 589012456,
    "torch-flop-counter": 1137480704,
    "calflops": 1152658944,
}
NET = """
input: [4, 9, 7]
layers:
  - conv2d: {out_channels: 6, kernel_size: 3, stride: 2, bias: false}
  - batch_norm
  - relu
  - depthwise_conv2d: {kernel_size: 3}
  - max_pool2d: {kernel_size: 2}
  - global_avg_pool
  - flatten
  - linear: {out_features: 5}
"""


def model_of(text: str, tmp_path: Path, **options):
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return costcalc.load(str(path), **options)


def counting(network, name: str) -> Counting:
    return Counting(network, load_convention(name))


# Files


def test_the_conventions_that_there_must_be():
    assert NAMES[0] == "default"
    asked = (
        "default paper fvcore ptflops-pytorch ptflops-aten thop torchinfo torchprofile "
        "torch-flop-counter calflops onnx-tool keras slim"
    )
    assert set(asked.split()) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_convention_speaks_of_every_layer_type_and_of_no_network(name):
    convention = load_convention(name)
    assert set(types()) <= set(convention.count.by_type())
    assert convention.about
    text = Path(convention.path).read_text(encoding="utf-8").lower()
    named = [word for word in ("mobilenet", "resnet", "vit") if word in text.split("quirks")[0]]
    # Where a page with figures is called so, it is a source.
    assert not named or name == "slim"


FAULTS = [
    ("count: {conv3d: {macs: 1}}", 1, 9, "unknown layer type or family 'conv3d'", "conv2d"),
    ("count: {pooling: {input: 1}}", 1, 9, "unknown layer type or family 'pooling'", "poolings"),
    ("count: {conv2d: {mac: 1}}", 1, 18, "unknown quantity 'mac' in conv2d", "macs"),
    ("count: {conv2d: {macs: 1.5}}", 1, 24, "macs must be a whole number", None),
    ("count: {conv2d: {macs: 99999999}}", 1, 24, "macs must be a whole number", None),
    ("count: {conv2d: [1]}", 1, 17, "conv2d must be a mapping", None),
    ("count: {}\nunit: FLOPS", 2, 7, "unit must be MAC or FLOP, not 'FLOPS'", None),
    ("counts: {}", 1, 1, "unknown key 'counts' in a convention", "count"),
    ("unit: MAC", 1, 1, "a convention needs the key 'count'", None),
    (
        "count: {relu: {output: 1}}\nnothing: [relu]",
        2,
        11,
        "relu has a rule in count",
        None,
    ),
    ("count: {}\nnothing: relu", 2, 10, "nothing must be a list", None),
    ("count: {}\nnothing: [rely]", 2, 11, "unknown layer type or family 'rely'", "relu"),
    ("count: {}\nparams: {batch_norm.fold: {}}", 2, 10, "unknown layer type or", "batch_norm"),
    ("count: {}\nnothing: [relu.functional]", 2, 11, "unknown layer type or", "relu.function"),
    ("count: {}\nparams_once: {relu: x}", 2, 21, "relu must be a whole number", None),
]


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), FAULTS)
def test_faults_have_places(text, line, column, message, hint, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(costcalc.Problems) as raised:
        load_convention(str(path))
    (first, *_) = [p for p in raised.value.problems if message in p.message]
    assert (first.position.line, first.position.column) == (line, column)
    assert hint is None or hint in first.hint


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(costcalc.CostcalcError) as raised:
        load_convention("fvcor")
    assert raised.value.message == "no convention is named 'fvcor'"
    assert raised.value.hint == "did you mean 'fvcore'?"


def test_a_layer_that_a_convention_does_not_know_is_an_error(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("count: {conv2d: {macs: 1}}\nnothing: [relu]", encoding="utf-8")
    with pytest.raises(costcalc.CostcalcError) as raised:
        model_of(NET, tmp_path, convention=str(path)).cost()
    error = raised.value
    assert error.message.startswith("the convention says nothing of batch_norm, depthwise_conv2d, ")
    assert str(error.position) == f"{path}:1:1"
    assert "like: default" in error.hint


def test_like_another(tmp_path):
    """Its own rules hold for all kinds of a layer type, and every other type's for the rest."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "like: thop\ncount: {upsample: {input: 1}, relu: {output: 1}}\nnothing: [prelu]"
    )
    own, thop = load_convention(str(path)), load_convention("thop")
    assert own.count["upsample"] == {"input": 1}
    assert "upsample.bilinear" in thop.count
    assert "upsample.bilinear" not in own.count
    assert (own.count["prelu"], own.count["softmax"]) == ({}, thop.count["softmax"])
    assert (own.params, own.unit) == (thop.params, thop.unit)
    path.write_text("like: thp")
    with pytest.raises(costcalc.Problems) as raised:
        load_convention(str(path))
    (error,) = raised.value.problems
    assert (error.position.line, error.position.column) == (1, 7)
    assert error.hint == "did you mean 'thop'?"


def test_a_file_is_called_by_its_path_and_never_the_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("default.yaml").write_text("like: fvcore")
    totals = costcalc.load("mobilenet", convention="./default.yaml").cost().totals
    assert (totals.convention, totals.total) == ("./default.yaml", NINE["fvcore"])


def test_a_number_of_any_length_is_refused(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(f"count: {{conv2d: {{macs: {'9' * 5000}}}}}")
    with pytest.raises(costcalc.Problems, match="macs must be a whole number of at most 9,999,999"):
        load_convention(str(path))


def test_params_differ_for_a_reason(capsys):
    result = json.loads(run("mobilenet", "slim", "keras", "--format", "json", capsys=capsys))
    (cause,) = result["params_causes"]
    assert (cause["type"], cause["delta"]) == ("batch_norm", 4253864 - 4242920)
    assert result["causes"] == []


# Totals


@pytest.mark.parametrize(("name", "total"), NINE.items())
def test_what_nine_tools_print_for_mobilenet(name, total):
    totals = costcalc.load("mobilenet", convention=name).cost().totals
    assert totals.total == total
    assert totals.convention == name
    assert totals.unit == ("FLOP" if name in ("torch-flop-counter", "calflops") else "MAC")
    assert (totals.macs, totals.params) == (568740352, 4231976)


@pytest.mark.parametrize(
    ("name", "params"), [("keras", 4253864), ("slim", 4242920), ("fvcore", 4231976)]
)
def test_what_counts_as_a_param(name, params):
    assert costcalc.load("mobilenet", convention=name).cost().totals.convention_params == params


def test_by_hand(tmp_path):
    """Every quantity that these rules use, written out for one small network."""
    text = """
    unit: FLOP
    count:
      conv2d: {macs: 2, bias: 1}
      depthwise_conv2d: {macs: 2, bias: 3}
      batch_norm: {output: 1, affine: 4}
      relu: {input: 5}
      max_pool2d: {window: 1}
      global_avg_pool: {input: 1, channels: 1}
      linear: {params: 1, one: 7, positions: 100}
    nothing: [flatten]
    params: {batch_norm: {channels: 9}}
    params_once: {linear: 1000, gelu: 5}
    """
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    totals = model_of(NET, tmp_path, convention=str(path)).cost().totals
    # 9x7 becomes 5x4, and the pool, whose padding is same, makes 3x2 of it
    conv = 2 * 5 * 4 * 9 * 4 * 6
    depthwise = 2 * 5 * 4 * 9 * 6 + 3 * 6 * 5 * 4
    norm, relu = 5 * 6 * 5 * 4, 5 * 6 * 5 * 4
    pool = 4 * 6 * 3 * 2
    average = 6 * 3 * 2 + 6
    linear = (6 * 5 + 5) + 7 + 100
    pooled = {layer.type: layer.output_shape for layer in model_of(NET, tmp_path).cost().layers}[
        "max_pool2d"
    ]
    assert tuple(pooled) == (6, 3, 2)  # the default padding is same
    pool, average = 4 * 6 * 3 * 2, 6 * 3 * 2 + 6
    assert totals.total == conv + depthwise + norm + relu + pool + average + linear
    assert totals.convention_params == (4 * 6 * 9) + 6 * 9 + (6 * 9 + 6) + 35 + 1000


SOME = list(networks.NETWORKS.values())[:: max(1, len(networks.NETWORKS) // 12)]


@pytest.mark.slow
@pytest.mark.parametrize("path", SOME, ids=lambda path: Path(path).stem)
def test_default_is_macs_and_params_and_causes_add_up(path):
    network = costcalc.load(path).cost().network
    every = {name: counting(network, name) for name in NAMES}
    totals = costcalc.load(path).cost().totals
    assert every["default"].total() == every["paper"].total() == totals.macs == totals.total
    assert every["default"].params() == totals.params
    for one in every.values():
        assert sum(one.by_type().values()) == one.total()
        assert sum(one.total([step]) for step in network.nodes) == one.total()
        for other in every.values():
            delta = sum(cause[3] for cause in causes(one, other))
            assert delta == other.total() - one.total()
            delta = sum(cause[3] for cause in params_causes(one, other))
            assert delta == other.params() - one.params()


@pytest.mark.parametrize("name", ["fvcore", "calflops", "torchinfo", "onnx-tool", "thop"])
def test_sweeps_and_solve_count_as_one_point_does(name):
    model = costcalc.load("mobilenet_v2", convention=name)
    sweep = model.sweep(
        alpha="0.25..1.5:0.05", resolution="96..256:8", metrics=["total", "convention_params"]
    )
    for row, alpha in list(enumerate(sweep.axes["alpha"]))[::7]:
        for column, size in list(enumerate(sweep.axes["resolution"]))[::6]:
            totals = model.cost(alpha=alpha, resolution=size).totals
            assert sweep.total[row, column] == totals.total
            assert sweep.convention_params[row, column] == totals.convention_params
    limit = model.cost().totals.total
    solved = model.solve({"total": limit})
    assert solved.solutions[0].counts["total"] <= limit
    assert solved.solutions[0].knobs["alpha"] >= Fraction(1)


def test_rule_texts():
    assert rule_text({}) == "0"
    assert rule_text({"output": 3, "positions": -1}) == "3 output - 1 positions"
    assert rule_text({"macs": 1, "bias": 1}) == "macs + bias"


def test_every_special_kind_is_met(tmp_path):
    text = """
input: [4, 8, 8]
layers:
  - conv2d: {out_channels: 4, kernel_size: 3, name: a}
  - batch_norm
  - conv_transpose2d: {out_channels: 4, kernel_size: 2, stride: 2}
  - batch_norm
  - conv_transpose2d: {out_channels: 6, kernel_size: 2}
  - batch_norm: {name: read_twice}
  - batch_norm
  - upsample: {scale_factor: 2, mode: bilinear}
  - upsample: {size: 4}
  - add: {from: [previous, previous]}
  - tokens: {name: fresh}
  - linear: {out_features: 3}
  - linear: {out_features: 3}
  - multi_head_attention: {heads: 2, from: fresh}
  - slice: {stop: 1}
  - flatten
  - linear: {out_features: 3}
  - dropout
  - batch_norm
  - batch_norm
  - relu: {call: function}
  - relu: {call: method, repeat: 2}
"""
    network = model_of(text, tmp_path).cost().network
    kinds = Counter()
    for kind in SPECIAL:
        rules = Convention(
            "x", "x", f"count: {{{kind}: {{one: 1}}}}\nnothing: [{', '.join(FAMILIES)}]"
        )
        kinds[kind] = Counting(network, rules).total()
    assert kinds == {
        "batch_norm.folded": 6,
        "batch_norm.folded_linear": 2,
        "batch_norm.folded_transposed": 3,
        "conv_transpose2d.square": 1,
        "function": 1,
        "linear.strided": 1,
        "method": 2,
        "multi_head_attention.strided": 1,
        "upsample.bilinear": 1,
        "upsample.size": 1,
    }


def test_quantities_are_all_used():
    used = {
        quantity
        for name in NAMES
        for rules in (load_convention(name).count, load_convention(name).params)
        for rule in rules.values()
        for quantity in rule
    }
    assert used <= set(QUANTITIES)
    assert set(QUANTITIES) - used <= {"output", "input"}, "a quantity that nobody counts"


def test_layer_types_have_one_name_each():
    assert set(types()) == {layer.type for layer in LAYERS.values()}


# Folding


def test_folding_moves_params_and_ops(tmp_path):
    plain = model_of(NET, tmp_path).cost()
    folded = model_of(NET, tmp_path, fold_batch_norm=True).cost()
    assert [layer.type for layer in folded.layers] == [
        layer.type for layer in plain.layers if layer.type != "batch_norm"
    ]
    assert folded.totals.macs == plain.totals.macs
    assert plain.totals.params - folded.totals.params == 6  # 2 a channel, and 1 bias instead
    assert plain.totals.other_ops - folded.totals.other_ops == 6 * 5 * 4
    assert folded.layers[0].params == 4 * 6 * 9 + 6


def test_what_is_not_folded(tmp_path):
    text = """
input: [4, 8, 8]
layers:
  - batch_norm
  - conv2d: {out_channels: 4, kernel_size: 3, name: a}
  - batch_norm
  - add: {from: [previous, a]}
  - conv2d: {out_channels: 4, kernel_size: 3}
  - relu
  - batch_norm
  - conv2d: {out_channels: 4, kernel_size: 3}
"""
    plain = model_of(text, tmp_path).cost()
    folded = model_of(text, tmp_path, fold_batch_norm=True).cost()
    assert folded.totals.params == plain.totals.params


def test_folding_a_chain_and_the_last_layer(tmp_path):
    text = (
        "input: [4, 8, 8]\nlayers: [conv2d: {out_channels: 4, kernel_size: 3, bias: false}, "
        "batch_norm, batch_norm, relu, conv2d: {out_channels: 2, kernel_size: 1}, batch_norm]"
    )
    table = model_of(text, tmp_path, fold_batch_norm=True).cost()
    assert [layer.type for layer in table.layers] == ["conv2d", "relu", "conv2d"]
    assert table.totals.params == (4 * 4 * 9 + 4) + (4 * 2 + 2)


def folded(layers: str, tmp_path: Path, more: str = ""):
    text = f"input: [4, 8, 8]\n{more}layers:\n{layers}"
    return model_of(text, tmp_path, fold_batch_norm=True).cost()


def test_what_is_folded_is_gone_from_rows_and_outputs(tmp_path):
    table = folded("  - conv2d: {out_channels: 4, kernel_size: 3}\n  - batch_norm\n", tmp_path)
    assert [row.name for row in table.rows(None)] == ["conv2d"]
    assert table.network.outputs == [table.network.nodes[0]]


def test_a_linear_layer_takes_batch_norm_in(tmp_path):
    layers = "  - flatten\n  - linear: {out_features: 5, bias: false}\n  - batch_norm\n"
    table = folded(layers, tmp_path)
    assert [layer.type for layer in table.layers] == ["flatten", "linear"]
    assert table.totals.params == 4 * 8 * 8 * 5 + 5


def test_a_norm_whose_map_is_read_twice_takes_no_other_in(tmp_path):
    layers = (
        "  - conv2d: {out_channels: 4, kernel_size: 3}\n  - batch_norm: {name: a}\n"
        "  - batch_norm\n  - add: {from: [previous, a]}\n"
    )
    types = [layer.type for layer in folded(layers, tmp_path).layers]
    assert types == ["conv2d", "batch_norm", "add"]


def test_what_the_network_gives_out_is_not_folded(tmp_path):
    both = (
        "blocks:\n  both:\n    outputs: [a, b]\n    layers:\n"
        "      - conv2d: {name: a, out_channels: 4, kernel_size: 3}\n"
        "      - batch_norm: {name: b}\n"
    )
    types = [layer.type for layer in folded("  - both\n", tmp_path, both).layers]
    assert types == ["conv2d", "batch_norm"]


def test_a_linear_layer_on_tokens_folds_nothing(tmp_path):
    text = "input: [4, 8, 8]\nlayers: [tokens, linear: {out_features: 3}, batch_norm]"
    network = model_of(text, tmp_path).cost().network
    rules = Convention("x", "x", "like: default\ncount: {batch_norm.folded: {one: 1}}")
    own = Counting(network, rules)
    assert own.by_type()["batch_norm"] == 0
    assert own.folds_into(network.nodes[-1]) is None


def test_channels_of_norms_without_a_scale(tmp_path):
    text = (
        "input: [4, 8, 8]\nlayers: [group_norm: {groups: 2, scale: false}, group_norm: {groups: 2}]"
    )
    network = model_of(text, tmp_path).cost().network
    rules = Convention("x", "x", "like: default\ncount: {group_norm: {unscaled_channels: 1}}")
    assert Counting(network, rules).total() == 4


@pytest.mark.parametrize("path", SOME, ids=lambda path: Path(path).stem)
def test_folding_keeps_macs_and_shapes(path):
    plain = costcalc.load(path).cost()
    folded = costcalc.load(path, fold_batch_norm=True).cost()
    assert folded.totals.macs == plain.totals.macs
    assert folded.totals.activations == plain.totals.activations
    assert folded.totals.params <= plain.totals.params
    names = {layer.name: layer.output_shape for layer in plain.layers}
    assert all(names[layer.name] == layer.output_shape for layer in folded.layers)


# The command


def run(*arguments: str, capsys) -> str:
    from costcalc.cli import run as cli

    assert cli(["conventions", *arguments]) == 0
    return capsys.readouterr().out


def test_the_command(capsys):
    rows = json.loads(run("mobilenet", "--format", "json", capsys=capsys))["conventions"]
    assert {row["name"]: row["total"] for row in rows}.items() >= NINE.items()
    result = json.loads(run("mobilenet", "paper", "fvcore", "--format", "json", capsys=capsys))
    assert {cause["type"]: cause["delta"] for cause in result["causes"]} == {
        "batch_norm": 10085376,
        "global_avg_pool": 50176,
    }
    assert (result["from"]["total"], result["to"]["total"]) == (568740352, 578875904)
    for arguments in ([], ["mobilenet"], ["mobilenet", "thop"], ["mobilenet", "thop", "fvcore"]):
        for format_ in ("text", "markdown", "json"):
            assert "fvcore" in run(*arguments, "--format", format_, capsys=capsys) or (
                arguments == ["mobilenet", "thop"]
            )
