"""Sweeps as Parquet, read back."""

import io
import sys
from fractions import Fraction

import pyarrow.parquet
import pytest

import costcalc
from costcalc.explore.sweep import Sweep, Swept
from costcalc.reports.sweep import parquet

KNOBS = ["alpha", "alpha_float", "rho", "rho_float", "height", "width"]


def sweep(net="mobilenet", metrics=("macs",), params=None, limits=None, source=None, **knobs):
    plan = costcalc.load(str(net)).plan(params or {}, **knobs)
    return Sweep(plan, list(metrics), limits, source)


def written(result, size=1 << 16):
    file = io.BytesIO()
    parquet.write(Swept(result, result.tables(size)), file)
    assert not file.closed
    return pyarrow.parquet.ParquetFile(io.BytesIO(file.getvalue()))


def rows(result, size=1 << 16):
    return written(result, size).read().to_pylist()


@pytest.fixture
def net(tmp_path):
    def write(text):
        path = tmp_path / "net.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


NET = """
name: Net
input: [3, 32, 32]
params: {width: 8, depth: 1, unit: conv2d}
layers:
  - $unit: {out_channels: width * depth, kernel_size: 3}
"""


def test_each_row_is_what_the_network_costs():
    metrics = ["macs", "flops", "params", "other_ops", "activations", "ratio", "top1"]
    result = sweep(metrics=metrics, alpha="0.25..1", resolution="128,160x96,224", source="slim")
    file = written(result)
    assert file.schema_arrow.names == [*KNOBS, *metrics[:5], "ratio_float", "top1"]
    read = file.read().to_pylist()
    assert len(read) == 12
    model = costcalc.load("mobilenet")
    for row in read:
        table = model.cost(alpha=row["alpha"], resolution=(row["height"], row["width"]))
        totals = table.totals
        assert {name: row[name] for name in metrics[:5]} == {
            name: getattr(totals, name) for name in metrics[:5]
        }
        assert row["ratio_float"] == totals.ratio_float
        assert row["alpha_float"] == float(Fraction(row["alpha"]))
    assert [row["alpha"] for row in read[::3]] == ["1/4", "1/2", "3/4", "1"]
    assert [row["rho"] for row in read[:3]] == ["4/7", None, "1"]
    assert [row["rho_float"] for row in read[:3]] == [4 / 7, None, 1.0]
    assert [row["top1"] for row in read[:3]] == [41.5, None, 49.8]


def test_types():
    result = sweep(
        metrics=["params", "share", "top1"],
        limits={"macs": 150_000_000, "params": 4_000_000},
        alpha="0.5,1",
        rho="1",
    )
    schema = written(result).schema_arrow
    assert {field.name: str(field.type) for field in schema} == {
        "alpha": "string",
        "alpha_float": "double",
        "rho": "string",
        "rho_float": "double",
        "height": "int64",
        "width": "int64",
        "params": "int64",
        "share_float": "double",
        "top1": "double",
        "exceeds": "string",
    }
    first, second = rows(result)
    assert (first["exceeds"], second["exceeds"]) == ("", "macs,params")
    assert second["share_float"] == 1.0


def test_metadata():
    metadata = written(sweep(alpha="1")).schema_arrow.metadata
    assert metadata[b"network"] == b"mobilenet"
    assert metadata[b"costcalc_version"] == costcalc.__version__.encode()
    assert metadata[b"source"].startswith(b"Howard et al. 2017")


def test_a_row_group_a_table():
    result = sweep(alpha="0.25..1", resolution="128..224")
    file = written(result, size=5)
    groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert groups == [table.points for table in result.tables(5)]
    assert len(groups) > 1
    assert file.read() == written(result).read()


def test_tables_are_taken_one_by_one():
    result = sweep(alpha="0.25..1", resolution="128..224")
    file = io.BytesIO()
    sizes = []

    def tables():
        for table in result.tables(4):
            sizes.append(file.tell())
            yield table

    parquet.write(Swept(result, tables()), file)
    assert sizes == sorted(set(sizes))  # the one before is in the file already


def test_no_point():
    file = io.BytesIO()
    result = sweep(alpha="1")
    parquet.write(Swept(result, [result.table.taken([])]), file)
    read = pyarrow.parquet.read_table(file)
    assert (read.num_rows, read.column_names) == (0, [*KNOBS, "macs"])


def test_params_are_numbers_where_they_all_are(net):
    read = rows(sweep(net(NET), params={"depth": "1..3", "unit": "conv2d,conv_bn"}))
    assert [row["depth"] for row in read] == [1, 1, 2, 2, 3, 3]
    assert [row["unit"] for row in read] == ["conv2d", "conv_bn"] * 3
    read = rows(sweep(net(NET), params={"depth": "1,1.5,2,1+2"}), size=1)
    assert [row["depth"] for row in read] == ["1", "3/2", "2", "1+2"]


def test_a_param_of_a_columns_name(net):
    read = rows(sweep(net(NET), params={"width": "1..2"}))
    assert [(row["width"], row["param_width"]) for row in read] == [(32, 1), (32, 2)]


def test_no_ratio_where_nothing_is_standard(net):
    path = net("name: Pool\ninput: [3, 8, 8]\nlayers: [global_avg_pool]\n")
    read = rows(sweep(path, metrics=["ratio"], alpha="1,2"))
    assert [row["ratio_float"] for row in read] == [None, None]


def test_the_largest_that_fits(net):
    path = net(
        "name: One\ninput: [1]\nparams: {n: 1}\nlayers: [linear: {out_features: n, bias: false}]\n"
    )
    largest = 2**63 - 1
    assert rows(sweep(path, params={"n": [1, largest]}))[1]["macs"] == largest
    for params in ({"n": [1, largest + 1]}, {"n": [1, 10**90]}):
        with pytest.raises(costcalc.CostcalcError) as caught:
            written(sweep(path, params=params))
        assert caught.value.message.startswith("macs has values beyond 64 bits")
        assert caught.value.hint == "CSV and JSON hold them"
    # A param itself may be of any size.
    read = rows(sweep(path, metrics=["other_ops"], params={"n": [1, 10**90]}))
    assert [row["n"] for row in read] == ["1", str(10**90)]


def test_a_missing_library_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(costcalc.CostcalcError) as caught:
        written(sweep(alpha="1"))
    assert caught.value.message == "a Parquet file needs pyarrow"
    assert caught.value.hint == "pip install 'costcalc[parquet]'"
