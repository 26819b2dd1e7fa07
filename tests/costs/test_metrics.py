"""A metric is defined once: what stands in the registry is found wherever a metric can be named."""

import csv
import io
import json
from fractions import Fraction

import pytest

import costcalc
from costcalc.api import Model
from costcalc.cli import run
from costcalc.costs.totals import BEYOND_LAYERS, metric_of
from costcalc.language.network_file import NetworkFile
from costcalc.layers import LAYERS, Layer
from costcalc.metrics import METRICS
from costcalc.metrics.metric import Metric
from costcalc.metrics.of_nodes import formula

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
    monkeypatch.setitem(METRICS, "toy", Metric("toy", "toys", "op", "Toys.", formula("toy")))
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
        *("largest_map", "elements of the largest map", "element", "The largest map."),
        lambda node: node.shape.elements,
        max,
    )
    monkeypatch.setitem(METRICS, "largest_map", largest)
    table = costcalc.load(toy).cost()
    assert table.totals.largest_map == 4 * 8 * 8
    assert metric_of(table.network, "largest_map", table.network.nodes[2:]) == 2 * 8 * 8
    call("check", toy, "--max", "largest_map=256")
    call("check", toy, "--max", "largest_map=255", code=1)


def test_a_maximum_does_not_see_a_layer_that_a_condition_leaves_out(monkeypatch):
    """A layer that counts 0 times is nothing in a sum; in a maximum it would be."""
    largest = Metric(
        "largest_map", "largest map", "element", "Elements.", lambda node: node.shape.elements, max
    )
    monkeypatch.setitem(METRICS, "largest_map", largest)
    text = (
        "input: [3, 8, 8]\nlayers:\n"
        "  - conv2d: {out_channels: 4, kernel_size: 1}\n"
        "  - conv2d: {when: alpha > 1, out_channels: 1000, kernel_size: 1}\n"
        "  - conv2d: {out_channels: 2, kernel_size: 1}\n"
    )
    model = Model(NetworkFile(text, "net.yaml"), None)
    alphas = ["1/2", "1", "3/2", "2"]
    expected = [model.cost(alpha=alpha).totals.largest_map for alpha in alphas]
    assert expected == [128, 256, 96_000, 128_000]
    assert model.sweep(alpha=alphas, metrics=["largest_map"]).largest_map.tolist() == expected
    (solution,) = model.solve({"largest_map": 256}).solutions
    assert solution.knobs == {"alpha": 1}


class TestRegistry:
    def test_every_metric_has_one_way_to_be_computed(self):
        for name, metric in METRICS.items():
            ways = [metric.of, metric.multiple, BEYOND_LAYERS.get(name)]
            assert sum(way is not None for way in ways) == 1, name
            assert metric.name == name
            assert metric.about

    def test_every_metric_of_a_network_is_an_int_or_a_ratio_of_two(self):
        totals = costcalc.load("mobilenet").cost().totals
        own = {name: metric for name, metric in METRICS.items() if not metric.needs_device}
        kinds = {name: type(totals[name]) for name in own}
        assert kinds == {name: Fraction if metric.over else int for name, metric in own.items()}

    def test_what_only_a_network_has_is_refused_of_layers(self, tmp_path, call):
        network = costcalc.load("mobilenet").cost().network
        with pytest.raises(ValueError, match="standard_macs is of a whole network"):
            metric_of(network, "standard_macs", network.nodes[:1])
        path = tmp_path / "net.yaml"
        path.write_text(NETWORK + "budgets: {layers: [{match: head, standard_macs: 1}]}\n")
        assert run(["check", str(path)]) == 2

    def test_a_network_that_fails_by_it_has_no_heaviest_layers(self, call):
        checked = call(
            "check", "mobilenet", "--max", "standard_macs=1G", "--format", "json", code=1
        )
        (network,) = json.loads(checked)["networks"]
        assert network["culprits"] == []
        assert [fit["knob"] for fit in network["fits"]] == ["alpha", "resolution"]


class TestBytes:
    """Metrics in bytes are named like any other, and their limits have units of bytes."""

    def test_solve(self, call):
        args = ("solve", "mobilenet", "--format", "json", "--max")
        (solution,) = json.loads(call(*args, "weights_int8=4MB"))["solutions"]
        assert solution["weights_int8"] == solution["params"] == 3_992_956
        (solution,) = json.loads(call(*args, "weights_float32=16MB"))["solutions"]
        assert solution["weights_float32"] == 4 * solution["params"] == 4 * 3_992_956
        in_python = costcalc.load("mobilenet").solve({"weights_int8": "4MB"}).solutions
        assert in_python[0].counts["weights_int8"] == 3_992_956

    def test_sweep(self, call):
        args = ("sweep", "mobilenet", "--metric", "weights_float16", "--max", "weights_int8=4MB")
        points = json.loads(call(*args, "--format", "json"))["points"]
        assert [point["weights_float16"] for point in points] == [
            *(2 * 470_072, 2 * 1_331_592, 2 * 2_585_560, 2 * 4_231_976)
        ]
        assert [point["exceeds"] for point in points] == [[], [], [], ["weights_int8"]]
        assert "bytes of float16 weights" in call(*args)

    def test_analyze_and_list(self, call):
        rows = table(call("analyze", "mobilenet", "--format", "csv", "--sort", "weights_int8"))
        assert rows[0]["weights_int8"] == "1048576"
        assert all(int(row["weights_float32"]) == 4 * int(row["params"]) for row in rows)
        listed = table(call("list", "--format", "csv"))
        assert all(int(row["weights_int8"]) == int(row["params"]) for row in listed)

    @pytest.mark.parametrize("command", ["solve", "sweep", "check"])
    @pytest.mark.parametrize(
        ("limit", "message", "hint"),
        [
            ("weights_int8=4M", "'4M' is a count: bytes are given in B, kB, MB", "4MB"),
            ("weights_int8=400", "there is no unit: bytes are given in B, kB, MB", "400MB"),
            ("weights_int8=4000000", "there is no unit: bytes are given in B", "4000000B"),
            ("macs=4MB", "'4MB' is in bytes: counts are given in k, M, G or T", "4M"),
        ],
    )
    def test_a_wrong_unit_says_which_units_there_are(self, command, limit, message, hint, capsys):
        assert run([command, "mobilenet", "--max", limit]) == 2
        told = capsys.readouterr().err
        assert message in told
        assert told.endswith(f"did you mean {hint}?\n")
