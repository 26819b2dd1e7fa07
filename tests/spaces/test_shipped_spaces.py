"""The shipped spaces: as many networks as their papers say, each a network of its own."""

from collections import Counter

import pytest
from support.brute_spaces import every_network, file_of

import costcalc
from costcalc.costs.totals import measure
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.lookup import shipped_names, shipped_spaces
from costcalc.metrics import METRICS, Metric
from costcalc.spaces.limits import Limits
from costcalc.spaces.space import Space

SIZES = {
    "anynetx": (16 * 128 * 3 * 6) ** 4,
    "autoformer_tiny": 3 * (4**12 + 4**13 + 4**14),
    "darts": (1 * 3 * 6 * 10 * 7**8) ** 2,
    "fbnet_space": 9**22,
    "mcunet": 12 * 9 * 7371**5 * 9,
    "mnasnet_space": 432**5,
    "nas_bench_201": 5**6,
    "mobilenet_v4_space": 18**2 * sum(27**n for n in range(2, 6)) ** 2,
    "ofa_mobilenet_v3": 7371**5,
    "proxylessnas": 6**6 * 7**15,
    "vww_mobilenets": 6 * 5,
}
TOO_LARGE = {"regnet_space": 64**4 * 6 * 3}
"""To be walked; their settings by draws."""
LARGE = ("anynetx", "darts", "mcunet", "mnasnet_space")


def test_all_are_known():
    known = {*SIZES, *TOO_LARGE}
    assert {path.rpartition("/")[2].removesuffix(".yaml") for path in shipped_spaces()} == known
    assert not known & set(shipped_names())


@pytest.mark.parametrize(
    "name", [pytest.param(own, marks=pytest.mark.slow if own in LARGE else ()) for own in SIZES]
)
def test_sizes(name):
    space = costcalc.load(name).space()
    assert (space.total, space.impossible) == (SIZES[name], 0)
    for drawn in (space.smallest(), *space.largest("macs"), *space.sample(2, seed=4)):
        assert measure(build(drawn.file()), ("macs", "params")) == drawn.costs
    assert costcalc.validate(name) == []


def test_vww_mobilenets_are_mobilenets():
    space = costcalc.load("vww_mobilenets").space()
    costs = {space.network(number).costs["macs"] for number in range(1, 31)}
    mobilenet = costcalc.load("mobilenet")
    assert mobilenet.cost(alpha="0.5", resolution=128, classes=2).totals.macs in costs


def test_nas_bench_201_is_as_published():
    """Its benchmark has 7.78 to 220.12M FLOPs, a multiply-accumulate being one, and 0.073 to
    1.53M params."""
    space = costcalc.load("nas_bench_201").space()
    smallest, (largest,) = space.smallest(), space.largest("macs")
    assert smallest.costs == {"macs": 7_783_040, "params": 73_306}
    assert largest.costs == {"macs": 220_119_680, "params": 1_531_546}


DARTS_V2 = {
    "normal_1a": "sep_conv_3x3",
    "normal_1b": "sep_conv_3x3",
    "normal_2": "s0_s1",
    "normal_2a": "sep_conv_3x3",
    "normal_2b": "sep_conv_3x3",
    "normal_3": "s0_s1",
    "normal_3a": "skip_connect",
    "normal_3b": "sep_conv_3x3",
    "normal_4": "s0_n1",
    "normal_4a": "skip_connect",
    "normal_4b": "dil_conv_3x3",
    "reduction_1a": "max_pool_3x3",
    "reduction_1b": "max_pool_3x3",
    "reduction_2": "s1_n1",
    "reduction_2a": "max_pool_3x3",
    "reduction_2b": "skip_connect",
    "reduction_3": "s0_n1",
    "reduction_3a": "max_pool_3x3",
    "reduction_3b": "skip_connect",
    "reduction_4": "s1_n1",
    "reduction_4a": "max_pool_3x3",
    "reduction_4b": "skip_connect",
}
"""The authors' cells of second order."""


def test_darts_is_as_published():
    """Table 1 says 3.3M params, without the auxiliary head."""
    totals = costcalc.load("darts").cost(**DARTS_V2).totals
    assert (totals.params, totals.macs) == (3_349_342, 528_359_040)


def test_cells_of_darts_are_all_their_networks(monkeypatch):
    """Of the settings around the authors' cells, in the smallest network with both kinds."""
    monkeypatch.setattr("costcalc.spaces.walk.walking.MANY_SETTINGS", 0)
    open_ = {"normal_2", "reduction_2", "reduction_2b"}
    given = {name: own for name, own in DARTS_V2.items() if name not in open_}
    given |= {"cells": "3", "channels": "4"}
    file = costcalc.load("darts").file
    networks = every_network(file, Setting(params=given), ("macs", "params"))
    space = Space(file, Setting(params=given))
    assert space.total == len(networks) == 3 * 3 * 7
    drawn = Counter(tuple(space.network(n).costs.values()) for n in range(1, space.total + 1))
    assert drawn == Counter(tuple(one.costs.values()) for one in networks)


def test_a_maximum_leaves_out_what_exceeds_it(monkeypatch):
    """Against all networks, one by one."""
    widest = Metric("widest", "widest map", "element", "", lambda n: n.shape.elements, reduce=max)
    monkeypatch.setitem(METRICS, "widest", widest)
    text = (
        "input: [4, 8, 8]\nlayers:\n"
        "  - conv2d: {out_channels: {any: [4, 8, 12]}, kernel_size: 1, stride: {any: [1, 2]}}\n"
        "  - conv2d: {out_channels: {any: [2, 16]}, kernel_size: {any: [1, 3]}, name: last}\n"
    )
    space = Space(file_of(text), Setting(), ("macs", "widest"))
    costs = [space.network(number).costs for number in range(1, space.total + 1)]
    for drawn in map(space.network, range(1, space.total + 1)):
        assert measure(build(drawn.file()), ("widest",))["widest"] == drawn.costs["widest"]
    for limit in {own["widest"] for own in costs}:
        limits = Limits({"widest": limit, "macs": 9000}, {"macs": 1000})
        assert space.within(limits).counted.least == sum(map(limits.fits, costs))
        least = Limits({}, {"widest": limit})
        assert space.within(least).counted.least == sum(map(least.fits, costs))
        fitting = Limits({"widest": limit})
        best = max(own["macs"] for own in costs if fitting.fits(own))
        assert space.largest("macs", fitting)[0].costs["macs"] == best


@pytest.mark.slow
def test_anynetx_within_400m():
    """Monte Carlo over its settings gives 0.437 % with widths as drawn."""
    space = costcalc.load("anynetx").space(metrics=["macs"])
    within = space.within({"macs": "400M"}, seed=1)
    assert 0.0040 < within.counted.least / space.total < within.counted.most / space.total < 0.0045
    assert within.estimate is None  # the bounds are closer than samples would tell
    for drawn in space.sample(20, {"macs": "400M"}, seed=2):
        assert measure(build(drawn.file()), ("macs",)) == drawn.costs
        assert drawn.costs["macs"] <= 400_000_000
