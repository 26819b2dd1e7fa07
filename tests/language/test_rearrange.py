"""Patterns in networks, there and back, and the value of the one field that is needed."""

from fractions import Fraction

import pytest

import costcalc
from costcalc.accounting.convention import accounting
from costcalc.cli import run as cli
from costcalc.costs.table import Analysis
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.shapes import TensorShape

WINDOWS = """\
input: [3, 30, 50]
layers:
  - conv2d: {out_channels: 16, kernel_size: 3}
  - rearrange:
      name: windows
      pattern: b c (h p) (w q) -> (b h w) c p q
      p: 7
      q: 7
      pad: true
      layers: [conv2d: {out_channels: 32, kernel_size: 3}]
  - rearrange: {pattern: c h w -> c (h w), layers: [linear: 20]}
  - residual: [rearrange: {pattern: c h w -> h c w, layers: [relu]}]
  - einsum: c h w -> c w
"""


def net(*items, input="[6, 4, 8]", **top):
    lines = [f"input: {input}", *(f"{key}: {value}" for key, value in top.items()), "layers:"]
    return "\n".join([*lines, *(f"  - {item}" for item in items), ""])


def run(text, **setting):
    return build(NetworkFile(text, "net.yaml"), Setting(**setting))


def shapes(text, **setting):
    return [node.shape for node in run(text, **setting).nodes]


def faults(text, **setting):
    with pytest.raises(CostcalcError) as caught:
        run(text, **setting)
    return [fault.message for fault in caught.value.problems]


# There and back


def test_layers_stand_between_the_way_there_and_the_way_back():
    network = run(WINDOWS)
    names = [(node.name, node.shape) for node in network.nodes if node.group.label == "windows"]
    assert names == [
        ("windows.rearrange_1", TensorShape(16, (7, 7), 40)),  # 5 * 8 windows of 35 * 56 places
        ("windows.conv2d", TensorShape(32, (7, 7), 40)),
        ("windows.rearrange_2", TensorShape(32, (30, 50))),
    ]
    (group,) = [part for part in network.root.children if part.label == "windows"]
    assert group.type == "rearrange"


def test_what_is_a_sample_costs_once_for_each():
    totals = Analysis(run(WINDOWS)).totals
    conv, windows, linear = 9 * 3 * 16 * 1500, 9 * 16 * 32 * 49 * 40, 32 * 20 * 1500
    assert totals.macs == conv + windows + linear
    assert totals.params == 9 * 3 * 16 + 16 + 9 * 16 * 32 + 32 + 32 * 20 + 20
    biases, relu, sums = 16 * 1500 + 32 * 49 * 40 + 20 * 1500, 20 * 1500, 20 * 1500
    assert totals.other_ops == biases + relu + 20 * 1500 + sums  # the residual's addition too


def test_the_separable_form_of_a_convolution_counts_every_window():
    analysis = Analysis(run(WINDOWS))
    saved = analysis.totals.macs - analysis.totals.separable_macs
    first = (9 * 3 * 16 - 9 * 3 - 3 * 16) * 1500
    assert saved == first + (9 * 16 * 32 - 9 * 16 - 16 * 32) * 49 * 40


def test_a_convention_counts_every_window():
    text = net(
        "rearrange: {pattern: b c (h p) w -> (b h) c p w, p: 2, layers: [pointwise_conv2d: 5]}"
    )
    network = run(text)
    found = Analysis(run(text, accounting=accounting("fvcore"))).totals
    assert found["total"] == Analysis(network).totals.macs == 6 * 5 * 32


@pytest.mark.parametrize(
    ("item", "shape"),
    [
        # One that stands alone has the size that it has by then
        ("{pattern: c h w -> c (h w), layers: [linear: 10]}", (10, 4, 8)),
        ("{pattern: c h w -> h c w, layers: [pointwise_conv2d: 3]}", (6, 3, 8)),
        (
            "{pattern: b c (h p) w -> (b h) c p w, p: 2, layers: [max_pool2d: {kernel_size: 2}]}",
            (6, 2, 4),
        ),
        # ... too
        ("{pattern: c ... -> 1 c ..., layers: [conv3d: {out_channels: 2, kernel_size: 1}]}", None),
        ("{pattern: c ... -> c (...), layers: [linear: 10]}", (10, 4, 8)),
        ("{pattern: c ... -> c ..., layers: [global_avg_pool]}", (6, 1, 1)),
        ("{pattern: c h w -> w h c, layers: []}", (6, 4, 8)),
        # Padding is cut off
        (
            "{pattern: c (h p) (w q) -> (h w) c (p q), p: 3, q: 5, pad: true, layers: [relu]}",
            (6, 4, 8),
        ),
        ("{pattern: c (h p) (w q) -> (c p q) h w, p: 3, q: 5, pad: true}", (90, 2, 2)),
    ],
)
def test_a_map_comes_back(item, shape):
    text = net(f"rearrange: {item}")
    if shape is None:
        assert faults(text) == ["rearrange 1 c ... -> c ...: 1 is 1, and the map has 2 there"]
        return
    assert tuple(shapes(text)[-1]) == shape


