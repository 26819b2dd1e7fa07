"""Limits on what only a whole network costs, against all networks of small spaces."""

from itertools import product

import pytest
from support.brute_spaces import SPACES, every_network, file_of

import costcalc
from costcalc.graph.runtime import runtime_of
from costcalc.graph.setting import Setting
from costcalc.spaces.drawn.estimates import wilson
from costcalc.spaces.draws import TooManyError
from costcalc.spaces.limits import Limits
from costcalc.spaces.space import Space
from costcalc.spaces.walk.walking import walk

METRICS = ("macs", "arena")
WIDE = """
input: [3, 12, 12]
layers:
  - conv2d: {out_channels: {any: [4, 8]}, kernel_size: {any: [1, 3]}, stride: 2, name: stem}
  - inverted_residual: {out_channels: 8, expansion: {any: [2, 4]}, repeat: {any: 1..2}}
  - pointwise_conv2d: {out_channels: {any: [8, 12, 20]}}
  - global_avg_pool
  - linear: {out_features: {any: [5, 9]}}
"""


@pytest.fixture(scope="module")
def networks():
    return [one.costs for one in every_network(file_of(WIDE), metrics=METRICS)]


@pytest.fixture
def none_is_few(monkeypatch):
    """As if all spaces were too large to build each of their networks."""
    for module in ("space", "whole"):
        monkeypatch.setattr(f"costcalc.spaces.{module}.FEW", 0)


@pytest.fixture
def many(none_is_few):
    return Space(file_of(WIDE), Setting(), METRICS)


