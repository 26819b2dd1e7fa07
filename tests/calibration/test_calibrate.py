"""Rates fitted to measured times, and how far off they are on what was left out."""

import json
import random
import re
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.paths import TESTS

import costcalc
from costcalc.calibration.fit import TERMS, Fit
from costcalc.calibration.least_squares import solve_nonnegative
from costcalc.calibration.reading import read_measurements
from costcalc.calibration.scaled import Scaled
from costcalc.cli import run
from costcalc.devices.shipped import load_device

RECORDED = TESTS / "recorded" / "latency"


@lru_cache
def fit_of(name, dtype, terms):
    return Fit(read_measurements([str(RECORDED / f"{name}.csv")], dtype), terms)


def scaled(name, dtype, other):
    measured = read_measurements([str(RECORDED / f"{name}.csv")], dtype)
    return Scaled(measured, load_device(other), dtype)


@pytest.mark.parametrize(
    ("name", "dtype", "terms", "mean", "worst"),
    [
        ("stm32h747", "int8", TERMS[:1], 0.04, 0.085),
        ("onnxruntime", "float32", TERMS, 0.081, 0.087),  # 9 networks of an EPYC with Zen 4
        ("pixel1", "float32", TERMS[:2], 0.06, 0.28),
    ],
)
def test_what_is_left_out_is_estimated_within(name, dtype, terms, mean, worst):
    fit = fit_of(name, dtype, terms)
    assert 0.03 < fit.error <= mean
    assert max(fit.errors) <= worst


@pytest.mark.parametrize(
    ("name", "recorded", "dtype", "terms"),
    [
        ("stm32h747", "stm32h747", "int8", 1),
        ("pixel1", "pixel1", "float32", 2),
        ("pixel4", "pixel4_float32", "float32", 3),
        ("pixel4", "pixel4_int8", "int8", 3),
        ("onnxruntime_xeon", "onnxruntime_xeon", "float32", 3),
        ("nucleo_l4r5zi_cubeai", "nucleo_l4r5zi_cubeai", "int8", "stm32h747"),
        ("nucleo_h7a3zi", "nucleo_h7a3zi", "int8", "stm32h747"),
        ("nucleo_u575zi", "nucleo_u575zi", "int8", "stm32h747"),
        pytest.param("note10", "note10", "float32", 2, marks=pytest.mark.slow),
    ],
)
def test_a_shipped_device_is_what_calibrate_makes_of_its_measurements(name, recorded, dtype, terms):
    """terms: how many of TERMS were fitted, or the device whose rates were scaled."""
    device = load_device(name)
    by_kind = isinstance(terms, int)
    fit = fit_of(recorded, dtype, TERMS[:terms]) if by_kind else scaled(recorded, dtype, terms)
    known = device.calibrations[dtype]
    assert abs(fit.error - float(known.error)) < 0.001
    assert abs(max(fit.errors) - float(known.worst)) < 0.001
    assert known.measured == len(fit.errors)
    assert set(fit.kinds) <= set(device.rates[dtype])
    for kind, rate in device.rates[dtype].items():
        if rate.source == known.source and kind in fit.kinds:
            assert fit.rate(kind) == pytest.approx(tuple(map(float, rate[:3])), rel=0.01, abs=0)


def by_trying_all(matrix, target):
    """The best of all sets of coefficients that are not 0."""
    best = (target @ target, np.zeros(matrix.shape[1]))
    for size in range(1, matrix.shape[1] + 1):
        for chosen in map(list, combinations(range(matrix.shape[1]), size)):
            some = np.linalg.lstsq(matrix[:, chosen], target, rcond=None)[0]
            if (some >= 0).all():
                rest = matrix[:, chosen] @ some - target
                if rest @ rest < best[0]:
                    best = rest @ rest, np.zeros(matrix.shape[1])
                    best[1][chosen] = some
    return best[0]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6))
