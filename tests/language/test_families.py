"""A network that is not shipped, of a family that is: the error says what reaches it."""

import json
import shlex

import pytest

import costcalc
from costcalc.cli import run
from costcalc.language.families import members
from costcalc.language.lookup import shipped_names

PARAMS = {
    "efficientnet_b4": 19_341_616,
    "efficientnet_b5": 30_389_784,
    "efficientnet_b6": 43_040_704,
    "efficientnet_b7": 66_347_960,
    "mobileone_s1": 4_825_192,
    "nasnet_large": 88_753_150,
    "resnet101_v2": 44_577_896,
    "resnext101_32x8d": 88_791_336,
    "resnext101_64x4d": 83_455_272,
    "seresnet101": 49_326_872,
    "seresnet152": 66_821_848,
    "vgg11_bn": 132_868_840,
    "vgg13_bn": 133_053_736,
    "vgg19_bn": 143_678_248,
    "vit_base_patch32": 88_224_232,
    "vit_huge_patch14": 632_045_800,
    "vit_large_patch16": 304_326_632,
    "vit_large_patch32": 306_535_400,
    "wide_resnet101_2": 126_886_696,
}
"""Of the references, trainable, as they print them."""
MACS = {"efficientnet_b4": 4_393_771_024, "efficientnet_b7": 37_745_884_192}


def fault(net):
    with pytest.raises(costcalc.CostcalcError) as caught:
        costcalc.load(net)
    return caught.value


def totals(arguments, capsys):
    assert run(["analyze", *shlex.split(arguments), "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)["networks"][0]["totals"]


def test_every_member_has_a_reference():
    assert members().keys() == PARAMS.keys()
    assert not members().keys() & set(shipped_names())


@pytest.mark.parametrize("name", members())
def test_what_the_hint_says_is_the_member(name, capsys):
    error = fault(name)
    assert error.message == f"'{name}' is not shipped"
    before, _, arguments = error.hint.partition(": ")
    assert before == "a setting of a shipped network gives it"
    found = totals(arguments, capsys)
    assert found["params"] == PARAMS[name]
    assert found["macs"] == MACS.get(name, found["macs"])


@pytest.mark.parametrize("name", ["efficientnet_b4.yaml", "efficientnet:efficientnet_b4"])
def test_however_it_is_named(name):
    error = fault(name)
    assert error.hint == fault("efficientnet_b4").hint
    assert "efficientnet_b4" in error.message


def test_as_a_variant():
    with pytest.raises(costcalc.CostcalcError) as caught:
        costcalc.load("efficientnet", "efficientnet_b4").cost()
    assert caught.value.hint == fault("efficientnet_b4").hint


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("efficientnetb4", "efficientnet_b0 --alpha 1.4 --set depth=1.8 --resolution 380"),
        ("EfficientNet-B4", "efficientnet_b0 --alpha 1.4 --set depth=1.8 --resolution 380"),
        ("mobilenet_v2_140", "mobilenet_v2 --alpha 1.4"),
        ("mobilenetv2_050", "mobilenet_v2 --alpha 0.5"),
        ("mobilenet_v2_1.4", "mobilenet_v2 --alpha 1.4"),
        ("mobilenet_0.25_128", "mobilenet --alpha 0.25 --resolution 128"),
        ("mobilenet_v3_large_075", "mobilenet_v3_large --alpha 0.75"),
        ("ghostnet_130", "ghostnet --alpha 1.3"),
        ("vit_base_patch16_384", "vit_base_patch16 --resolution 384"),
        ("mobilenet_v2_100_192", "mobilenet_v2 --alpha 1 --resolution 192"),
    ],
)
def test_a_width_and_a_resolution_in_a_name_are_settings(name, arguments, capsys):
    assert fault(name).hint == f"a setting of a shipped network gives it: {arguments}"
    assert totals(arguments, capsys)


def test_a_sibling_is_told_its_family():
    error = fault("resnet20")
    assert error.message == "'resnet20' is not shipped"
    assert error.hint == (
        "of its family resnet18, resnet34, resnet50, resnet101, resnet152, ... are, with the "
        "params unit, depths, groups, group_width, classes: see costcalc show resnet18"
    )
    assert "efficientnet_b3 are, with the params depth, classes" in fault("efficientnet_b8").hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mobilnet", "did you mean 'mobilenet'?"),
        ("mobilenet_v22", "did you mean 'mobilenet_v2'?"),
        ("mobilenetv2", "did you mean 'mobilenet_v2'?"),
        ("resnet-50", "did you mean 'resnet50'?"),
        ("my_network", "costcalc list shows the shipped networks"),
    ],
)
def test_a_mistyped_name_is_told_the_nearest(name, hint):
    assert fault(name).hint == hint
