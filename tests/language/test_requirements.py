"""Conditions that a network must meet: `require` makes nothing, and refuses what it names."""

from fractions import Fraction
from itertools import product

import pytest

import costcalc
from costcalc.api import Model
from costcalc.costs.table import Analysis
from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile

METRICS = ("macs", "params", "other_ops", "activations")
TEXT = """
input: [3, 32, 32]
params: {size: 4, deep: 2, even: deep % 2 == 0}
blocks:
  stage:
    params: {width}
    layers:
      - require: width % size == 0
      - conv_bn_act: {out_channels: width, kernel_size: 3, stride: 2}
      - require: {condition: in_channels <= 32, reason: narrow maps alone}
layers:
  - stage: {width: scaled(8)}
  - sequence:
      repeat: deep
      layers:
        - stage: {width: "8 * (index + 1)", name: a}
        - require: {condition: in_height >= 4 and index < 3, from: input, when: even}
        - relu: {from: a}
  - global_avg_pool
  - require: in_shape[0] <= 32
  - linear: 10
"""


def network(text, **knobs):
    return build(NetworkFile(text, "net.yaml"), Setting(**knobs))


def without(text):
    return "\n".join(line for line in text.splitlines() if "- require" not in line)


def test_it_makes_nothing():
    own, other = (Analysis(network(text)) for text in (TEXT, without(TEXT)))
    assert measure(own.network, METRICS) == measure(other.network, METRICS)
    assert own.warnings == other.warnings == []
    assert [node.layer.type for node in own.network.nodes] == [
        node.layer.type for node in other.network.nodes
    ]


@pytest.mark.parametrize(
    ("knobs", "message", "notes"),
    [
        ({"params": {"size": 3}}, "width % size == 0 does not hold", ["width is 8, size is 3"]),
        ({"alpha": Fraction(9)}, "narrow maps alone: in_channels <= 32", ["in_channels is 72"]),
        ({"params": {"deep": 4}}, "in_height >= 4 and index < 3", ["in_height is 2, index is 3"]),
    ],
)
def test_it_refuses_what_it_names(knobs, message, notes):
    with pytest.raises(CostcalcError) as caught:
        network(TEXT, **knobs)
    fault = caught.value.problems[0]
    assert fault.message.startswith(message)
    assert fault.notes[0].startswith(notes[0])


def test_several_maps_pass_on_as_they_are():
    text = """
input: [4, 8, 8]
layers:
  - split: 2
  - require: in_channels == 2
  - concat
  - each: {copies: 1, layers: [relu]}
  - require: true
  - concat
  - split: {parts: 2, name: [a, b]}
  - require: {from: a, condition: in_channels == 2}
"""
    made = network(text)
    assert [tuple(out.shape) for out in made.outputs] == [(2, 8, 8)]
    with pytest.raises(CostcalcError, match=r"linear takes 1 map, and gets 2"):
        network("input: [4]\nlayers:\n  - split: 2\n  - require: true\n  - linear: 3\n")


def test_a_block_of_this_name_is_that_block():
    text = "input: [4, 8, 8]\nblocks: {require: {params: {n: 1}, layers: [relu: {repeat: n}]}}\n"
    made = network(f"{text}layers:\n  - require: {{n: 2}}\n")
    assert [node.layer.type for node in made.nodes] == ["relu", "relu"]


@pytest.fixture
def model(tmp_path):
    """It is a network where 8 * alpha is whole, in_height is 2 or 3, and deep is not 2."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [3, 32, 32]\nparams: {deep: 1}\nlayers:\n"
        "  - conv2d: {out_channels: 8, kernel_size: 3, stride: 4}\n"
        "  - require: in_channels == 8 * alpha\n"
        "  - sequence: {when: deep > 1, layers: [relu, require: deep > 2]}\n"
        "  - conv2d: {out_channels: 8, kernel_size: 3, stride: 4}\n"
        "  - require: {condition: in_height > 1 and in_height < 4, reason: a map of 2 or 3}\n"
        "  - conv2d: {out_channels: 8, kernel_size: 1, repeat: deep}\n"
    )
    return costcalc.load(str(path))


def test_a_sweep_refuses_settings_that_do_not_meet_it(model):
    alphas = [Fraction(n, 16) for n in range(4, 33)]
    sizes = [12, 16, 17, 32, 33, 48, 49, 64]
    depths = [0, 1, 2, 3]
    costs = model.plan({"deep": depths}, alpha=alphas, resolution=sizes).over(
        [alphas, [(side, side) for side in sizes], depths], ["macs"]
    )
    fits = [
        (8 * alpha) % 1 == 0 and 16 < side <= 48 and deep != 2
        for alpha, side, deep in product(alphas, sizes, depths)
    ]
    assert costs.valid.reshape(-1).tolist() == fits
    with pytest.raises(CostcalcError) as caught:
        model.sweep(alpha=alphas, resolution=33)
    (fault,) = caught.value.problems
    assert fault.message == "in_channels == 8 * alpha does not hold"
    assert fault.notes == ["in_channels is 2, alpha is 0.3125", "at alpha 0.3125, resolution 33×33"]


def test_solve_finds_settings_that_meet_it(model):
    """Within the limit 64 would be the largest side, and 2 of alpha."""
    (found,) = model.solve(
        {"macs": "1M"}, vary="resolution", ranges={"resolution": "1..64"}
    ).solutions
    assert found.knobs == {"resolution": (48, 48)}
    most = model.cost(alpha=Fraction(9, 8)).totals.macs + 1
    (found,) = model.solve({"macs": most}, vary="alpha").solutions
    assert found.knobs == {"alpha": Fraction(9, 8)}


def test_formulas_are_of_the_settings_that_meet_it():
    text = """
input: [3, 32, 32]
params: {least: 4}
layers:
  - conv2d: {out_channels: 8, kernel_size: 3, stride: 4}
  - require: in_height >= 6 and in_channels > least
  - conv2d: {out_channels: 8, kernel_size: 3}
"""
    own, plain = (Model(NetworkFile(one, "net.yaml"), None) for one in (text, without(text)))
    for exact in (False, True):
        said, expected = (str(one.formula(exact=exact)) for one in (own, plain))
        assert said.partition("largest")[0] == expected.partition("largest")[0]
    with pytest.raises(CostcalcError, match="in_height >= 6 and in_channels > least does not hold"):
        own.formula({"least": 8})
