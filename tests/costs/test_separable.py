"""Standard against depthwise separable convolution."""

import contextlib
import io
import re
from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costcalc
from costcalc.cli import run as cli
from costcalc.costs.table import Analysis
from costcalc.graph.builder import build
from costcalc.language.network_file import NetworkFile


def analyze(layers: str, shape: str = "[8, 12, 12]", more: str = "") -> Analysis:
    text = f"input: {shape}\n{more}\nlayers:\n" + "".join(
        f"  - {line}\n" for line in layers.strip().splitlines()
    )
    return Analysis(build(NetworkFile(text, "t.yaml")))


sides = st.integers(1, 7)
channels = st.integers(1, 40)


@given(kernel=st.tuples(sides, sides), m=channels, n=channels, stride=st.integers(1, 3))
def test_the_ratio_is_the_papers(kernel, m, n, stride):
    """Howard et al. 2017, section 3.1: 1/N + 1/D_K², for a pair and for a standard convolution."""
    k = f"kernel_size: [{kernel[0]}, {kernel[1]}], stride: {stride}"
    pair = analyze(
        f"depthwise_conv2d: {{{k}}}\nrelu\npointwise_conv2d: {{out_channels: {n}}}", f"[{m}, 9, 9]"
    )
    law = Fraction(1, n) + Fraction(1, kernel[0] * kernel[1])
    (row,) = pair.comparison
    assert row.ratio == law
    assert row.written_as == "separable"
    standard = analyze(f"conv2d: {{out_channels: {n}, {k}}}", f"[{m}, 9, 9]")
    assert pair.totals.standard_macs == standard.totals.macs == row.standard_macs
    assert pair.totals.standard_params == standard.totals.params
    if kernel == (1, 1):
        assert standard.comparison == []
    else:
        (other,) = standard.comparison
        assert other.ratio == law
        assert other.written_as == "standard"
        assert standard.totals.separable_macs == pair.totals.macs
        assert standard.totals.separable_params == pair.totals.params


def test_mobilenet_in_both_forms():
    separable = costcalc.load("mobilenet").cost()
    standard = costcalc.load("mobilenet_conv").cost()
    assert separable.totals.standard_macs == standard.totals.macs == 4_867_293_184
    assert separable.totals.standard_params == standard.totals.params == 29_294_088
    # The first convolution is replaced too.
    assert separable.totals.separable_macs == standard.totals.separable_macs == 559_445_248
    assert separable.totals.separable_params == standard.totals.separable_params
    assert standard.totals.ratio == 1
    assert separable.totals.ratio == Fraction(568_740_352, 4_867_293_184)
    assert separable.totals.separable_ratio == Fraction(559_445_248, 4_867_293_184)
    assert len(separable.comparison) == len(standard.comparison) == 14
    assert [row.written_as for row in separable.comparison] == ["standard"] + ["separable"] * 13
    for row in separable.comparison:
        assert row.ratio == Fraction(1, row.out_channels) + Fraction(1, 9)


@pytest.mark.parametrize("alpha", ["0.25", "0.5", "0.6", "1.3"])
def test_the_forms_agree_at_any_alpha(alpha):
    separable = costcalc.load("mobilenet").cost(alpha=alpha, resolution=160)
    standard = costcalc.load("mobilenet_conv").cost(alpha=alpha, resolution=160)
    assert separable.totals.standard_macs == standard.totals.macs
    assert separable.totals.standard_params == standard.totals.params
    assert separable.totals.separable_params == standard.totals.separable_params


def test_norm_and_activation_come_and_go_with_the_depthwise():
    pair = analyze(
        "depthwise_conv2d: {kernel_size: 3, bias: false}\nbatch_norm\n"
        "prelu: {num_parameters: in_channels}\npointwise_conv2d: {out_channels: 5, bias: false}\n"
        "batch_norm\nprelu: {num_parameters: in_channels}"
    )
    (row,) = pair.comparison
    assert row.separable_params == 9 * 8 + (2 * 8 + 8) + 8 * 5
    assert row.standard_params == 9 * 8 * 5
    standard = analyze(
        "conv2d: {out_channels: 5, kernel_size: 3, bias: false}\nbatch_norm\n"
        "prelu: {num_parameters: in_channels}"
    )
    assert pair.totals.standard_params == standard.totals.params
    assert standard.totals.separable_params == pair.totals.params


