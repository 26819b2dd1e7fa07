"""What is counted and found in a space, against all its networks built one by one."""

from collections import Counter
from fractions import Fraction

import pytest
from support.brute_spaces import (
    METRICS,
    SPACES,
    every_network,
    file_of,
    random_space,
    share_by_chance,
)

from costcalc.costs.totals import measure
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.spaces.limits import Limits
from costcalc.spaces.search.best import best_first
from costcalc.spaces.space import Space
from costcalc.spaces.walk.fans import FanningSteps
from costcalc.spaces.walk.later import added

RANDOM = [f"random {seed}" for seed in range(12)]
MANY_RANDOM = [f"random {seed}" for seed in range(12, 90)]


def text_of(name):
    return SPACES.get(name) or random_space(int(name.split()[1]))


def space_and_networks(name):
    file = file_of(text_of(name))
    networks = every_network(file)
    assert len(networks) < 20_000
    return Space(file, Setting(), METRICS), networks


def check(name):
    space, networks = space_and_networks(name)
    made = [one for one in networks if one.costs is not None]
    assert space.total == len(made)
    assert space.impossible == len(networks) - len(made)
    values = {metric: sorted(one.costs[metric] for one in made) for metric in METRICS}
    check_counts(space, made, values)
    check_distribution(space, made, values)
    check_best(space, made, values)
    check_every_number(space, made)


