"""A setting is one value: what may be said together, how it reads, and which are the same."""

from fractions import Fraction

import pytest

import costcalc
from costcalc.accounting.convention import accounting
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import AS_WRITTEN, Setting, replace
from costcalc.language.network_file import NetworkFile

NET = """\
input: {image: [3, 20, 30], vector: [7]}
alpha: 1/2
params: {n: 2}
variants: {a: {}, b: {params: {n: 3}}}
layers:
  - conv2d: {from: image, out_channels: 8, kernel_size: 1, repeat: n}
"""
FILE = NetworkFile(NET, "n.yaml")
HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("setting", "text", "key"),
    [
        (Setting(), "", ""),
        (
            Setting("a", HALF, Fraction(5, 7)),
            "variant a, alpha 0.5, rho 5/7",
            "variant=a alpha=0.5 rho=5/7",
        ),
        (Setting(resolution=(160, 160)), "resolution 160", "resolution=160x160"),
        (Setting(resolution=(128, 96)), "resolution 128×96", "resolution=128x96"),
        (Setting(params={"n": 3, "unit": "relu"}), "n 3, unit relu", "n=3 unit=relu"),
        (
            Setting(accounting=accounting("fvcore", fold_batch_norm=True)),
            "batch norm folded",
            "convention=fvcore folded",
        ),
        (Setting(accounting=accounting("default")), "", ""),
    ],
)
def test_text_and_key(setting, text, key):
    assert (setting.text(), setting.key()) == (text, key)


def test_equal_settings_are_one():
    assert Setting("a", HALF) == Setting("a", Fraction("0.5"))
    assert len({Setting("a"), Setting("a"), Setting("b"), Setting(), AS_WRITTEN}) == 3


@pytest.mark.parametrize(
    "say",
    [
        lambda: Setting(rho=HALF, resolution=(8, 8)),
        lambda: replace(Setting(rho=HALF), resolution=(8, 8)),
        lambda: costcalc.load("mobilenet").cost(rho="1/2", resolution=8),
        lambda: costcalc.load("mobilenet").sweep(rho="1/2", resolution=8),
        lambda: costcalc.load("mobilenet").solve({"macs": 1}, rho="1/2", resolution=8),
        lambda: costcalc.diff("mobilenet", "mobilenet_v2", rho="1/2", resolution="8"),
        lambda: costcalc.conventions("mobilenet", rho="1/2", resolution="8"),
    ],
)
def test_rho_and_resolution_exclude_each_other(say):
    with pytest.raises(CostcalcError, match=r"^give rho or resolution, not both$"):
        say()


def test_inputs_and_the_ratio_of_their_sides():
    shapes = {"image": (3, 20, 30), "vector": (7,)}
    assert {name: tuple(x) for name, x in Setting().inputs(shapes).items()} == {
        "image": (3, 20, 30),
        "vector": (7,),
    }
    assert tuple(Setting(rho=HALF).inputs(shapes)["image"]) == (3, 10, 15)
    assert tuple(Setting(resolution=(4, 9)).inputs(shapes)["image"]) == (3, 4, 9)
    assert Setting().ratio(shapes) == 1
    assert Setting(rho=HALF).ratio(shapes) == HALF
    assert Setting(resolution=(10, 15)).ratio(shapes) == HALF
    assert Setting(resolution=(10, 16)).ratio(shapes) is None
    assert Setting(resolution=(4, 4)).ratio({"vector": (7,)}) == 1


def test_a_network_has_the_setting_that_it_was_built_at():
    setting = build(FILE).setting
    assert (setting.variant, setting.alpha, setting.rho, setting.params) == ("a", HALF, None, {})
    network = build(FILE, Setting("b", Fraction(1, 4), resolution=(4, 4), params={"n": "6 // 2"}))
    assert (network.setting.variant, network.setting.alpha) == ("b", Fraction(1, 4))
    assert len(network.nodes) == 3
    assert network.setting.key() == "variant=b alpha=0.25 resolution=4x4 n=6 // 2"
