"""Published figures, as printed, against the exact counts.

Those of MobileNet V1 and V2 are typed in here once more, from the papers' and TF-slim's tables, so
that a slip in a config shows. What does not reproduce is named as an erratum.
"""

from fractions import Fraction
from pathlib import Path

import pytest
from support.published_figures import (
    V1_PAPER,
    V1_PAPER_TRUNCATED,
    V1_SLIM,
    V1_SLIM_ERRATA,
    V1_SLIM_TWICE_ROUNDED,
    V2_CELLS,
    V2_SLIM,
)

import costcalc
from costcalc.api import Model
from costcalc.costs.published import figures_of
from costcalc.graph.setting import Setting
from costcalc.importers.reading import load_file
from costcalc.language.lookup import shipped, shipped_files
from costcalc.language.network_file import NetworkFile


def millions(value: int, digits: int) -> Fraction:
    """Rounded half up to so many decimals of a million."""
    unit = 10 ** (6 - digits)
    return Fraction((2 * value + unit) // (2 * unit), 10**digits)


def sources(table: costcalc.Table) -> dict[str, object]:
    return {str(row.figures.source): row for row in table.published}


@pytest.mark.parametrize("cell", V1_SLIM, ids=str)
def test_v1_slim_cell(cell):
    alpha, size = cell
    printed, exact, params, top1 = V1_SLIM[cell]
    table = costcalc.load("mobilenet").cost(alpha=alpha, resolution=size)
    assert table.totals.macs == exact
    differs = cell in V1_SLIM_ERRATA or cell == V1_SLIM_TWICE_ROUNDED
    assert (millions(exact, 0) == printed) == (not differs)
    if cell == V1_SLIM_TWICE_ROUNDED:
        assert millions(exact, 1) == Fraction("149.5")
    (row,) = (row for row in table.published if "TF-slim" in row.figures.source)
    assert row.figures.macs.value == printed * 10**6
    assert float(row.figures.top1) == top1
    assert row.figures.params.value == round(params * 10**6)
    assert (row.macs == "differs") == differs
    assert ("erratum" in row.figures.note) == (cell in V1_SLIM_ERRATA)


def test_v1_slim_params_count_three_vectors_of_batch_norm():
    table = costcalc.load("mobilenet").cost()
    norms = sum(layer.params for layer in table.layers if layer.type == "batch_norm")
    without = table.totals.params - norms
    assert [without + norms // 2 * n for n in (0, 2, 3, 4)] == [
        4_210_088,
        4_231_976,
        4_242_920,
        4_253_864,
    ]


@pytest.mark.parametrize("cell", V1_PAPER, ids=str)
def test_v1_paper_cell(cell):
    variant, alpha, size = cell
    macs, params, top1 = V1_PAPER[cell]
    table = costcalc.load(variant).cost(alpha=alpha, resolution=size)
    (row,) = (row for row in table.published if "Howard" in row.figures.source)
    assert row.figures.macs.text == f"{macs}M"
    assert row.figures.params.text == f"{params}M"
    assert float(row.figures.top1) == top1
    assert table.published[0] is not None
    if cell == ("mobilenet_conv", "1", 224):  # erratum: the classifier is left out
        classifier = table.layers[-1].macs
        assert table.totals.macs == 4_867_293_184
        assert (table.totals.macs - classifier) // 10**6 == macs
    elif cell in V1_PAPER_TRUNCATED:
        assert table.totals.macs == V1_PAPER_TRUNCATED[cell]
        assert table.totals.macs // 10**6 == macs
    else:
        assert millions(table.totals.macs, 0) == macs


def test_v1_paper_params():
    exact = {
        ("mobilenet", "1"): 4_231_976,
        ("mobilenet_conv", "1"): 29_294_088,
        ("mobilenet", "0.75"): 2_585_560,
        ("mobilenet_shallow", "1"): 2_887_976,
    }
    for (variant, alpha), params in exact.items():
        assert costcalc.load(variant).cost(alpha=alpha).totals.params == params


def test_v1_table_2_shares_by_kind():
    """[mult-adds %, params %] by layer type; params without batch norm and biases."""
    table = costcalc.load("mobilenet").cost()
    macs: dict[str, int] = {}
    params: dict[str, int] = {}
    for layer in table.layers:
        kind = layer.type if layer.kernel_size != (1, 1) else "1x1"
        macs[kind] = macs.get(kind, 0) + layer.macs
        weights = layer.params - (1000 if kind == "linear" else 0)
        params[kind] = params.get(kind, 0) + (0 if kind == "batch_norm" else weights)

    def percent(part: dict[str, int], kind: str) -> float:
        return round(100 * part[kind] / sum(part.values()), 2)

    assert percent(macs, "1x1") == 94.86
    assert percent(macs, "depthwise_conv2d") == 3.06
    assert percent(macs, "conv2d") == 1.91  # erratum: printed as 1.19, two digits swapped
    assert percent(macs, "linear") == 0.18
    assert percent(params, "1x1") == 74.59
    assert percent(params, "depthwise_conv2d") == 1.06
    assert percent(params, "conv2d") == 0.02
    assert percent(params, "linear") == 24.33


@pytest.mark.parametrize(
    ("settings", "macs", "published"),
    [
        ({}, 52_283_392, "52.3"),
        ({"alpha": "0.75"}, 29_578_752, "29.6"),
        ({"alpha": "0.75", "rho": "0.714"}, 15_091_200, "15.1"),
    ],
)
def test_v1_table_3_one_layer(settings, macs, published):
    """The layer 512 -> 512 on 14x14 maps, of a network at 224."""
    table = costcalc.load("mobilenet").cost(**settings)
    (row,) = (row for row in table.comparison if row.name == "depthwise_separable_8")
    assert row.separable_macs == macs
    assert millions(macs, 1) == Fraction(published)
    if not settings:
        assert row.standard_macs == 462_422_016
        assert millions(row.standard_params, 2) == Fraction("2.36")
        assert millions(row.separable_params, 2) == Fraction("0.27")


@pytest.mark.parametrize(("alpha", "size"), V2_CELLS)
def test_v2_cell(alpha, size):
    table = costcalc.load("mobilenet_v2").cost(alpha=alpha, resolution=size)
    assert table.totals.macs // 10**6 == V2_SLIM[alpha][1][size]
    (row,) = (row for row in table.published if "TF-slim" in row.figures.source)
    assert row.figures.macs.text == f"{V2_SLIM[alpha][1][size]}M"
    assert row.macs in ("rounded", "truncated")


def test_v2_has_22_cells():
    assert len(V2_CELLS) == 22


@pytest.mark.parametrize("alpha", V2_SLIM)
def test_v2_params_without_batch_norm(alpha):
    table = costcalc.load("mobilenet_v2").cost(alpha=alpha)
    weights = sum(layer.params for layer in table.layers if layer.type != "batch_norm")
    assert millions(weights, 2) == Fraction(V2_SLIM[alpha][0])
    assert table.published[0].figures.params.text == f"{V2_SLIM[alpha][0]}M"


def test_v2_equals_torchvision():
    totals = costcalc.load("mobilenet_v2").cost().totals
    assert (totals.macs, totals.params) == (300_774_272, 3_504_872)


# The other shipped networks


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: Path(path).stem)
def test_a_figure_that_differs_has_a_note(path):
    file = shipped(path)
    for variant in file.variants:
        model = costcalc.load(variant)
        for figures in figures_of(file, variant):
            setting = {"alpha": figures.alpha, "resolution": figures.resolution}
            rows = model.cost(**setting).published
            (row,) = (row for row in rows if row.figures == figures)
            assert figures.note or "differs" not in (row.macs, row.params), figures