PAIR = "depthwise_conv2d: {{kernel_size: 3{more}}}\n{between}pointwise_conv2d: {{out_channels: 8}}"


@pytest.mark.parametrize("between", ["", "batch_norm\n", "relu6\n", "batch_norm\nhard_swish\n"])
def test_what_may_stand_between(between):
    assert len(analyze(PAIR.format(more="", between=between)).comparison) == 1


@pytest.mark.parametrize(
    "between",
    [
        "squeeze_excite\n",  # reads the map twice
        "max_pool2d: {kernel_size: 2}\n",
        "channel_shuffle: {groups: 2}\n",
        "zero_pad2d: {padding: 1}\n",
        "pointwise_conv2d: {out_channels: 4, groups: 4}\n",
    ],
)
def test_what_may_not_stand_between(between):
    assert analyze(PAIR.format(more="", between=between)).comparison == []


def test_a_map_that_another_layer_reads_is_no_part_of_a_pair():
    branched = analyze(
        PAIR.format(more=", name: x", between="relu: {name: y}\n") + "\nadd: {from: [previous, y]}"
    )
    assert branched.comparison == []
    assert branched.totals.standard_macs == branched.totals.macs
    reading_the_input = analyze(
        PAIR.format(more="", between="relu\n") + "\nadd: {from: [previous, input]}"
    )
    assert len(reading_the_input.comparison) == 1


def test_a_map_that_leaves_the_network_is_no_part_of_a_pair():
    outputs = analyze(
        "two",
        more="blocks:\n  two:\n    outputs: [a, b]\n    layers:\n"
        "      - depthwise_conv2d: {name: a, kernel_size: 3}\n"
        "      - pointwise_conv2d: {name: b, out_channels: 4}\n",
    )
    assert outputs.comparison == []


@pytest.mark.parametrize(
    "layer",
    [
        "conv2d: {out_channels: 8, kernel_size: 1}",
        "conv2d: {out_channels: 8, kernel_size: 3, groups: 2}",
        "conv_transpose2d: {out_channels: 8, kernel_size: 3}",
        "linear: {out_features: 8}",
        "depthwise_conv2d: {kernel_size: 3, multiplier: 2}",
    ],
)
def test_what_is_no_standard_convolution(layer):
    shape = "[8, 1, 1]" if layer.startswith("linear") else "[8, 12, 12]"
    result = analyze(layer, shape)
    assert result.comparison == []
    assert result.totals.ratio == 1


def test_a_grouped_convolution_of_one_channel_a_group_is_depthwise():
    (row,) = analyze(
        "conv2d: {out_channels: 8, kernel_size: 3, groups: 8}\n"
        "conv2d: {out_channels: 6, kernel_size: 1}"
    ).comparison
    assert row.written_as == "separable"
    assert (row.in_channels, row.out_channels) == (8, 6)


def test_a_pointwise_with_a_stride_makes_no_pair():
    strided = "depthwise_conv2d: {kernel_size: 3}\npointwise_conv2d: {out_channels: 8, stride: 2}"
    assert analyze(strided).comparison == []


def test_no_macs_no_ratio():
    totals = analyze("relu").totals
    assert totals.ratio is None
    assert totals.separable_ratio is None


def test_names_and_lines_of_a_pair():
    rows = costcalc.load("mobilenet_v2").cost().comparison
    assert rows[0].name == "conv_bn_act_1.conv2d"
    assert rows[1].name == "inverted_residual_1.residual"
    pair = analyze("relu\n" + PAIR.format(more="", between=""))
    assert pair.comparison[0].name == "depthwise_conv2d + pointwise_conv2d"
    assert pair.comparison[0].line == 5


