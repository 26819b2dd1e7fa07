"""Intervals of estimates by unequal weights, against the jackknife: each draw is left out once."""

from fractions import Fraction
from math import sqrt
from random import Random

import pytest

from costcalc.spaces.drawn.estimates import Spread, Weights, Z, all_settings, settings_counted

RANDOM = Random(4)
EACH = [RANDOM.choice([1.0, 0.3, 0.04]) for _ in range(400)]
COSTS = [RANDOM.randrange(1000) + round(700 * own) for own in EACH]
WEIGHTS = Weights(EACH)


def ratio(pairs):
    return sum(weight * value for weight, value in pairs) / sum(weight for weight, _ in pairs)


def variance(values):
    """Of a mean by the weights."""
    pairs = list(zip(EACH, values, strict=True))
    without = [ratio(pairs[:place] + pairs[place + 1 :]) for place in range(len(pairs))]
    middle = sum(without) / len(without)
    return sum((own - middle) ** 2 for own in without) * (len(without) - 1) / len(without)


def test_a_mean_varies_as_its_interval_says():
    mean, low, high = WEIGHTS.mean(COSTS)
    assert mean == pytest.approx(ratio(list(zip(EACH, COSTS, strict=True))))
    assert (high - low) / 2 == pytest.approx(Z * sqrt(variance(COSTS)), rel=0.02)


@pytest.mark.parametrize("limit", [300, 800, 1500])
def test_a_share_varies_as_so_many_draws_of_one_weight(limit):
    counted = [cost <= limit for cost in COSTS]
    squares = sum(own * own for own, counts in zip(EACH, counted, strict=True) if counts)
    share = WEIGHTS.of(counted).value
    draws = WEIGHTS.draws_for(share, squares)
    assert share * (1 - share) / draws == pytest.approx(variance(counted), rel=0.02)


@pytest.mark.parametrize("part", [Fraction(1, 20), Fraction(1, 2), Fraction(3, 4)])
def test_a_quantile_lies_between_those_of_the_ends_of_its_share(part):
    value, low, high = Spread(COSTS, WEIGHTS).quantile(part)
    shares = [
        ratio([(w, c <= own) for w, c in zip(EACH, COSTS, strict=True)]) for own in (low, high)
    ]
    half = Z * sqrt(variance([cost <= value for cost in COSTS]))
    assert shares[0] == pytest.approx(
        float(part) - half, abs=0.25 * half + max(EACH) / WEIGHTS.total
    )
    assert shares[1] == pytest.approx(
        float(part) + half, abs=0.25 * half + max(EACH) / WEIGHTS.total
    )


def test_where_no_draw_counts_the_effective_number_bounds_the_share():
    weights = [round(10**6 * own) for own in EACH]
    found = settings_counted(weights, [False] * len(weights))
    upper = Z * Z / (WEIGHTS.effective + Z * Z)
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(all_settings(weights).high * upper, rel=1e-3)
