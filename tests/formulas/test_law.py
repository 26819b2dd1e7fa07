"""The law: a network's cost by alpha and rho, as if nothing were rounded.

Held against an oracle that walks the layers of the cost table at alpha 1 and rho 1 and asks of each
what scales: a width with alpha, a side with rho, a count with their product.
"""

import functools
import itertools
import json
import re
from fractions import Fraction

import pytest
import yaml
from hypothesis import HealthCheck, assume, event, given, note, settings
from support.formula_readers import run_source
from support.networks import NETWORKS
from support.polynomials import put_in, typed
from support.random_networks import PARAMS, networks, written

import costcalc
from costcalc import formulas
from costcalc.api import Formula, Model
from costcalc.errors import CostcalcError
from costcalc.language.network_file import NetworkFile
from costcalc.numeric.polynomial import total, variable

STEM = "  - conv2d: {out_channels: 8, kernel_size: 1}\n"
# At every alpha of the search a whole number of channels: the law is the integers.
WHOLE = "  - conv2d: {out_channels: 100, kernel_size: 1}\n"
METRICS = ("macs", "params")
LAX = list(HealthCheck)


def model(text: str, variant: str | None = None) -> Model:
    return Model(NetworkFile(text, "t.yaml"), variant)


def small(layers: str, head: str = "") -> Model:
    return model(f"input: [3, 100, 100]\n{head}layers:\n{layers}")


def law_of(one: Model, **more: object) -> "formulas.NetworkLaw":
    return one.formula(**more).result


def pieces_at(law, **values):
    """The pieces that hold at values of the symbols; what is not given is the network's own."""
    point = {symbol: Fraction(values.get(symbol, law.values[symbol])) for symbol in law.symbols}
    return [
        piece
        for piece in law.pieces
        if all(within(interval, point[symbol]) for symbol, interval in piece.where.items())
    ]


def within(interval, value):
    low, high, low_closed, high_closed = interval
    above = low is None or value > low or (low_closed and value == low)
    below = high is None or value < high or (high_closed and value == high)
    return above and below


def value(law, metric, **values):
    """The law at one point, with numbers put in by SymPy.

    At a border of several symbols two pieces may hold: they say the same there.
    """
    piece, *others = pieces_at(law, **values)
    assert all(other.forms == piece.forms for other in others)
    return at(law, piece.forms[metric], **values)


def at(law, form, **values):
    return put_in(form, {s: values.get(s, law.values[s]) for s in law.symbols})


# The oracle


class Grown:
    """A number as a polynomial: {(power of alpha, power of rho): coefficient}."""

    def __init__(self, terms):
        self.terms = {powers: Fraction(c) for powers, c in terms.items() if c}

    def __add__(self, other):
        keys = self.terms.keys() | other.terms.keys()
        return Grown({key: self.terms.get(key, 0) + other.terms.get(key, 0) for key in keys})

    def __mul__(self, other):
        product = Grown({})
        for (a, r), c in self.terms.items():
            other_terms = {(a + a2, r + r2): c * c2 for (a2, r2), c2 in other.terms.items()}
            product += Grown(other_terms)
        return product

    def over(self, divisor):
        return Grown({key: c / divisor for key, c in self.terms.items()})

    def form(self):
        return total(
            c * variable("alpha") ** a * variable("rho") ** r for (a, r), c in self.terms.items()
        )


def fixed(number):
    return Grown({(0, 0): number})


def grown(number, alpha=0, rho=0):
    return Grown({(alpha, rho): number})


def law_by_layers(table, scales):
    """MACs and params of a table at alpha 1 and rho 1; `scales` says which widths alpha scales.

    A side is as a whole what the table has, and grows with rho if the side before it does.
    """
    maps = {}
    for source in table.network.inputs:
        channels, height, width = source.shape
        rho = 1 if height > 1 or width > 1 else 0
        maps[id(source)] = fixed(channels), grown(height, rho=rho), grown(width, rho=rho)
    sums = {"macs": fixed(0), "params": fixed(0)}
    for layer in table.layers:
        node = layer.node
        given_ = [maps[id(source)] for source in node.inputs]
        maps[id(node)], macs, params = one_layer(layer, given_, scales)
        check_at_one(macs, layer.macs, layer)
        check_at_one(params, layer.params, layer)
        sums["macs"] += macs
        sums["params"] += params
    return {metric: total.form() for metric, total in sums.items()}


def check_at_one(total, expected, layer):
    """The oracle's own check: at alpha 1 and rho 1 the polynomial is the table's number."""
    assert sum(total.terms.values()) == expected, layer


def same_powers(number, like):
    """A number that grows as another one does, whose terms are all of one power."""
    ((powers, _),) = like.terms.items()
    return Grown({powers: number})


