"""A batch of samples: `--batch` multiplies what is computed for each of them, and no params."""

import json
from fractions import Fraction
from textwrap import dedent

import pytest

import costcalc
from costcalc.cli import run
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting, replace
from costcalc.language.network_file import NetworkFile

LINEAR = "name: Linear on a batch\ninput: [10]\nlayers: [linear: 10]\n"
WINDOWS = """\
    name: Windows
    params: {heads: 2}
    input: [3, 16, 24]
    layers:
      - conv2d: {out_channels: 16, kernel_size: 4, stride: 4}
      - residual:
          - rearrange:
              pattern: b c (h p) (w q) -> (b h w) c p q
              p: 2
              q: 2
              layers: [layer_norm, multi_head_attention: {heads: heads}]
      - position_embedding
      - depthwise_conv2d: {kernel_size: 3, repeat: 3}
      - global_avg_pool
      - flatten
      - linear: 10
"""
OF_SAMPLES = (
    "macs",
    "flops",
    "other_ops",
    "activations",
    "attended_macs",
    "standard_macs",
    "separable_macs",
)
OF_THE_NETWORK = ("params", "weights_int8", "standard_params", "separable_params")


@pytest.fixture
def windows(tmp_path):
    path = tmp_path / "windows.yaml"
    path.write_text(dedent(WINDOWS))
    return str(path)


@pytest.fixture
def linear(tmp_path):
    path = tmp_path / "linear.yaml"
    path.write_text(LINEAR)
    return str(path)


def test_a_linear_layer_on_a_batch(linear):
    """Report 51: 3,200 MACs and 110 params for a batch of 32, and 100 MACs for one."""
    model = costcalc.load(linear)
    assert (model.cost(batch=32).totals.macs, model.cost(batch="32").totals.params) == (3200, 110)
    assert (model.cost().totals.macs, model.cost().batch) == (100, 1)
    assert model.cost(batch=32).totals.other_ops == 320


@pytest.mark.parametrize("net", ["windows", "mobilenet", "mobilenet_v3_small"])
def test_what_a_batch_multiplies(net, request):
    model = costcalc.load(request.getfixturevalue(net) if net == "windows" else net)
    one, seven = model.cost(), model.cost(batch=7)
    for metric in OF_SAMPLES:
        assert seven.totals[metric] == 7 * one.totals[metric] > 0, metric
    for metric in OF_THE_NETWORK:
        assert seven.totals[metric] == one.totals[metric] > 0, metric
    assert [layer.output_shape.dims for layer in seven.layers] == [
        layer.output_shape.dims for layer in one.layers
    ]


def test_a_batch_is_swept_beside_other_knobs(windows):
    model = costcalc.load(windows)
    swept = model.sweep(
        alpha="0.5..1:0.25", rho=[1, 2], batch="1..4", heads="1..2", metrics=["macs", "params"]
    )
    assert list(swept.axes) == ["alpha", "rho", "batch", "heads"]
    assert swept.macs.shape == (3, 2, 4, 2)
    for place, alpha in enumerate((Fraction(1, 2), Fraction(3, 4), 1)):
        for batch in (1, 2, 3, 4):
            cost = model.cost(alpha=alpha, rho=2, batch=batch, heads=1).totals
            assert swept.macs[place, 1, batch - 1, 0] == cost.macs
            assert swept.params[place, 1, batch - 1, 0] == cost.params


def test_a_batch_is_traced_once(windows):
    swept = costcalc.load(windows).sweep(batch="1..5000:1", metrics=["other_ops"])
    assert swept.other_ops.tolist() == [n * swept.other_ops[0] for n in range(1, 5001)]
    (traces,) = swept.plan._traced.values()
    assert len(traces.found) == 1
    assert {guard.test.operation for guard in traces.found[0].trace.guards.values()} == set()


def test_the_largest_batch_within_a_limit(windows, capsys):
    model = costcalc.load(windows)
    one = model.cost().totals.activations
    (found,) = model.solve({"activations": 100 * one + 1}, vary="batch").solutions
    assert (found.knobs["batch"], found.counts["activations"]) == (100, 100 * one)
    limit = f"activations={2000 * one}"
    assert run(["solve", windows, "--max", limit, "--range", "batch=1..5000"]) == 0
    assert "batch 2000 " in capsys.readouterr().out
    assert run(["solve", windows, "--max", limit, "--vary", "batch"]) == 0
    assert "batch 1024 " in capsys.readouterr().out
    assert run(["solve", windows, "--max", limit, "--range", "batch=0.5..3"]) == 2
    assert "batch: the ends of '0.5..3' must be whole numbers" in capsys.readouterr().err


