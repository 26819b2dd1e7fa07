"""Rule 29: the sides of inputs are expressions over params (docs/language.md)."""

import itertools
import json
from fractions import Fraction
from textwrap import dedent

import pytest

import costcalc
from costcalc.cli import run as command
from costcalc.errors import CostcalcError
from costcalc.explore.plan import MAX_POINTWISE
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile

TOKENS = """\
    params: {width: 5, tokens: 12, half: tokens // 2}
    variants: {short: {}, long: {params: {tokens: 40}}, wide: {input: [3, width * half]}}
    input: [1, tokens]
    layers:
      - linear: {out_features: width}
      - conv1d: {out_channels: 4, kernel_size: 3}
"""
IMAGES = """\
    params: {size: 6, channels_in: 3}
    input: {left: [channels_in, size, 2 * size], right: [1, size, 2 * size]}
    layers:
      - concat
      - conv2d: {out_channels: 8, kernel_size: 3, stride: 2, bias: false}
"""


def written(tmp_path, text):
    path = tmp_path / "net.yaml"
    path.write_text(dedent(text))
    return str(path)


def inputs(text, variant=None, **knobs):
    network = build(NetworkFile(dedent(text), "net.yaml"), Setting(variant, **knobs))
    return {source.name: source.shape.dims for source in network.inputs}


def fault(text, variant=None, **knobs):
    with pytest.raises(CostcalcError) as caught:
        inputs(text, variant, **knobs)
    (only,) = caught.value.problems
    place = only.position and (only.position.line, only.position.column)
    return place, only.message, only.hint


# Values


def test_sides_are_computed_from_params():
    assert inputs(TOKENS) == {"input": (1, 12)}
    assert inputs(TOKENS, "long") == {"input": (1, 40)}
    assert inputs(TOKENS, "wide") == {"input": (3, 30)}
    assert inputs(TOKENS, params={"tokens": "7"}) == {"input": (1, 7)}
    assert inputs(TOKENS, "wide", params={"tokens": "7"}) == {"input": (3, 15)}
    assert inputs(TOKENS, params={"tokens": "width * width"}) == {"input": (1, 25)}
    assert inputs(IMAGES.replace("channels_in", "planes")) == {
        "left": (3, 6, 12),
        "right": (1, 6, 12),
    }


def test_items_of_lists_and_functions():
    text = 'params: {shape: [3, 20]}\ninput: ["shape[0]", "max(shape[1] // 3, 8)"]\nlayers: [relu]'
    assert inputs(text) == {"input": (3, 8)}


def test_other_params_see_the_map():
    text = "params: {n: 6, area: in_height * n}\ninput: [2, n, n]\nlayers: [pointwise_conv2d: area]"
    (node,) = build(NetworkFile(text, "net.yaml")).nodes
    assert node.shape.channels == 36


def test_alpha_scales_no_input_and_rho_images_alone():
    assert inputs(TOKENS, alpha=3) == {"input": (1, 12)}
    assert inputs(TOKENS, rho=3) == {"input": (1, 12)}
    assert inputs(TOKENS, resolution=(9, 9)) == {"input": (1, 12)}
    images = IMAGES.replace("channels_in", "planes")
    assert inputs(images, alpha=3, rho=2)["left"] == (3, 12, 24)
    assert inputs(images, resolution=(5, 7))["left"] == (3, 5, 7)


# Faults


NAMED = "a side of the input is a whole number from 1 to 1,000,000,000,000, not "
WHOLE = "x // y, floor(x), ceil(x) and round(x) are whole"


@pytest.mark.parametrize(
    ("given", "shown", "hint"),
    [
        ("n: 7/2", "3.5", WHOLE),
        ("n: 0", "0", None),
        ("n: 2 - 9", "-7", None),
        ("n: 1000000 * 1000001", "1000001000000", None),
        ("n: relu", "relu", None),
        ("n: [4]", "[4]", None),
        ("n: 3 > 2", "true", None),
    ],
)
def test_a_side_is_a_whole_number_from_1(given, shown, hint):
    text = f"params: {{{given}}}\ninput: [1, n]\nlayers: [relu]\n"
    assert fault(text) == ((2, 12), NAMED + shown, hint)


@pytest.mark.parametrize("side", ["true", "3.5", "0", "-2", "1e13"])
def test_a_plain_side_is_refused_when_the_file_is_read(side):
    with pytest.raises(CostcalcError) as caught:
        NetworkFile(f"input: [1, {side}]\nlayers: [relu]\n", "net.yaml")
    (only,) = caught.value.problems
    assert str(only.position) == "net.yaml:1:12"
    assert only.message.startswith(NAMED)


