"""Histograms of rounded sums: they bound the true ones."""

import numpy as np
import pytest
from support.brute_spaces import METRICS, SPACES, every_network, file_of
from support.path_graphs import costs_of, every_path, random_paths

from costcalc.graph.setting import Setting
from costcalc.spaces import summary
from costcalc.spaces.draws import chance
from costcalc.spaces.paths import Edge
from costcalc.spaces.space import Space
from costcalc.spaces.summary import CHOICES, SETTINGS
from costcalc.spaces.tables import histogram
from costcalc.spaces.tables.histogram import Histograms
from costcalc.spaces.weights import Live


@pytest.mark.parametrize("buckets", [2, 5, 1000])
@pytest.mark.parametrize("largest_int64", [3, 2**63 - 1])
def test_rounded_sums_bound_the_number_of_paths_up_to_each_cost(
    buckets, largest_int64, monkeypatch
):
    monkeypatch.setattr(histogram, "MAX_BUCKETS", buckets)
    monkeypatch.setattr(histogram, "INT64", largest_int64)
    for seed in range(6):
        paths = random_paths(seed)
        own = sorted(costs_of(path)[0] for path in every_path(paths))
        made = Histograms(paths, 0, own[-1], by_chance=False)
        down, up = (made.rounded(up=up) for up in (False, True))
        assert down.total == up.total == sum(down.weights) == len(own)
        assert len(down.weights) <= buckets
        for place, cost in enumerate(down.costs[:-1]):
            below = sum(value < down.costs[place + 1] for value in own)
            assert sum(up.weights[: place + 1]) <= below <= sum(down.weights[: place + 1]), cost
        if buckets == 1000:
            assert down == up


@pytest.mark.parametrize("limit", ["MAX_ADDITIONS", "MAX_BYTES"])
def test_numbers_beyond_64_bits_are_counted_in_fewer_buckets(limit, monkeypatch):
    """They take more memory and time. The probability of networks is a float however many."""
    monkeypatch.setattr(histogram, limit, 100_000)

    def buckets(length, by_chance=False):
        edges = [
            [Edge(state, state + 1, (), (), (cost,)) for cost in (0, 1)] for state in range(length)
        ]
        return Histograms(Live(None, [[], *edges]), 0, length, by_chance).buckets

    assert buckets(62) > 3 * buckets(64) > 6
    assert buckets(64) < buckets(64, by_chance=True)


def test_more_paths_than_64_bits_hold():
    edges = [[Edge(state, state + 1, (), (), (cost,)) for cost in range(10)] for state in range(25)]
    made = Histograms(Live(None, [[], *edges]), 0, 9 * 25, by_chance=False)
    found = made.rounded(up=False)
    assert found.total == sum(found.weights) == 10**25
    assert found.weights == found.weights[::-1]


@pytest.fixture(scope="module", params=["ties", "nested"])
def space_and_networks(request):
    file = file_of(SPACES[request.param])
    made = [one for one in every_network(file) if one.costs is not None]
    return Space(file, Setting(), METRICS), made


@pytest.mark.parametrize("measure", [SETTINGS, CHOICES])
@pytest.mark.parametrize("most_sums", [-1, summary.MAX_SUMS])
def test_distributions_are_those_of_all_networks(
    space_and_networks, measure, most_sums, monkeypatch
):
    monkeypatch.setattr(summary, "MAX_SUMS", most_sums)
    space, made = space_and_networks
    weights = np.array([float(chance(one.draws)) if measure == CHOICES else 1.0 for one in made])
    for metric in METRICS:
        costs = np.array([one.costs[metric] for one in made])
        order = np.argsort(costs)
        shares = (weights / weights.sum())[order]
        reached = shares.cumsum()
        found = space.distribution(metric, measure)
        assert float(found.mean) == pytest.approx((costs[order] * shares).sum())
        for part, least, most in found.quantiles:
            # Where floats cannot tell which side of a part a sum of chances is on, both are right.
            low, high = (
                costs[order][np.searchsorted(reached, float(part) + own)] for own in (-1e-9, 1e-9)
            )
            assert least <= high
            assert low <= most
            assert least == most or most_sums < 0
        for bar in found.bars:
            is_last = bar is found.bars[-1]
            inside = (costs >= bar.low) & ((costs < bar.high) | (is_last & (costs == bar.high)))
            share = shares[inside[order]].sum()
            assert bar.share == pytest.approx(share, abs=0.02 if most_sums < 0 else 1e-9)