def test_layers_of_a_rearrange_are_a_body():
    inner = "relu: {name: a}, add: {from: [a, input]}"
    text = net(f"rearrange: {{pattern: c h w -> h c w, layers: [{inner}]}}", "relu: {from: a}")
    assert faults(text) == ["no map is named 'a' here"]
    assert tuple(shapes(text.replace(": {from: a}", ""))[2]) == (4, 6, 8)


def test_layers_must_hand_on_one_map():
    text = net(
        "rearrange: {pattern: c h w -> h c w, layers: [relu: {from: [input, input], when: false}]}"
    )
    (fault,) = faults(text)
    assert "hands on all its maps: rearrange takes 1 map, not 2" in fault


def test_maps_in_other_batches_do_not_meet():
    text = net(
        "rearrange: {name: windows, pattern: b c (h p) w -> (b h) c p w, p: 2}",
        "slice: {from: input, axis: 1, stop: 2}",
        "add: {from: [windows, previous]}",
    )
    assert faults(text) == ["add cannot fit maps in batches of 2 and 1 samples"]


def test_repeat_and_first_have_sizes_of_their_own():
    text = net(
        "rearrange: {pattern: c (h p) w -> (c p) h w, p: 2, repeat: 2, first: {p: 4}}",
        input="[6, 8, 1]",
    )
    assert [tuple(x) for x in shapes(text)] == [(24, 2, 1), (48, 1, 1)]


def test_the_size_of_an_axis_may_be_any_name():
    """The methods of the layer's class are none of its business."""
    text = net("rearrange: {pattern: c (output macs) w -> (c macs) output w, macs: scaled(2)}")
    assert tuple(shapes(text)[0]) == (12, 2, 8)


def test_padding_of_large_sides_is_cut_off_too():
    """The numbers that come back are equal to those of the way there, and not the same objects."""
    text = net(
        "rearrange: {pattern: c (h p) w -> h c p w, p: 300, pad: true, layers: "
        "[conv3d: {out_channels: in_channels, kernel_size: 1}]}",
        input="[2, 1000, 1]",
    )
    assert [tuple(x) for x in shapes(text)] == [(4, 2, 300, 1), (4, 2, 300, 1), (2, 1000, 1)]


def test_a_side_that_comes_back_is_the_one_that_left(tmp_path, capsys):
    """And no product of a quotient, in the formula and in sweeps."""
    path = tmp_path / "net.yaml"
    windows = "b c (h p) (w q) -> (b h w) c p q, p: 2, q: 2, layers: [relu]"
    conv = "pointwise_conv2d: {out_channels: w}"
    path.write_text(net(f"rearrange: {{pattern: {windows}}}", conv, params="{w: 5}"))
    assert cli(["formula", str(path), "--exact"]) == 0
    assert "MACs   = 30·s₁·s₂\n" in capsys.readouterr().out


def test_einsum_makes_axes_of_the_batch_sides_of_their_own():
    """2 windows, in each 6 channels of 16 places with 16 places."""
    text = net(
        "rearrange: {pattern: b c (h p) w -> (b h) c (p w), p: 2}",
        'einsum: {equation: "(b h) c n, (b h) c m -> b h n m", h: 2, from: [previous, previous]}',
    )
    assert shapes(text)[1] == TensorShape(2, (16, 16))
    assert Analysis(run(text)).totals.macs == 2 * 6 * 16 * 16


def test_defaults_hold_no_pattern_and_no_sizes():
    found = faults(
        net("rearrange: c h w -> h w c", defaults="{rearrange: {pattern: c h -> h c, p: 2}}")
    )
    assert found == ["unknown key 'pattern' in rearrange", "unknown key 'p' in rearrange"]


