"""What conventions count: totals, params, and why two of them differ."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from support import networks
from support.small_network import NET, model_of

import costcalc
from costcalc.accounting.convention import Convention, convention_names, load_convention
from costcalc.accounting.quantities import QUANTITIES
from costcalc.accounting.rules import SPECIAL
from costcalc.cli import run as cli
from costcalc.costs.convention_causes import causes, params_causes
from costcalc.costs.convention_counts import Counting
from costcalc.layers import FAMILIES

NAMES = convention_names()
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


def counting(network, name: str) -> Counting:
    return Counting(network, load_convention(name))


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
    # 9x7 becomes 5x4, and the pool, whose padding is valid, makes 2x2 of it
    conv = 2 * 5 * 4 * 9 * 4 * 6
    depthwise = 2 * 5 * 4 * 9 * 6 + 3 * 6 * 5 * 4
    norm, relu = 5 * 6 * 5 * 4, 5 * 6 * 5 * 4
    pool = 4 * 6 * 2 * 2
    average = 6 * 2 * 2 + 6
    linear = (6 * 5 + 5) + 7 + 100
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
  - rearrange: c -> 1 c
  - upsample: {scale_factor: 2, mode: bilinear}
  - rearrange: {name: x, pattern: c n -> c 1 1 n}
  - upsample: {scale_factor: 2, mode: bilinear, name: y}
  - dot_product_attention: {from: [x, y, y], heads: 1, position_biases: 3}
  - einsum: {equation: "c ... -> c"}
  - lstm: {hidden_size: 4, proj_size: 2}
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
        "conv_transpose.square": 1,
        "dot_product_attention.composed": 1,
        "dot_product_attention.masked": 1,
        "einsum.single": 1,
        "lstm.projected": 1,
        "function": 1,
        "linear.strided": 1,
        "method": 2,
        "multi_head_attention.strided": 1,
        "sequence": 2,
        "upsample.bilinear": 1,
        "upsample.linear": 1,
        "upsample.size": 1,
        "upsample.trilinear": 1,
        "volume": 3,
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


# The command


def run(*arguments: str, capsys) -> str:
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


def test_params_differ_for_a_reason(capsys):
    result = json.loads(run("mobilenet", "slim", "keras", "--format", "json", capsys=capsys))
    (cause,) = result["params_causes"]
    assert (cause["type"], cause["delta"]) == ("batch_norm", 4253864 - 4242920)
    assert result["causes"] == []
