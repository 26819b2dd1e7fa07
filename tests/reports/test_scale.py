"""Axes: where values stand, and what is marked there."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.reports.plot.scale import brief, fitted, linear, logarithmic, plain

COSTS = st.integers(1, 10**30) | st.integers(10**300, 10**310)


def texts(scale, most=9):
    return [tick.text for tick in scale.ticks(most)]


def test_a_logarithmic_axis_begins_and_ends_at_round_numbers():
    scale = logarithmic([13_570_048, 568_740_352])
    assert (scale.low, scale.high, scale.log) == (10_000_000, 1_000_000_000, True)
    assert texts(scale) == ["10M", "20M", "50M", "100M", "200M", "500M", "1G"]
    assert texts(scale, 4) == ["10M", "100M", "1G"]
    assert scale.at(100_000_000) == pytest.approx(0.5)
    assert scale.minor()[:8] == pytest.approx([math.log10(n) / 2 for n in range(2, 10)])


def test_one_value_has_room_on_both_sides():
    assert logarithmic([100])[:2] == (100, 200)
    scale = linear([Fraction(706, 10)])
    assert scale.low < Fraction(706, 10) < scale.high


def test_what_has_no_logarithm_or_hardly_differs_is_linear():
    assert not logarithmic([0, 5]).log
    scale = logarithmic([568_900_000, 569_100_000])
    assert not scale.log
    assert len(texts(scale)) > 2


def test_a_linear_axis():
    scale = linear([Fraction(83, 2), Fraction(709, 10)])
    assert (scale.low, scale.high) == (40, 75)
    assert texts(scale) == ["40", "45", "50", "55", "60", "65", "70", "75"]
    assert texts(scale, 5) == ["40", "50", "60", "70"]
    assert scale.at(Fraction(115, 2)) == 0.5
    assert linear([300], zero=True)[:2] == (0, 300)
    assert linear([0], zero=True)[:2] == (0, 1)


def test_knobs_are_marked_where_they_stand_apart():
    alphas = [Fraction(n, 4) for n in (4, 1, 2, 3, 3)]
    assert texts(fitted(alphas)) == ["0.25", "0.5", "0.75", "1"]
    assert texts(fitted([128, 160, 192, 224])) == ["128", "160", "192", "224"]
    assert texts(fitted([1, 2, 1000])) == ["0", "200", "400", "600", "800", "1k"]
    assert texts(fitted([Fraction(n, 7) for n in range(1, 14)])) == ["0.5", "1", "1.5"]
    scale = fitted([0, 100])
    assert (scale.at(0), scale.at(100)) == (pytest.approx(1 / 27), pytest.approx(26 / 27))


@given(st.lists(COSTS, min_size=1, max_size=4), st.integers(3, 20))
def test_costs_of_any_size_stand_on_the_axis(costs, most):
    for scale in (logarithmic(costs), linear(costs, zero=True)):
        places = [scale.at(cost) for cost in sorted(costs)]
        assert places == sorted(places)
        assert places[0] >= -1e-9
        assert places[-1] <= 1 + 1e-9
        ticks = scale.ticks(most)
        assert len(ticks) <= most + 2
        assert all(-1e-9 <= tick.at <= 1 + 1e-9 for tick in ticks)
        assert [tick.at for tick in ticks] == sorted(tick.at for tick in ticks)
        # Costs that differ in their last digits alone have ticks of one text.
        if max(costs) == min(costs) or (max(costs) - min(costs)) * 10**6 > max(costs):
            assert len({tick.text for tick in ticks}) == len(ticks)


def test_thousands_of_digits():
    scale = logarithmic([7, 10**6000])
    assert scale.at(10**3000) == pytest.approx(0.5, abs=0.001)
    assert texts(scale, 5) == ["1e2000", "1e4000", "1e6000"]
    scale = linear([10**6000, 3 * 10**6000], zero=True)
    assert texts(scale, 4) == ["0", "1e6000", "2e6000", "3e6000"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (2_500_000, "2.5M"),
        (568_740_352, "568.740352M"),
        (10**12, "1T"),
        (2 * 10**300, "2e300"),
        (-5000, "-5k"),
        (Fraction(125, 2), "62.5"),
    ],
)
def test_brief(value, text):
    assert brief(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1024, "1024"),
        (Fraction(3, 4), "0.75"),
        (Fraction(5, 7), "5/7"),
        (-3, "-3"),
        (10**90, "1e90"),
        (Fraction(1, 10**7 + 1), "9.999999e-8"),
    ],
)
def test_plain(value, text):
    assert plain(value) == text


def test_rounded_for_a_bar():
    assert brief(568_740_352, 2) == "568.74M"