def middle(networks, metric):
    return sorted(own[metric] for own in networks)[2 * len(networks) // 5]


def limited(networks):
    """Limits on both, and the networks within them."""
    limits = Limits({name: middle(networks, name) for name in METRICS})
    fitting = [own for own in networks if limits.fits(own)]
    assert 3 < len(fitting) < len(networks) / 2
    return limits, fitting


def test_few_networks_are_all_built(networks):
    space = Space(file_of(WIDE), Setting(), METRICS)
    limits, fitting = limited(networks)
    assert space.within(limits) == ((len(fitting), len(fitting)), None)
    front = [tuple(own.costs.values()) for own in space.pareto(METRICS, limits)]
    pairs = {tuple(own.values()) for own in fitting}
    assert set(front) == {
        pair
        for pair in pairs
        if not any(o != pair and o[0] <= pair[0] and o[1] <= pair[1] for o in pairs)
    }


def test_many_are_counted_by_bounds_and_estimated(many, networks):
    limits, fitting = limited(networks)
    counted, estimate = many.within(limits, seed=1)
    below = Limits({**limits.most, "peak_memory": limits.most["arena"]})
    peaks = [
        one.costs
        for one in every_network(file_of(WIDE), metrics=(*METRICS, "peak_memory"))
        if one.costs["macs"] <= limits.most["macs"]
        and one.costs["peak_memory"] <= below.most["peak_memory"]
    ]
    assert counted == (0, len(peaks))
    assert len(peaks) < len(networks) / 2
    assert estimate.low <= len(fitting) <= estimate.high < counted.most + 1
    assert estimate.tried == 500


@pytest.mark.usefixtures("none_is_few")
def test_the_peak_has_the_smaller_of_both_limits(networks):
    space = Space(file_of(WIDE), Setting(), ("arena", "peak_memory"))
    limit = middle(networks, "arena")
    for peak in (limit - 200, limit + 200):
        least = space.count(Limits({"peak_memory": min(peak, limit)}))
        assert space.count(Limits({"arena": limit, "peak_memory": peak})) == (0, least.most)


def test_where_the_peak_makes_too_many_states_the_arena_has_no_bound(monkeypatch, networks):
    def few_metrics(file, setting, metrics):
        if "peak_memory" in metrics:
            raise TooManyError("too many states")
        return walk(file, setting, metrics)

    monkeypatch.setattr("costcalc.spaces.whole.walk", few_metrics)
    space = Space(file_of(WIDE), Setting(), METRICS)
    assert space.graph.metrics == ("macs",)
    limits, fitting = limited(networks)
    assert space.count(limits).least == len(fitting)


def test_a_search_goes_on_as_long_as_some_fit(many, monkeypatch):
    """It ends where none of many in a row fits, and not where as many did not in all."""
    monkeypatch.setattr("costcalc.spaces.whole.MAX_BUILT", 3)
    monkeypatch.setattr(many.whole, "costs", lambda path: {"arena": path})
    found = many.whole.fitting([1, 9, 9, 2, 9, 9, 3], Limits({"arena": 5}))
    assert list(found) == [1, 2, 3]


def test_what_is_drawn_is_within_and_each_as_probable(many, networks):
    limits, fitting = limited(networks)
    drawn = many.sample(600, limits, seed=2)
    seen = {}
    for own in drawn:
        assert limits.fits(own.costs)
        seen[own.number] = seen.get(own.number, 0) + 1
    assert len(seen) == len(fitting)
    expected = len(drawn) / len(fitting)
    chi = sum((count - expected) ** 2 / expected for count in seen.values())
    assert chi < 2.5 * len(fitting)
    again = many.sample(600, limits, seed=2)
    assert [own.number for own in again] == [own.number for own in drawn]


def test_the_largest_are_looked_for_in_turn(many, networks, tmp_path):
    limits, fitting = limited(networks)
    values = sorted((own["macs"] for own in fitting), reverse=True)
    found = many.largest("macs", limits, 3)
    assert [own.costs["macs"] for own in found] == values[:3]
    more = Limits({}, {"arena": limits.most["arena"]})
    (most,) = many.largest("macs", more)
    assert most.costs["macs"] == max(own["macs"] for own in networks if more.fits(own))
    path = tmp_path / "score.yaml"
    path.write_text("pointwise_conv2d.out_channels: {20: 2, 12: 1}\nstem.kernel_size: {3: 0.5}\n")
    (best,) = many.best(many.score(str(path)), limits)
    scores = [many.score(str(path)).of(own.path) for own in many.sample(400, limits, seed=3)]
    assert best.score == max(scores) > 0
    assert limits.fits(best.costs)


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda space: space.largest("arena"), "the one with most"),
        (lambda space: space.smallest("arena"), "the one with least"),
        (lambda space: space.distribution("arena"), "its distribution"),
        (lambda space: space.pareto(METRICS), "those that no other beats"),
        (lambda space: space.pareto(["macs"], Limits({"arena": 900})), "those that no other beats"),
    ],
)
def test_what_takes_all_networks_is_refused(many, ask, what):
    with pytest.raises(TooManyError, match=f"built for its arena: {what} would take building"):
        ask(many)


def test_a_search_ends_where_nothing_fits(many, networks, monkeypatch):
    monkeypatch.setattr("costcalc.spaces.whole.MAX_BUILT", 5)
    monkeypatch.setattr("costcalc.spaces.sample.MAX_BUILT", 5)
    most = max(own["arena"] for own in networks)
    above = Limits({}, {"arena": most + 1})
    with pytest.raises(TooManyError, match="none of the first 5 networks within the other limits"):
        many.largest("macs", above)
    with pytest.raises(costcalc.CostcalcError, match="5 networks that were drawn, 5 of them built"):
        many.sample(1, above)
    assert many.within(above).estimate.value == 0
    below = Limits({"arena": min(own["arena"] for own in networks) - 500})
    assert many.within(below) == ((0, 0), None)
    with pytest.raises(costcalc.CostcalcError, match="no network of the space is within"):
        many.sample(1, below)


@pytest.mark.parametrize("metrics", [("macs", "params"), ("macs", "arena"), ("macs", "macs")])
def test_a_front_may_have_a_score(metrics, tmp_path):
    """Of sums, and of networks that are built."""
    space = Space(file_of(WIDE), Setting(), metrics)
    path = tmp_path / "score.yaml"
    path.write_text("pointwise_conv2d.out_channels: {20: 2, 12: 1}\nstem.kernel_size: {3: 0.5}\n")
    score = space.score(str(path))
    all_of_them = [space.network(number) for number in range(1, space.total + 1)]
    limits = Limits({"macs": middle([own.costs for own in all_of_them], "macs")})
    keys = {
        (*(own.costs[name] for name in metrics), -score.of(own.path))
        for own in all_of_them
        if limits.fits(own.costs)
    }
    front = space.pareto(metrics, limits, score)
    assert {(*(own.costs[name] for name in metrics), -own.score) for own in front} == {
        key
        for key in keys
        if not any(o != key and all(a <= b for a, b in zip(o, key, strict=True)) for o in keys)
    }


