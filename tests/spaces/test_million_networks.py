"""A space of a million networks, against all of them, costed here in arrays."""

import numpy as np
import pytest
from support.brute_spaces import file_of

from costcalc.graph.setting import Setting
from costcalc.spaces.limits import Limits
from costcalc.spaces.space import Space

WIDTHS = range(3, 22, 2)
LAYERS = 6


@pytest.fixture(scope="module")
def space():
    layers = [f"  - linear: {{out_features: {{any: {list(WIDTHS)}}}}}\n"] * LAYERS
    return Space(file_of("input: [5]\nlayers:\n" + "".join(layers)), Setting())


@pytest.fixture(scope="module")
def costs():
    widths = np.meshgrid(*[np.array(WIDTHS)] * LAYERS, indexing="ij")
    macs = sum(before * own for before, own in zip([np.array(5), *widths], widths, strict=False))
    return {"macs": macs.ravel(), "params": (macs + sum(widths)).ravel()}


def test_every_network_counts(space, costs):
    assert space.total == costs["macs"].size == 10**6
    for metric, own in costs.items():
        for limit in np.quantile(own, [0, 0.0001, 0.3, 0.9, 1]).astype(int).tolist():
            assert space.count({metric: limit}) == (np.sum(own <= limit),) * 2
        found = space.distribution(metric)
        assert float(found.mean) == pytest.approx(own.mean())
        for part, least, most in found.quantiles:
            assert least <= np.quantile(own, float(part), method="inverted_cdf") <= most


@pytest.mark.parametrize(("macs", "params"), [(500, 560), (800, 860), (800, 10**6)])
def test_two_limits_count_exactly(space, costs, macs, params):
    exact = np.sum((costs["macs"] <= macs) & (costs["params"] <= params))
    counted = space.count({"macs": macs, "params": params})
    assert counted == (exact, exact)
    least = Limits({"macs": macs}, {"params": params // 2})
    within = np.sum((costs["macs"] <= macs) & (costs["params"] >= params // 2))
    counted = space.count(least)
    assert counted == (within, within)


def test_the_largest_and_the_front(space, costs):
    fits = costs["params"] <= 700
    (best,) = space.largest("macs", {"params": 700})
    assert best.costs["macs"] == costs["macs"][fits].max()
    front = {(one.costs["macs"], one.costs["params"]) for one in space.pareto(["macs", "params"])}
    assert front == {(costs["macs"].min(), costs["params"].min())}
