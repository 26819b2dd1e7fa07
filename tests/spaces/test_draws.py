"""Estimates by draws, against walks and against all networks built one by one."""

import json
from collections import Counter
from fractions import Fraction
from math import log, sqrt
from statistics import mean, stdev

import pytest
from support.brute_spaces import METRICS, SPACES, every_network, file_of
from support.chi_square import chi_square, largest_likely

import costcalc
from costcalc.cli import run
from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph import limits
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.spaces.drawn.survey import Survey
from costcalc.spaces.drawn.whole_builder import KeptBlocks, WholeBuilder
from costcalc.spaces.draws import chance, every
from costcalc.spaces.limits import Limits
from costcalc.spaces.reading import Reading
from costcalc.spaces.space import Space
from costcalc.spaces.subject import NoChoicesError

DRAWN = 1200
UNEQUAL = SPACES["copies"]
EQUAL = SPACES["stages"]
FAULTY = """
input: [4, 8, 8]
layers:
  - conv2d: {out_channels: {any: [4, 8]}, kernel_size: {any: [1, 3]}, repeat: {any: 0..2}}
  - conv2d: {out_channels: 4, kernel_size: {any: [1, 11]}, padding: valid}
"""


def survey_of(text, count, seed=0, metrics=("macs", "params")):
    return Survey(file_of(text), Setting(), metrics, count, seed)


@pytest.mark.parametrize(
    "name", ["copies", "nested", "scaled", "faults", "required", "skips", "cells"]
)
def test_networks_are_built_as_the_ordinary_builder_does(name):
    """With what is kept of those before, and with nothing behind faults: for every way to draw."""
    file = file_of(SPACES[name])
    reading, kept = Reading(file), KeptBlocks()

    def run_whole(dice):
        def builder(file, setting):
            return WholeBuilder(file, setting, dice, reading, kept)

        try:
            return measure(build(file, Setting(), builder), metrics)
        except CostcalcError:
            return None

    metrics = (*METRICS, "training_macs", "arena")
    plain = {one.draws: one.costs for one in every_network(file, metrics=metrics)}
    assert dict(every(run_whole)) == plain


def held(name, count, seed):
    """Of the estimates of a space, whether each interval holds the exact value."""
    file = file_of(SPACES[name])
    space, survey = (
        Space(file, Setting(), ("macs",)),
        Survey(file, Setting(), ("macs",), count, seed),
    )
    exact = space.distribution("macs")
    limits = Limits({"macs": exact.quantiles[1].least})
    within, share = space.count(limits).least, survey.within(limits)
    low, high = space.share(limits)
    found = survey.distribution("macs")
    by_choices, chances = (own.distribution("macs", "choices") for own in (survey, space))
    pairs = [
        (survey.total, space.total),
        (share.networks, within),
        (share.by_settings, within / space.total),
        (share.by_choices, float(low + high) / 2),
        (found.mean, exact.mean),
        (by_choices.mean, chances.mean),
        *((own, q.least) for (_, own), q in zip(found.quantiles, exact.quantiles, strict=True)),
    ]
    for estimate, _ in pairs:
        assert estimate.low <= estimate.value <= estimate.high
    return [estimate.low <= value <= estimate.high for estimate, value in pairs]


def test_intervals_hold_the_exact_numbers():
    """Of copies, ties, types, nested choices and faults: in about 95 of 100 cases."""
    found = [
        own
        for name in ("copies", "ties", "faults", "skips")
        for seed in (1, 2)
        for own in held(name, 150, seed)
    ]
    assert 0.92 <= sum(found) / len(found) < 1


def test_counts_are_unbiased_and_intervals_as_wide_as_they_vary():
    """The mean of many estimates, each of few draws, and their standard deviation."""
    surveys = [survey_of(UNEQUAL, 25, seed) for seed in range(50)]
    limits = Limits({"macs": 20_000})
    counts = [survey.total for survey in surveys]
    exact = Space(file_of(UNEQUAL), Setting(), ("macs",)).total
    assert abs(mean(own.value for own in counts) - exact) < 3 * stdev(
        [own.value for own in counts]
    ) / sqrt(len(counts))
    for estimates in (
        counts,
        [survey.within(limits).by_settings for survey in surveys],
        [survey.distribution("macs").mean for survey in surveys],
    ):
        width = mean((own.high - own.low) / 2 / 1.96 for own in estimates)
        assert 0.75 < width / stdev([own.value for own in estimates]) < 1.4


