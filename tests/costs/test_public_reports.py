"""Questions that people asked of counters in public, with the right figures.

Each file in public_reports/ is one of them: its `source` says where it was asked, its `published`
figures are the right ones, and its number is that of the collection that they were taken from.
Questions about networks that are shipped, and about more than macs and params, are below.
"""

import json
import shlex
from pathlib import Path

import pytest

import costcalc
from costcalc.cli import run
from costcalc.costs.published import figures_of
from costcalc.importers.reading import load_file

REPORTS = sorted((Path(__file__).parent / "public_reports").glob("*.yaml"))


XS = "mobilevit_s --set 'widths=[32,48,64,80,96]' --set 'token_widths=[96,120,144]' --set head=384"


def report(number, **given):
    (path,) = (path for path in REPORTS if path.name.startswith(f"{number:02}_"))
    return costcalc.load(str(path), **given)


def totals(command, capsys):
    assert run(["analyze", *shlex.split(command), "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)["networks"][0]["totals"]


def test_there_are_reports():
    assert len(REPORTS) == 38


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_right_figures(path):
    file, _ = load_file(str(path))
    assert file.source
    for variant in file.variants or [None]:
        rows = figures_of(file, variant)
        assert rows
        for row in rows:
            found = costcalc.load(str(path), variant).cost(resolution=row.resolution).totals
            assert (found.macs, found.params) == (row.macs.value, row.params.value)


@pytest.mark.parametrize(
    ("command", "macs", "params"),
    [
        # 37: sovrasov/flops-counter.pytorch, issue 33; pytorch/vision, issue 973
        ("mobilenet_v2 --alpha 1.4", 582_195_824, 6_108_776),
        # 38: huggingface/pytorch-image-models, issue 134
        ("mobilenet_v3_large", 216_589_760, 5_483_032),
        # 41: Lyken17/pytorch-OpCounter, issue 69
        ("efficientnet_b0", 385_814_752, 5_288_548),
        ("efficientnet_b4", 4_393_771_024, 19_341_616),
        ("efficientnet_b7", 37_745_884_192, 66_347_960),
        # 44: apple/ml-cvnets, issue 47
        (f"{XS} --resolution 256", 1_025_911_808, 2_317_848),
        (f"{XS} --resolution 224", 772_340_288, 2_317_848),
        # 56: tensorflow/tflite-micro, issue 2474
        ("vww_mobilenet", 7_489_664, 216_322),
        # 60: maziyarpanahi/openmed, pull request 1696
        ("mobilenet_v3_small", 56_510_400, 2_542_856),
    ],
)
def test_right_figures_of_shipped_networks(command, macs, params, capsys):
    found = totals(command, capsys)
    assert (found["macs"], found["params"]) == (macs, params)


@pytest.mark.parametrize(
    ("number", "convention", "total"),
    [
        (6, "thop", 135_168),
        (6, "calflops", 4_096),
        (6, "fvcore", 49_152),
        (12, "torchinfo", 173_232_616),
        (42, "ptflops-pytorch", 233_093_376),
    ],
)
def test_what_tools_print(number, convention, total):
    assert report(number, convention=convention).cost().totals.total == total


@pytest.mark.parametrize(
    ("command", "key", "count"),
    [
        # 37, 38: batch norm counts, unless it is folded
        ("mobilenet_v2 --alpha 1.4 --convention ptflops-pytorch", "total", 610_186_408),
        ("mobilenet_v3_large --convention thop", "total", 234_838_456),
        ("mobilenet_v3_large --convention thop --fold-batch-norm", "total", 217_239_224),
    ],
)
def test_what_tools_print_of_shipped_networks(command, key, count, capsys):
    assert totals(command, capsys)[key] == count


def test_01_adds_biases_apart():
    found = report(1).cost()
    assert (found.layers[-1].output_shape, found.totals.other_ops) == ((1, 4, 4), 16)


def test_06_bilinear_upsampling_computes_no_macs():
    assert report(6).cost().totals.other_ops == 4 * 3 * 64 * 64


def test_12_thop_leaves_attention_out():
    assert report(12, convention="thop").cost().totals.convention_params == 58_067_176


def test_31_keras_counts_moving_means_and_variances():
    totals = report(31, convention="keras").cost().totals
    assert totals.convention_params == totals.params + 6_112


def test_34_a_third_of_the_macs_is_in_one_layer():
    found = report(34).cost()
    most = max(found.layers, key=lambda layer: layer.macs)
    assert (most.line, round(100 * most.macs / found.totals.macs)) == (8, 37)


def test_39_an_expansion_of_the_first_block(tmp_path):
    """austingg/MobileNet-v2-caffe, issue 2: one convolution more than the paper's network."""
    text = Path(load_file("mobilenet_v2")[0].path).read_text("utf-8")
    before = "  - inverted_residual: {out_channels: 16, expansion: 1}\n"
    assert before in text
    path = tmp_path / "net.yaml"
    path.write_text(text.replace(before, "  - conv_bn_act: {out_channels: 32}\n" + before))
    found = costcalc.load(str(path)).cost().totals
    assert (found.macs, found.params) == (313_619_328, 3_505_960)


def test_47_a_multiplier_is_no_alpha(tmp_path):
    """keras-team/keras, issue 10349; tensorflow/models, issue 3493."""
    path = tmp_path / "net.yaml"
    layers = "[depthwise_conv2d: {kernel_size: 3, multiplier: 0.25}]"
    path.write_text(f"input: [32, 96, 96]\nlayers: {layers}\n")
    with pytest.raises(costcalc.Problems) as caught:
        costcalc.load(str(path)).cost()
    (error,) = caught.value.problems
    assert error.message == "depthwise_conv2d: multiplier must be a whole number, not 0.25"
    assert "--alpha 0.25" in error.hint


def test_48_multiplies_and_adds_one_by_one(tmp_path):
    """27 products and 26 sums an output."""
    path = tmp_path / "strict.yaml"
    path.write_text("like: default\nunit: FLOP\ncount:\n  conv2d: {macs: 2, output: -1}\n")
    totals = report(48, convention=str(path)).cost().totals
    assert totals.total == (27 + 26) * 16 * 112 * 112 == 10_637_312


def test_51_a_batch_has_the_macs_of_each_sample_and_params_once():
    found = report(51).cost(batch=32).totals
    assert (found.macs, found.params) == (3_200, 110)


def test_55_elements_of_all_maps():
    """Twice these, in 4 bytes each, are the 0.144 MiB that torchsummary prints."""
    layers = report(55).cost().layers
    maps = [layer for layer in layers if layer.type not in ("relu", "flatten")]
    assert sum(layer.output_shape.elements for layer in maps) == 18_910


def test_56_the_largest_input_and_output_of_a_convolution():
    layers = costcalc.load("vww_mobilenet").cost().layers
    most = max(
        layer.input_shape.elements + layer.output_shape.elements
        for layer in layers
        if layer.kernel_size and layer.macs
    )
    assert most == 55_296


def test_58_bytes_of_weights_of_several_widths(capsys):
    (path,) = (path for path in REPORTS if path.name.startswith("58_"))
    whole = totals(shlex.quote(str(path)), capsys)
    found = totals(f"{shlex.quote(str(path))} --bits binary=1", capsys)
    assert (found["weights_int8"], found["weights_float32"]) == (4_010, 9_128)
    assert whole["weights_int8"] == 20_138


def test_60_a_budget_of_a_variant(capsys):
    judge = ["check", "mobilenet_v3_small", "--max"]
    assert run([*judge, "weights_int8=2.6MB"]) == 0
    assert run([*judge, "weights_int8=2.5MB"]) == 1
    assert "2,542,856" in capsys.readouterr().out


def test_frozen_params_are_apart():
    found = report(32).cost().totals
    assert (found.params, found.frozen_params, found.weights_int8) == (330, 5088, 5418)


def test_active_params_are_those_of_the_active_experts():
    found = report(65).cost().totals
    assert (found.params, found.active_params) == (1_049_600, 263_168)