def one_layer(layer, given_, scales):
    """Its output map, MACs and params."""
    channels, height, width = given_[0]
    out = layer.output_shape
    kind = layer.type
    rows, columns = out.resolution
    sides = same_powers(rows, height), same_powers(columns, width)
    if kind in ("global_avg_pool", "adaptive_avg_pool2d"):
        sides = fixed(rows), fixed(columns)
    nothing = fixed(0)
    if kind in ("conv2d", "pointwise_conv2d", "linear"):
        wide = grown(out.channels, alpha=1) if scales(layer) else fixed(out.channels)
        kernel = layer.kernel_size or (1, 1)
        groups = layer.groups or 1
        weights = channels.over(groups) * wide * fixed(kernel[0] * kernel[1])
        if groups > 1 and groups == layer.input_shape.channels == out.channels:
            wide, weights = channels, channels * fixed(kernel[0] * kernel[1])
        biases = wide if layer.node.layer.bias else nothing
        return (wide, *sides), weights * sides[0] * sides[1], weights + biases
    if kind == "depthwise_conv2d":
        taps = fixed(layer.kernel_size[0] * layer.kernel_size[1])
        wide = channels * fixed(out.channels // layer.input_shape.channels)
        biases = wide if layer.node.layer.bias else nothing
        return (wide, *sides), taps * wide * sides[0] * sides[1], taps * wide + biases
    if kind == "batch_norm":
        return given_[0], nothing, channels * fixed(2)
    if kind == "concat":
        wide = sum((one[0] for one in given_[1:]), channels)
        return (wide, *sides), nothing, nothing
    if kind == "flatten":
        return (channels * height * width, fixed(1), fixed(1)), nothing, nothing
    assert (
        kind
        in (
            "relu relu6 hard_swish hard_sigmoid sigmoid silu tanh dropout identity add multiply "
            "softmax max_pool2d avg_pool2d global_avg_pool adaptive_avg_pool2d"
        ).split()
    ), kind
    return (channels, *sides), nothing, nothing


def all_but(*names):
    """Every width scales but those of the layers named."""
    return lambda layer: layer.name not in names


BY_LAYERS = [
    ("mobilenet", "mobilenet", all_but("linear")),
    ("mobilenet", "mobilenet_conv", all_but("linear")),
    ("mobilenet", "mobilenet_shallow", all_but("linear")),
    ("mobilenet_v3", "mobilenet_v3_large", all_but("linear_2")),
    ("mobilenet_v3", "mobilenet_v3_small", all_but("linear_2")),
    ("mobilenet_v3_small", None, all_but("linear_1", "linear_2")),
    ("resnet", "resnet18", all_but("linear")),
    ("resnet", "resnet34", all_but("linear")),
    ("resnet", "resnet50", all_but("linear")),
    ("resnet", "resnext50_32x4d", all_but("linear")),
    ("vgg", "vgg16_bn", all_but("linear")),
    ("mnasnet", None, all_but("linear", "conv_bn_act_2.conv2d")),
    ("lcnet", None, all_but("linear", "pointwise_conv2d")),
]


@pytest.mark.parametrize(
    ("net", "variant", "scales"), BY_LAYERS, ids=[f"{net}-{v}" for net, v, _ in BY_LAYERS]
)
def test_the_law_is_the_sum_of_what_each_layer_scales_by(net, variant, scales):
    one = costcalc.load(NETWORKS[net], variant)
    law = law_of(one)
    (piece,) = law.pieces
    assert piece.where == {}
    assert piece.forms == law_by_layers(one.cost(), scales)


def test_mobilenet_v2_by_layers():
    """Below alpha 1 the head stays as wide as it is, above it scales like the others."""
    one = costcalc.load("mobilenet_v2")
    law = law_of(one)
    below, above = law.pieces
    table = one.cost()
    assert below.where == {"alpha": (None, 1, False, True)}
    assert above.where == {"alpha": (1, None, False, False)}
    assert below.forms == law_by_layers(table, all_but("linear", "conv_bn_act_2.conv2d"))
    assert above.forms == law_by_layers(table, all_but("linear"))


# As printed


def test_mobilenet():
    law = law_of(costcalc.load("mobilenet"))
    (piece,) = law.pieces
    assert law.symbols == ["alpha", "rho"]
    assert piece.forms["macs"] == typed(
        "539492352*alpha**2*rho**2 + 28224000*alpha*rho**2 + 1024000*alpha"
    )
    assert piece.forms["params"] == typed("3139584*alpha**2 + 1091392*alpha + 1000")
    assert law.decisions == []


def test_mobilenet_v2_meets_itself_at_1():
    law = law_of(costcalc.load("mobilenet_v2"))
    below, above = law.pieces
    for metric, exact in (("macs", 300_774_272), ("params", 3_504_872)):
        for rho in ("1", "1/2"):
            here = [at(law, piece.forms[metric], alpha=1, rho=rho) for piece in (below, above)]
            assert here[0] == here[1]
        assert at(law, above.forms[metric], alpha=1, rho=1) == exact
    assert below.forms["macs"] == typed(
        "247869440*alpha**2*rho**2 + 51624832*alpha*rho**2 + 1280000"
    )
    assert above.forms["params"] == typed("2124672*alpha**2 + 1379200*alpha + 1000")


# Against the integers


def variants():
    for net in NETWORKS.values():
        named = costcalc.load(net)
        for variant in named.file.variants or (None,):
            yield costcalc.load(net, variant)


@functools.cache
def laws() -> list[tuple[Model, Formula]]:
    """Of every network and variant whose own alpha is 1."""
    return [
        (one, one.formula())
        for one in variants()
        if one.file.variant(one.setting.variant)[1].alpha in (None, 1)
    ]


@pytest.mark.slow
def test_at_alpha_1_and_rho_1_it_is_the_integers():
    assert len(laws()) > 40
    for one, formula in laws():
        totals = one.cost().totals
        by_source = run_source("".join(formula.python()))
        expected = totals.macs, totals.params
        here = tuple(value(formula.result, metric, alpha=1, rho=1) for metric in METRICS)
        assert here == expected, one.name
        assert by_source(1, 1) == expected, one.name


LOSSLESS = (
    "convnext densenet efficientnet_lite googlenet included_blocks lcnet lenet mixnet "
    "mnasnet mobilenet mobilenet_v2 mobilenet_v4 perceptron regnet repeat_and_first repvgg "
    "shufflenet_v2 vgg vit"
).split()


@pytest.mark.parametrize("net", LOSSLESS)
def test_where_nothing_is_rounded_it_is_the_integers(net):
    """At whole alpha and rho no width and no side of these networks is rounded."""
    one = costcalc.load(NETWORKS[net])
    law = law_of(one)
    for alpha, rho in [(2, 1), (1, 2), (3, 2), (5, 3)]:
        totals = one.cost(alpha=alpha, rho=rho).totals
        assert value(law, "macs", alpha=alpha, rho=rho) == totals.macs
        assert value(law, "params", alpha=alpha, rho=rho) == totals.params


def test_far_out_rounding_does_not_matter():
    """With wide layers and large maps the law comes as near as one wants."""
    for net in ("mobilenet", "mobilenet_v2", NETWORKS["alexnet"], NETWORKS["mobilenet_v3"]):
        one = costcalc.load(net)
        law = law_of(one)
        totals = one.cost(alpha="211/10", rho="173/10").totals
        for metric in METRICS:
            near = value(law, metric, alpha="211/10", rho="173/10") / getattr(totals, metric)
            assert abs(near - 1) < Fraction(1, 20), (net, metric)


def test_a_network_of_another_alpha_is_led_through_alpha_1():
    """The anchor is alpha 1, whatever the network's own alpha is."""
    text = "input: [3, 100, 100]\nalpha: {}\nrounding: {{divisor: 8}}\nlayers:\n{}"
    pool = "  - max_pool2d: {kernel_size: 3, padding: same}\n"
    layers = WHOLE.replace("100,", "36,") + pool + STEM
    laws_ = [law_of(model(text.format(alpha, layers))) for alpha in ("1", "0.5", "1.4")]
    forms = [law.pieces for law in laws_]
    assert forms[0] == forms[1] == forms[2]
    assert [law.values["alpha"] for law in laws_] == [1, Fraction(1, 2), Fraction(7, 5)]
    totals = model(text.format("1", layers)).cost().totals
    assert value(laws_[2], "macs", alpha=1) == totals.macs == 34 * 34 * 40 * 8 + 100 * 100 * 120


def test_what_is_rounded_is_led_through_alpha_1_and_rho_1():
    """A divided width and a halved side grow like what they come from."""
    one = model(
        "input: [3, 25, 31]\nlayers:\n"
        "  - conv2d: {out_channels: 10, kernel_size: 1, bias: false}\n"
        "  - conv2d: {out_channels: in_channels // 4, kernel_size: 1, stride: 2, bias: false}\n"
        "  - conv2d: {out_channels: in_channels * 7 // 3, kernel_size: 3, padding: valid,\n"
        "      bias: false}\n"
    )
    law = law_of(one)
    (piece,) = law.pieces
    # 10 -> 2 -> 4 channels, 25 x 31 -> 13 x 16 maps; 2 less is not rounded.
    assert piece.forms["macs"] == typed(
        "3*10*alpha*25*31*rho**2 + 10*alpha*2*alpha*13*16*rho**2"
        " + 9*2*alpha*4*alpha*(13*rho - 2)*(16*rho - 2)"
    )
    assert piece.forms["params"] == typed("30*alpha + 20*alpha**2 + 72*alpha**2")


@pytest.mark.parametrize(
    ("width", "wide"),
    [
        ("in_channels // 4", 2),
        ("floor(in_channels // 4)", 2),
        ("round(in_channels // 4 * 3)", 6),
        ("ceil(in_channels / 4)", 3),
        ("round(in_channels / 4)", 3),
        ("in_channels // 4 + in_channels // 3", 5),
        ("'divisible(in_channels // 4, 2)'", 2),
        ("'divisible(in_channels, 4)'", 12),
        ("floor(in_channels / 5)", 2),
        ("2 * in_channels", 20),
        ("in_channels // 4 * 4 - in_channels / 10 + 3", 10),
    ],
)
def test_a_rounded_width_grows_with_alpha(width, wide):
    """Whatever rounds it, and when: the layer has the width at alpha 1 times alpha."""
    one = small(
        f"  - conv2d: {{out_channels: 10, kernel_size: 1}}\n"
        f"  - conv2d: {{out_channels: {width}, kernel_size: 1, bias: false}}\n",
        "defaults: {conv2d: {bias: false}}\n",
    )
    (piece,) = law_of(one).pieces
    assert piece.forms["params"] == typed(f"30*alpha + 10*alpha*{wide}*alpha")


def test_what_is_left_of_rounding_is_a_number():
    """Where alpha falls out, the number is the one at alpha 1: 10 // 4 * 4 - 10 + 20."""
    one = small(
        "  - conv2d: {out_channels: 10, kernel_size: 1}\n"
        "  - conv2d: {out_channels: in_channels // 4 * 4 - in_channels + 20, kernel_size: 1}\n",
        "defaults: {conv2d: {bias: false}}\n",
    )
    (piece,) = law_of(one).pieces
    assert piece.forms["params"] == typed("30*alpha + 10*alpha*18")


def test_where_the_fastest_part_is_nothing_the_own_number_stays():
    """What is rounded of 100·α - 100·ρ cannot be led through 0: it is as at alpha 2."""
    one = small(
        WHOLE + "  - conv2d: {out_channels: 5 + floor((in_channels - in_height) / 3 + 1/2),\n"
        "      kernel_size: 1}\n",
        "alpha: 2\ndefaults: {conv2d: {bias: false}}\n",
    )
    (piece,) = law_of(one).pieces
    assert piece.forms["params"] == typed("300*alpha + 100*alpha*(5 + 33)")


@pytest.mark.parametrize("divided", [30, 11, 26])
def test_a_multiple_of_a_width_is_right_at_alpha_1(divided):
    one = small(
        "  - conv2d: {out_channels: 10, kernel_size: 1}\n"
        f"  - conv2d: {{out_channels: 'divisible({divided}, in_channels)', kernel_size: 1}}\n"
    )
    assert value(law_of(one), "params") == one.cost().totals.params


@pytest.mark.parametrize(
    ("alpha", "width", "built"),
    [
        ("1", "in_channels - 60", True),
        ("0.5", "in_channels - 60", False),
        ("2", "in_channels - 150", True),
        ("1", "in_channels - 150", False),
    ],
)
def test_a_requirement_is_judged_at_the_networks_own_values(alpha, width, built):
    one = small(
        WHOLE + f"  - conv2d: {{out_channels: {width}, kernel_size: 1}}\n", f"alpha: {alpha}\n"
    )
    if built:
        law_of(one)
        return
    with pytest.raises(CostcalcError, match="out_channels must be at least 1, not -"):
        law_of(one)


@pytest.mark.parametrize(
    "layer",
    [
        "conv2d: {out_channels: 'max(1, in_channels // 10)', kernel_size: 1}",
        "conv2d: {out_channels: in_channels // (1 if alpha < 2 else 100), kernel_size: 1}",
        "squeeze_excite: {squeeze_channels: 'max(1, in_channels // 16)'}",
    ],
)
def test_what_is_not_built_at_the_own_values_need_not_fit_there(layer):
    """The other side of a max, or of a condition, may have no channel left at the own alpha."""
    one = small(STEM + f"  - {layer}\n")
    law = law_of(one)
    for metric in METRICS:
        assert value(law, metric) == getattr(one.cost().totals, metric)


def test_what_is_rounded_to_nothing_at_alpha_1_still_grows():
    """8 // 10 is 0: the law cannot be led through that, and stays 0.8 times alpha."""
    one = small(
        STEM + "  - conv2d: {out_channels: 'max(1, in_channels // 10)', kernel_size: 1}\n",
        "defaults: {conv2d: {bias: false}}\n",
    )
    law = law_of(one)
    assert value(law, "params", alpha=10) == one.cost(alpha=10).totals.params == 240 + 80 * 8
    assert value(law, "params", alpha=1) == one.cost().totals.params == 24 + 8


def test_another_setting_that_cannot_be_built_is_no_fault_of_this_one():
    """Below alpha 1/2 the shortcut would not fit; at the network's own alpha there is none."""
    one = small(
        STEM + "  - residual: {shortcut_when: alpha < 1/2,\n"
        "      layers: [conv2d: {out_channels: 5, kernel_size: 1}]}\n"
    )
    law = law_of(one)
    for metric in METRICS:
        assert value(law, metric) == getattr(one.cost().totals, metric)


@pytest.mark.parametrize(
    "width",
    [
        "divisible(in_channels * 3 + 1/2, in_height)",
        "divisible(in_channels, in_height)",
        "divisible(in_height + 1/2, in_channels)",
        "divisible(260, in_height + 1/2) * 2",
    ],
)
def test_a_multiple_of_a_symbol_is_right_at_alpha_1(width):
    one = small(STEM + f"  - conv2d: {{out_channels: '{width}', kernel_size: 1}}\n")
    law = law_of(one)
    for metric in METRICS:
        assert value(law, metric) == getattr(one.cost().totals, metric)


def test_a_kernel_larger_than_the_map():
    layers = WHOLE + "  - conv2d: {out_channels: 8, kernel_size: 101, padding: valid}\n"
    with pytest.raises(CostcalcError, match="is larger than the padded map") as caught:
        law_of(small(layers))
    assert caught.value.problems[0].position[1:] == (4, 5)


def test_a_small_network_by_hand():
    """Bias, batch norm, linear, a fixed width; `max` as a layer's own rule cuts no pieces."""
    one = model(
        "input: [3, 32, 16]\nparams: {classes: 10}\nlayers:\n"
        "  - conv2d: {out_channels: 4, kernel_size: [3, 5], stride: 2}\n"
        "  - batch_norm\n"
        "  - conv2d: {out_channels: classes, kernel_size: 1}\n"
        "  - max_pool2d: {kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}\n"
        "  - flatten\n"
        "  - linear: {out_features: scaled(7)}\n"
    )
    law = law_of(one)
    (piece,) = law.pieces
    # 16 x 8 maps, then 9 x 5: the pool counts a partial window at the end.
    assert one.cost().layers[-2].output_shape.channels == 10 * 9 * 5
    assert piece.forms["macs"] == typed(
        "15*3*4*alpha*16*8*rho**2 + 4*alpha*10*16*8*rho**2 + 10*9*5*rho**2*7*alpha"
    )
    assert piece.forms["params"] == typed(
        "15*3*4*alpha + 4*alpha + 2*4*alpha + 4*alpha*10 + 10 + 10*9*5*rho**2*7*alpha + 7*alpha"
    )


# Pieces


def without(layers: str, word: str) -> str:
    """The layers but for the one with a word in it."""
    return "".join(f"  - {item}" for item in layers.split("  - ") if item and word not in item)


@pytest.mark.parametrize(
    ("when", "border", "on_below", "on_at"),
    [
        ("alpha < 1/2", "1/2", True, False),
        ("alpha <= 1/2", "1/2", True, True),
        ("alpha > 1/2", "1/2", False, False),
        ("alpha >= 1/2", "1/2", False, True),
        ("not alpha < 1/2", "1/2", False, True),
        ("1/2 > alpha", "1/2", True, False),
        ("1/2 <= alpha", "1/2", False, True),
        ("in_channels < 30", "3/10", True, False),
        ("in_channels * in_channels >= 2500", "1/2", False, True),
        ("2 * in_channels + 100 <= 300", "1", True, True),
        ("1 / alpha > 4", "1/4", True, False),
        ("alpha < 1", "1", True, False),
        ("alpha >= 1", "1", False, True),
        ("alpha > 1", "1", False, False),
    ],
)
def test_a_condition_makes_two_pieces(when, border, on_below, on_at):
    layers = WHOLE + "  - conv2d: {name: x, when: WHEN, out_channels: 7, kernel_size: 3}\n"
    law = law_of(small(layers.replace("WHEN", when)))
    on = law_of(small(layers.replace("WHEN", "true"))).pieces[0].forms
    off = law_of(small(layers.replace("WHEN", "false"))).pieces[0].forms
    limit = Fraction(border)
    below_closed = on_at == on_below
    first, second = law.pieces
    assert first.where == {"alpha": (None, limit, False, below_closed)}
    assert second.where == {"alpha": (limit, None, not below_closed, False)}
    assert first.forms == (on if on_below else off)
    assert second.forms == (off if on_below else on)
    assert law.decisions == []


@pytest.mark.parametrize(
    ("width", "border", "below", "above", "closed_below"),
    [
        ("16 if alpha < 3/4 else 32", "3/4", "16", "32", False),
        ("16 if alpha <= 3/4 else 32", "3/4", "16", "32", True),
        ("'max(1, in_channels // 4)'", "1/25", "1", "25*alpha", True),
        ("'max(50, in_channels)'", "1/2", "50", "100*alpha", True),
        ("'min(in_channels, 60)'", "3/5", "100*alpha", "60", True),
        ("'min(60, in_channels)'", "3/5", "100*alpha", "60", False),
        ("'min(3 * in_channels, in_channels + 100)'", "1/2", "300*alpha", "100*alpha + 100", True),
        ("'max(in_channels, 100 * alpha * alpha)'", "1", "100*alpha", "100*alpha**2", True),
    ],
)
def test_an_extreme_and_a_choice_make_two_pieces(width, border, below, above, closed_below):
    one = small(
        WHOLE + f"  - conv2d: {{out_channels: {width}, kernel_size: 1, bias: false}}\n",
        "defaults: {conv2d: {bias: false}}\n",
    )
    law = law_of(one)
    limit = Fraction(border)
    assert [dict(piece.where) for piece in law.pieces] == [
        {"alpha": (None, limit, False, closed_below)},
        {"alpha": (limit, None, not closed_below, False)},
    ]
    for piece, wide in zip(law.pieces, (below, above), strict=True):
        assert piece.forms["params"] == typed(f"300*alpha + 100*alpha*({wide})")
        assert piece.forms["macs"] == typed(f"10000*rho**2*(300*alpha + 100*alpha*({wide}))")


def test_pieces_along_rho_and_along_both():
    one = small(
        WHOLE + "  - conv2d: {when: in_height >= 50, out_channels: 8, kernel_size: 1}\n"
        "  - conv2d: {when: alpha > 1/2, out_channels: 8, kernel_size: 1}\n"
    )
    law = law_of(one)
    half = Fraction(1, 2)
    below, above = (None, half, False, False), (half, None, True, False)
    wide, narrow = (half, None, False, False), (None, half, False, True)
    assert [(piece.where["alpha"], piece.where["rho"]) for piece in law.pieces] == [
        (narrow, below),
        (narrow, above),
        (wide, below),
        (wide, above),
    ]
    for piece, (high, second) in zip(
        law.pieces, itertools.product([False, True], repeat=2), strict=True
    ):
        shown = WHOLE + STEM * second + STEM * high
        assert piece.forms == law_of(small(shown)).pieces[0].forms


def test_each_point_has_one_formula():
    one = small(
        WHOLE + "  - conv2d: {when: alpha < 1/2 or alpha >= 3/4, out_channels: 8, kernel_size: 3}\n"
        "  - conv2d: {out_channels: 'max(10, min(in_channels, 30))', kernel_size: 1}\n"
        "  - conv2d: {when: in_height > 70, out_channels: 5, kernel_size: 1}\n"
    )
    law = law_of(one)
    alphas = {Fraction(k, 240) for k in range(1, 480)}
    for alpha in alphas:
        for rho in ("1/2", "7/10", "701/1000"):
            assert value(law, "params", alpha=alpha, rho=rho) > 0


@pytest.mark.parametrize(
    "layers",
    [
        "  - conv2d: {when: alpha <= 1/2, out_channels: 8, kernel_size: 3}\n"
        "  - conv2d: {when: alpha >= 1/2, out_channels: 20, kernel_size: 1}\n",
        "  - conv2d: {when: not (alpha < 1/2 or alpha > 1/2), out_channels: 8, kernel_size: 3}\n",
    ],
)
def test_a_point_between_two_pieces_is_in_one(layers):
    """What holds at the border alone, as where two conditions share it, is a piece of its own."""
    one = small(WHOLE + layers, "defaults: {conv2d: {bias: false}}\n")
    law = law_of(one)
    totals = one.cost(alpha="1/2").totals
    assert value(law, "macs", alpha="1/2") == totals.macs
    assert value(law, "params", alpha="1/2") == totals.params
    assert "where α = 1/2\n" in str(one.formula())
    assert r"\alpha = \tfrac{1}{2}" in "".join(one.formula().latex())
    by_source = run_source("".join(one.formula().python()))
    assert by_source(Fraction(1, 2), 1) == (totals.macs, totals.params)
    assert by_source(Fraction(1, 4), 1)[1] == one.cost(alpha="1/4").totals.params
    assert by_source(Fraction(3, 4), 1)[1] == one.cost(alpha="3/4").totals.params
    assert formulas.deviations(law).metrics["params"].relative < Fraction(1, 2)


def test_neighbours_of_the_same_formulas_are_one_piece():
    both = "  - conv2d: {out_channels: 8 if alpha < 1/2 else 8, kernel_size: 3}\n"
    assert [piece.where for piece in law_of(small(WHOLE + both)).pieces] == [{}]
    idle = "  - relu: {when: alpha < 1/2}\n"
    cut = "  - conv2d: {when: alpha < 1/3, out_channels: 8, kernel_size: 3}\n"
    law = law_of(small(WHOLE + idle + cut))
    third = Fraction(1, 3)
    assert [piece.where["alpha"] for piece in law.pieces] == [
        (None, third, False, False),
        (third, None, True, False),
    ]
    cut = "  - conv2d: {when: alpha < 2/3, out_channels: 8, kernel_size: 3}\n"
    law = law_of(small(WHOLE + idle + cut))
    assert [piece.where["alpha"].high for piece in law.pieces] == [Fraction(2, 3), None]


def test_a_piece_may_have_pieces():
    """What only one side of a border has may cut it further."""
    one = small(
        WHOLE + "  - conv2d: {out_channels: 'min(in_channels, 20) if alpha < 1/2 else 30',\n"
        "      kernel_size: 1, bias: false}\n",
        "defaults: {conv2d: {bias: false}}\n",
    )
    law = law_of(one)
    borders = [(piece.where["alpha"].low, piece.where["alpha"].high) for piece in law.pieces]
    assert borders == [
        (None, Fraction(1, 5)),
        (Fraction(1, 5), Fraction(1, 2)),
        (Fraction(1, 2), None),
    ]
    wide = ["100*alpha", "20", "30"]
    for piece, width in zip(law.pieces, wide, strict=True):
        assert piece.forms["params"] == typed(f"300*alpha + 100*alpha*({width})")


def cut(knob: str, borders: "range") -> str:
    """A layer that is on, off, on... between borders in hundredths."""
    product = " * ".join(f"({knob} - {border}/100)" for border in borders)
    return f"  - conv2d: {{when: {product} > 0, out_channels: 4, kernel_size: 1}}\n"


def test_a_condition_of_many_borders():
    law = law_of(small(WHOLE + cut("alpha", range(20, 80, 10))))
    borders = [piece.where["alpha"].high for piece in law.pieces]
    assert borders == [*(Fraction(k, 10) for k in range(2, 8)), None]
    on = law_of(small(WHOLE + STEM.replace("8", "4"))).pieces[0].forms
    off = law_of(small(WHOLE)).pieces[0].forms
    assert [piece.forms for piece in law.pieces] == [on, off, on, off, on, off, on]
    assert [piece.where["alpha"].high_closed for piece in law.pieces[:-1]] == [False, True] * 3


def test_a_piece_that_divides_by_0_at_alpha_1_is_an_error():
    """Above alpha 1.5 the group is 120 wide, which alpha 1 has no whole one of."""
    one = Model(
        NetworkFile(
            "input: [3, 8, 8]\nlayers:\n"
            "  - conv2d: {out_channels: 80, kernel_size: 1}\n"
            "  - conv2d: {out_channels: in_channels, kernel_size: 3,"
            ' groups: "in_channels // min(120, in_channels)"}\n',
            "net.yaml",
        ),
        None,
    )
    with pytest.raises(CostcalcError, match="divide by 0 at alpha 1") as caught:
        one.formula()
    assert "--exact" in caught.value.hint
    assert one.formula(exact=True).result


def test_64_pieces_at_most(monkeypatch):
    many = "".join(f"  - relu: {{when: alpha < {border}/100}}\n" for border in range(1, 65))
    with pytest.raises(CostcalcError, match="more than 64 pieces") as caught:
        law_of(small(many))
    assert "--exact" in caught.value.hint
    monkeypatch.setattr("costcalc.formulas.piecewise.MAX_PIECES", 6)
    two, three = cut("alpha", range(10, 20, 10)), cut("rho", range(10, 30, 10))
    assert len(law_of(small(two + three)).pieces) == 6
    with pytest.raises(CostcalcError, match="more than 6 pieces"):
        law_of(small(two + three + cut("rho", range(70, 80, 10))))


# What the symbols leave open


@pytest.mark.parametrize(
    ("layers", "left", "comparison", "right", "outcome"),
    [
        ("  - relu: {when: in_channels == 100}\n", "100*alpha", "==", "100", True),
        ("  - relu: {when: in_channels != 100}\n", "100*alpha", "==", "100", True),
        ("  - relu: {when: in_channels == 50}\n", "100*alpha", "==", "50", False),
        ("  - relu: {when: in_height > in_channels}\n", "100*rho", ">", "100*alpha", False),
        ("  - relu: {when: in_height >= in_channels}\n", "100*rho", ">=", "100*alpha", True),
        ("  - relu: {when: in_height + 1 < in_channels}\n", "100*rho + 1", "<", "100*alpha", False),
        ("  - relu: {repeat: in_channels // 40}\n", "5*alpha/2", "==", "2", True),
        ("  - relu: {repeat: in_height // 50}\n", "2*rho", "==", "2", True),
    ],
)
def test_a_condition_that_a_symbol_leaves_open(layers, left, comparison, right, outcome):
    one = small(WHOLE + layers)
    law = law_of(one)
    assert [
        (decision.left, decision.comparison, decision.right, decision.outcome)
        for decision in law.decisions
    ] == [(typed(left), comparison, typed(right), outcome)]
    assert len(law.pieces) == 1
    text = str(one.formula())
    assert f"taken as {str(outcome).lower()}, as at the network's own values: " in text


def test_a_decision_is_taken_at_the_networks_own_values():
    layers = WHOLE + "  - conv2d: {when: in_channels == 50, out_channels: 8, kernel_size: 3}\n"
    own = law_of(small(layers, "alpha: 0.5\n"))
    assert [decision.outcome for decision in own.decisions] == [True]
    with_it = law_of(small(layers.replace("in_channels == 50", "true")))
    assert own.pieces[0].forms == with_it.pieces[0].forms
    assert "taken as true, as at the network's own values: 100·α = 50" in str(
        small(layers, "alpha: 0.5\n").formula()
    )


def test_a_decision_is_told_once():
    layers = WHOLE + "  - relu: {when: in_channels == 100}\n" * 5
    layers += "  - conv2d: {when: alpha < 1/2, out_channels: 8, kernel_size: 1}\n"
    assert len(law_of(small(layers)).decisions) == 1


def test_a_decision_of_one_piece_is_told():
    layers = (
        WHOLE + "  - sequence: {when: alpha > 1/2, layers: [relu: {when: in_channels == 100}]}\n"
    )
    assert [decision.outcome for decision in law_of(small(layers)).decisions] == [True]
    layers = layers.replace(">", "<")
    assert [decision.outcome for decision in law_of(small(layers)).decisions] == [True]


def test_a_remainder_has_no_law_and_is_said():
    """What is left over is taken as it is at the network's own values, which is told."""
    layers = WHOLE + "  - conv2d: {when: in_channels % 4 == 0, out_channels: 8, kernel_size: 3}\n"
    law = law_of(small(layers))
    with_it = law_of(small(layers.replace("in_channels % 4 == 0", "true")))
    assert law.pieces[0].forms == with_it.pieces[0].forms
    (decision,) = law.decisions
    assert (decision.left, decision.right, decision.outcome) == (typed("100*alpha"), 4, 0)
    told = str(small(layers).formula())
    assert "taken as 0, as at the network's own values: 100·α mod 4" in told


@pytest.mark.parametrize("when", ["alpha % (1/3) < 1/4", "in_channels % (3/2) == 1"])
def test_a_remainder_that_is_a_fraction_is_said_in_every_format(when):
    formula = small(WHOLE + f"  - relu: {{when: {when}}}\n", "alpha: 0.5\n").formula()
    (decision,) = formula.result.decisions
    assert decision.outcome == (Fraction(1, 6) if "alpha" in when else Fraction(1, 2))
    assert f"taken as {decision.outcome}, as at" in str(formula)
    document = json.loads("".join(formula.json()))
    (said,) = document["decisions"]
    assert Fraction(said["outcome"]) == decision.outcome


def test_a_remainder_is_the_one_at_the_networks_own_values():
    """At alpha 0.5 there are 50 channels, and 2 are left over."""
    layers = (
        WHOLE + "  - conv2d: {when: in_channels % 4 == REST, out_channels: 8, kernel_size: 3}\n"
    )
    halved = [
        law_of(small(layers.replace("REST", rest), "alpha: 0.5\n")).pieces[0].forms
        for rest in ("0", "2")
    ]
    plain = [law_of(small(layers.replace("REST", rest))).pieces[0].forms for rest in ("2", "0")]
    assert halved == plain
    assert plain[0] != plain[1]


def test_signs_decide():
    """A comparison that holds for all alpha and rho above 0 is no piece and no decision."""
    layers = WHOLE + "  - relu: {when: in_channels + in_height > 0}\n"
    layers += "  - conv2d: {when: in_channels * in_height < -1, out_channels: 8, kernel_size: 1}\n"
    layers += "  - conv2d: {when: in_channels + 1 != 0, out_channels: 8, kernel_size: 1}\n"
    law = law_of(small(layers))
    assert law.decisions == []
    assert [piece.where for piece in law.pieces] == [{}]
    assert law.pieces[0].forms == law_of(small(WHOLE + STEM)).pieces[0].forms


def test_a_border_that_is_no_fraction_is_left_to_the_own_values():
    layers = WHOLE + "  - relu: {when: alpha * alpha < 1/2}\n"
    law = law_of(small(layers))
    assert len(law.pieces) == 1
    assert [decision.outcome for decision in law.decisions] == [False]


# Params that stay symbols


def test_free_params():
    law = law_of(costcalc.load("mobilenet"), free=["deep", "classes"])
    (piece,) = law.pieces
    assert law.symbols == ["alpha", "rho", "deep", "classes"]
    assert law.values == {"alpha": 1, "rho": 1, "deep": 5, "classes": 1000}
    unit_macs, unit_norms = 512 * 512 * 14 * 14, 9 * 512 * 14 * 14
    assert piece.forms["macs"] == typed(
        f"{unit_macs}*deep*alpha**2*rho**2 + {unit_norms}*deep*alpha*rho**2"
        f" + {539_492_352 - 5 * unit_macs}*alpha**2*rho**2"
        f" + {28_224_000 - 5 * unit_norms}*alpha*rho**2 + 1024*alpha*classes"
    )
    for count in (1, 3, 8):
        for width in (1, 10, 1000):
            totals = costcalc.load("mobilenet").cost(deep=count, classes=width).totals
            for metric in METRICS:
                assert value(law, metric, deep=count, classes=width) == getattr(totals, metric)


def test_a_free_param_cuts_pieces_too():
    one = small(
        WHOLE + "  - conv2d: {when: n >= 3, out_channels: 8, kernel_size: 1}\n"
        "  - conv2d: {out_channels: n, kernel_size: 1}\n",
        "params: {n: 4}\n",
    )
    law = law_of(one, free="n")
    assert [piece.where for piece in law.pieces] == [
        {"n": (None, 3, False, False)},
        {"n": (3, None, True, False)},
    ]
    for count in (1, 2, 3, 4, 9):
        totals = one.cost(n=count).totals
        assert value(law, "macs", n=count) == totals.macs
        assert value(law, "params", n=count) == totals.params
    found, plain = formulas.deviations(law), formulas.deviations(law_of(one))
    for metric in METRICS:
        assert found.metrics[metric].relative == plain.metrics[metric].relative


@pytest.mark.parametrize("own", [4, 5, 6, 9])
@pytest.mark.parametrize("count", ["n - 4", "'max(0, n - 4)'"])
def test_a_free_count_is_as_it_is_at_its_own_value(count, own):
    """Also where it makes no copy, or only the first."""
    one = small(
        WHOLE + f"  - conv2d: {{repeat: {count}, out_channels: 7, kernel_size: 1}}\n",
        f"params: {{n: {own}}}\n",
    )
    law = law_of(one, free="n")
    for metric in METRICS:
        assert value(law, metric) == getattr(one.cost().totals, metric)


def test_a_free_count_that_makes_no_copy_counts_copies_or_says_so():
    layers = WHOLE + "  - conv2d: {repeat: n - 1, out_channels: 100, kernel_size: 3}\n"
    for own in (1, 2, 5):
        one = small(layers, f"params: {{n: {own}}}\n")
        law = law_of(one, free="n")
        right = all(value(law, "params", n=n) == one.cost(n=n).totals.params for n in (1, 2, 3, 7))
        assert right or law.decisions, own


def test_a_free_param_below_a_line():
    one = small(
        WHOLE + "  - conv2d: {out_channels: in_channels // n, kernel_size: 1, bias: false}\n",
        "params: {n: 4}\n",
    )
    law = law_of(one, free="n")
    (piece,) = law.pieces
    assert piece.forms["params"] == typed("400 * alpha + 100 * alpha * 100 * alpha / n")
    for count in (1, 2, 5, 10):
        assert value(law, "params", n=count) == one.cost(n=count).totals.params


def test_a_free_param_is_led_through_its_own_value():
    one = small(WHOLE + "  - conv2d: {out_channels: 10 // n, kernel_size: 1}\n", "params: {n: 4}\n")
    law = law_of(one, free="n")
    for metric in METRICS:
        assert value(law, metric) == getattr(one.cost().totals, metric)
    # 10 // 4 is 2: at n 8 it is half of that.
    assert value(law, "params", n=8) == 400 + 101


def test_a_free_fraction_and_a_free_width():
    one = small(
        "  - conv2d: {out_channels: wide_channels, kernel_size: 1, bias: false}\n"
        "  - conv2d: {out_channels: in_channels * ratio, kernel_size: 1, bias: false}\n",
        "params: {wide_channels: 20, ratio: 0.25}\n",
    )
    law = law_of(one, free=["wide_channels", "ratio"])
    (piece,) = law.pieces
    assert piece.forms["params"] == typed(
        "3 * wide_channels * alpha + (wide_channels * alpha) ** 2 * ratio"
    )
    assert formulas.deviations(law).metrics.keys() == set(METRICS)


# How far it is from the integers


def test_differences_of_mobilenet():
    """Against a loop over the cost table on a coarse part, and at the point that is named."""
    one = costcalc.load("mobilenet")
    found = formulas.deviations(law_of(one))
    assert found.heights == (96, 224)
    assert found.points == 76 * 129
    assert found.invalid == 0

    def by_law(alpha, side):
        rho = Fraction(side, 224)
        macs = 539_492_352 * alpha**2 * rho**2 + 28_224_000 * alpha * rho**2 + 1_024_000 * alpha
        return {"macs": macs, "params": 3_139_584 * alpha**2 + 1_091_392 * alpha + 1000}

    for hundredths in (25, 28, 33, 50, 66, 75, 97, 99, 100):
        alpha = Fraction(hundredths, 100)
        for side in (96, 97, 112, 127, 129, 160, 161, 192, 193, 223, 224):
            totals = one.cost(alpha=alpha, resolution=side).totals
            for metric, computed in by_law(alpha, side).items():
                relative = computed / getattr(totals, metric) - 1
                assert abs(relative) <= abs(found.metrics[metric].relative)
    for metric, worst in found.metrics.items():
        assert worst.resolution[0] == worst.resolution[1]
        totals = one.cost(alpha=worst.alpha, resolution=worst.resolution).totals
        assert worst.exact == getattr(totals, metric)
        assert worst.law == by_law(worst.alpha, worst.resolution[0])[metric]
        assert worst.relative == worst.law / worst.exact - 1
    assert (found.metrics["macs"].alpha, found.metrics["macs"].resolution) == (1, (97, 97))
    assert found.metrics["params"].alpha == Fraction(33, 100)


def worst_by_loop(one, heights, own):
    """The largest relative difference of each metric over the whole search, and the failures."""
    law = law_of(one)
    worst = dict.fromkeys(METRICS, Fraction(0))
    invalid = 0
    for hundredths in range(25, 101):
        for height in heights:
            alpha, rho = Fraction(hundredths, 100), Fraction(height, own)
            try:
                totals = one.cost(alpha=alpha, rho=rho).totals
            except CostcalcError:
                invalid += 1
                continue
            for metric in METRICS:
                exact = getattr(totals, metric)
                if exact:
                    relative = value(law, metric, alpha=alpha, rho=rho) / exact - 1
                    worst[metric] = max(worst[metric], relative, key=abs)
    return worst, invalid


LOOPED = {
    "plain": STEM + "  - conv2d: {out_channels: 13, kernel_size: 3, stride: 2}\n",
    "pieces": STEM + "  - conv2d: {when: alpha < 1/2, out_channels: 30, kernel_size: 3}\n",
    # Borders that a binary float lies beside: on the wrong side, the law would be far off.
    "border 0.35": STEM + "  - conv2d: {when: alpha < 0.35, out_channels: 800, kernel_size: 3}\n",
    "border 0.55": STEM + "  - conv2d: {when: alpha <= 0.55, out_channels: 800, kernel_size: 3}\n",
    "border of rho": STEM
    + "  - conv2d: {when: rho <= 0.97, out_channels: 800, kernel_size: 3}\n"
    + "  - conv2d: {when: rho > 0.98, out_channels: 700, kernel_size: 3}\n",
    "some invalid": STEM + "  - conv2d: {out_channels: 9, kernel_size: 98, padding: valid}\n",
    "few valid": "  - conv2d: {out_channels: 9, kernel_size: 1}\n"
    "  - conv2d: {out_channels: 18, kernel_size: 1, groups: 9}\n"
    "  - conv2d: {out_channels: 7, kernel_size: 5, stride: 7}\n",
    "only macs-free": "  - relu\n  - batch_norm\n",
    "only at 1": STEM + "  - conv2d: {out_channels: 8, kernel_size: 3, groups: 8, bias: false}\n",
}


@pytest.mark.parametrize("name", LOOPED)
def test_differences_against_a_loop(name):
    one = small(LOOPED[name])
    found = formulas.deviations(law_of(one))
    worst, invalid = worst_by_loop(one, range(96, 101), 100)
    assert found.heights == (96, 100)
    assert found.points == 76 * 5
    assert found.invalid == invalid
    for metric in METRICS:
        if metric == "macs" and name == "only macs-free":
            assert metric not in found.metrics
            continue
        difference = found.metrics[metric]
        assert abs(difference.relative) == abs(worst[metric]), metric
        assert difference.relative == difference.law / difference.exact - 1


def test_differences_of_a_network_smaller_than_96():
    one = model("input: [3, 20, 30]\nlayers:\n" + STEM)
    found = formulas.deviations(law_of(one))
    assert (found.heights, found.points) == ((20, 20), 76)
    worst, _ = worst_by_loop(one, [20], 20)
    for metric in METRICS:
        assert found.metrics[metric].relative == worst[metric]
        assert found.metrics[metric].resolution == (20, 30)
    assert re.search(r"over alpha 0\.25\.\.1\.0:0\.01,? .*height 20:\n", str(one.formula()))


def test_differences_of_a_network_that_is_not_square():
    pool = "  - max_pool2d: {kernel_size: 2, padding: same}\n"
    one = model("input: [3, 98, 45]\nlayers:\n" + pool + STEM)
    found = formulas.deviations(law_of(one))
    assert (found.heights, found.points) == ((96, 98), 76 * 3)
    worst, _ = worst_by_loop(one, [96, 97, 98], 98)
    assert found.metrics["macs"].relative == worst["macs"]
    height, width = found.metrics["macs"].resolution
    assert width == round(Fraction(45, 98) * height)


def test_differences_of_a_vector():
    one = model("input: [30]\nlayers:\n  - linear: {out_features: scaled(7)}\n")
    found = formulas.deviations(law_of(one))
    assert (found.heights, found.points, found.invalid) == ((1, 1), 76, 0)
    worst, _ = worst_by_loop(one, [1], 1)
    assert found.metrics["macs"].relative == worst["macs"]
    text = str(one.formula())
    assert "over alpha 0.25..1.0:0.01:\n" in text
    assert "×" not in text


def test_differences_count_what_cannot_be_built():
    one = small(LOOPED["some invalid"])
    assert formulas.deviations(law_of(one)).invalid == 2 * 76
    assert "at 152 of 380 settings the network cannot be built" in str(one.formula())


def test_a_network_without_params_can_be_built():
    one = small("  - max_pool2d: {kernel_size: 2, padding: same}\n  - relu\n")
    found = formulas.deviations(law_of(one))
    assert (found.metrics, found.invalid) == ({}, 0)
    assert "cannot be built" not in str(one.formula())


def test_a_law_without_rounding_is_off_by_nothing():
    one = small(WHOLE + "  - conv2d: {out_channels: 200, kernel_size: [3, 1]}\n")
    found = formulas.deviations(law_of(one))
    assert [found.metrics[metric].relative for metric in METRICS] == [0, 0]
    assert "0.00 %" in str(one.formula())


# Networks at random


def test_random_networks_at_alpha_1():
    compared = [0]

    @settings(max_examples=60, deadline=None, suppress_health_check=LAX)
    @given(networks())
    def check(network):
        inputs, layers, blocks, _ = network
        tree = {"input": inputs, "params": PARAMS, "blocks": blocks, "layers": layers}
        text = yaml.safe_dump(written(tree), sort_keys=False)
        one = model(text)
        try:
            totals = one.cost().totals
        except CostcalcError:
            assume(False)
        note(text)
        try:
            law = law_of(one)
        except CostcalcError:  # at another alpha or rho it cannot be built
            event("refused")
            return
        assert value(law, "macs", alpha=1, rho=1) == totals.macs
        assert value(law, "params", alpha=1, rho=1) == totals.params
        compared[0] += 1

    check()
    assert compared[0] > 30


def test_what_is_compared_is_rounded_as_the_network_rounds_it():
    """5 // 3 is 1: at alpha 1 the condition is false, and 5/3 unrounded would make it true."""
    layer = "  - conv2d: {when: alpha < scaled(5) // 3, out_channels: 7, kernel_size: 1}\n"
    one = small(WHOLE + layer)
    law = law_of(one)
    for metric in METRICS:
        assert value(law, metric) == getattr(one.cost().totals, metric)