@pytest.mark.parametrize(
    ("params", "place", "what", "hint"),
    [
        (
            "n: in_channels",
            (1, 13),
            "the param 'n', which the input needs, cannot use in_channels, which the input decides",
            "compute it from other params",
        ),
        (
            "m: in_shape, k: 3, n: 'm[0] + k'",
            (1, 13),
            "the param 'm', which the input needs, cannot use in_shape, which the input decides",
            "compute it from other params",
        ),
        (
            "k: rho, n: 4 * k",
            (1, 13),
            "the param 'k', which the input needs, cannot use rho",
            "rho scales the input's sides in any case",
        ),
        (
            "mid_channels: 8, n: mid_channels",
            (1, 24),
            "the param 'mid_channels', which the input needs, cannot be scaled by alpha",
            "a fixed number of channels is a param whose name does not end in channels",
        ),
        (
            "n: scaled(8)",
            (1, 13),
            "the param 'n', which the input needs, cannot be scaled by alpha",
            "a fixed number of channels is a param whose name does not end in channels",
        ),
    ],
)
def test_what_the_input_needs_is_known_before_it(params, place, what, hint):
    text = f"params: {{{params}}}\ninput: [1, n]\nlayers: [relu]\n"
    assert fault(text) == (place, what, hint)


def test_the_input_itself_is_not_scaled():
    text = "params: {n: 8}\ninput: [1, alpha * n]\nlayers: [relu]\n"
    assert fault(text)[:2] == ((2, 12), "the input cannot be scaled by alpha")


def test_an_unknown_name_has_a_hint_and_a_param_without_a_value_its_variant(tmp_path):
    text = "params: {tokens: 8}\ninput: [1, tokns]\nlayers: [relu]\n"
    assert fault(text) == ((2, 12), "unknown name 'tokns'", "did you mean 'tokens'?")
    text = "variants: {a: {params: {n: 4}}, b: {}}\ninput: [1, n]\nlayers: [relu]\n"
    with pytest.raises(CostcalcError, match=r":2:12: 'n' has no value here\n  in variant b"):
        costcalc.validate(written(tmp_path, text))


OPEN = """\
    params: {height, width: , steps: }
    input: {image: [3, 2 * height, width], sound: [1, steps]}
    layers:
      - conv2d: {from: image, out_channels: 2, kernel_size: 3}
      - conv1d: {from: sound, out_channels: 2, kernel_size: 3}
"""


def test_a_param_without_a_value_is_left_to_set(tmp_path):
    net = costcalc.load(written(tmp_path, OPEN))
    assert net.cost(height=4, width=4, steps=5).totals.macs == 32 * 54 + 5 * 6
    swept = net.sweep(height="1..2:1", width="1..2:1", steps=5, metrics=["macs"])
    assert swept.macs.tolist() == [[2 * 54 + 30, 4 * 54 + 30], [4 * 54 + 30, 8 * 54 + 30]]
    hint = "--set height=1 gives it one, --resolution a height and width"
    text = "params: {height: }\ninput: [1, 2 * height, 4]\nlayers: [relu]\n"
    assert fault(text) == ((2, 12), "'height' has no value here", hint)


def test_a_param_that_is_given_is_known_to_those_behind_it(tmp_path):
    text = "params: {n: , m: n + 1}\ninput: [1, m]\nlayers: [relu]\n"
    net = costcalc.load(written(tmp_path, text))
    assert net.cost(n=4).totals.other_ops == 5
    assert net.sweep(n="4..5:1", metrics=["other_ops"]).other_ops.tolist() == [5, 6]


def test_a_resolution_stands_in_for_a_height_and_width_without_a_value(tmp_path):
    net = costcalc.load(written(tmp_path, OPEN))
    assert net.cost(steps=5, resolution=(3, 4)).totals.macs == 12 * 54 + 5 * 6
    swept = net.sweep(steps=5, resolution="2..3:1", metrics=["macs"])
    assert swept.macs.tolist() == [4 * 54 + 30, 9 * 54 + 30]
    with pytest.raises(CostcalcError) as caught:
        net.cost(resolution=4)
    assert str(caught.value).endswith(
        ":2:51: 'steps' has no value here\n  hint: --set steps=1 gives it one"
    )


def test_a_param_without_a_value_that_nothing_uses_is_an_error():
    text = "params: {n: }\ninput: [1, 4]\nlayers: [relu]\n"
    assert fault(text)[:2] == ((1, 10), "the param 'n' has no value, and nothing uses it")


def test_a_fault_of_the_input_hides_no_other():
    text = "params: {n: 1/0}\ninput: [3, n]\nlayers: [channel_shuffle: 2]\n"
    with pytest.raises(CostcalcError) as caught:
        build(NetworkFile(text, "net.yaml"))
    assert [str(own.position) for own in caught.value.problems] == [
        "net.yaml:1:13",
        "net.yaml:3:10",
    ]


# Commands


def exact(tokens):
    return 5 * tokens + 3 * 5 * 4 * tokens


def test_a_length_is_swept_as_a_grid(tmp_path):
    swept = costcalc.load(written(tmp_path, TOKENS)).sweep(tokens="1..4096:1")
    assert swept.macs.tolist() == [exact(n) for n in range(1, 4097)]
    assert MAX_POINTWISE / 2 < 2 * 4096  # more than a trace is run for point by point
    (traces,) = swept.plan._traced.values()
    assert len(traces.found) == 1