def test_the_first_copy_has_sizes_of_the_same_pattern():
    text = "rearrange: {pattern: c (h p) w -> (c p) h w, p: 2, repeat: 2, first: {x: 4}}"
    assert faults(net(text)) == ["unknown key 'x' in rearrange"]


# Sweeps

ALPHAS = ["0.25", "0.5", "0.75", "1"]


@pytest.mark.parametrize(
    ("text", "rhos"),
    [
        (WINDOWS, ["1/2", "0.7", "1"]),
        (
            net(
                "conv2d: {out_channels: 16, kernel_size: 1}",
                "rearrange: c h w -> c (h w)",
                'einsum: {equation: "(a d) n, (a d) m -> a n m", a: 4, from: [previous, previous]}',
                "rearrange: a n m -> m (a n)",
            ),
            ["1/2", "1", "3"],
        ),
        (
            net(
                "conv2d: {out_channels: 16, kernel_size: 1}",
                "rearrange: {pattern: c (h p) (w q) -> (c p q) h w, p: 2, q: 4}",
                "rearrange: {pattern: b (c q) h w -> (b h) c q w, q: 4, layers: [relu]}",
                "residual: [rearrange: {pattern: c h w -> c (h w), layers: [relu]}]",
            ),
            ["1/2", "1", "3/2"],
        ),
    ],
)
def test_a_sweep_is_analyze_at_each_point(text, rhos, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(text)
    model = costcalc.load(str(path))
    metrics = ["macs", "params", "other_ops", "activations"]
    table = model.sweep(alpha=ALPHAS, rho=rhos, metrics=metrics).table
    points = [(Fraction(alpha), Fraction(rho)) for alpha in ALPHAS for rho in rhos]
    assert list(zip(table["alpha"], table["rho"], strict=True)) == points
    for n, (alpha, rho) in enumerate(points):
        totals = model.cost(alpha=alpha, rho=rho).totals
        assert [table[name][n] for name in metrics] == [totals[name] for name in metrics]


def test_heads_that_do_not_divide_are_an_error_at_their_setting(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(
        net(
            "conv2d: {out_channels: 12, kernel_size: 1}",
            "rearrange: {pattern: (a d) h w -> a d (h w), a: 4}",
        )
    )
    model = costcalc.load(str(path))
    assert list(model.sweep(alpha=["1/3", "1", "2"]).table["params"]) == [28, 84, 168]
    with pytest.raises(CostcalcError) as caught:
        model.sweep(alpha=["1/3", "0.5", "1"])
    (problem,) = caught.value.problems
    assert "(a d) is 6, which a = 4 does not divide" in problem.message
    assert any("alpha 0.5" in note for note in problem.notes)


def test_pixels_are_shuffled_and_back():
    text = net("pixel_unshuffle: 2", "pixel_shuffle: 4", input="[8, 4, 6]")
    assert [tuple(x) for x in shapes(text)] == [(32, 2, 3), (2, 8, 12)]


# Rule 46


@pytest.mark.parametrize(
    ("alone", "written"),
    [
        ("linear: 10", "linear: {out_features: 10}"),
        ("depthwise_conv2d: [3, 1]", "depthwise_conv2d: {kernel_size: [3, 1]}"),
        ("pointwise_conv2d: in_channels * 2", "pointwise_conv2d: {out_channels: in_channels * 2}"),
        ("pointwise_conv2d: 20", "pointwise_conv2d: {out_channels: 20}"),
        ("max_pool2d: 2", "max_pool2d: {kernel_size: 2}"),
        ("down: 64", "down: {width: 64}"),
        ("rearrange: c h w -> h w c", "rearrange: {pattern: c h w -> h w c}"),
    ],
)
def test_the_one_field_that_is_needed_may_stand_alone(alone, written):
    """A plain width is scaled by alpha, as ever."""
    conv = "conv2d: {out_channels: width, kernel_size: 1, stride}"
    block = f"{{down: {{params: {{width, stride: 2}}, layers: [{conv}]}}}}"
    before = ["flatten"] if "linear" in alone else []
    one, other = (
        run(net(*before, item, blocks=block), alpha=Fraction(1, 2)) for item in (alone, written)
    )
    assert [node.shape for node in one.nodes] == [node.shape for node in other.nodes]
    assert Analysis(one).totals.params == Analysis(other).totals.params


@pytest.mark.parametrize("item", ["relu: 3", "conv2d: 3"])
def test_a_type_that_needs_none_or_several_takes_no_value_alone(item):
    assert f"{item[:-3]} takes fields, not a value" in faults(net(item))
