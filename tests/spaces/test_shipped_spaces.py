"""The shipped spaces: as many networks as their papers say, each a network of its own."""

import pytest

import costcalc
from costcalc.costs.totals import measure
from costcalc.graph.builder import build
from costcalc.language.lookup import shipped_names, shipped_spaces
from costcalc.metrics import METRICS, Metric
from costcalc.spaces.limits import Limits

SIZES = {
    "anynetx": (16 * 128 * 3 * 6) ** 4,
    "autoformer_tiny": 3 * (4**12 + 4**13 + 4**14),
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
LARGE = ("anynetx", "mcunet", "mnasnet_space")


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


def test_a_maximum_leaves_out_what_exceeds_it(monkeypatch):
    """Against all networks, one by one."""
    widest = Metric("widest", "widest map", "element", "", lambda n: n.shape.elements, reduce=max)
    monkeypatch.setitem(METRICS, "widest", widest)
    text = (
        "input: [4, 8, 8]\nlayers:\n"
        "  - conv2d: {out_channels: {any: [4, 8, 12]}, kernel_size: 1, stride: {any: [1, 2]}}\n"
        "  - conv2d: {out_channels: {any: [2, 16]}, kernel_size: {any: [1, 3]}, name: last}\n"
    )
    from support.brute_spaces import file_of

    from costcalc.graph.setting import Setting
    from costcalc.spaces.space import Space

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
