"""A metric is defined once: what stands in the registry is found wherever a metric can be named."""

import csv
import io
import json

import pytest

import costcalc
from costcalc.cli import run
from costcalc.costs.totals import metric_of
from costcalc.layers import LAYERS, Layer
from costcalc.metrics import METRICS, Metric, formula

NETWORK = """\
input: [3, 8, 8]
layers:
  - conv2d: {name: stem, out_channels: 4, kernel_size: 1}
  - relu
  - conv2d: {name: head, out_channels: 2, kernel_size: 1}
"""
VALUES = {"stem": 1_000, "relu": 7, "head": 1_000}
"""What the toy metric is of each layer: Layer's own default is not 0."""
TOTAL = sum(VALUES.values())


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """A metric with a formula that every layer inherits and one type overrides."""
    monkeypatch.setattr(Layer, "toy", lambda self, out, *inputs: 7, raising=False)
    monkeypatch.setattr(LAYERS["conv2d"], "toy", lambda self, out, *inputs: 1_000, raising=False)
    monkeypatch.setitem(METRICS, "toy", Metric("toy", "toys", "op", formula("toy")))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)
    return "net.yaml"


@pytest.fixture
def call(capsys):
    def call(*args, code=0):
        assert run(list(args)) == code
        return capsys.readouterr().out

    return call


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


class TestEveryCommandKnowsANewMetric:
    def test_python(self, toy):
        model = costcalc.load(toy)
        costs = model.cost()
        assert costs.totals.toy == TOTAL
        assert {layer.name: layer.toy for layer in costs.layers} == VALUES
        assert model.sweep(alpha="1", metrics=["toy"]).toy.tolist() == [TOTAL]

    def test_analyze(self, toy, call):
        assert f"{TOTAL:,} toys" in call("analyze", toy)
        (network,) = json.loads(call("analyze", toy, "--format", "json"))["networks"]
        assert network["totals"]["toy"] == TOTAL
        assert {layer["name"]: layer["toy"] for layer in network["layers"]} == VALUES
        rows = table(call("analyze", toy, "--format", "csv"))
        assert {row["name"]: int(row["toy"]) for row in rows} == VALUES

    def test_sort(self, toy, call):
        rows = table(call("analyze", toy, "--format", "csv", "--sort", "toy"))
        assert [row["toy"] for row in rows] == ["1000", "1000", "7"]

    @pytest.mark.parametrize("alphas", ["1", "0.001..1:0.001"], ids=["a point", "many"])
    def test_sweep(self, toy, call, alphas):
        """Point by point, and over a grid."""
        swept = call("sweep", toy, "--alpha", alphas, "--metric", "toy", "--format", "json")
        assert {point["toy"] for point in json.loads(swept)["points"]} == {TOTAL}

    def test_solve(self, toy, call):
        assert call("solve", toy, "--max", f"toy={TOTAL - 1}", code=1)
        solved = json.loads(call("solve", toy, "--max", f"toy={TOTAL}", "--format", "json"))
        assert [solution["toy"] for solution in solved["solutions"]] == [TOTAL]

    def test_check(self, toy, call):
        call("check", toy, "--max", f"toy={TOTAL}")
        checked = call("check", toy, "--max", f"toy={TOTAL - 1}", "--format", "json", code=1)
        assert json.loads(checked)["networks"][0]["metrics"][0]["value"] == TOTAL

    def test_budgets(self, toy, call):
        budgets = "budgets: {toy: 1, layers: [{match: relu, toy: 7}]}\n"
        with open(toy, "a") as file:
            file.write(budgets)
        checked = json.loads(call("check", toy, "--format", "json", code=1))
        found = [verdict["value"] for verdict in checked["networks"][0]["metrics"]]
        assert found == [TOTAL, 7]

    def test_diff(self, toy, call, tmp_path):
        (tmp_path / "less.yaml").write_text(NETWORK.replace("  - relu\n", ""))
        assert "toys" in call("diff", "less.yaml", toy)
        found = json.loads(call("diff", "less.yaml", toy, "--format", "json"))["networks"][0]
        assert found["totals"]["toy"] == {"from": TOTAL - 7, "to": TOTAL, "delta": 7}
        assert {layer["name"]: layer["delta"]["toy"] for layer in found["layers"]} == {"relu": 7}

    def test_list(self, toy, call):
        counted = costcalc.load("mobilenet").cost().totals.toy
        listed = json.loads(call("list", "--format", "json"))["networks"]
        assert [row["toy"] for row in listed if row["variant"] == "mobilenet"] == [counted]
        rows = table(call("list", "--format", "csv"))
        assert [row["toy"] for row in rows if row["variant"] == "mobilenet"] == [str(counted)]

    def test_schema(self, toy, call):
        assert '"toy"' in call("schema")


def test_a_metric_may_reduce_its_layers_otherwise(toy, monkeypatch, call):
    """The largest map, for one, is no sum; a function of the layer is all that it needs."""
    largest = Metric(
        "largest_map",
        "elements of the largest map",
        "element",
        lambda node: node.shape.elements,
        max,
    )
    monkeypatch.setitem(METRICS, "largest_map", largest)
    table = costcalc.load(toy).cost()
    assert table.totals.largest_map == 4 * 8 * 8
    assert metric_of(table.network, "largest_map", table.network.nodes[2:]) == 2 * 8 * 8
    call("check", toy, "--max", "largest_map=256")
    call("check", toy, "--max", "largest_map=255", code=1)