def test_more_than_one_filter_a_channel_is_no_depthwise_of_the_paper():
    """With a multiplier the ratio would not be 1/N + 1/D_K²."""
    assert analyze(PAIR.format(more=", multiplier: 2", between="relu\n")).comparison == []


def test_only_a_norm_and_then_an_activation_come_with_the_depthwise():
    conv = "conv2d: {out_channels: 5, kernel_size: 3, bias: false}\n"
    activation_first = analyze(conv + "relu\nbatch_norm")
    assert activation_first.comparison[0].separable_params == 9 * 8 + 8 * 5
    norm_first = analyze(conv + "batch_norm\nrelu\nbatch_norm")
    assert norm_first.comparison[0].separable_params == 9 * 8 + 2 * 8 + 8 * 5


@given(kernel=st.lists(st.integers(1, 3), min_size=1, max_size=3), m=channels, n=channels)
def test_the_ratio_on_sequences_and_volumes(kernel, m, n):
    """1/N and one over the product of the kernel's sides, whatever their number."""
    shape = f"[{m}, {', '.join('5' for _ in kernel)}]"
    law = Fraction(1, n) + Fraction(1, prod(kernel))
    for number in ("", f"{len(kernel)}d"):
        pair = f"depthwise_conv{number}: {{kernel_size: {kernel}}}\npointwise_conv{number}: {n}"
        written = analyze(pair, shape)
        (row,) = written.comparison
        assert (row.ratio, row.kernel_size) == (law, tuple(kernel))
        item = f"conv{number}: {{out_channels: {n}, kernel_size: {kernel}}}"
        standard = analyze(item, shape)
        assert written.totals.standard_macs == standard.totals.macs
        assert written.totals.standard_params == standard.totals.params
        assert [other.ratio for other in standard.comparison] == [law] * (prod(kernel) > 1)
        assert standard.totals.separable_macs == (
            written.totals.macs if prod(kernel) > 1 else standard.totals.macs
        )


@pytest.mark.parametrize(
    ("input", "head", "cells"),
    [
        ("[16, 50]", "1/N + 1/(product of the kernel's sides)", "5 16 32 50"),
        ("[16, 50, 50]", "1/N + 1/D_K²", "5 16 32 50"),
        ("[4, 6, 8, 8]", "1/N + 1/(product of the kernel's sides)", "5×5×5 4 32 6×8×8"),
    ],
)
def test_what_a_reader_sees_follows_the_sides(input, head, cells, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(f"input: {input}\nlayers: [conv: {{out_channels: 32, kernel_size: 5}}]\n")
    text = str(costcalc.load(str(path)).cost())
    assert f"convolution: ratio {head}\n" in text
    heads, row = re.findall(r"^(?:layer|conv\w+ \*) .*$", text, re.MULTILINE)[1:]
    assert " ".join(row.split()[2:6]) == cells
    letters = ["D_K", "M", "N", "D_F"] if "D_K²" in head else ["kernel", "M", "N", "output"]
    assert heads.split()[1:5] == letters


def test_samples_are_shown_where_a_sample_of_the_input_becomes_several(tmp_path):
    path = tmp_path / "net.yaml"
    pattern = "b c (h p) w -> (b h) c p w"
    items = f"[relu, rearrange: {{pattern: {pattern}, p: 2, layers: [linear: 4]}}]"
    items = items.replace("[linear: 4]", "[pointwise_conv2d: 4]")
    path.write_text(f"input: [3, 8, 6]\nlayers: {items}\n")
    model = costcalc.load(str(path))
    for batch in (1, 5):
        cost = model.cost(batch=batch)
        assert [row.output_shape.samples for row in cost.layers] == [
            batch * samples for samples in (1, 4, 4, 1)
        ]
    shown = run_page(path, "--depth", "9")
    assert re.search(r"pointwise_conv2d .* 4 of 4×2×6 ", shown)
    assert re.search(r"relu .* 3×8×6 ", shown)


def run_page(path, *options):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert cli(["analyze", str(path), *options]) == 0
    return out.getvalue()