def macs(net: str, *left_out: str) -> int:
    layers = costcalc.load(net).cost().layers
    return sum(layer.macs for layer in layers if layer.type not in left_out)


def test_what_notes_say_of_the_figures():
    assert macs("vgg16", "linear") == 15_346_630_656
    assert costcalc.load("squeezenet1_0").cost(resolution=227).totals.macs == 832_667_936
    text = Path(load_file("googlenet")[0].path).read_text("utf-8")
    paper = text.replace('"scaled(c[4])", kernel_size: 3', '"scaled(c[4])", kernel_size: 5')
    totals = Model(NetworkFile(paper, "googlenet.yaml"), None).cost().totals
    assert (totals.macs, totals.params) == (1_582_671_872, 7_005_832)


def test_other_figures_that_a_note_explains():
    mobileone = costcalc.load("mobileone_s2_deployed").cost()
    (pool,) = (row for row in mobileone.layers if row.type == "global_avg_pool")
    assert millions(mobileone.totals.macs, 0) == 1298
    assert millions(mobileone.totals.macs + pool.other_ops, 0) == 1299
    mobileone = costcalc.load("mobileone_s4_deployed").cost()
    squeezes = [row for row in mobileone.layers if ".squeeze_excite." in row.name]
    assert millions(mobileone.totals.macs - sum(row.macs for row in squeezes), 0) == 2978
    cspdarknet = costcalc.load("cspdarknet53").cost()
    without = cspdarknet.totals.params - 2 * batch_norm_channels(cspdarknet)
    assert millions(without, 2) == Fraction("27.61")
    assert millions(2 * cspdarknet.totals.macs, 0) == 13_067
    dla = costcalc.load("dla34").cost()
    assert millions(dla.totals.params + 2 * batch_norm_channels(dla), 1) == Fraction("15.8")
    assert round(macs("hrnet_w18_small") / 2**30, 2) == 1.49


