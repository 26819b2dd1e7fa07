"""RegNet's space: its widths against the paper's rule in floats, and the published networks."""

from math import log
from random import Random

import pytest

import costcalc
from costcalc.costs.totals import measure
from costcalc.graph.builder import build
from costcalc.numeric.exact import divisible
from costcalc.spaces.draws import TooManyError

PUBLISHED = {
    # torchvision's arguments by variant of configs/regnet.yaml
    "regnet_x_400mf": {"depth": 22, "w0": 24, "wa": "24.48", "wm": "2.54", "group_width": 16},
    "regnet_x_800mf": {"depth": 16, "w0": 56, "wa": "35.73", "wm": "2.28", "group_width": 16},
    "regnet_x_1_6gf": {"depth": 18, "w0": 80, "wa": "34.01", "wm": "2.25", "group_width": 24},
    "regnet_x_3_2gf": {"depth": 25, "w0": 88, "wa": "26.31", "wm": "2.25", "group_width": 48},
    "regnet_x_8gf": {"depth": 23, "w0": 80, "wa": "49.56", "wm": "2.88", "group_width": 120},
}


@pytest.mark.parametrize("variant", PUBLISHED)
def test_published_networks_are_in_it(variant):
    found = costcalc.load("regnet_space").cost({**PUBLISHED[variant], "bottleneck": 1}).totals
    shipped = costcalc.load(f"regnet:{variant}").cost().totals
    assert (found.macs, found.params) == (shipped.macs, shipped.params)


def stages_of(choices):
    """Widths and depths of stages: as the paper says, in floats."""
    depth, w0, wa, wm = (float(choices[name]) for name in ("depth", "w0", "wa", "wm"))
    widths = [
        8 * max(1, round(w0 * wm ** round(log((w0 + wa * j) / w0) / log(wm)) / 8))
        for j in range(int(depth))
    ]
    return [(width, widths.count(width)) for width in dict.fromkeys(widths)]


def test_stages_are_those_of_the_paper():
    """And what has another number of stages makes no network."""
    survey = costcalc.load("regnet_space").draws(40, seed=1)
    for tried in survey.tries():
        drawn = {draw.choice.what: draw.value.node.value for draw in tried.draws}
        assert (tried.costs is not None) == (len(stages_of(drawn)) == 4)
    for one in survey.sample(3, measure="choices"):
        network = build(one.file())
        assert measure(network, survey.metrics) == one.costs
        made = [node.shape.dims for node in network.nodes if node.layer.type == "add"]
        assert made == list(blocks_of(one.choices))


@pytest.mark.parametrize(
    ("w0", "wa", "wm"), [(4, 256, "1.5"), (8, 252, "1.524"), (12, 96, "1.548"), (256, 256, "1.5")]
)
def test_stages_whose_widths_lie_far_apart(w0, wa, wm):
    """Exponents up to 13: some are left out between stages."""
    choices = {"w0": w0, "wa": wa, "wm": wm, "bottleneck": 2, "group_width": 16, "depth": 1}
    while len(stages_of(choices | {"depth": choices["depth"] + 1})) <= 4:
        choices["depth"] += 1
    network = costcalc.load("regnet_space").cost(choices).network
    made = [node.shape.dims for node in network.nodes if node.layer.type == "add"]
    assert made == list(blocks_of(choices))


def blocks_of(choices):
    """The shape that each block makes."""
    bottleneck, group_width = int(choices["bottleneck"]), int(choices["group_width"])
    for stage, (width, depth) in enumerate(stages_of(choices)):
        inner = divisible(width // bottleneck, min(group_width, width // bottleneck))
        side = 56 >> stage
        yield from [(inner * bottleneck, side, side)] * depth


def test_a_walk_is_refused_at_once():
    with pytest.raises(TooManyError) as caught:
        costcalc.load("regnet_space").space()
    assert f"at least {64**4:,} states" in caught.value.message
    assert "costcalc space --draws 2000" in caught.value.hint


def test_settings_are_as_published():
    """64^4 times 6 times 3, of which about 19 % have 4 stages by the rule in floats."""
    survey = costcalc.load("regnet_space").draws(60, metrics=["macs"])
    assert survey.settings == (64**4 * 18,) * 3
    random = Random(7)
    tries = 2000
    four = sum(len(stages_of(random_choices(random))) == 4 for _ in range(tries))
    assert survey.total.low < four / tries * survey.settings.value < survey.total.high


def random_choices(random):
    wm = random.randrange(64)
    return {
        "depth": random.randint(1, 64),
        "w0": 4 * random.randint(1, 64),
        "wa": 4 * random.randint(1, 64),
        "wm": 3 if wm == 63 else 1.5 + 0.024 * wm,
    }


def test_a_walk_through_a_part_counts_what_draws_estimate():
    part = {
        "depth": "{any: [6, 9]}",
        "group_width": 8,
        "w0": 24,
        "wa": "{any: [24, 48]}",
        "wm": "{any: [1.5, 2.5]}",
    }
    space = costcalc.load("regnet_space").space(part)
    survey = costcalc.load("regnet_space").draws(60, part, seed=3)
    assert survey.settings.value == space.total + space.impossible == 8 * 3
    assert survey.total.low < space.total < survey.total.high
    own, exact = survey.distribution("macs").mean, space.distribution("macs").mean
    assert own.low < exact < own.high
