"""Once-for-All's space at 224: figures that were counted in another way beforehand."""

import json
from collections import Counter

import pytest

import costcalc
from costcalc.costs.totals import measure
from costcalc.graph.builder import build
from costcalc.spaces.limits import Limits

WITHIN = {150: 113_060_354, 200: 8_771_878_157_810}
SLOW = {230: 787_604_197_693_347, 300: 856_295_841_105_991_212}


@pytest.fixture(scope="module")
def ofa():
    return costcalc.load("ofa_mobilenet_v3").space()


def test_all_networks(ofa):
    assert ofa.total == 7371**5
    assert ofa.impossible == 0
    assert ofa.smallest("macs").costs["macs"] == 121_278_672
    (largest,) = ofa.largest("macs", Limits({}))
    assert largest.costs["macs"] == 566_170_656
    found = ofa.distribution("macs")
    assert 352_000_000 < found.mean < 353_000_000
    median = found.quantiles[2]
    assert median.least < 352_500_000 < median.most < 1.01 * median.least


@pytest.mark.parametrize("limit", WITHIN)
def test_within_macs(ofa, limit):
    counted = ofa.within(Limits({"macs": limit * 10**6})).counted
    assert counted == (WITHIN[limit], WITHIN[limit])


@pytest.mark.slow
@pytest.mark.parametrize("limit", SLOW)
def test_within_more_macs(ofa, limit):
    counted = ofa.within(Limits({"macs": limit * 10**6})).counted
    assert counted == (SLOW[limit], SLOW[limit])
    more = ofa.within(Limits({"macs": limit * 10**6}, {"macs": 150 * 10**6 + 1})).counted
    assert more.least == SLOW[limit] - WITHIN[150]


def test_drawn_choice_by_choice_most_networks_are_small(ofa):
    low, high = ofa.share(Limits({"macs": 300 * 10**6}))
    assert 0.73 < low < high < 0.74


def test_buckets_bound_the_count(ofa):
    from costcalc.spaces.limits import within_maxima
    from costcalc.spaces.tables.buckets import Buckets

    paths = within_maxima(ofa.graph, {})
    upper = Buckets(paths, [0], [300 * 10**6]).total / SLOW[300]
    lower = Buckets(paths, [0], [300 * 10**6], up=True).total / SLOW[300]
    assert 0.95 < lower < 1 < upper < 1.06


def test_samples_cost_what_they_say(ofa):
    limits = Limits({"macs": 300 * 10**6, "params": 5 * 10**6}, {"macs": 250 * 10**6})
    for drawn in ofa.sample(10, limits, seed=3):
        assert measure(build(drawn.file()), ("macs", "params")) == drawn.costs
        assert limits.fits(drawn.costs)


def test_a_thousand_samples(ofa):
    limits = Limits({"macs": 300 * 10**6})
    first = ofa.sample(1000, limits, seed=1)
    assert [one.number for one in first] == [one.number for one in ofa.sample(1000, limits, seed=1)]
    assert len({one.number for one in first}) == 1000
    depths = Counter(one.choices["stage_5.repeat"] for one in first)
    # Deep networks are many, though the limit leaves out more of them.
    assert depths["2"] < depths["3"] < depths["4"]


def test_the_largest_that_fits(ofa):
    limits = Limits({"macs": 300 * 10**6, "params": 5 * 10**6})
    (found,) = ofa.largest("macs", limits)
    assert found.costs["macs"] == 300 * 10**6
    assert limits.fits(found.costs)


@pytest.mark.slow
def test_two_limits_are_bounded_and_estimated(ofa):
    within = ofa.within(Limits({"macs": 300 * 10**6, "params": 5 * 10**6}), seed=1)
    assert within.counted.least < 3.7e17 < within.counted.most
    assert within.counted.most < 2.1 * within.counted.least
    assert 3.5e17 < within.estimate.low < within.estimate.high < 3.95e17


def test_the_score_of_a_user(ofa, tmp_path):
    path = tmp_path / "score.yaml"
    path.write_text(
        "stage_1.kernel_size: {3: 0, 5: 0.5, 7: 0.75}\nstage_5[2].expansion: {6: 1/1}\n".replace(
            "1/1", "1.25"
        ),
        encoding="utf-8",
    )
    best = ofa.best(ofa.score(str(path)), Limits({"macs": 150 * 10**6}))[0]
    names = {name: option for name, option in best.choices.items() if "stage_1[" in name}
    by_hand = sum(
        {"3": 0, "5": 0.5, "7": 0.75}.get(o, 0) for n, o in names.items() if "kernel" in n
    )
    by_hand += 1.25 * (best.choices["stage_5[2].expansion"] == "6")
    assert float(best.score) == by_hand > 1
    path.write_text("stage_1.kernels: {3: 0}\nstage_2.kernel_size: {4: 1}\n", encoding="utf-8")
    with pytest.raises(costcalc.Problems) as caught:
        ofa.score(str(path))
    first, second = caught.value.problems
    assert first.position[1:3] == (1, 1)
    assert first.hint == "did you mean 'stage_1.kernel_size'?"
    assert second.position[1:3] == (2, 23)
    assert second.hint == "its options are 3, 5, 7"


def run(*arguments):
    from click.testing import CliRunner

    from costcalc.cli import cli

    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    return done.stdout


def test_json_lines_of_samples():
    done = run("space", "ofa_mobilenet_v3", "--max", "macs=200M", "--sample", "3", "--seed", "1")
    lines = [json.loads(line) for line in done.splitlines()]
    assert len(lines) == 3
    assert all(line["macs"] <= 200 * 10**6 for line in lines)
    number = str(lines[0]["number"])
    analyzed = json.loads(run("analyze", "ofa_mobilenet_v3", "--pick", number, "--format", "json"))
    assert analyzed["networks"][0]["totals"]["macs"] == lines[0]["macs"]


def test_items_that_drew_alike_are_named_together():
    from costcalc.reports.space.parts import choices_text

    space = costcalc.load("ofa_mobilenet_v3").space(metrics=["macs"])
    stages = ", ".join(f"stage_{number}" for number in range(1, 6))
    alike = "kernel_size 3 (all 2), expansion 3 (all 2), repeat 2"
    assert choices_text(space.smallest()) == f"{stages}: {alike}"
    second = choices_text(space.network(2))
    assert second == (
        "stage_1, stage_2, stage_3, stage_4: kernel_size 3 (all 2), expansion 3 (all 2), repeat 2; "
        "stage_5.kernel_size 3 (all 3), stage_5.expansion 3 (all 3), stage_5.repeat 3"
    )