def test_draws_that_make_no_network_count_as_none_within_limits():
    survey = survey_of(FAULTY, 60)
    costs = [tried.costs and tried.costs["macs"] for tried in survey.tries()]
    limit = sorted(filter(None, costs))[10]
    pairs = zip(survey.tries(), costs, strict=True)
    within = [tried.weight for tried, own in pairs if own is not None and own <= limit]
    assert len(within) < sum(own is not None for own in costs) < len(costs)
    found = survey.within(Limits({"macs": limit}))
    assert found.draws == len(within)
    assert found.networks.value == pytest.approx(sum(within) / 60, abs=0.51)


def test_settings_are_drawn_choice_by_choice():
    survey = survey_of(UNEQUAL, DRAWN, seed=5)
    expected = Counter()
    for one in every_network(survey.file):
        expected[one.costs["macs"]] += float(chance(one.draws)) * DRAWN
    counts = Counter(tried.costs["macs"] for tried in survey.tries())
    assert sum(counts.values()) == DRAWN
    assert chi_square(counts, expected) < largest_likely(len(expected) - 1)


@pytest.mark.parametrize("measured", ["settings", "choices"])
def test_a_metric_of_whole_networks(measured):
    """Arena, which no walk adds up: its distribution within the band of Dvoretzky, Kiefer and
    Wolfowitz, for so many draws of one weight as these tell as much as."""
    survey = survey_of(UNEQUAL, 500, seed=2, metrics=("arena",))
    made = every_network(survey.file, metrics=("arena",))
    weights = [chance(one.draws) if measured == "choices" else Fraction(1) for one in made]
    total = sum(weights)
    draws = survey.weights(measured).effective
    band = sqrt(log(2 / 0.001) / 2 / draws)
    found = survey.distribution("arena", measured)
    for part, quantile in found.quantiles:
        pairs = zip(made, weights, strict=True)
        exact = sum(own for one, own in pairs if one.costs["arena"] <= quantile.value) / total
        below = zip(made, weights, strict=True)
        less = sum(own for one, own in below if one.costs["arena"] < quantile.value) / total
        assert less - band <= part <= exact + band
    assert sum(bar.share for bar in found.bars) == pytest.approx(1)


def test_equal_weights_make_the_number_exact():
    survey = survey_of(EQUAL, 50)
    assert survey.settings == (512, 512, 512)
    assert survey.effective == 50
    # What none of 50 draws met may be there all the same: faults, and networks beyond a limit.
    within = survey.within({"macs": "1G"})
    assert survey.total == within.networks == (512, 475, 512)
    assert (within.by_settings.value, within.by_settings.high) == (1, 1)
    assert within.by_settings.low == pytest.approx(475.4 / 512, abs=0.001)
    faulty = survey_of(SPACES["skips"], 200)
    assert faulty.settings == (16, 16, 16)
    assert faulty.total.low < 8 < faulty.total.high
    assert sum(fault.draws for fault in faulty.faults) == 200 - faulty.networks_drawn > 0


def test_nothing_within_the_limits_is_bounded_from_above():
    share = survey_of(UNEQUAL, 100).within({"macs": 1})
    assert (share.networks.value, share.networks.low, share.draws) == (0, 0, 0)
    assert 0 < share.networks.high < 100


def test_the_same_seed_draws_the_same():
    first, again, other = (survey_of(UNEQUAL, 30, seed) for seed in (3, 3, 4))
    assert first.distribution("macs") == again.distribution("macs") != other.distribution("macs")


def test_samples_are_the_first_draws_that_fit():
    survey = survey_of(EQUAL, 200, seed=1)
    limits = {"macs": survey.distribution("macs").quantiles[2][1].value}
    drawn = survey.sample(10, limits)
    fitting = [tried for tried in survey.tries() if tried.costs["macs"] <= limits["macs"]]
    assert [one.draws for one in drawn] == [tried.draws for tried in fitting[:10]]
    for one in drawn:
        assert measure(build(one.file()), ("macs", "params")) == one.costs
        assert one.number is None


def test_samples_of_unequal_weights_are_refused():
    """A single network would be, too: its weight is compared with those of others."""
    survey = survey_of(UNEQUAL, 200)
    with pytest.raises(CostcalcError, match="draws differ in weight") as caught:
        survey.sample(1)
    assert "--measure choices" in caught.value.hint
    assert len(survey.sample(20, measure="choices")) == 20