def test_sweep_names_the_length_and_the_point_at_fault(tmp_path, capsys):
    path = written(tmp_path, TOKENS)
    assert command(["sweep", path, "--set", "tokens=8..10", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(point["tokens"], point["macs"]) for point in found["points"]] == [
        (n, exact(n)) for n in (8, 9, 10)
    ]
    assert command(["sweep", path, "--set", "tokens=0..2"]) == 2
    assert "not 0\n  at tokens 0" in capsys.readouterr().err


def test_the_resolution_of_a_swept_side(tmp_path, capsys):
    path = written(tmp_path, IMAGES.replace("channels_in", "planes"))
    model = costcalc.load(path)
    swept = model.sweep(rho="0.5..1:0.5", size="4..8:2", planes="1..2")
    points = itertools.product((0.5, 1), (4, 6, 8), (1, 2))
    for (rho, size, _), resolution in zip(points, swept.table["resolution"], strict=True):
        assert resolution == (rho * size, 2 * rho * size)
    assert set(swept.table["rho"]) == {0.5, 1}
    one = model.cost(rho="1/2", size=8, planes=2)
    assert (one.rho, tuple(one.input), one.totals.macs) == (0.5, (2, 4, 8), swept.macs[0, 2, 1])
    assert command(["sweep", path, "--set", "size=4..8:2", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "resolution" not in found["axes"]
    assert [point["resolution"] for point in found["points"]] == [[4, 8], [6, 12], [8, 16]]
    assert command(["sweep", path, "--set", "size=4..8:2"]) == 0
    assert "   resolution" not in capsys.readouterr().out
    assert command(["sweep", path, "--set", "planes=1..2"]) == 0
    assert "   resolution 6×12" in capsys.readouterr().out


def test_the_ratio_of_a_resolution_follows_the_sides(tmp_path):
    model = costcalc.load(written(tmp_path, IMAGES.replace("channels_in", "planes")))
    swept = model.sweep(resolution=[(6, 12), (6, 6)], size="3..6:3")
    assert [*swept.table["rho"]] == [2, 1, None, None]
    assert model.cost(resolution="6x12", size=3).rho == 2
    by_rho = IMAGES.replace("channels_in", "planes").replace("stride: 2", "stride: floor(rho)")
    swept = costcalc.load(written(tmp_path, by_rho)).sweep(resolution=[(6, 12)], size="1..3")
    assert swept.macs.tolist() == [[4 * 9 * 8 * (6 // n) * (12 // n) for n in (6, 3, 2)]]


def test_formulas_over_a_length(tmp_path):
    model = costcalc.load(written(tmp_path, TOKENS))
    assert "MACs   = 60·α·tokens + 5·tokens\n" in str(model.formula(free="tokens"))
    scope = {}
    exec("".join(model.formula(free="tokens", exact=True).python()), scope)
    for alpha, tokens in itertools.product((1, 2), (1, 2, 13)):
        expected = model.cost(alpha=alpha, tokens=tokens).totals
        assert scope["macs"](alpha, 1, tokens) == expected.macs
    images = costcalc.load(written(tmp_path, IMAGES.replace("channels_in", "planes")))
    scope = {}
    exec("".join(images.formula(free="size", exact=True).python()), scope)
    for rho, size in itertools.product((Fraction(1, 2), Fraction(5, 7), 1), (1, 6, 9)):
        expected = images.cost(rho=rho, size=size).totals
        assert scope["macs"](1, rho, size) == expected.macs


def test_the_longest_input_within_a_limit(tmp_path):
    model = costcalc.load(written(tmp_path, TOKENS))
    (found,) = model.solve({"macs": "1k"}, vary="tokens").solutions
    assert (found.knobs["tokens"], found.counts["macs"]) == (15, exact(15))
    images = costcalc.load(written(tmp_path, IMAGES.replace("channels_in", "planes")))
    (found,) = images.solve({"macs": 2000}, vary="resolution", params={"size": 12}).solutions
    height, width = found.knobs["resolution"]
    assert width == 2 * height
    assert images.cost(resolution=(height, width), size=12).totals.macs <= 2000


def test_budgets_of_an_input_of_params(tmp_path):
    path = written(tmp_path, TOKENS + "    budgets: {macs: 700}\n")
    assert costcalc.check(path).status == "fail"
    path = written(tmp_path, TOKENS + "    budgets: {macs: 780}\n")
    assert costcalc.check(path).status == "pass"


def test_a_diff_shows_the_input_as_it_is_written(tmp_path):
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(dedent(TOKENS))
    new.write_text(dedent(TOKENS).replace("tokens: 12", "tokens: 13"))
    difference = costcalc.diff(f"{old}:short", f"{new}:short")[0].difference
    assert [(own.name, own.old, own.new, own.line) for own in difference.stated] == [
        ("tokens", "12", "13", 1)
    ]
    new.write_text(dedent(TOKENS).replace("[1, tokens]", "[1, 2 * tokens]"))
    difference = costcalc.diff(f"{old}:short", f"{new}:short")[0].difference
    assert [(own.name, own.old, own.new, own.line) for own in difference.stated] == [
        ("input", "1×tokens", "1×2 * tokens", 3)
    ]
