"""A network against a limit: exact, inclusive, against the base as well; beside plain fractions."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costcalc
from costcalc.budgets.cost_cache import CostCache
from costcalc.budgets.verdict import Verdict, judge, worst
from costcalc.errors import CostcalcError, Position
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import with_limits
from costcalc.project.amounts import Amount
from costcalc.project.limits import Limit

no_deadline = settings(deadline=None)

NET = """\
name: Two
input: [3, 8, 8]
variants: {two: {}, wide: {params: {out: 32}}}
params: {out: 16}
layers:
  - conv2d: {name: stem, out_channels: 8, kernel_size: 3}
  - conv2d: {name: head, out_channels: out, kernel_size: 1}
"""
STEM, HEAD = 3 * 3 * 3 * 8 * 64, 8 * 16 * 64
VALUE = STEM + HEAD


@pytest.fixture(scope="module")
def costs():
    return CostCache(NetworkFile(NET, "two.yaml"))


def share(percent):
    return Amount(f"{percent}%", Fraction(percent, 100), relative=True)


def absolute(value):
    return Amount(str(value), value)


def macs(**parts):
    return Limit("macs", position=Position("b.yaml", 7, 3), **parts)


def status(costs, limit, base=None, **more):
    return judge(limit, costs, base, **more).status


def test_values(costs):
    """As the formulas say, and as the tables of all other commands do."""
    assert costs.value(macs()) == VALUE == 22_016
    assert costs.value(macs(layers="head")) == HEAD
    assert costs.value(macs(layers="*e*")) == VALUE
    assert costs.value(macs(setting=Setting(variant="wide"))) == STEM + 2 * HEAD
    assert costs.value(macs(setting=Setting(resolution=(4, 16)))) == VALUE
    assert costs.value(macs(setting=Setting(rho=Fraction(1, 2)))) == VALUE // 4
    model = costcalc.Model(costs.file, None)
    for metric in [name for name in with_limits() if name != "latency"]:
        total = model.cost(alpha="0.5").totals
        weights = {"weights_int8": 1, "weights_float16": 2, "weights_float32": 4}
        expected = weights[metric] * total.params if metric in weights else getattr(total, metric)
        assert costs.value(Limit(metric, setting=Setting(alpha=Fraction(1, 2)))) == expected


def test_bytes_of_weights_are_their_params_times_their_size(costs):
    params = costs.value(Limit("params"))
    for metric, size in (("weights_int8", 1), ("weights_float16", 2), ("weights_float32", 4)):
        assert costs.value(Limit(metric)) == size * params
        assert status(costs, Limit(metric, max=absolute(size * params))) == "pass"
        assert status(costs, Limit(metric, max=absolute(size * params - 1))) == "fail"


@pytest.mark.parametrize(
    ("most", "expected"),
    [(VALUE, "pass"), (VALUE + 1, "pass"), (VALUE - 1, "fail"), (0, "fail"), (10**100, "pass")],
)
def test_a_limit_holds_at_its_very_value(costs, most, expected):
    verdict = judge(macs(max=absolute(most)), costs, None)
    assert (verdict.status, verdict.value, verdict.max) == (expected, VALUE, most)
    assert verdict.delta is verdict.base is verdict.growth is verdict.note is None


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (macs(max=absolute(VALUE), warn=absolute(VALUE)), "pass"),
        (macs(max=absolute(VALUE), warn=absolute(VALUE - 1)), "warn"),
        (macs(max=absolute(VALUE - 1), warn=absolute(0)), "fail"),
        (macs(warn=absolute(VALUE)), "pass"),
        (macs(warn=absolute(VALUE - 1)), "warn"),
        (macs(max=absolute(2 * VALUE), warn=share(50)), "pass"),
        (macs(max=absolute(2 * VALUE - 1), warn=share(50)), "warn"),
        (macs(max=absolute(VALUE), warn=share(100)), "pass"),
        (macs(max=absolute(VALUE), warn=share(0)), "warn"),
    ],
)
def test_warnings(costs, limit, expected):
    assert status(costs, limit) == expected


@no_deadline
@given(st.integers(1, 10_000))
def test_a_share_is_of_the_whole_network_exactly(hundredths):
    costs = CostCache(NetworkFile(NET, "two.yaml"))
    part = Fraction(hundredths, 10_000)
    limit = macs(layers="head", max=Amount("x%", part, relative=True))
    verdict = judge(limit, costs, None)
    assert verdict.status == ("fail" if Fraction(HEAD) > part * VALUE else "pass")
    assert verdict.max <= part * VALUE < verdict.max + 1


def test_a_share_that_comes_out_even_is_within(costs):
    exact = Amount("x%", Fraction(HEAD, VALUE), relative=True)
    assert status(costs, macs(layers="head", max=exact)) == "pass"
    less = Amount("x%", Fraction(HEAD, VALUE) - Fraction(1, 10**9), relative=True)
    assert status(costs, macs(layers="head", max=less)) == "fail"


def test_a_warning_of_a_share_is_a_share_of_that_share(costs):
    limit = macs(layers="head", max=share(50), warn=share(80))
    verdict = judge(limit, costs, None)
    assert (verdict.max, verdict.warn) == (VALUE // 2, VALUE // 2 * 4 // 5)
    assert verdict.status == "pass"


@pytest.mark.parametrize(
    ("growth", "base", "expected", "allowed"),
    [
        (share(0), VALUE, "pass", 0),
        (share(0), VALUE - 1, "fail", 0),
        (share(0), VALUE + 1, "pass", 0),
        (absolute(16), VALUE - 16, "pass", 16),
        (absolute(16), VALUE - 17, "fail", 16),
        (share(10), 20_015, "pass", 2001),  # 20,015 + 2,001.5 is 22,016.5
        (share(10), 20_014, "fail", 2001),
        (share(10), 0, "fail", 0),
        (share(1000), VALUE, "pass", 10 * VALUE),
        (share(5), None, "pass", None),
    ],
)
def test_growth(costs, growth, base, expected, allowed):
    verdict = judge(macs(growth=growth), costs, base)
    assert (verdict.status, verdict.growth) == (expected, allowed)
    assert verdict.delta == (None if base is None else VALUE - base)


amounts = st.builds(absolute, st.integers(0, 2 * VALUE)) | st.builds(share, st.integers(0, 200))


@no_deadline
@given(
    st.none() | st.integers(0, 2 * VALUE),
    st.none() | amounts,
    st.none() | amounts,
    st.none() | st.integers(0, 2 * VALUE),
    st.booleans(),
)
def test_every_limit_says_what_plain_fractions_say(most, warn, growth, base, only):
    if most is None and warn is not None and warn.relative:
        warn = None
    costs = CostCache(NetworkFile(NET, "two.yaml"))
    limit = macs(max=None if most is None else absolute(most), warn=warn, growth=growth)
    verdict = judge(limit, costs, base, only_regressions=only)

    over = most is not None and most < VALUE
    allowed = None
    if growth is not None and base is not None:
        allowed = growth.value * base if growth.relative else growth.value
    grown = allowed is not None and Fraction(VALUE) > base + Fraction(allowed)
    above = False
    if warn is not None:
        above = Fraction(VALUE) > (warn.value * most if warn.relative else warn.value)
    was_over = over and base is not None and base > most
    forgiven = only and was_over and base >= VALUE
    fails = grown or (over and not forgiven)
    assert verdict.status == ("fail" if fails else "warn" if over or above else "pass")
    assert (verdict.note is not None) == was_over

    bounds = [] if most is None else [most]
    bounds += [] if allowed is None else [base + int(allowed)]
    assert verdict.bound == min(bounds, default=None)
    if bounds and min(bounds) < VALUE:
        assert verdict.excess == Fraction(VALUE - min(bounds), max(1, min(bounds)))
    else:
        assert verdict.excess == 0


@pytest.mark.parametrize(
    ("base", "only", "expected", "note"),
    [
        (VALUE, True, "warn", True),
        (VALUE + 1, True, "warn", True),
        (VALUE - 1, True, "fail", True),
        (VALUE, False, "fail", True),
        (VALUE - 10, True, "fail", False),  # within its limit on the base
        (None, True, "fail", False),
    ],
)
def test_what_was_over_before_passes_only_where_asked_and_not_worse(
    costs, base, only, expected, note
):
    verdict = judge(macs(max=absolute(VALUE - 10)), costs, base, only_regressions=only)
    assert verdict.status == expected
    assert verdict.note == ("it was above its limit on the base already" if note else None)


def test_growth_is_a_regression_whatever_the_maximum(costs):
    limit = macs(max=absolute(10), growth=absolute(0))
    assert status(costs, limit, VALUE - 1, only_regressions=True) == "fail"
    assert status(costs, limit, VALUE, only_regressions=True) == "warn"


# The head is 8,192 of 22,016: 37.2 %.
@pytest.mark.parametrize(
    ("base", "base_whole", "noted", "expected"),
    [
        (HEAD, VALUE, True, "warn"),
        (HEAD, 10 * VALUE, False, "fail"),  # the rest became smaller: within its share before
        (HEAD, VALUE + 1, True, "fail"),  # the same head, of a little more
        (HEAD - 1, VALUE, True, "fail"),
        (HEAD + 1, VALUE, True, "warn"),
        (2 * HEAD, 2 * VALUE, True, "warn"),
        (HEAD, None, False, "fail"),
        (None, None, False, "fail"),
    ],
)
def test_a_share_is_compared_with_the_share_it_was(costs, base, base_whole, noted, expected):
    limit = macs(layers="head", max=share(30))
    more = {"base_whole": base_whole, "only_regressions": True}
    verdict = judge(limit, costs, base, **more)
    assert (verdict.status, verdict.note is not None) == (expected, noted)


def test_growth_that_cannot_be_told_is_a_warning_not_a_pass(costs):
    limit = macs(max=absolute(VALUE), growth=share(5))
    verdict = judge(limit, costs, None, lacks_base=True)
    assert verdict.status == "warn"
    assert verdict.note == "its growth was not checked: there is no figure to compare with"
    assert status(costs, macs(max=absolute(1), growth=share(5)), lacks_base=True) == "fail"
    assert status(costs, macs(max=absolute(VALUE)), lacks_base=True) == "pass"


def test_a_pattern_that_matches_no_layer_is_an_error_with_the_limits_place(costs):
    with pytest.raises(CostcalcError) as caught:
        judge(macs(layers="haed", max=share(5)), costs, None)
    assert str(caught.value) == (
        "b.yaml:7:3: no layer of Two matches 'haed'\n  hint: did you mean 'head'?"
    )
    with pytest.raises(CostcalcError) as caught:
        judge(macs(layers="zzz*", max=share(5)), costs, None)
    assert caught.value.hint == "a pattern such as '*.conv2d' or 'conv2d' matches names and types"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], "pass"),
        (["pass"], "pass"),
        (["warn", "pass"], "warn"),
        (["pass", "fail", "warn"], "fail"),
    ],
)
def test_the_worst_counts(statuses, expected):
    assert worst(statuses) == expected


def test_a_bound_of_zero_has_an_excess_too():
    verdict = Verdict(macs(max=absolute(0)), 5, 0, None, None, None, "fail")
    assert verdict.excess == 5
