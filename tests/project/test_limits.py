"""Limits as they are written: what they say exactly, and what is refused where it stands."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.cli import run
from costcalc.errors import CostcalcError, Faults
from costcalc.graph.setting import Setting
from costcalc.language.yaml_nodes import compose
from costcalc.metrics import METRICS, check_metrics, with_limits
from costcalc.project.amounts import Amount, read_amount
from costcalc.project.limits import Limit, LimitReader

NET = "input: [3, 8, 8]\nlayers: [{conv2d: {name: head, out_channels: 8, kernel_size: 3}}]\n"


def read(text, variants=None, message=None):
    """The limits of a text, and its faults as (line, column, message, hint)."""
    found = Faults()
    limits = LimitReader("b.yaml", found).read(compose(text, "b.yaml", found), variants, message)
    faults = [(f.position.line, f.position.column, f.message, f.hint) for f in found]
    assert all(fault.position.path == "b.yaml" for fault in found)
    return limits, faults


def limits(text, variants=None):
    found, faults = read(text, variants)
    assert faults == []
    return found


def only(text, variants=None):
    (limit,) = limits(text, variants)
    return limit


@pytest.mark.parametrize("metric", with_limits())
def test_every_metric_takes_its_own_unit_and_refuses_the_others(metric):
    if METRICS[metric].unit == "second":
        return  # it takes a time: see tests/devices
    own, other = ("4kB", "4k") if METRICS[metric].unit == "byte" else ("4k", "4kB")
    assert only(f"{metric}: {own}").max == Amount(own, 4000)
    found, ((line, column, message, hint),) = read(f"{metric}: {other}")
    assert (found, line, column) == ([], 1, len(metric) + 3)
    assert message.startswith(f"{metric}: '{other}' is ")
    assert hint == f"did you mean {own}?"


def test_a_plain_number_is_the_maximum():
    limit = only("macs: 600M")
    assert limit == Limit("macs", Amount("600M", 600_000_000), position=limit.position)
    assert limit.source == "b.yaml:1"


def test_the_parts_of_a_limit():
    limit = only("params: {max: 4.3M, warn: 95%, growth: 10k}")
    assert limit.max == Amount("4.3M", 4_300_000)
    assert limit.warn == Amount("95%", Fraction(19, 20), relative=True)
    assert limit.growth == Amount("10k", 10_000)


def test_the_position_is_the_metrics_own():
    both = limits("macs: 1\nparams:\n  max: 2\n")
    assert [limit.source for limit in both] == ["b.yaml:1", "b.yaml:2"]
    assert [limit.position.column for limit in both] == [1, 1]


def test_a_warning_may_be_absolute_and_alone():
    limit = only("macs: {warn: 5M}")
    assert (limit.max, limit.warn) == (None, Amount("5M", 5_000_000))


def test_settings():
    text = (
        "- {alpha: 0.5, resolution: 160, macs: 80M}\n"
        "- {rho: 6/7, variant: small, params: 1M, macs: 2M}\n"
        "- {resolution: 128x96, macs: 1}\n"
        "- macs: 3\n"
    )
    assert [(limit.metric, limit.setting) for limit in limits(text, {"small": None})] == [
        ("macs", Setting(None, Fraction(1, 2), None, (160, 160))),
        ("params", Setting("small", None, Fraction(6, 7), None)),
        ("macs", Setting("small", None, Fraction(6, 7), None)),
        ("macs", Setting(resolution=(128, 96))),
        ("macs", Setting()),
    ]


def test_limits_of_layers_have_the_setting_of_their_entry():
    text = 'alpha: 0.5\nlayers: [{match: "head.*", macs: 10%}, {match: "*", params: 4}]\n'
    share, count = limits(text)
    assert share.max == Amount("10%", Fraction(1, 10), relative=True)
    assert (share.layers, count.layers) == ("head.*", "*")
    assert share.setting == count.setting == Setting(alpha=Fraction(1, 2))
    assert count.max == Amount("4", 4)
    assert share.position.column == text.splitlines()[1].index("macs") + 1


def test_a_message_goes_with_every_limit_of_its_entry():
    found, _ = read('macs: 1\nlayers: [{match: "*", macs: 2}]', message="phone")
    assert [limit.message for limit in found] == ["phone", "phone"]


@pytest.mark.parametrize("text", ["", "~", "[]"])
def test_nothing_at_all_limits_nothing(text):
    assert read(text or "null") == ([], [])


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("600M", 1, 1, "limits must be a mapping of keys and values", None),
        ("- macs: 1\n- 600M", 2, 3, "limits must be a mapping of keys and values", None),
        ("{}", 1, 1, "there is no limit", "such as macs: 600M; the metrics are macs, flops, other"),
        ("alpha: 0.5", 1, 1, "there is no limit", "such as macs: 600M"),
        ("layers: []", 1, 1, "there is no limit", "such as macs: 600M"),
        ("mac: 1", 1, 1, "unknown metric or key 'mac' in limits", "did you mean 'macs'?"),
        ("wieghts_int8: 1", 1, 1, "unknown metric or key 'wieghts_int8'", "'weights_int8'?"),
        ("resolutoin: 1\nmacs: 1", 1, 1, "unknown metric or key 'resolut", "'resolution'?"),
        ("zzz: 1", 1, 1, "unknown metric or key 'zzz' in limits", "the metrics are macs, flops"),
        ("macs: 1\nmacs: 2", 2, 1, "key 'macs' is given twice; the first is in line 1", None),
        ("macs: -1", 1, 7, "macs: '-1' is negative", None),
        ("macs: 0.5", 1, 7, "macs: '0.5' is not a whole number", None),
        (
            "macs: 5%",
            1,
            7,
            "macs: '5%' is a percentage, and a number is needed",
            "warn, growth and limits of layers may",
        ),
        ("macs: 1e999", 1, 7, "macs: '1e999' is out of range", None),
        ("macs: lots", 1, 7, "macs: 'lots' is not a limit", "write it as 600M"),
        ("macs:", 1, 6, "max of macs must be a number such as 600M", None),
        ("macs: [1]", 1, 7, "max of macs must be a number such as 600M", None),
        ("weights_int8: ~", 1, 15, "max of weights_int8 must be a number such as 256KiB", None),
        ("macs: {}", 1, 1, "the limit of macs is empty", "macs: 600M"),
        ("macs: {max: }", 1, 13, "max of macs must be a number such as 600M", None),
        ("macs: {mx: 1}", 1, 8, "unknown key 'mx' in the limit of macs", "did you mean 'max'?"),
        ("macs: {max: 1, grwoth: 1}", 1, 16, "unknown key 'grwoth'", "did you mean 'growth'?"),
        ("macs: {q: 1, max: 1}", 1, 8, "unknown key 'q'", "it takes max, warn, growth"),
        (
            "macs: {max: 5%}",
            1,
            13,
            "macs: '5%' is a percentage, and a number is needed",
            "warn, growth and",
        ),
        ("macs: {max: 1, warn: 1MB}", 1, 22, "macs: '1MB' is in bytes", "did you mean 1M?"),
        ("macs: {growth: -5%}", 1, 16, "macs: '-5%' is negative", None),
        ("macs: {growth: x%}", 1, 16, "macs: 'x' is not a number", None),
        ("macs: {warn: 95%}", 1, 14, "warn is a percentage of max, and max is missing", None),
        ("alpha: 0\nmacs: 1", 1, 8, "alpha: '0' is not greater than 0", None),
        ("alpha: half\nmacs: 1", 1, 8, "alpha: 'half' is not a number such as 0.35", None),
        ("rho: [1]\nmacs: 1", 1, 6, "rho must be a single value", None),
        ("alpha:\nmacs: 1", 1, 7, "alpha must be a single value", None),
        ("resolution: 0\nmacs: 1", 1, 13, "resolution: '0' is not a size such as 224", None),
        ("rho: 1\nresolution: 9\nmacs: 1", 1, 1, "give rho or resolution, not both", None),
        ("variant: smal\nmacs: 1", 1, 10, "unknown variant 'smal'", "did you mean 'small'?"),
        ("variant: z\nmacs: 1", 1, 10, "unknown variant 'z'", "it has small, large"),
        ("layers: {match: a, macs: 1}", 1, 9, "layers must be a list", "layers: [{match:"),
        ("layers: [a]", 1, 10, "limits of layers must be a mapping of keys and values", None),
        (
            "layers: [{macs: 1}]",
            1,
            10,
            "limits of layers need match: a pattern of names or types",
            None,
        ),
        ("layers: [{match: , macs: 1}]", 1, 18, "limits of layers need match", None),
        ("layers: [{match: [a], macs: 1}]", 1, 18, "limits of layers need match", None),
        ("layers: [{match: a, alpha: 1, macs: 1}]", 1, 21, "unknown metric or key 'alpha'", None),
        ("layers: [{match: a, layers: [], macs: 1}]", 1, 21, "unknown metric or key 'lay", None),
        ("macs: 9\nlayers: [{match: a}]", 2, 10, "there is no limit on 'a'", "macs: 10%"),
        ("layers: [{match: a, macs: {max: 10%, warn: 5MB}}]", 1, 44, "macs: '5MB' is in b", None),
    ],
)
def test_what_is_refused(text, line, column, message, hint):
    """With its place, and with what would help; the limit is never left out in silence."""
    _, faults = read(text, {"small": None, "large": None})
    assert [fault[:2] for fault in faults] == [(line, column)], faults
    assert message in faults[0][2]
    assert hint is None or hint in (faults[0][3] or ""), faults


def test_all_faults_are_told_at_once():
    _, faults = read("macs: 5MB\nparam: 3\nflops: {max: -1, warm: 3}")
    assert sorted((line, column) for line, column, *_ in faults) == [
        *((1, 7), (2, 1), (3, 14), (3, 18))
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        (
            "budgets: {macs: 600MB}\n",
            3,
            17,
            "macs: '600MB' is in bytes: counts are given in",
        ),
        ("budgets:\n- variant: q\n  macs: 1\n", 4, 12, "unknown variant 'q'"),
        ("budgets: {macs: {mxa: 1}}\n", 3, 18, "unknown key 'mxa' in the limit of macs"),
    ],
)
def test_the_commands_refuse_them_with_exit_2(
    tmp_path, monkeypatch, capsys, text, line, column, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n.yaml").write_text(NET + text, encoding="utf-8")
    for command in ("check", "validate"):
        assert run([command, "n.yaml"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"n.yaml:{line}:{column}: {message}")


# What is told of a metric by itself


def test_a_metric_is_known_or_the_nearest_is_named():
    for metric in METRICS:
        check_metrics([metric])
    with pytest.raises(CostcalcError, match="unknown metric 'mcas'") as caught:
        check_metrics(["mcas"])
    assert caught.value.hint == "did you mean 'macs'?"
    with pytest.raises(CostcalcError) as caught:
        check_metrics(["zzz"])
    assert caught.value.hint.startswith("the metrics are macs, flops, ")


# Amounts


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**30))
def test_a_share_is_the_largest_whole_number_within_it(thousandths, whole):
    amount = read_amount("macs", f"{thousandths}e-3%", relative=True)
    share = Fraction(thousandths, 100_000) * whole
    assert amount.of(whole) <= share < amount.of(whole) + 1


@settings(deadline=None)
@given(st.integers(0, 10**40), st.integers(0, 10**40))
def test_an_absolute_amount_is_itself_whatever_the_whole(value, whole):
    assert read_amount("macs", str(value), relative=True).of(whole) == value
    assert read_amount("weights_int8", f"{value}B", relative=False).of(whole) == value