def test_no_set_of_coefficients_fits_better(seed):
    draw = random.Random(seed)
    rows, columns = draw.randint(1, 8), draw.randint(1, 5)
    scale = [10.0 ** draw.randint(-3, 6) for _ in range(columns)]
    matrix = np.array(
        [[draw.choice((0, 0, 1, 2, 5)) * s for s in scale] for _ in range(rows)], float
    )
    target = np.array([draw.uniform(-1, 3) for _ in range(rows)])
    found = solve_nonnegative(matrix, target)
    assert (found >= 0).all()
    rest = matrix @ found - target
    assert rest @ rest <= by_trying_all(matrix, target) + 1e-9


def test_rates_that_made_the_times_are_found(tmp_path):
    """Layers of 3 kinds, whose times are made of known rates without noise."""
    draw = random.Random(3)
    rates = {"standard": (1e-9, 2e-9, 3e-6), "depthwise": (8e-9, 0, 1e-6), "merges": (0, 4e-9, 0)}
    rows = ["network,kind,macs,bytes,latency_us"]
    for network in "abc":
        for _ in range(12):
            kind = draw.choice([*rates])
            macs = 0 if kind == "merges" else draw.randint(10**5, 10**7)
            moved = draw.randint(10**4, 10**6)
            seconds = sum(n * rate for n, rate in zip((macs, moved, 1), rates[kind], strict=True))
            rows.append(f"{network},{kind},{macs},{moved},{seconds * 1e6!r}")
    (tmp_path / "m.csv").write_text("\n".join(rows))
    fit = Fit(read_measurements([str(tmp_path / "m.csv")], None), TERMS)
    for kind, known in rates.items():
        assert fit.rate(kind) == pytest.approx(known, rel=1e-6, abs=1e-15)
    assert fit.error < 1e-6