def test_shufflenet_without_its_classifier():
    for net, printed in {"g1": 143, "g2": 140, "g3": 137, "g4": 133, "g8": 137}.items():
        assert millions(macs(f"shufflenet_{net}", "linear"), 0) == printed


def test_shufflenet_v2_as_its_authors_have_it():
    """The first unit's two last 1x1 convolutions: 24 to 24 and half to all but 24 channels."""
    for size, half, printed in (("1_0", 58, 146), ("1_5", 88, 299), ("2_0", 122, 591)):
        theirs = 24 * 24 + half * (2 * half - 24)
        ours = 24 * half + half * half
        exact = macs(f"shufflenet_v2_x{size}") + (theirs - ours) * 28 * 28
        assert millions(exact, 0) == printed


def batch_norm_channels(table: costcalc.Table) -> int:
    return sum(row.output_shape.channels for row in table.layers if row.type == "batch_norm")


@pytest.mark.parametrize(
    ("net", "printed"),
    {
        "efficientnet_b0": "5.3",
        "efficientnet_b1": "7.9",
        "efficientnet_b2": "9.2",
        "efficientnet_b3": "12.3",
        "efficientnet_b4": "19.5",
        "efficientnet_b5": "30.6",
        "efficientnet_b6": "43.3",
        "efficientnet_b7": "66.7",
        "efficientnet_v2_b0": "7.2",
        "efficientnet_v2_b1": "8.2",
        "efficientnet_v2_b2": "10.2",
        "efficientnet_v2_b3": "14.5",
        "efficientnet_v2_s": "21.6",
        "efficientnet_v2_m": "54.4",
        "efficientnet_v2_l": "119.0",
        "inception_resnet_v2": "55.9",
        "nasnet_mobile": "5.3",
        "resnet50_v2": "25.6",
        "xception": "22.9",
    }.items(),
)
def test_keras_counts_moving_means_and_variances(net, printed):
    table = costcalc.load(net).cost()
    (row,) = (row for row in table.published if "keras" in row.figures.source)
    assert row.figures.params.text == f"{printed}M"
    assert millions(table.totals.params + 2 * batch_norm_channels(table), 1) == Fraction(printed)


@pytest.mark.parametrize(
    ("net", "printed", "unit"),
    [
        ("lcnet_100", "161", 6),
        ("lcnet_050", "47", 6),
        ("repvgg_a0", "152", 7),
        ("starnet_s1", "425", 6),
        ("starnet_s2", "547", 6),
        ("starnet_s3", "757", 6),
        ("starnet_s4", "1054", 6),  # erratum: printed as 1075
    ],
)
def test_figures_that_count_batch_norm(net, printed, unit):
    table = costcalc.load(net).cost()
    norms = sum(row.other_ops for row in table.layers if row.type == "batch_norm")
    assert round((table.totals.macs + norms) / 10**unit) == int(printed)


def test_figures_without_the_products_of_attention():
    for net, width, printed in (("vit_tiny_patch16", 192, 11), ("vit_base_patch16", 768, 169)):
        table = costcalc.load(net).cost()
        products = 12 * 2 * 197 * 197 * width
        norms = sum(row.other_ops for row in table.layers if row.type == "layer_norm")
        assert round((table.totals.macs - products + norms) / 10**8) == printed


def test_retinanet_without_its_batch_norms():
    table = costcalc.load("retinanet_resnet50_fpn").cost()
    norms = sum(row.params for row in table.layers if row.type == "batch_norm")
    (row,) = table.published
    assert table.totals.params - norms == row.figures.params.value
    assert f"{norms:,}" in row.figures.note


@pytest.mark.parametrize("net", ["x3d_s", "x3d_xs", "x3d_m", "x3d_l"])
def test_x3d_without_batch_norm(net):
    table = costcalc.load(net).cost()
    weights = sum(layer.params for layer in table.layers if layer.type != "batch_norm")
    (row,) = table.published
    assert row.figures.params.agreement(weights) in ("rounded", "truncated")


def test_deeplabv3_with_the_head_that_only_training_has():
    table = costcalc.load("deeplabv3_mobilenet_v3_large").cost()
    (row,) = table.published
    weights = 40 * 10 * 9 + 10 * 21  # of a 3x3 and a 1x1 convolution, on an eighth of the image
    macs, params = 65 * 65 * weights, weights + 2 * 10 + 21
    assert table.totals.params + params == row.figures.params.value
    assert row.figures.macs.agreement(table.totals.macs + macs) == "rounded"
    assert f"{macs:,} MACs and {params:,} params" in row.figures.note


