"""Searches within limits of memory find what costing every setting finds (solve_oracle)."""

from fractions import Fraction
from itertools import pairwise

import pytest
from support.solve_oracle import Table, cells, integers, picked, wholes, worst_ratio

import costcalc
from costcalc.api import Model
from costcalc.costs.totals import measure
from costcalc.explore.breakpoints import Breakpoints
from costcalc.language.network_file import NetworkFile

BRANCHED = """
input: [3, 8, 8]
layers:
  - conv2d: {out_channels: 4, kernel_size: 3, padding: same}
  - concat:
      - [{conv2d: {out_channels: 8, kernel_size: 3, stride: 2, padding: same}}]
      - [{max_pool2d: {kernel_size: 2, stride: 2, ceil_mode: true}}, {pointwise_conv2d: 8}]
  - global_avg_pool
"""
METRICS = ("macs", "params", "arena")


@pytest.fixture(scope="module")
def branched():
    """Every alpha up to 3/2 and every resolution up to 12; the arena does not always grow."""
    model = Model(NetworkFile(BRANCHED, "net.yaml"), None)
    alphas = cells(integers(8, 0, 0, 1.5), 0, 1.5)
    table = Table(model, {"alpha": alphas, "resolution": wholes(1, 12)})
    for place in table.costs:
        alpha, resolution = (axis[n].inside for axis, n in zip(table.axes, place, strict=True))
        network = model.cost(alpha=alpha, resolution=int(resolution)).network
        table.costs[place] = measure(network, METRICS)
    return model, table


def solved(model, **limits):
    ranges = {"alpha": "0..1.5", "resolution": "1..12"}
    return model.solve(limits, vary=["alpha", "resolution"], ranges=ranges)


def test_it_is_harder_than_a_peak(branched):
    _, table = branched
    columns = [[table.costs[a, r]["arena"] for a in range(24)] for r in range(12)]
    assert any(one > other for own in columns for one, other in pairwise(own))


@pytest.mark.parametrize("arena", [64, 256, 511, 512, 1_008, 1_500])
@pytest.mark.parametrize("macs", [None, 20_000])
def test_the_largest_settings_are_those_of_the_table(branched, arena, macs):
    model, table = branched
    limits = {"arena": arena} | ({} if macs is None else {"macs": macs})
    found = solved(model, **limits).solutions
    expected = [picked(table.costs[place], METRICS) for place in table.largest(limits)]
    assert sorted(map(str, (one.counts for one in found))) == sorted(map(str, expected))


@pytest.mark.parametrize("smallest", [("3/8", 7), ("5/4", 9), ("5/4", 11)])
def test_where_none_fits_the_nearest_is_that_of_the_table(branched, smallest):
    """Where the least peak is not that of the least arena."""
    model, table = branched
    alpha, resolution = smallest
    limits = {"arena": 1, "params": 60}
    ranges = {"alpha": f"{alpha}..1.5", "resolution": f"{resolution}..12"}
    found = model.solve(limits, vary=["alpha", "resolution"], ranges=ranges)
    assert not found.solutions
    ratios = [
        worst_ratio(table.costs[a, r], limits)
        for a, r in table.costs
        if table.axes[0][a].inside >= Fraction(alpha) and r >= resolution - 1
    ]
    assert worst_ratio(found.nearest.counts, limits) == min(ratios)


def test_few_settings_are_planned(monkeypatch):
    """Of the 900,000 settings within MobileNet's ranges."""
    kept = []
    monkeypatch.setattr(Breakpoints, "counts", _keeping(Breakpoints.counts, kept))
    (found, *_) = (
        costcalc.load("mobilenet")
        .solve({"arena": "256KiB"}, vary=["alpha", "resolution"], ranges={"resolution": "32..64"})
        .solutions
    )
    assert found.counts["arena"] <= 2**18
    assert kept[0].slow["arena"].count < kept[0].valid.size / 50


def _keeping(counts, kept):
    def recorded(self, index):
        kept.append(self)
        return counts(self, index)

    return recorded
