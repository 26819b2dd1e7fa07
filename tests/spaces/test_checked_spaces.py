"""`costcalc check` of a space: every network of it must be within the limits."""

import json

import jsonschema
import pytest

import costcalc
from costcalc.reports import formats
from costcalc.spaces.space import Space
from costcalc.spaces.tables.count import Counted

SPACE = """\
input: [4, 8, 8]
layers:
  - conv2d: {out_channels: {any: [4, 8]}, kernel_size: {any: [1, 3]}}
budgets: {macs: MACS}
"""


def checked(tmp_path, text):
    path = tmp_path / "space.yaml"
    path.write_text(text, encoding="utf-8")
    return costcalc.check(str(path))


@pytest.mark.parametrize(("limit", "status"), [(18432, "pass"), (18431, "fail")])
def test_the_largest_network_decides(tmp_path, limit, status):
    assert 8 * 8 * 4 * 8 * 9 == 18432
    assert checked(tmp_path, SPACE.replace("MACS", str(limit))).status == status


def test_each_metric_has_its_own_largest_network(tmp_path):
    text = SPACE.replace("{macs: MACS}", "{macs: 1M, params: 295}")
    report = checked(tmp_path, text)
    assert report.status == "fail"
    values = {own.limit.metric: own.value for own in report.networks[0].verdicts}
    assert values == {"macs": 18432, "params": 4 * 8 * 9 + 8}


def test_limits_on_layers_are_of_one_network(tmp_path):
    text = SPACE.replace("{macs: MACS}", "{layers: [{match: conv2d, macs: 1M}]}")
    with pytest.raises(costcalc.CostcalcError) as caught:
        checked(tmp_path, text)
    assert "is a space of networks" in str(caught.value)


FIT = SPACE.replace("{macs: MACS}", "{macs: 9216, params: 292, FIT}")
"""1,024 and 9,216 MACs with 4 channels, 2,048 and 18,432 with 8: 3 of 4 are within."""


@pytest.mark.parametrize(
    ("fit", "status", "needed"),
    [
        ("3", "pass", 3),
        ("4", "fail", 4),
        ("75%", "pass", 3),
        ("75.1%", "fail", 4),
        ("1%", "pass", 1),
    ],
)
def test_so_many_networks_must_fit(tmp_path, fit, status, needed):
    report = checked(tmp_path, FIT.replace("FIT", f"fit: {fit}"))
    (verdict,) = report.networks[0].verdicts
    assert report.status == verdict.status == status
    assert verdict.fitting == (needed, 3, 3, 4)
    assert verdict.value == 3


@pytest.mark.parametrize(
    ("needed", "outcome"), [(10, "pass"), (11, None), (20, None), (21, "fail")]
)
def test_bounds_decide_or_it_is_said_that_they_do_not(tmp_path, monkeypatch, needed, outcome):
    monkeypatch.setattr(Space, "count", lambda *_: Counted(10, 20))
    text = FIT.replace("FIT", f"fit: {needed}")
    if outcome is not None:
        report = checked(tmp_path, text)
        (verdict,) = report.networks[0].verdicts
        assert (verdict.status, verdict.value) == (outcome, 10 if outcome == "pass" else 20)
        return
    with pytest.raises(costcalc.CostcalcError) as caught:
        checked(tmp_path, text)
    (fault,) = caught.value.problems
    assert "undecided: proven is that 10 to 20 do" in fault.message
    assert fault.position[1:3] == (4, 36)


FAULTS = [
    ("fit: 0", 41, "fit: '0' is no condition", "fit: 1M"),
    ("fit: 101%", 41, "fit: '101%' is more than all networks", "fit: 1M"),
    ("fit: -1", 41, "fit: '-1' is negative", "fit: 1M"),
    ("fit: many", 41, "fit: 'many' is not a limit", "fit: 1M"),
    ("fit: 0.5", 41, "fit: '0.5' is not a whole number", "fit: 1M"),
    ("fit: [1]", 41, "fit must be a number of networks", None),
    ("fitt: 1", 36, "unknown metric or key 'fitt'", "fit"),
    ("activations: {warn: 3}, fit: 1", 49, "beside fit, activations takes the largest", "600M"),
    ("fit: 1, layers: [{match: conv2d, macs: 1}]", 44, "fit counts whole networks", "an entry"),
]


@pytest.mark.parametrize(("text", "column", "message", "hint"), FAULTS)
def test_a_faulty_number_of_networks_has_its_place(tmp_path, text, column, message, hint):
    with pytest.raises(costcalc.CostcalcError) as caught:
        checked(tmp_path, FIT.replace("FIT", text))
    fault = caught.value.problems[0]
    assert fault.message.startswith(message)
    assert fault.position[1:3] == (4, column)
    assert (hint or "") in (fault.hint or "")


@pytest.mark.parametrize(
    ("budgets", "message"),
    [("{fit: 2}", "fit needs a limit beside it"), ("{macs: 1, fit: 2}", "and this is one network")],
)
def test_it_takes_a_limit_and_a_space(tmp_path, budgets, message):
    with pytest.raises(costcalc.CostcalcError) as caught:
        checked(tmp_path, f"input: [4]\nlayers: [{{linear: 2}}]\nbudgets: {budgets}\n")
    assert message in str(caught.value)
    assert caught.value.problems[0].position.line == 3
    assert caught.value.problems[0].hint


SAID = "networks within macs 9216, params 292: 3 of 4, fewer than the 4 (80%) that must fit"


@pytest.mark.parametrize("form", ["text", "markdown", "github", "gitlab", "sarif", "junit"])
def test_every_format_says_how_many_fit(tmp_path, form):
    report = checked(tmp_path, FIT.replace("FIT", "fit: 80%"))
    text = "".join(formats.lines("check", form, report))
    assert SAID in text.replace("%25", "%")


def test_json_has_the_count(tmp_path):
    report = checked(tmp_path, FIT.replace("FIT", "fit: 2"))
    text = "".join(formats.lines("check", "json", report))
    document = json.loads(text)
    jsonschema.validate(document, formats.schema_of("check"))
    (metric,) = document["networks"][0]["metrics"]
    assert (metric["metric"], metric["value"], metric["limit"]) == ("fit", 3, None)
    within = {"macs": 9216, "params": 292}
    assert metric["fit"] == {"within": within, "needed": 2, "least": 3, "most": 3, "networks": 4}