def test_one_factor_is_found_and_its_error_where_each_is_left_out(tmp_path, capsys):
    """Two networks twice as slow as on the other device, and a third four times."""
    other = costcalc.load("resnet8", device="stm32h747")
    times = {r: float(other.cost(resolution=r).totals.latency) for r in (32, 48, 64)}
    rows = [f"resnet8,{r},{(4 if r == 64 else 2) * time}" for r, time in times.items()]
    (tmp_path / "m.csv").write_text("\n".join(["net,resolution,latency_s", *rows]))
    arguments = ["calibrate", str(tmp_path / "m.csv"), "--dtype", "int8", "--like", "stm32h747"]
    assert run([*arguments, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["like"], found["terms"]) == ("stm32h747", [])
    left = {32: 2.4, 48: 2.4, 64: 2}  # 1/2, 1/2 and 1/4 as weights: (1/2 + 1/4) / (1/4 + 1/16)
    for one, (resolution, factor) in zip(found["networks"], left.items(), strict=True):
        assert one["estimated_s"] == pytest.approx(factor * times[resolution])
    assert run([*arguments, "--terms", "macs"]) == 2
    assert "leave out --terms" in capsys.readouterr().err
    for own, said in (
        ("nucleo_l4r5zi", "has no rates in int8"),
        ("pixel4", "calibrated on softmax"),
    ):
        assert run([*arguments[:-1], own]) == 2
        assert said in capsys.readouterr().err


def test_a_kind_too_small_to_be_told_apart_runs_at_the_rate_of_convolutions(tmp_path):
    """A linear layer whose time is lost in that of others: it takes some, and more if larger."""
    rows = ["network,kind,macs,bytes,latency_us"]
    for network, scale in (("a", 1), ("b", 2), ("c", 3)):
        rows.append(f"{network},standard,{scale * 10**6},10,{scale * 1000 - scale}")
        rows.append(f"{network},linear,{100},10,0.00001")
    (tmp_path / "m.csv").write_text("\n".join(rows))
    fit = Fit(read_measurements([str(tmp_path / "m.csv")], None), TERMS[:1])
    assert fit.hidden == set()  # each has a time of its own
    nets = ["net,c,latency_ms", "net.yaml,10,1", "net.yaml,20,2", "net.yaml,30,2.9"]
    (tmp_path / "net.yaml").write_text(
        "input: [c, 8, 8]\nparams: {c: 8}\nlayers:\n"
        "  - conv2d: {out_channels: 8, kernel_size: 3, bias: false}\n  - flatten\n"
        "  - linear: {out_features: c * c}\n"
    )
    (tmp_path / "nets.csv").write_text("\n".join(nets))
    fit = Fit(read_measurements([str(tmp_path / "nets.csv")], None), TERMS[:1])
    assert fit.hidden == {"linear_layers"}
    assert fit.rate("linear") == fit.rate("standard")
    assert fit.rate("linear")[0] > 0


def test_layers_that_runtimes_fuse_take_the_time_of_others(tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    (tmp_path / "nets.csv").write_text("net,resolution,latency_ms\nnet.yaml,8,1\nnet.yaml,16,4\n")
    found = read_measurements([str(tmp_path / "nets.csv")], None)
    assert {*found.observations[0].work} == {"standard", "depthwise"}
    assert {"relu6", "batch_norm"} <= {*found.included}


def test_a_profile_is_as_large_as_profiles_are(tmp_path):
    """Of 150 runs of MobileNet it has 6 MB, more than a network may have."""
    session = {"cat": "Session", "name": "x" * 5_000_000}
    (tmp_path / "one.json").write_text(json.dumps([session, *profile(1)]))
    assert len(read_measurements([str(tmp_path / "one.json")], None).observations) == 4


def event(name, op, took, inputs, outputs):
    shapes = {"input_type_shape": inputs, "output_type_shape": outputs}
    return {
        "cat": "Node",
        "name": f"{name}_kernel_time",
        "dur": took,
        "args": {"op_name": op, **shapes},
    }


def profile(scale):
    x, out = {"float": [1, 8, 10, 10]}, {"float": [1, 8, 10, 10]}
    return [
        {"cat": "Session", "name": "model_loading", "dur": 7, "args": {}},
        event("a", "Conv", 30 * scale, [x, {"float": [8, 8, 3, 3]}], [out]),
        event("a", "Conv", 20 * scale, [x, {"float": [8, 8, 3, 3]}], [out]),
        event("b", "Conv", 9 * scale, [x, {"float": [8, 1, 3, 3]}], [out]),
        event("c", "ReorderOutput", 1 * scale, [x], [out]),
        event("d", "Add", 2 * scale, [x, x], [out]),
        event("e", "Gemm", 5 * scale, [{"float": [1, 800]}, {"float": [10]}], [{"float": [1, 10]}]),
    ]


def test_a_profile_of_onnxruntime_is_read_by_its_shapes(tmp_path):
    (tmp_path / "one.json").write_text(json.dumps(profile(1)))
    found = read_measurements([str(tmp_path / "one.json")], None)
    assert (found.of_layers, found.dtype, found.networks) == (True, "float32", ["one"])
    work = [(kind, *work) for one in found.observations for kind, work in one.work.items()]
    assert work == [
        ("standard", 57_600, 4 * (1600 + 576), 1),
        ("depthwise", 7_200, 4 * (1600 + 72), 1),
        ("merges", 0, 4 * 2400, 1),
        ("linear", 8_000, 4 * (810 + 10 + 8000), 1),
    ]
    seconds = [one.seconds for one in found.observations]
    assert seconds == pytest.approx([20e-6, 10e-6, 2e-6, 5e-6])  # a reorder is its convolution's


BENCHMARK = """\
STARTED!
Inference timings in us: Init: 5, First inference: 9, Warmup (avg): 8, Inference (avg): 7000.5
============================== Summary by node type ==============================
\t[Node type]\t[count]\t[avg ms]\t[avg %]\t[cdf %]\t[mem KB]\t[times called]
\tCONV_2D\t1\t4.000\t57.1%\t57.1%\t0.000\t1
\tDEPTHWISE_CONV_2D\t1\t2.500\t35.7%\t92.8%\t0.000\t1
\tQUANTIZE\t1\t0.500\t7.1%\t100%\t0.000\t1

Timings (microseconds): count=50
"""
NET = """\
input: [4, 8, 8]
layers:
  - conv2d: {out_channels: 4, kernel_size: 3, bias: false}
  - relu6
  - depthwise_conv2d: {kernel_size: 3, bias: false}
"""


def test_the_output_of_benchmark_model_is_read_by_operator(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)
    (tmp_path / "b.txt").write_text(BENCHMARK)
    found = read_measurements(["net.yaml=b.txt"], "int8")
    assert [(set(one.work), one.seconds) for one in found.observations] == [
        ({"standard"}, pytest.approx(0.004)),
        ({"depthwise"}, pytest.approx(0.003)),
    ]
    (tmp_path / "b.txt").write_text(BENCHMARK.replace("CONV_2D", "Delegate/Convolution"))
    (whole,) = read_measurements(["net.yaml=b.txt"], "int8").observations
    assert whole.seconds == pytest.approx(0.0070005)
    assert set(whole.work) == {"standard", "depthwise"}


def test_a_device_file_is_written_and_the_rest_of_it_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for scale, name in ((1, "one"), (2, "two")):
        (tmp_path / f"{name}.json").write_text(json.dumps(profile(scale)))
    assert run(["calibrate", "one.json", "two.json", "--device", "own.yaml"]) == 0
    first = load_device("./own.yaml")
    assert first.rates["float32"]["relu"].is_included
    head = (
        "# mine\ndevice: Mine\nruntime: X\nsource: me\nmemory: {flash: 1 MiB}\n"
        "rates:\n  int8:\n    conv2d: included\n"
        "calibrated:\n  int8: {networks: 4, error: 1 %}\nnotes: [kept]\n"
    )
    (tmp_path / "own.yaml").write_text(head)
    assert run(["calibrate", "one.json", "two.json", "--device", "own.yaml"]) == 0
    text = (tmp_path / "own.yaml").read_text()
    assert text.startswith("# mine\ndevice: Mine\n")
    assert set(load_device("./own.yaml").rates) == {"float32", "int8"}
    assert load_device("./own.yaml").notes == ("kept",)
    assert run(["calibrate", "one.json", "--device", "own.yaml"]) == 2
    assert "one network is measured" in capsys.readouterr().err
    assert (tmp_path / "own.yaml").read_text() == text


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("net,x\n", 1, "the table has no column of a time"),
        ("net,latency_ms,latency\nx,1,2\n", 1, "the table has two columns of times"),
        ("network,kind,macs,latency_us\n", 1, "the table has no column 'bytes'"),
        ("network,kind,macs,bytes,latency_us\na,convv,1,1,1\n", 2, "unknown kind"),
        ("network,kind,macs,bytes,latency_us\na,standard,1,1\n", 2, "the row has 4 cells"),
        ("net,latency_ms\nmobilenet,0\n", 2, "the time 0 is not above 0"),
        ("net,latency\nmobilenet,3\n", 2, "there is no unit"),
        ("net,alpha,latency_ms\nmobilenet,x,3\n", 2, "'x' is not a number"),
        ("net,foo,latency_ms\nmobilenet,3,3\n", 2, "the network has no param 'foo'"),
    ],
)
def test_a_faulty_table_is_told_by_its_row(tmp_path, capsys, text, line, message):
    (tmp_path / "m.csv").write_text(text)
    assert run(["calibrate", str(tmp_path / "m.csv")]) == 2
    assert f"m.csv:{line}:1: {message}" in capsys.readouterr().err


def test_what_is_no_measurement_is_refused(tmp_path, capsys):
    (tmp_path / "m.txt").write_text("hello")
    assert run(["calibrate", str(tmp_path / "m.txt")]) == 2
    assert "holds no measurements that are known" in capsys.readouterr().err
    (tmp_path / "p.json").write_text('{"a": ')
    assert run(["calibrate", str(tmp_path / "p.json")]) == 2
    assert "p.json is no profile of ONNX Runtime" in capsys.readouterr().err
    (tmp_path / "p.json").write_text(json.dumps(profile(1), indent=0)[:-9])
    assert run(["calibrate", str(tmp_path / "p.json")]) == 2
    assert re.search(r"p\.json:\d\d+:\d+: this is no JSON: Expecting", capsys.readouterr().err)
    (tmp_path / "b.txt").write_text(BENCHMARK)
    assert run(["calibrate", str(tmp_path / "b.txt")]) == 2
    assert "does not say which network it ran" in capsys.readouterr().err


def test_an_estimate_is_as_exact_as_the_rates(tmp_path):
    device = load_device("stm32h747")
    assert device.rates["int8"]["depthwise"].per_mac == Fraction(1, 51_390_000)
