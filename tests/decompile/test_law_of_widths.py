"""From files of one network at several widths comes one text, which is all of them."""

from fractions import Fraction

import pytest
from decompile.round_trips import layers, network_of, shipped, totals

from costcalc.decompile.law import hints
from costcalc.decompile.several import decompiled_law
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile


def files(name, alphas):
    """Networks as if each were of a file that says nothing of alpha."""
    made = []
    for number, alpha in enumerate(alphas):
        network = shipped(name, alpha=alpha)
        network.path = f"file_{'abcdefgh'[number]}.onnx"
        made.append(network)
    return made


def at(text, alpha):
    return build(NetworkFile(text, "net.yaml"), Setting(alpha=Fraction(alpha)))


def law_of(name, alphas):
    return decompiled_law(files(name, alphas), "Converted for a test.")


def test_mobilenet_v2_is_right_at_widths_that_it_was_not_made_of():
    text = law_of("mobilenet_v2", ["0.5", "1", "1.4"])
    assert "out_channels: 'divisible(1280 * max(1, alpha), 8)'" in text
    assert "rounding: {divisor: 8}" in text
    for alpha in ["0.35", "0.5", "0.75", "1", "1.3", "1.4", "2"]:
        network = shipped("mobilenet_v2", alpha=alpha)
        assert totals(at(text, alpha)) == totals(network)
        assert layers(at(text, alpha)) == layers(network)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenet_v3_large", "mobilenet_v3_small"])
def test_mobilenet_v3_comes_back_at_four_widths(name):
    alphas = ["0.5", "0.75", "1", "1.25"]
    text = law_of(name, alphas)
    assert "is what it says" in text
    assert "'divisible(scaled(72) // 4, 8)'" in text or "'divisible(scaled(96) // 4, 8)'" in text
    for alpha in alphas:
        assert totals(at(text, alpha)) == totals(shipped(name, alpha=alpha))


SMALL = """
input: [3, 32, 32]
layers:
  - conv_bn_act: {out_channels: %d, kernel_size: 3}
  - depthwise_separable: {out_channels: %d, stride: 2}
  - depthwise_separable: {out_channels: %d}
  - global_avg_pool
  - linear: {out_features: 10}
"""


def small(*widths):
    return [network_of(SMALL % each, f"w{number}.onnx") for number, each in enumerate(widths)]


def test_the_rounding_is_found():
    """17.5 is 17 without a divisor, and no width is a multiple of 8."""
    text = decompiled_law(small((20, 35, 70), (10, 17, 35), (15, 26, 52)), "x")
    assert "rounding" not in text
    assert "alpha: w0.onnx at 1, w1.onnx at 0.5, w2.onnx at 0.75." in text
    assert "out_channels: 35" in text


def test_a_width_that_stays_is_no_number_that_alpha_scales():
    text = decompiled_law(small((32, 64, 40), (16, 32, 40), (24, 48, 40)), "x")
    assert "out_channels: 1 * 40" in text


def test_the_file_at_alpha_1_need_not_be_the_widest():
    text = decompiled_law(small((64, 128, 256), (32, 64, 128), (16, 32, 64)), "x")
    assert "w0.onnx at 1, w1.onnx at 0.5, w2.onnx at 0.25" in text
    renamed = small((64, 128, 256), (32, 64, 128), (16, 32, 64))
    for network, name in zip(renamed, ("a200.onnx", "a100.onnx", "a050.onnx"), strict=True):
        network.path = name
    assert "a100.onnx at 1, a200.onnx at 2, a050.onnx at 0.5" in decompiled_law(renamed, "x")


def test_a_width_without_a_rule_is_named():
    with pytest.raises(CostcalcError, match=r"no rule explains out_channels") as error:
        decompiled_law(small((32, 64, 128), (16, 32, 61), (24, 48, 99)), "x")
    assert "128 in w0.onnx, 61 in w1.onnx, 99 in w2.onnx" in error.value.message


def test_another_structure_is_refused():
    other = network_of(SMALL.replace("depthwise_separable", "conv_bn_act") % (16, 32, 64), "b.onnx")
    with pytest.raises(CostcalcError, match=r"have depthwise_separable and conv_bn_act"):
        decompiled_law([*small((32, 64, 128)), other], "x")


def test_a_file_that_is_left_out_tells_on_a_coincidence():
    """At 0.5 and 1 the last width looks scaled; at 0.75 it is something else."""
    networks = small((32, 64, 128), (16, 32, 64), (24, 48, 96))
    assert "w2.onnx was left out of the search for the law and is what it says" in decompiled_law(
        networks, "x"
    )


@pytest.mark.parametrize(
    ("name", "alphas"),
    [
        ("models/a050.onnx", {Fraction(1, 2)}),
        ("mobilenet_v2_0.75_224.tflite", {Fraction(3, 4), Fraction(224, 100)}),
        ("w1.0.onnx", {Fraction(1)}),
    ],
)
def test_names_of_files_hint_at_alphas(name, alphas):
    assert alphas <= hints(name)
