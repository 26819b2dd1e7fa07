"""A network that is not shipped, of a family that is: the error says what reaches it."""

import json
import shlex

import pytest

import costcalc
from costcalc.cli import run
from costcalc.language.families import members
from costcalc.language.lookup import shipped_names

PARAMS = {
    "bert_large": 335_141_888,
    "bert_tiny": 4_385_920,
    "convnext_large": 197_767_336,
    "convnextv2_base": 88_717_800,
    "convnextv2_femto": 5_233_240,
    "convnextv2_huge": 660_289_640,
    "convnextv2_large": 197_956_840,
    "convnextv2_nano": 15_623_800,
    "convnextv2_pico": 9_066_280,
    "convnextv2_small": 50_318_440,
    "convnextv2_tiny": 28_635_496,
    "densenet161": 28_681_000,
    "distilgpt2": 81_912_576,
    "efficientformer_l3": 31_406_000,
    "efficientformer_l7": 82_229_328,
    "efficientnet_v2_xl": 208_119_808,
    "ese_vovnet19b_slim_dw": 1_897_752,
    "fastvit_s12": 9_473_576,
    "fastvit_t12": 7_553_704,
    "gemma_7b": 8_537_680_896,
    "ghostnetv2_130": 8_960_404,
    "ghostnetv2_160": 12_392_698,
    "gpt2_large": 774_030_080,
    "gpt2_medium": 354_823_168,
    "gpt2_xl": 1_557_611_200,
    "hrnet_w18": 21_299_004,
    "hrnet_w18_small_v2": 15_597_464,
    "hrnet_w30": 37_712_220,
    "hrnet_w32": 41_232_680,
    "hrnet_w40": 57_557_160,
    "hrnet_w44": 67_064_984,
    "hrnet_w48": 77_469_864,
    "hrnet_w64": 128_059_944,
    "llama_2_13b": 13_015_864_320,
    "llama_2_70b": 68_976_648_192,
    "llama_2_7b": 6_738_415_616,
    "llama_3_2_3b": 3_212_749_824,
    "llama_3_70b": 70_553_706_496,
    "mixtral_8x22b": 140_630_071_296,
    "mnasnet0_35": 1_788_232,
    "mnasnet1_4": 7_115_728,
    "mobilenet_v3_large_075": 3_993_528,
    "mobilenet_v3_small_075": 2_041_872,
    "mobilevit_xs": 2_317_848,
    "mobilevit_xxs": 1_272_024,
    "nasnet_large": 88_753_150,
    "poolformer_m36": 56_172_520,
    "poolformer_m48": 73_473_448,
    "poolformer_s24": 21_388_968,
    "poolformer_s36": 30_862_760,
    "qwen2_5_1_5b": 1_543_714_304,
    "qwen2_5_7b": 7_615_616_512,
    "regnet_x_16gf": 54_278_536,
    "regnet_x_200mf": 2_684_792,
    "regnet_x_32gf": 107_811_560,
    "regnet_y_128gf": 644_812_894,
    "regnet_y_16gf": 83_590_140,
    "regnet_y_200mf": 3_162_996,
    "regnet_y_32gf": 145_046_770,
    "repvgg_a1": 14_092_264,
    "repvgg_a2": 28_210_600,
    "repvgg_b0": 15_817_960,
    "repvgg_b1": 57_415_016,
    "repvgg_b2": 89_022_376,
    "repvgg_b3": 123_085_288,
    "repvit_m1_0": 7_302_796,
    "repvit_m1_5": 14_644_432,
    "repvit_m2_3": 23_688_792,
    "res2net101_26w_4s": 45_206_688,
    "res2net50_26w_4s": 25_699_120,
    "resnet101_v2": 44_577_896,
    "resnet200": 64_673_832,
    "resnet26": 15_995_176,
    "resnext101_32x16d": 194_026_792,
    "resnext101_32x4d": 44_177_704,
    "resnext101_32x8d": 88_791_336,
    "resnext101_64x4d": 83_455_272,
    "seresnet101": 49_326_872,
    "seresnet152": 66_821_848,
    "starnet_s050": 542_728,
    "starnet_s100": 1_043_280,
    "starnet_s150": 1_560_616,
    "swin_base": 87_768_224,
    "swin_large": 196_532_476,
    "t5_base": 222_903_552,
    "t5_large": 737_668_096,
    "tinyllama_1_1b": 1_100_048_384,
    "vgg11_bn": 132_868_840,
    "vgg13_bn": 133_053_736,
    "vgg19_bn": 143_678_248,
    "vit_base_patch32": 88_224_232,
    "vit_base_patch8": 86_576_872,
    "vit_huge_patch14": 632_045_800,
    "vit_large_patch16": 304_326_632,
    "vit_large_patch32": 306_535_400,
    "vit_small_patch32": 22_878_952,
    "wide_resnet101_2": 126_886_696,
}
"""Of the references, trainable, as they print them."""
MACS = {
    "convnext_large": 34_361_433_600,
    "densenet161": 7_727_907_072,
    "efficientnet_v2_xl": 93_353_451_520,
    "mobilenet_v3_large_075": 154_560_624,
    "mobilenet_v3_small_075": 43_399_344,
    "regnet_y_128gf": 127_517_815_680,
    "regnet_y_16gf": 15_911_510_272,
    "swin_base": 15_430_946_816,
    "swin_large": 34_475_759_616,
}


def fault(net):
    with pytest.raises(costcalc.CostcalcError) as caught:
        costcalc.load(net)
    return caught.value


