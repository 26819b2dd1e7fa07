"""A space of a million networks, against all of them, costed here in arrays."""

import numpy as np
import pytest
from support.brute_spaces import file_of

from costcalc.graph.setting import Setting
from costcalc.spaces.limits import Limits
from costcalc.spaces.space import Space

WIDTHS = range(3, 22, 2)
WIDE = list(enumerate(WIDTHS))
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
        for bar in found.bars:
            last = bar is found.bars[-1]
            inside = (own >= bar.low) & ((own <= bar.high) if last else (own < bar.high))
            assert bar.share == pytest.approx(inside.mean(), abs=0.0005)
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


def test_the_largest(space, costs):
    fits = costs["params"] <= 700
    (best,) = space.largest("macs", {"params": 700})
    assert best.costs["macs"] == costs["macs"][fits].max()


@pytest.fixture(scope="module")
def scores():
    """By layer and width: a layer is worth the less, the wider it is and the later it comes."""
    return [
        [round(100 * (width**0.5 - (layer + place) % 3 / 7) / (layer + 2)) for place, width in WIDE]
        for layer in range(LAYERS)
    ]


@pytest.fixture(scope="module")
def scored(space, scores, tmp_path_factory):
    """The score as the space reads it, and the scores of all networks."""
    path = tmp_path_factory.mktemp("scores") / "score.yaml"
    lines = [
        f"linear_{layer + 1}.out_features: {{{', '.join(map('{}: {}'.format, WIDTHS, own))}}}\n"
        for layer, own in enumerate(scores)
    ]
    path.write_text("".join(lines), encoding="utf-8")
    every = sum(np.meshgrid(*map(np.array, scores), indexing="ij"))
    return space.score(str(path)), every.ravel()


def test_the_best_scores(space, costs, scored):
    score, every = scored
    for limits in ({"macs": 400}, {"macs": 400, "params": 440}, {"params": 900}):
        fits = np.all([costs[metric] <= limit for metric, limit in limits.items()], axis=0)
        best = space.best(score, limits, 5)
        assert [one.score for one in best] == sorted(every[fits].tolist(), reverse=True)[:5]


@pytest.mark.parametrize("limits", [{}, {"params": 350}])
def test_the_front_of_macs_and_score(space, costs, scored, limits):
    score, every = scored
    fits = costs["params"] <= limits.get("params", 10**6)
    macs, reached = costs["macs"][fits], every[fits]
    order = np.lexsort((-reached, macs))
    most = np.maximum.accumulate(reached[order])
    is_new = np.concatenate([[True], most[1:] > most[:-1]])
    by_hand = list(zip(macs[order][is_new].tolist(), most[is_new].tolist(), strict=True))
    assert len(by_hand) > 40
    front = space.pareto(["macs"], limits, score)
    assert [(one.costs["macs"], one.score) for one in front] == by_hand