def test_formulas_of_a_batch(windows):
    model = costcalc.load(windows)
    scope = {}
    exec("".join(model.formula(exact=True, batch=6).python()), scope)
    expected = model.cost(batch=6, alpha="1/2", rho=2).totals
    assert scope["macs"](Fraction(1, 2), 2) == expected.macs
    assert scope["params"](Fraction(1, 2), 2) == expected.params
    law, one = model.formula(batch=6).result, model.formula().result
    for piece, other in zip(law.pieces, one.pieces, strict=True):
        assert piece.forms["macs"] == other.forms["macs"] * 6
        assert piece.forms["params"] == other.forms["params"]
    assert "a batch of 6 samples" in str(model.formula(batch=6))
    assert json.loads("".join(model.formula(batch=6).json()))["batch"] == 6
    assert "B·" in str(model.formula(batch=6, layer="conv2d"))


def test_budgets_at_a_batch(tmp_path, capsys):
    path = tmp_path / "linear.yaml"
    path.write_text(LINEAR + "budgets: [{macs: 100}, {batch: 32, macs: 3k, params: 110}]\n")
    assert run(["check", str(path), "--format", "json"]) == 1
    (network,) = json.loads(capsys.readouterr().out)["networks"]
    assert [(own["setting"], own["value"], own["status"]) for own in network["metrics"]] == [
        ({}, 100, "pass"),
        ({"batch": 32}, 3200, "fail"),
        ({"batch": 32}, 110, "pass"),
    ]
    path.write_text(LINEAR + "budgets: {batch: 0.5, macs: 3k}\n")
    assert run(["check", str(path)]) == 2
    assert ":4:18: batch: '0.5' is not a whole number from 1" in capsys.readouterr().err


def test_a_file_states_no_batch(tmp_path, capsys):
    path = tmp_path / "linear.yaml"
    path.write_text("batch: 32\n" + LINEAR)
    assert run(["analyze", str(path)]) == 2
    told = capsys.readouterr().err
    assert told.endswith(
        "linear.yaml:1:1: unknown key 'batch'\n  hint: --batch says how many samples\n"
    )


def test_pages_and_json_say_the_batch(linear, capsys):
    for batch, said in ((None, ""), ("1", ""), ("1200", "   batch 1,200")):
        options = [] if batch is None else ["--batch", batch]
        assert run(["analyze", linear, *options]) == 0
        assert f"input 10   alpha 1   rho 1{said}\n" in capsys.readouterr().out
        assert run(["analyze", linear, *options, "--format", "json"]) == 0
        (network,) = json.loads(capsys.readouterr().out)["networks"]
        assert network["batch"] == int(batch or 1)
        assert network["layers"][0]["macs"] == 100 * network["batch"]
    assert run(["sweep", linear, "--batch", "1..3", "--format", "csv"]) == 0
    assert [line.split(",")[4:6] for line in capsys.readouterr().out.splitlines()] == [
        ["batch", "macs"],
        ["1", "100"],
        ["2", "200"],
        ["3", "300"],
    ]
    assert run(["sweep", linear, "--batch", "1..3", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["axes"]["batch"] == [1, 2, 3]
    assert [point["batch"] for point in found["points"]] == [1, 2, 3]
    assert run(["diff", linear, linear, "--batch", "3"]) == 0


def test_published_figures_are_of_one_sample(capsys):
    assert costcalc.load("mobilenet").cost(batch=1).published
    assert not costcalc.load("mobilenet").cost(batch=2).published
    swept = costcalc.load("mobilenet").sweep(alpha="0.5,1", batch="1..2")
    assert [*swept.table["top1"]] == [Fraction(637, 10)] * 2 + [Fraction(706, 10)] * 2


@pytest.mark.parametrize("batch", ["0", "-1", "1.5", "x", "1e3", "1000000000001", 2.0, True])
def test_no_other_batch(batch, linear):
    with pytest.raises(costcalc.CostcalcError, match=r"^batch"):
        costcalc.load(linear).cost(batch=batch)


def test_a_batch_is_a_part_of_the_setting():
    setting = Setting(batch=4)
    assert (setting.text(), setting.key()) == ("batch 4", "batch=4")
    assert setting != Setting()
    assert replace(setting, alpha=1).batch == 4
    assert build(NetworkFile(LINEAR, "net.yaml"), setting).inputs[0].shape.batch == 4


def test_a_param_may_be_called_batch(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("params: {batch: 3}\ninput: [10]\nlayers: [linear: batch]\n")
    model = costcalc.load(str(path))
    assert model.cost({"batch": 5}, batch=2).totals.macs == 100
    swept = model.sweep({"batch": "1..2"}, batch="3..4")
    assert list(swept.axes) == ["batch", "param_batch"]
    assert swept.macs.tolist() == [[30, 60], [40, 80]]


def test_a_fault_in_windows_leaves_their_channels_unknown():
    text = dedent(WINDOWS).replace("heads: 2", "heads: 3")
    with pytest.raises(costcalc.CostcalcError) as caught:
        build(NetworkFile(text, "net.yaml"))
    (only,) = caught.value.problems
    assert (only.position.line, only.position.column) == (11, 32)
