"""`costcalc check` of a space: every network of it must be within the limits."""

import pytest

import costcalc

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
