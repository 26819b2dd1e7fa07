"""What a sweep says to programs: the same over arrays as point by point."""

import csv
import io
import json
from fractions import Fraction

import pytest

import costcalc
from costcalc.explore import plan as planning
from costcalc.explore.sweep import Sweep, Swept
from costcalc.reports import formats
from costcalc.reports.sweep.rows import named

METRICS = ["macs", "params", "ratio", "share", "top1"]
NET = """
name: "=1+1, \\"net\\""
input: [3, 12, 8]
params: {n: 8, kind: relu, kernel: 1}
layers:
  - conv2d: {out_channels: n, kernel_size: kernel}
  - $kind
  - depthwise_conv2d: {kernel_size: 3}
  - pointwise_conv2d: {out_channels: 4}
published:
  - figures: [{alpha: 0.5, top1: 50}, {top1: 61.5}]
"""
POOL = "name: Pool\ninput: [3, 8, 8]\nlayers: [global_avg_pool]\n"
SWEEPS = {
    "knobs": (NET, {}, {"alpha": "0.25..1,1/3", "resolution": "12x8,6x4,8x8"}),
    "rho": (NET, {}, {"rho": "1/2,1,7/6"}),
    "params": (NET, {"n": "1..3", "kind": "relu,elu"}, {"alpha": "1,2"}),
    "texts": (NET, {"n": "3,1+2,7"}, {}),
    "many": (NET, {}, {"alpha": "0.01..2:0.01", "resolution": "4..40:1"}),
    "many params": (NET, {"n": "1..300", "kernel": "1,3"}, {"alpha": "1"}),
    "beyond int64": (NET, {"n": [1, 10**9, 10**30]}, {"alpha": "1,2"}),
    "beyond 53 bits": (NET, {"n": [10**16 + 3, 10**16 + 7, 7]}, {"resolution": "1"}),
    "nothing standard": (POOL, {}, {"alpha": "1,2", "resolution": "8,9"}),
}


@pytest.fixture
def swept(tmp_path, monkeypatch):
    def make(text, params, knobs, few):
        path = tmp_path / "net.yaml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(planning, "MAX_POINTWISE", few)
        plan = costcalc.load(str(path)).plan(params, **knobs)
        sweep = Sweep(plan, METRICS, {"macs": 3000, "params": 30})
        return Swept(sweep, list(sweep.tables()))

    return make


@pytest.mark.parametrize("format_", ["csv", "json"])
@pytest.mark.parametrize("name", SWEEPS)
def test_arrays_and_lists_are_written_alike(swept, name, format_):
    lists = "".join(formats.lines("sweep", format_, swept(*SWEEPS[name], few=10**12)))
    arrays = "".join(formats.lines("sweep", format_, swept(*SWEEPS[name], few=0)))
    assert arrays == lists


@pytest.mark.parametrize("few", [0, 10**12])
@pytest.mark.parametrize("name", SWEEPS)
def test_each_point_is_what_the_network_costs(swept, name, few):
    result = swept(*SWEEPS[name], few=few)
    model = costcalc.load(result.sweep.plan.file.path)
    document = json.loads("".join(formats.lines("sweep", "json", result)))
    rows = list(csv.DictReader(io.StringIO("".join(formats.lines("sweep", "csv", result)))))
    assert len(document["points"]) == len(rows) == result.sweep.plan.count
    step = max(1, len(rows) // 20)
    for point, row in list(zip(document["points"], rows, strict=True))[::step]:
        params = {name: point[name] for name in result.sweep.plan.params}
        cost = model.cost(params, alpha=point["alpha"], resolution=tuple(point["resolution"]))
        totals = cost.totals
        assert (point["macs"], point["params"]) == (totals.macs, totals.params)
        assert point["ratio_float"] == totals.ratio_float
        over = {"macs": totals.macs > 3000, "params": totals.params > 30}
        assert point["exceeds"] == [name for name in over if over[name]]
        assert row["network"] == '\'=1+1, "net"' or "Pool" in document["network"]
        assert Fraction(row["alpha"]) == Fraction(point["alpha"])
        assert row["resolution"] == "×".join(map(str, point["resolution"]))
        assert row["exceeds"] == " ".join(point["exceeds"])
        for key in ("macs", "params", "ratio_float", "share_float", "top1"):
            assert row[key] == ("" if point[key] is None else repr(point[key]))


def test_ratios_are_rounded_once(swept):
    """Counts beyond 2^53 are not rounded before they are divided."""
    result = swept(*SWEEPS["beyond 53 bits"], few=0)
    (table,) = result.tables
    pairs = list(zip(table["macs"], table["standard_macs"], strict=True))
    assert any(float(macs) != macs for macs, _ in pairs)
    assert list(named(result.sweep, table)["ratio_float"]) == [a / b for a, b in pairs]


def test_rows_for_other_formats(swept):
    result = swept(*SWEEPS["params"], few=0)
    rows = list(formats.view("sweep", "rows", result))
    lines = "".join(formats.lines("sweep", "csv", result)).splitlines()
    assert ",".join(rows[0]) == lines[0]
    assert len(rows) == len(lines) - 1
