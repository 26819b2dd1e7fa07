"""Every command takes the memory of a .tflite file from the file's own tensors."""

import json

import pytest
from importers.tflite_files import Graph, Op, T, file_of, weights

import costcalc
from costcalc.cli import run

CONV = {"Padding": 0, "StrideW": 1, "StrideH": 1, "FusedActivationFunction": 0}


@pytest.fixture
def path(tmp_path):
    """An int8 network with a float32 input and output, as converters quantise them."""
    tensors = [
        T("x", [1, 8, 8, 3]),
        T("x8", [1, 8, 8, 3], "INT8"),
        weights("w", 5, 3, 3, 3, dtype="INT8"),
        weights("b", 5, dtype="INT32"),
        T("y8", [1, 8, 8, 5], "INT8"),
        T("y", [1, 8, 8, 5]),
    ]
    ops = [
        Op("QUANTIZE", ["x"], ["x8"]),
        Op("CONV_2D", ["x8", "w", "b"], ["y8"], "Conv2DOptions", CONV),
        Op("DEQUANTIZE", ["y8"], ["y"]),
    ]
    path = tmp_path / "mixed.tflite"
    path.write_bytes(file_of(Graph(tensors, ops, ["x"], ["y"])))
    return str(path)


PEAK = 320 + 1_280  # y8 as int8 and y as float32
OWN = {"peak_memory": PEAK, "arena": PEAK, "flash": 155}
AS_INT8 = {"peak_memory": 192 + 320, "arena": 192 + 320, "flash": 155}
AS_FLOAT = {"peak_memory": 4 * 512, "arena": 4 * 512, "flash": 4 * 140}


def answered(capsys, *args):
    assert run([*args, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def picked(figures):
    return {name: figures[name] for name in OWN}


@pytest.mark.parametrize(
    ("options", "expected"),
    [([], OWN), (["--dtype", "int8"], AS_INT8), (["--dtype", "float32"], AS_FLOAT)],
)
def test_all_commands_agree(path, capsys, options, expected):
    (analyzed,) = answered(capsys, "analyze", path, "--memory", *options)["networks"]
    assert picked(analyzed["totals"]) == expected
    (network,) = answered(capsys, "memory", path, *options)["networks"]
    assert picked(network) == expected
    assert network["dtype"] == ("own" if expected is OWN else options[1])
    (network,) = answered(capsys, "deploy", path, "--device", "stm32h747", *options)["networks"]
    (device,) = network["devices"]
    assert (device["arena"], device["flash"]) == (expected["arena"], expected["flash"])


def test_the_traffic_is_that_of_the_tensors(path):
    table = costcalc.load(path, runtime={}).cost()
    maps = (768 + 192) + (192 + 320) + (320 + 1_280)
    assert table.totals.traffic == maps + 155


def test_a_budget_fails_at_the_operator_that_makes_the_peak(path, capsys):
    assert run(["check", path, "--max", "arena=1599B"]) == 1
    text = capsys.readouterr().out
    assert "arena: 1,600, over the limit of 1,599" in text
    assert "Nothing would fit: neither alpha nor resolution has an effect." in text
    assert run(["check", path, "--max", "arena=1600B"]) == 0


def test_a_report_says_whose_tensors_they_are(path, capsys):
    assert run(["analyze", path, "--memory"]) == 0
    own = "memory on a runtime with the tensors of the file, order as written"
    assert own in capsys.readouterr().out
    assert run(["analyze", path, "--memory", "--dtype", "int8"]) == 0
    assert "memory on a runtime with int8, norms" in capsys.readouterr().out


@pytest.mark.parametrize("setting", [{"alpha": "1/2"}, {"resolution": 16}, {"batch": 2}])
def test_at_another_size_the_file_says_nothing(path, setting):
    table = costcalc.load(path).cost(**setting)
    with pytest.raises(costcalc.CostcalcError, match="which are of one size") as refused:
        table.totals["arena"]
    assert refused.value.hint == "--dtype int8 takes it as a network whose maps are int8"
    model = costcalc.load(path, runtime={"dtype": "int8"})
    assert model.cost(**setting).totals.arena > 0


def test_long_names_of_tensors_are_cut_in_the_page_alone(tmp_path, capsys):
    long = "net/stage/" + ";".join(f"Conv2D_{number}" for number in range(60))
    tensors = [T("x", [1, 8, 8, 3]), T(long, [1, 8, 8, 3])]
    path = tmp_path / "long.tflite"
    path.write_bytes(file_of(Graph(tensors, [Op("RELU", ["x"], [long])], ["x"], [long])))
    assert run(["memory", str(path)]) == 0
    head, *_ = capsys.readouterr().out.split("\n\npeak memory")
    rows = head.splitlines()[3:]
    assert long[:63] + "…" in rows[-1]
    assert max(map(len, rows)) < 250
    (network,) = answered(capsys, "memory", str(path))["networks"]
    assert network["steps"][0]["name"] == long
