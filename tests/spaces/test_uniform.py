"""Samples of a space are uniform: chi-square over all networks within limits."""

from collections import Counter

import pytest
from support.brute_spaces import METRICS, SPACES, every_network, file_of
from support.chi_square import chi_square, largest_likely

from costcalc.graph.setting import Setting
from costcalc.spaces.draws import chance
from costcalc.spaces.limits import Limits
from costcalc.spaces.space import Space
from costcalc.spaces.tables.buckets import Buckets

DRAWN = 3000


@pytest.mark.parametrize("name", ["copies", "ties"])
@pytest.mark.parametrize("coarse", [False, True])
def test_samples_are_uniform(name, coarse, monkeypatch):
    file = file_of(SPACES[name])
    space = Space(file, Setting(), METRICS)
    if coarse:  # tables of few buckets: much of what is drawn from them is refused
        monkeypatch.setattr(
            Buckets.__init__, "__kwdefaults__", {"up": False, "most": 8, "by_chance": False}
        )
    fitting = [space.network(n) for n in range(1, space.total + 1)]
    middle = {m: sorted(one.costs[m] for one in fitting)[2 * len(fitting) // 3] for m in METRICS}
    least = sorted(one.costs["macs"] for one in fitting)[len(fitting) // 4]
    limits = Limits(
        {"macs": middle["macs"], "params": middle["params"]}, {"activations": 1, "macs": least}
    )
    numbers = [one.number for one in fitting if limits.fits(one.costs)]
    counts = Counter(one.number for one in space.sample(DRAWN, limits, seed=11))
    assert set(counts) <= set(numbers)
    expected = dict.fromkeys(numbers, DRAWN / len(numbers))
    assert chi_square(counts, expected) < largest_likely(len(numbers) - 1)


@pytest.mark.parametrize("part", [0.4, 1])
def test_samples_choice_by_choice(part):
    """Of all networks, and of those within a limit."""
    file = file_of(SPACES["copies"])
    space = Space(file, Setting(), METRICS)
    made = [one for one in every_network(file) if one.costs is not None]
    values = sorted(one.costs["macs"] for one in made)
    limit = values[int(part * (len(values) - 1))]
    expected = Counter()
    for one in made:
        if one.costs["macs"] <= limit:
            expected[one.costs["macs"]] += float(chance(one.draws))
    limits = Limits({"macs": limit} if part < 1 else {})
    drawn = space.sample(DRAWN, limits, seed=5, measure="choices")
    counts = Counter(one.costs["macs"] for one in drawn)
    within = expected.total()
    whole = {macs: share * DRAWN / within for macs, share in expected.items()}
    assert set(counts) <= set(whole)
    assert chi_square(counts, whole) < largest_likely(len(whole) - 1)