def test_fewer_samples_than_asked_for_are_an_error():
    survey = survey_of(EQUAL, 40)
    least = survey.distribution("macs").least
    with pytest.raises(CostcalcError, match=r"of 40 draws \d+ are networks within the limits"):
        survey.sample(40, {"macs": least})


def test_bad_surveys(monkeypatch):
    with pytest.raises(NoChoicesError):
        costcalc.load("mobilenet").draws(10)
    with pytest.raises(CostcalcError, match="latency is of a device"):
        survey_of(EQUAL, 10, metrics=("latency",))
    with pytest.raises(CostcalcError, match="1 to 1,000,000 draws"):
        survey_of(EQUAL, 0)
    with pytest.raises(CostcalcError, match="not for arena"):
        survey_of(EQUAL, 10).within({"arena": "1kB"})
    text = (
        "input: [4, 8, 8]\nlayers:\n"
        "  - conv2d: {out_channels: {any: [5, 7]}, kernel_size: 1, groups: 4}\n"
    )
    for ask in (
        Survey.require_any,
        lambda survey: survey.sample(1),
        lambda survey: survey.within({"macs": 1}),
        lambda survey: survey.distribution("macs"),
    ):
        with pytest.raises(CostcalcError, match="none of 10 draws makes a network") as caught:
            ask(survey_of(text, 10))
        assert caught.value.position[1:3] == (3, 5)
    monkeypatch.setattr(limits, "MAX_ITEMS", 50)
    large = text.replace("layers:\n", "layers:\n  - relu: {repeat: 60}\n")
    with pytest.raises(CostcalcError, match="more than 50 items"):
        survey_of(large, 10)


def test_quantiles_beyond_all_draws_have_no_end():
    """Of ten draws the cheapest is below the 5 % quantile in 40 of 100 cases."""
    few, many = (survey_of(EQUAL, count).distribution("macs").quantiles for count in (10, 400))
    assert few[0][1].low is None
    assert few[-1][1].high is None
    assert None not in (few[2][1].low, few[2][1].high, many[0][1].low, many[-1][1].high)


@pytest.fixture
def space(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unequal.yaml").write_text(UNEQUAL)
    (tmp_path / "equal.yaml").write_text(EQUAL)


def call(capsys, text):
    code = run(text.split())
    return code, *capsys.readouterr()


@pytest.mark.usefixtures("space")
def test_the_command_says_what_is_estimated(capsys):
    code, out, err = call(capsys, "space unequal.yaml --draws 400 --max macs=20k")
    assert (code, err) == (0, "")
    assert "400 settings drawn choice by choice (seed 0)" in out
    assert "networks (in 95 of 100 cases" in out
    assert "draws differ in weight: 400 tell as much of settings as" in out
    code, out, err = call(capsys, "space equal.yaml --draws 20")
    assert "512 settings of the choices: the product of their options" in out
    assert "estimated: " not in out
    code, _, err = call(capsys, "space unequal.yaml --draws 20")
    assert code == 0
    assert err.startswith("warning: draws differ in weight: 20 of them tell as much")


@pytest.mark.usefixtures("space")
def test_the_command_samples(capsys, tmp_path):
    code, out, _ = call(capsys, "space equal.yaml --draws 100 --sample 3 --seed 2")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [set(row) for row in rows] == [{"macs", "params", "choices"}] * 3
    code, _, _ = call(capsys, "space equal.yaml --draws 100 --sample 3 --seed 2 --output nets/")
    assert code == 0
    found = {}
    for path in (tmp_path / "nets").iterdir():
        assert path.name.startswith("draw_")
        assert "(seed 2) of equal.yaml" in path.read_text().splitlines()[0]
        found[int(path.stem[5:])] = costcalc.load(str(path)).cost().totals.macs
    assert [found[place] for place in sorted(found)] == [row["macs"] for row in rows]


@pytest.mark.parametrize("more", ["--largest macs", "--pareto macs", "--score s", "--top 2"])
@pytest.mark.usefixtures("space")
def test_the_best_is_not_found_by_draws(capsys, more):
    code, _, err = call(capsys, f"space equal.yaml --draws 10 {more}")
    assert code == 2
    assert "best of the space" in err or more == "--top 2"


def test_where_a_walk_does_not_tell_draws_are_named():
    text = "input: [4, 8, 8]\nlayers: [pointwise_conv2d: {out_channels: {any: 1..600}}]\n"
    space = Space(file_of(text), Setting(), ("arena",))
    with pytest.raises(CostcalcError, match="take building 600 networks") as caught:
        space.distribution("arena")
    assert "costcalc space --draws 2000" in caught.value.hint