RUNTIMES = [
    {"order": order, "planner": planner, "alignment": alignment, **more}
    for order, planner, alignment, more in product(
        ("written", "best"),
        ("greedy", "best"),
        (1, 16, 64),
        ({}, {"in_place": True, "zero_copy_concat": True}, {"dtype": "float32", "fused": False}),
    )
]


@pytest.mark.parametrize("name", ["skips", "sides"])
def test_an_arena_is_never_smaller_than_the_peak(name):
    """By which its limit is one on the peak as well, whatever the runtime is."""
    for values in RUNTIMES:
        setting = Setting(runtime=runtime_of(values))
        metrics = ("peak_memory", "arena")
        for one in every_network(file_of(SPACES[name]), setting, metrics)[::5]:
            assert one.costs is None or one.costs["peak_memory"] <= one.costs["arena"]


def test_the_best_order_is_of_whole_networks():
    setting, metrics = Setting(runtime=runtime_of({"order": "best"})), ("macs", "peak_memory")
    file = file_of(SPACES["skips"])
    space = Space(file, setting, metrics)
    assert list(space.whole.metrics) == ["peak_memory"]
    whole = [one.costs for one in every_network(file, setting, metrics) if one.costs]
    found = [space.network(number).costs for number in range(1, space.total + 1)]
    assert sorted(map(str, found)) == sorted(map(str, whole))
    assert Space(file, setting, ("flash", "traffic")).whole.metrics == []


BUDGETS = """
budgets:
  - {arena: ARENA B, fit: FIT}
"""


@pytest.mark.parametrize(("fit", "status"), [("1", "pass"), ("100%", "fail")])
def test_a_budget_of_few_networks_is_decided(tmp_path, networks, fit, status):
    path = tmp_path / "space.yaml"
    text = BUDGETS.replace("ARENA", str(middle(networks, "arena"))).replace("FIT", fit)
    path.write_text(WIDE + text)
    assert costcalc.check(str(path)).status == status


@pytest.mark.usefixtures("none_is_few")
def test_a_budget_of_many_is_decided_by_bounds_alone(tmp_path, networks):
    path = tmp_path / "space.yaml"
    limit = middle(networks, "arena")
    path.write_text(WIDE + BUDGETS.replace("ARENA", str(limit)).replace("FIT", "100%"))
    assert costcalc.check(str(path)).status == "fail"  # not even their peaks are all within
    path.write_text(WIDE + BUDGETS.replace("ARENA", str(limit)).replace("FIT", "1"))
    with pytest.raises(costcalc.CostcalcError, match="undecided: proven is that 0 to"):
        costcalc.check(str(path))


def test_a_ratio_may_be_limited():
    """From below, as is usual: no network that waits for memory."""
    file = file_of(WIDE)
    space = Space(file, Setting(), ("macs", "intensity"))
    whole = [one.costs["intensity"] for one in every_network(file, metrics=space.metrics)]
    limit = sorted(whole)[len(whole) // 3]
    least = Limits({}, {"intensity": limit})
    assert space.count(least).least == sum(own >= limit for own in whole)
    assert space.count({"intensity": "2.5"}).least == sum(own <= 2.5 for own in whole) > 0
    with pytest.raises(costcalc.CostcalcError, match="'2 MACs' is not a number"):
        space.count({"intensity": "2 MACs"})


def test_an_estimate_where_all_or_none_fit_reaches_the_end():
    assert wilson(1, 500)[1] == 1
    assert wilson(0, 500)[0] == 0
    low, high = wilson(0.4, 100)
    assert (round(float(low), 4), round(float(high), 4)) == (0.3094, 0.4980)