def totals(arguments, capsys):
    assert run(["analyze", *shlex.split(arguments), "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)["networks"][0]["totals"]


def test_every_member_has_a_reference():
    assert members("settings").keys() == PARAMS.keys()
    for kind in ("settings", "structures"):
        assert not members(kind).keys() & set(shipped_names())
    assert not members("settings").keys() & members("structures").keys()


@pytest.mark.parametrize("name", members("settings"))
def test_what_the_hint_says_is_the_member(name, capsys):
    error = fault(name)
    assert error.message == f"'{name}' is not shipped"
    before, _, arguments = error.hint.partition(": ")
    assert before == "a setting of a shipped network gives it"
    found = totals(arguments, capsys)
    assert found["params"] == PARAMS[name]
    assert found["macs"] == MACS.get(name, found["macs"])


@pytest.mark.parametrize("name", ["vgg11_bn.yaml", "vgg:vgg11_bn"])
def test_however_it_is_named(name):
    error = fault(name)
    assert error.hint == fault("vgg11_bn").hint
    assert "vgg11_bn" in error.message


def test_as_a_variant():
    with pytest.raises(costcalc.CostcalcError) as caught:
        costcalc.load("vgg", "vgg11_bn").cost()
    assert caught.value.hint == fault("vgg11_bn").hint


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("vgg11bn", "vgg11_bn"),
        ("VGG11-BN", "vgg11_bn"),
        ("mnasnet_035", "mnasnet0_35"),
        ("mobilenetv3_large_075", "mobilenet_v3_large_075"),
        ("vit:vit_base_patch8", "vit_base_patch8"),
    ],
)
def test_spellings_of_a_member(name, member):
    assert fault(name).hint == fault(member).hint


@pytest.mark.parametrize(
    ("name", "meaning", "arguments"),
    [
        ("mobilenet_v2_140", "140 is its width multiplier", "mobilenet_v2 --alpha 1.4"),
        ("mobilenetv2_050", "050 is its width multiplier", "mobilenet_v2 --alpha 0.5"),
        ("mobilenet_v2_1.4", "1.4 is its width multiplier", "mobilenet_v2 --alpha 1.4"),
        (
            "mobilenet_0.25_128",
            "0.25 is its width multiplier and 128 is its resolution",
            "mobilenet --alpha 0.25 --resolution 128",
        ),
        (
            "mobilenet_v3_large_050",
            "050 is its width multiplier",
            "mobilenet_v3_large --alpha 0.5",
        ),
        ("ghostnet_130", "130 is its width multiplier", "ghostnet --alpha 1.3"),
        ("vit_base_patch16_384", "384 is its resolution", "vit_base_patch16 --resolution 384"),
        (
            "mobilenet_v2_100_192",
            "100 is its width multiplier and 192 is its resolution",
            "mobilenet_v2 --alpha 1 --resolution 192",
        ),
    ],
)
def test_a_width_and_a_resolution_in_a_name_are_settings(name, meaning, arguments, capsys):
    """The name alone does not say so: the hint is a condition."""
    assert fault(name).message == f"'{name}' is not shipped"
    assert fault(name).hint == (
        f"if {meaning}, a setting of a shipped network gives it: {arguments}"
    )
    assert totals(arguments, capsys)


@pytest.mark.parametrize(("name", "near"), members("structures").items())
def test_a_member_of_another_structure_is_told_where_to_start(name, near):
    error = fault(name)
    assert error.message == f"'{name}' is not shipped"
    assert f"start from costcalc show {near} > mine.yaml, with the params " in error.hint
    assert near in shipped_names()
    file = shipped_names()[near]
    assert set(error.hint.rpartition("params ")[2].split(", ")) == set(file.network_params)


def test_a_member_of_a_file_that_lacks_it():
    assert fault("densenet:densenet264").hint == fault("densenet264").hint
    assert fault("densenet264").hint == (
        "of its family, densenet121, densenet169, densenet201 are shipped: to write your own, "
        "start from costcalc show densenet121 > mine.yaml, with the params growth_channels, "
        "depths, stem, classes"
    )
    assert fault("inception_v4").hint.startswith("of its family, inception_v3 is shipped: ")


@pytest.mark.parametrize("name", ["", "a\nb"])
def test_names_that_nothing_has(name):
    with pytest.raises(costcalc.CostcalcError) as caught:
        costcalc.load("vit", name)
    assert "has no variant" in caught.value.message


def test_a_sibling_is_told_its_family():
    error = fault("resnet20")
    assert error.message == "'resnet20' is not shipped"
    assert error.hint == (
        "of its family, resnet18, resnet34, resnet50, resnet101, resnet152, ... are shipped: to "
        "write your own, start from costcalc show resnet18 > mine.yaml, with the params unit, "
        "depths, groups, group_width, classes"
    )
    assert "efficientnet_b4, ... are shipped" in fault("efficientnet_b8").hint
    for name, near in (
        ("resnext50_32x8d", "resnext50_32x4d"),
        ("wide_resnet50_4", "wide_resnet50_2"),
        ("regnetx_016", "regnetx_002"),
    ):
        assert f"start from costcalc show {near} > mine.yaml" in fault(name).hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mobilnet", "did you mean 'mobilenet'?"),
        ("mobilenet_v22", "did you mean 'mobilenet_v2'?"),
        ("mobilenetv2", "did you mean 'mobilenet_v2'?"),
        ("resnet-50", "did you mean 'resnet50'?"),
        ("Llama-3.2-1B", "did you mean 'llama_3_2_1b'?"),
        ("Qwen2.5-0.5B", "did you mean 'qwen2_5_0_5b'?"),
        ("my_network", "costcalc list shows the shipped networks"),
    ],
)
def test_a_mistyped_name_is_told_the_nearest(name, hint):
    assert fault(name).hint == hint
