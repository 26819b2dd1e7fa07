"""The exact costs that a law is compared with: by the steps of a trace, and over a grid."""

from fractions import Fraction

import pytest
import yaml
from hypothesis import HealthCheck, assume, event, given, note, settings
from support.networks import NETWORKS
from support.random_networks import PARAMS, networks, written

import costcalc
from costcalc.api import Model
from costcalc.errors import CostcalcError
from costcalc.formulas import deviations
from costcalc.formulas.deviation import ALPHAS, NotSeparableError, _by_grid, _by_trace
from costcalc.language.network_file import NetworkFile

RHOS = [Fraction(height, 224) for height in (96, 97, 127, 160, 223, 224)]
HEAD = "input: [3, 100, 100]\nlayers:\n"
WIDE = "  - conv2d: {out_channels: 100, kernel_size: 1}\n"


def plan_of(one: Model):
    return one.formula().result.plan


def model(layers: str) -> Model:
    return Model(NetworkFile(HEAD + layers, "t.yaml"), None)


METRICS = ("macs", "params")


def by_points(one: Model, alphas, rhos):
    """MACs and params from the cost table; None where the network cannot be built."""
    tables = {"macs": [], "params": []}
    for alpha in alphas:
        rows = {"macs": [], "params": []}
        for rho in rhos:
            try:
                totals = one.cost(alpha=alpha, rho=rho).totals
            except CostcalcError:
                totals = None
            for metric, row in rows.items():
                row.append(totals and getattr(totals, metric))
        for metric, row in rows.items():
            tables[metric].append(row)
    return tables


@pytest.mark.parametrize("net", ["mobilenet", "mobilenet_v2", "mobilenet_v3", "lenet", "vit"])
def test_the_trace_gives_the_integers(net):
    one = costcalc.load(NETWORKS[net])
    alphas = ALPHAS[::15]
    assert _by_trace(plan_of(one), alphas, RHOS[::2], METRICS) == by_points(one, alphas, RHOS[::2])


@pytest.mark.parametrize("net", NETWORKS)
def test_the_trace_and_the_grid_agree(net):
    plan = plan_of(costcalc.load(NETWORKS[net]))
    try:
        by_trace = _by_trace(plan, ALPHAS[::5], RHOS, METRICS)
    except (CostcalcError, NotSeparableError):
        pytest.skip("only the grid serves")
    assert by_trace == _by_grid(plan, ALPHAS[::5], RHOS, METRICS)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(networks())
def test_the_trace_and_the_grid_agree_on_random_networks(network):
    inputs, layers, blocks, _ = network
    tree = {"input": inputs, "params": PARAMS, "blocks": blocks, "layers": layers}
    text = yaml.safe_dump(written(tree), sort_keys=False)
    note(text)
    try:
        plan = plan_of(Model(NetworkFile(text, "t.yaml"), None))
        by_trace = _by_trace(plan, ALPHAS[::9], RHOS[::2], METRICS)
    except (CostcalcError, NotSeparableError, ZeroDivisionError):
        event("only the grid serves")
        assume(False)
    assert by_trace == _by_grid(plan, ALPHAS[::9], RHOS[::2], METRICS)


@pytest.mark.parametrize(
    "layers",
    [
        # A number of groups that divides the channels at some alphas.
        WIDE + "  - conv2d: {out_channels: 20, kernel_size: 1, groups: 5}\n",
        # A width that is whole at some alphas.
        WIDE + "  - conv2d: {out_channels: in_channels / 4, kernel_size: 1}\n",
        # A kernel that does not fit a small map.
        WIDE + "  - conv2d: {out_channels: 4, kernel_size: 97, padding: 0}\n",
        # A condition with a requirement, and one within another.
        WIDE + "  - conv2d: {when: alpha > 1/2, out_channels: 20, kernel_size: 1, groups: 5}\n",
        WIDE + "  - sequence:\n      when: alpha > 1/2\n      layers:\n"
        "        - conv2d: {when: in_height > 98, out_channels: in_channels / 2, kernel_size: 1}\n",
    ],
)
def test_requirements_decide_where_the_trace_serves(layers):
    one = model(layers)
    plan = plan_of(one)
    rhos = [Fraction(96, 100), Fraction(99, 100), Fraction(1)]
    expected = by_points(one, ALPHAS, rhos)
    assert any(None in row for row in expected["macs"])
    with pytest.raises(NotSeparableError):
        _by_trace(plan, ALPHAS, rhos, METRICS)
    assert _by_grid(plan, ALPHAS, rhos, METRICS) == expected
    found = deviations(one.formula().result)
    all_rhos = [Fraction(height, 100) for height in range(96, 101)]
    invalid = sum(row.count(None) for row in by_points(one, ALPHAS, all_rhos)["macs"])
    assert found.invalid == invalid


def test_a_requirement_under_a_condition_need_hold_only_there():
    one = model(
        WIDE + "  - conv2d:\n      when: in_channels % 5 == 0\n      out_channels: in_channels\n"
        "      kernel_size: 1\n      groups: 5\n"
        "  - conv2d: {out_channels: 5, kernel_size: 1}\n"
    )
    alphas = [Fraction(k, 20) for k in range(5, 21)] + [Fraction(51, 100)]
    expected = by_points(one, alphas, RHOS[:2])
    assert all(None not in row for row in expected["macs"])
    assert _by_trace(plan_of(one), alphas, RHOS[:2], METRICS) == expected


def test_of_a_huge_input_some_heights_are_compared():
    """They would be listed in memory otherwise: a side may have twelve digits."""
    one = Model(NetworkFile(f"input: [3, {10**9}, 4]\nlayers:\n" + WIDE, "t.yaml"), None)
    found = deviations(one.formula().result)
    assert found.points <= 76 * 1_001
    assert found.heights[1] == 10**9
    assert found.heights[0] >= 96
    assert f"every {found.step:,}th input height" in str(one.formula())
    assert deviations(costcalc.load("mobilenet").formula().result).step == 1
