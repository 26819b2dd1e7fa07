"""A network comes back from its bare layers: the same costs, and a text that is short."""

import json

import pytest
import yaml
from decompile.round_trips import (
    layers,
    lines,
    lines_by_hand,
    network_of,
    shipped,
    text_of,
    totals,
)
from fuzz.calls import call
from fuzz.networks import network as drawn
from support.paths import CONFIGS

import costcalc
from costcalc.errors import CostcalcError

INDEX = CONFIGS / "index.json"
ALL = [
    file["networks"][0]["variant"]
    for file in json.loads(INDEX.read_text(encoding="utf-8"))["files"].values()
]
"""The first variant of each file."""

TELLING = [
    "mobilenet_v2",  # a shipped block in every place
    "googlenet",  # branches with other widths
    "retinanet_resnet50_fpn",  # weights that are shared, and two outputs
    "swin_tiny",  # windows, and what stands inside of a rearrangement
    "shufflenet_v2_x1_0",  # halves of a map
    "kws_lstm",
]


def same(network, text):
    made = network_of(text)
    assert totals(made) == totals(network)
    assert layers(made) == layers(network)


@pytest.mark.parametrize("name", TELLING)
def test_a_network_comes_back(name):
    network = shipped(name)
    same(network, text_of(network))


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_every_network_comes_back(name):
    network = shipped(name)
    same(network, text_of(network))


def draw(seed):
    try:
        return network_of(yaml.safe_dump(drawn(seed)))
    except CostcalcError:
        return None


@pytest.mark.parametrize("seed", [0, pytest.param(100, marks=pytest.mark.slow)])
def test_random_networks_come_back(seed):
    networks = [n for number in range(12 if seed == 0 else 150) if (n := draw(seed + number))]
    assert len(networks) > 8
    for network in networks:
        same(network, text_of(network))
        same(network, text_of(network, flat=True))


MOBILENET_V2 = """\
# Converted for a test.
name: MobileNetV2
source: 'Sandler et al. 2018, arXiv:1801.04381, Table 2; follows torchvision and TF-slim'
input: [3, 224, 224]
layers:
  - conv_bn_act: {out_channels: 32, kernel_size: 3, stride: 2, activation: relu6}
  - inverted_residual: {out_channels: 16, expansion: 1}
  - inverted_residual: {out_channels: 24, repeat: 2, first: {stride: 2}}
  - inverted_residual: {out_channels: 32, repeat: 3, first: {stride: 2}}
  - inverted_residual: {out_channels: 64, repeat: 4, first: {stride: 2}}
  - inverted_residual: {out_channels: 96, repeat: 3}
  - inverted_residual: {out_channels: 160, repeat: 3, first: {stride: 2}}
  - inverted_residual: {out_channels: 320}
  - conv_bn_act: {out_channels: 1280, activation: relu6}
  - global_avg_pool: {call: function}
  - dropout
  - linear: {out_features: 1000}
"""


def test_mobilenet_v2_reads_as_by_hand():
    assert text_of(shipped("mobilenet_v2")) == MOBILENET_V2


@pytest.mark.parametrize(
    ("stem", "times"),
    [("ghostnet", 1.3), ("mixnet", 1.3), ("googlenet", 1.3), ("repvgg", 1.0), ("resnet", 0.5)],
)
def test_a_text_is_as_short_as_by_hand(stem, times):
    assert lines(text_of(shipped(stem))) <= times * lines_by_hand(stem)


def test_flat_has_neither_blocks_nor_repeats():
    network = shipped("mobilenet_v2")
    text = text_of(network, flat=True)
    same(network, text)
    assert "repeat" not in text
    assert "inverted_residual" not in text
    assert text.count("conv2d") == 52


@pytest.mark.parametrize("form", ["separable", "standard"])
@pytest.mark.parametrize("name", ["mobilenet", "resnet18", "kws_lstm"])
def test_a_form_costs_what_analyze_states_of_it(name, form):
    network = shipped(name)
    made = totals(network_of(text_of(network, form=form)))
    stated = costcalc.load(name).cost().totals
    assert made["macs"] == getattr(stated, f"{form}_macs")


FORMED = """
input: [16, 32, 32]
alpha: 0.5
rounding: {divisor: 4}
layers:
  - conv_bn_act: {out_channels: 32, kernel_size: 3}
  - inverted_residual: {out_channels: 48, stride: 2}
  - conv_bn_act: {out_channels: 1 * 40, kernel_size: 3}
"""


@pytest.mark.parametrize("form", ["separable", "standard"])
def test_a_form_follows_alpha_as_the_network_does(tmp_path, form):
    path = tmp_path / "net.yaml"
    path.write_text(FORMED, encoding="utf-8")
    ended = call("convert", str(path), "--form", form)
    assert "# Compared with the network at alpha 0.25, 0.35, 0.5, 0.75, 1," in ended.out
    (tmp_path / "formed.yaml").write_text(ended.out, encoding="utf-8")
    given, made = costcalc.load(str(path)), costcalc.load(str(tmp_path / "formed.yaml"))
    for alpha in (None, "0.6", "1.1"):
        stated, found = given.cost(alpha=alpha).totals, made.cost(alpha=alpha).totals
        assert found.macs == getattr(stated, f"{form}_macs")
        assert found.params == getattr(stated, f"{form}_params")


def test_a_form_without_a_law_says_so(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(FORMED.replace("1 * 40", "floor(100 * alpha * alpha) + 7"), encoding="utf-8")
    ended = call("convert", str(path), "--form", "standard")
    assert (
        "# Widths are those at alpha 0.5, as no text follows alpha: no rule explains" in ended.out
    )
    assert "out_channels: 32" in ended.out


def test_convolutions_without_a_form_are_listed():
    text = text_of(shipped("shufflenet_g3"), form="separable")
    assert "# Without a separable form: 31 conv2d (down_1" in text


def test_a_difference_is_refused(monkeypatch):
    """What would be written is compared with the network, whatever went wrong before."""
    from costcalc.decompile import decompiler

    written = decompiler.lines_of

    def spoilt(*parts):
        for line in written(*parts):
            yield line.replace("out_channels: 320", "out_channels: 312")

    monkeypatch.setattr(decompiler, "lines_of", spoilt)
    with pytest.raises(CostcalcError, match=r"macs are .* in the text and 300,774,272 in the file"):
        text_of(shipped("mobilenet_v2"))