def check_counts(space, made, values):
    for metric, own in values.items():
        for limit in {own[0] - 1, own[0], own[len(own) // 3], own[-1]}:
            exact = sum(value <= limit for value in own)
            counted = space.within(Limits({metric: limit})).counted
            assert (counted.least, counted.most) == (exact, exact)
            more = space.within(Limits({}, {metric: limit})).counted
            assert more.least == more.most == sum(value >= limit for value in own)
    middle = {metric: own[len(own) // 2] for metric, own in values.items()}
    limits = Limits(middle, {"macs": values["macs"][len(made) // 5]})
    exact = sum(limits.fits(one.costs) for one in made)
    assert space.within(limits).counted == (exact, exact)
    low, high = map(float, space.share(Limits({"macs": middle["macs"]})))
    by_hand = share_by_chance(made, lambda costs: costs["macs"] <= middle["macs"])
    assert low - 1e-9 <= by_hand <= high + 1e-9
    assert high - low < 1e-9 or len(made) > 1000
    assert space.share(Limits({"macs": values["macs"][-1]})) == (1, 1)


def check_distribution(space, made, values):
    for metric, own in values.items():
        found = space.distribution(metric)
        assert (found.least, found.most) == (own[0], own[-1])
        assert found.mean == Fraction(sum(own), len(own))
        for part, least, most in found.quantiles:
            exact = next(v for n, v in enumerate(own, 1) if n >= part * len(own))
            assert least <= exact <= most
            if space.total < 1000:
                assert least == most
        for bar in found.bars:
            last = bar is found.bars[-1]
            inside = sum(bar.low <= v < bar.high or (last and v == bar.high) for v in own)
            assert bar.share == pytest.approx(inside / len(own), abs=0.02)


def check_best(space, made, values):
    cap = values["macs"][2 * len(made) // 3]
    fitting = [one.costs for one in made if one.costs["macs"] <= cap]
    limits = Limits({"macs": cap})
    (found,) = space.largest("params", limits)
    assert found.costs["params"] == max(costs["params"] for costs in fitting)
    top = space.largest("macs", limits, 5)
    assert [one.costs["macs"] for one in top] == sorted(
        (costs["macs"] for costs in fitting), reverse=True
    )[:5]
    most = values["params"][len(made) // 2]
    both = [own for own in fitting if own["params"] <= most]
    top = space.largest("macs", Limits({"macs": cap, "params": most}), 5)
    assert [one.costs["macs"] for one in top] == sorted(
        (costs["macs"] for costs in both), reverse=True
    )[:5]
    least = Limits({"params": most}, {"macs": values["macs"][len(made) // 4]})
    top = space.largest("params", least, 3)
    assert [one.costs["params"] for one in top] == sorted(
        (one.costs["params"] for one in made if least.fits(one.costs)), reverse=True
    )[:3]
    if space.total < 1000:
        every = space.largest("macs", Limits({}), space.total + 1)
        assert [one.costs["macs"] for one in every] == values["macs"][::-1]
        assert len({one.number for one in every}) == space.total
    assert space.smallest("macs").costs["macs"] == values["macs"][0]
    front = {
        (one.costs["macs"], one.costs["activations"])
        for one in space.pareto(["macs", "activations"], limits, None)
    }
    pairs = {(costs["macs"], costs["activations"]) for costs in fitting}
    assert front == {
        pair
        for pair in pairs
        if not any(o != pair and o[0] <= pair[0] and o[1] <= pair[1] for o in pairs)
    }


def check_every_number(space, made):
    """Each number is another network, and costs by itself what the space says."""
    numbers = range(1, space.total + 1)
    step = max(1, space.total // 60)
    seen = Counter()
    for number in numbers:
        drawn = space.network(number)
        assert drawn.number == number
        seen[tuple(sorted(drawn.choices.items()))] += 1
        if number % step == 0:
            assert measure(build(drawn.file(), Setting()), METRICS) == drawn.costs
    assert max(seen.values()) == 1
    all_costs = Counter(tuple(one.costs.values()) for one in made)
    assert all_costs == Counter(
        tuple(space.network(number).costs[m] for m in METRICS) for number in numbers
    )


@pytest.mark.parametrize("name", [*SPACES, *RANDOM])
def test_a_space_is_all_its_networks(name):
    check(name)


@pytest.fixture
def fans(monkeypatch):
    """Trace and fan out what is built only a few times, too; returns the fans that were made."""
    made = []
    factored = FanningSteps._factored

    def kept(*args):
        made.append(factored(*args))
        return made[-1]

    monkeypatch.setattr(FanningSteps, "_factored", kept)
    monkeypatch.setattr("costcalc.spaces.walk.fans.MIN_STEPS", 1)
    monkeypatch.setattr("costcalc.spaces.walk.traced_units.FEW", 2)
    monkeypatch.setattr("costcalc.spaces.walk.steps.FEW", 2)
    return made


@pytest.mark.parametrize("name", ["stages", "ties", "nested", "faults", "required", "random 3"])
def test_a_space_over_traced_numbers_is_all_its_networks(name, fans):
    check(name)
    assert bool(fans) == (name == "stages")


@pytest.mark.slow
@pytest.mark.parametrize("name", MANY_RANDOM)
def test_a_random_space_over_traced_numbers_is_all_its_networks(name, fans):
    check(name)


@pytest.fixture
def later(monkeypatch):
    """Draw params behind the items that read them, few as they are; returns the tables."""
    made = []

    def kept(*args):
        made.append(added(*args))
        return made[-1]

    monkeypatch.setattr("costcalc.spaces.walk.walking.MANY_SETTINGS", 0)
    monkeypatch.setattr("costcalc.spaces.walk.param_steps.added", kept)
    return made


@pytest.mark.parametrize("name", ["cells", "ties", "faults", "required", "random 3"])
def test_a_space_whose_params_are_drawn_later_is_all_its_networks(name, later):
    check(name)
    together = max((len(own.choices) for tables in later for own in tables or ()), default=0)
    assert together == {"cells": 3, "required": 2, "random 3": 1}.get(name, 0)


PEAKS = """
input: [4, 8, 8]
params: {a: {any: [keep, wide, deep]}, b: {any: [keep, wide]}, c: {any: [deep, wide, keep]}}
blocks:
  keep: {layers: [identity]}
  wide: {layers: [pointwise_conv2d: {out_channels: 16}, pointwise_conv2d: {out_channels: 4}]}
  deep: {layers: [pointwise_conv2d: {out_channels: 9}, conv2d: {out_channels: 4, kernel_size: 3}]}
layers: [conv2d: {out_channels: 4, kernel_size: {any: [1, 3]}}, $a, $b, residual: [$a, $c], $c]
"""


def test_a_maximum_of_params_that_are_drawn_later_is_that_of_all_networks(later):
    file, metrics = file_of(PEAKS), ("peak_memory", "macs")
    space = Space(file, Setting(), metrics)
    numbers = range(1, space.total + 1)
    found = Counter(tuple(space.network(number).costs.values()) for number in numbers)
    networks = every_network(file, metrics=metrics)
    assert found == Counter(tuple(one.costs.values()) for one in networks)
    assert max(len(own.choices) for tables in later for own in tables) == 2


def test_the_largest_peak_within_a_limit_is_found_at_once(monkeypatch):
    """Not by trying all peaks that are larger, of which a space may have thousands."""
    file, metrics = file_of(SPACES["copies"]), ("macs", "peak_memory")
    networks = [one.costs for one in every_network(file, metrics=metrics)]
    limit = sorted(own["macs"] for own in networks)[len(networks) // 20]
    space = Space(file, Setting(), metrics)
    tried = []

    def counted(*args):
        tried.append(args)
        return best_first(*args)

    monkeypatch.setattr("costcalc.spaces.search.best.best_first", counted)
    (found,) = space.largest("peak_memory", Limits({"macs": limit}))
    peaks = [own["peak_memory"] for own in networks if own["macs"] <= limit]
    assert found.costs["peak_memory"] == max(peaks)
    assert max(peaks) < max(own["peak_memory"] for own in networks)
    assert len(tried) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", MANY_RANDOM)
def test_a_random_space_whose_params_are_drawn_later_is_all_its_networks(name, later):
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", MANY_RANDOM)
def test_a_random_space_is_all_its_networks(name):
    check(name)