def test_se_resnet_with_the_stride_in_its_first_convolutions():
    text = Path(load_file("seresnet50")[0].path).read_text("utf-8")
    paper = text.replace("out_channels: width}", "out_channels: width, stride}").replace(
        "out_channels: width, kernel_size: 3, stride}", "out_channels: width, kernel_size: 3}"
    )
    table = Model(NetworkFile(paper, "se_resnet.yaml"), None).cost()
    assert (table.totals.macs, table.totals.params) == (3_860_488_192, 28_088_024)
    gates = [row for row in table.layers if row.type in ("global_avg_pool", "multiply")][:-1]
    assert len(gates) == 2 * 16
    assert round((table.totals.macs + sum(row.other_ops for row in gates)) / 10**7) == 387


@pytest.mark.parametrize(
    ("net", "exact", "printed"),
    [
        ("resnet50", 3_857_973_248, "3.8G"),
        ("resnet101", 7_570_194_432, "7.6G"),
        ("resnet152", 11_282_415_616, "11.3G"),
    ],
)
def test_resnet_with_the_stride_in_its_first_convolutions(net, exact, printed):
    text = Path(load_file(net)[0].path).read_text("utf-8")
    start, stop = text.index("  deep:"), text.index("layers:\n  - conv_bn_act")
    unit = """
  deep:
    params: {channels, stride: 1}
    layers:
      - residual:
          layers:
            - conv_bn_act: {out_channels: channels, stride}
            - conv_bn_act: {out_channels: channels, kernel_size: 3}
            - conv_bn: {out_channels: 4 * channels}
          shortcut:
            - conv_bn: {when: in_channels != 4 * channels, out_channels: 4 * channels, stride}
      - relu
"""
    paper = NetworkFile(text[:start] + unit + text[stop:], "resnet.yaml")
    totals = Model(paper, net).cost().totals
    reference = costcalc.load(net).cost()
    assert (totals.macs, totals.params) == (exact, reference.totals.params)
    (row,) = (row for row in reference.published if "Table 1" in row.figures.source)
    assert row.figures.macs.text == printed
    assert row.figures.macs.agreement(exact) in ("rounded", "truncated")
    assert f"{exact:,}" in row.figures.note


@pytest.mark.parametrize(
    ("net", "macs", "params"),
    [
        ("mobilenet_v3_large", 154_560_624, 3_993_528),
        ("mobilenet_v3_small", 43_399_344, 2_041_872),
    ],
)
def test_v3_at_three_quarters_of_the_width(net, macs, params):
    model = costcalc.load(net)
    totals = model.cost(alpha="0.75", keras=True).totals
    assert (totals.macs, totals.params) == (macs, params)
    (row,) = model.cost(alpha="0.75").published
    assert row.figures.params.agreement(params) == "rounded"
    assert (row.figures.macs.agreement(macs) == "rounded") == (net == "mobilenet_v3_large")
    assert f"{macs:,}" in row.figures.note
    assert f"{params:,}" in row.figures.note


def test_figures_of_another_setting_are_not_shown():
    model = costcalc.load("mobilenet")
    assert model.cost(alpha="0.6").published == []
    assert model.cost(resolution=200).published == []
    assert model.cost(resolution="224x192").published == []
    assert model.cost(deep=4).published == []
    assert len(model.cost().published) == 2
    assert costcalc.load("mobilenet_shallow").cost(alpha="0.5").published == []


def test_a_variant_with_figures_of_its_own():
    from costcalc.graph.builder import build

    text = """
input: [3, 8, 8]
params: {n: 1}
variants:
  a: {}
  b: {params: {n: 2}, published: [{macs: 5k, top1: 12.5}]}
layers: [relu: {repeat: n}]
published:
  - {source: one, macs: 1k}
  - {source: two, variant: b, macs: 2k}
"""
    file = NetworkFile(text, "t.yaml")
    assert build(file, Setting("b")).setting.variant == "b"
    assert [row.source for row in figures_of(file, "a")] == ["one"]
    assert [row.macs.value for row in figures_of(file, "b") if row.macs] == [5000]


@pytest.mark.parametrize(
    ("printed", "exact", "agreement"),
    [
        ("569M", 568_740_352, "rounded"),
        ("290M", 290_675_200, "truncated"),
        ("290M", 290_999_999, "truncated"),
        ("290M", 291_000_000, "differs"),
        ("290M", 289_500_000, "rounded"),
        ("290M", 289_499_999, "differs"),
        ("4.2M", 4_231_976, "rounded"),
        ("4.24M", 4_231_976, "differs"),
        ("4231976", 4_231_976, "rounded"),
        ("4231976", 4_231_977, "differs"),
        ("1.5G", 1_549_999_999, "rounded"),
    ],
)
def test_how_a_printed_figure_agrees(printed, exact, agreement):
    from costcalc.language.published import PrintedCount
    from costcalc.units import count

    assert PrintedCount(printed, *count(printed)).agreement(exact) == agreement
