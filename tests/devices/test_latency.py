"""How long layers take on a device: by its rates alone, exactly, wherever a metric can be asked."""

import json
from fractions import Fraction

import pytest

import costcalc
from costcalc.api import Model
from costcalc.cli import run
from costcalc.costs.deployment import Deployment
from costcalc.costs.latency import Estimate
from costcalc.costs.totals import metric_of
from costcalc.devices.shipped import device_names, load_device
from costcalc.errors import CostcalcError
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.reports.plot.roofline import roofline

DEVICE = """\
device: A board
runtime: A runtime 1
source: measured
clock: 1 MHz
memory: {sram: 64 KiB, sram_block: 48 KiB, flash: 100 KiB, code: 90 KiB..99 KiB}
rates:
  int8:
    standard: {macs_per_second: 3M, bytes_per_second: 7k, overhead: 2 ms}
    depthwise: {macs_per_cycle: 0.25}
    pointwise: {macs_per_cycle: 2}
    relu: included
    add: {bytes_per_second: 1M}
calibrated:
  int8: {networks: 3, error: 5 %, worst: 9.5 %}
"""
NET = """\
input: [3, 8, 8]
layers:
  - conv2d: {name: stem, out_channels: 4, kernel_size: 3, bias: false}
  - relu
  - dropout
  - depthwise_conv2d: {name: dw, kernel_size: 3, bias: false}
  - conv2d: {name: pw, out_channels: 6, kernel_size: 1, bias: false}
  - add: {from: [pw, pw]}
"""
STEM = Fraction(8 * 8 * 4 * 27, 3_000_000) + Fraction(192 + 256 + 108, 7000) + Fraction(2, 1000)
DW = Fraction(8 * 8 * 4 * 9 * 4, 10**6)
PW = Fraction(8 * 8 * 4 * 6, 2 * 10**6)
SUM = Fraction(3 * 384, 10**6)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "board.yaml").write_text(DEVICE)
    (tmp_path / "net.yaml").write_text(NET)
    return tmp_path


def network(device="./board.yaml", **more):
    return costcalc.load("net.yaml", device=device, **more).cost().network


def test_a_layer_takes_what_its_macs_its_bytes_and_its_call_take(here):
    own = network()
    estimate = Estimate(own, own.setting.device)
    found = {node.name: estimate.of(node) for node in own.nodes}
    assert {name: layer.seconds for name, layer in found.items()} == {
        "stem": STEM, "relu": 0, "dropout": 0, "dw": DW, "pw": PW, "add": SUM
    }  # fmt: skip
    assert [layer.bound for layer in found.values()] == [
        "memory", None, None, "compute", "compute", "memory"
    ]  # fmt: skip
    assert metric_of(own, "latency") == STEM + DW + PW + SUM
    assert metric_of(own, "latency", own.nodes[3:4]) == DW


def test_a_sweep_has_the_exact_latency_of_every_point(here):
    """At few points and at many, where it is computed over a grid."""
    model = costcalc.load("net.yaml", device="./board.yaml")
    for sides in (range(8, 10), range(8, 2100)):
        resolution = [f"{side}x{side}" for side in sides]
        found = model.sweep(resolution=resolution, metrics=["latency", "macs"])
        for place in (0, -1):
            exact = model.cost(resolution=resolution[place]).totals.latency
            assert found.latency[place] == exact
            assert isinstance(exact, Fraction)


def test_a_sweep_on_a_device_shows_latency(here, capsys):
    assert run("sweep net.yaml --resolution 8,16 --device ./board.yaml --format csv".split()) == 0
    head, first, _ = capsys.readouterr().out.splitlines()
    assert dict(zip(head.split(","), first.split(","), strict=True))["latency"] == str(
        float(STEM + DW + PW + SUM)
    )


def test_solve_keeps_within_a_time(here, capsys):
    assert run(
        "solve net.yaml --max latency=100ms --vary resolution --device ./board.yaml --format json"
        .split()
    ) == 0  # fmt: skip
    (found,) = json.loads(capsys.readouterr().out)["solutions"]
    at = costcalc.load("net.yaml", device="./board.yaml").cost
    assert at(resolution=tuple(found["knobs"]["resolution"])).totals.latency <= Fraction(1, 10)
    assert at(resolution=tuple(found["next"]["knobs"]["resolution"])).totals.latency > Fraction(
        1, 10
    )


def test_a_budget_names_the_device_relative_to_its_file(here, capsys):
    (here / "in").mkdir()
    (here / "in" / "own.yaml").write_text(DEVICE)
    text = NET + "budgets: {device: ./own.yaml, latency: 100ms}\n"
    (here / "in" / "net.yaml").write_text(text)
    assert run(["check", "in/net.yaml"]) == 0
    (here / "in" / "net.yaml").write_text(text.replace("100ms", "50ms"))
    assert run(["check", "in/net.yaml", "--format", "json"]) == 1
    *_, document = capsys.readouterr().out.partition("{")[1:]
    (metric,) = json.loads("{" + document)["networks"][0]["metrics"]
    assert metric["limit"] == 0.05
    assert metric["value"] == float(STEM + DW + PW + SUM)
    assert run(["check", "net.yaml", "--max", "latency=1s", "--device", "./board.yaml"]) == 0


@pytest.mark.parametrize(
    ("budget", "message", "hint"),
    [
        ("{latency: 100ms}", "11:11: a limit of latency names no device", "device: stm32h747"),
        ("{device: stm32h747, latency: 100}", "11:39: latency: there is no unit", "100ms"),
        ("{device: stm32h747, latency: 4 MS}", "11:39: latency: unknown unit 'MS'", "4ms"),
        ("{device: stm32h74, latency: 1s}", "11:19: no device is named 'stm32h74'", "stm32h747"),
        ("{device: ./net.yaml, latency: 1s}", "11:19: net.yaml is no device", ""),
    ],
)
def test_a_faulty_budget_is_told_where_it_stands(here, capsys, budget, message, hint):
    (here / "net.yaml").write_text(f"# 1\n# 2\n{NET}budgets: {budget}\n")
    assert run(["check", "net.yaml"]) == 2
    said = capsys.readouterr().err
    assert f"net.yaml:{message}" in said
    assert hint in said


def test_a_kind_that_was_not_calibrated_is_refused_by_name_and_line(here, capsys):
    (here / "net.yaml").write_text(
        NET + "  - conv2d: {out_channels: 6, kernel_size: 3, groups: 2}\n"
    )
    assert run("sweep net.yaml --metric latency --resolution 8 --device ./board.yaml".split()) == 2
    said = capsys.readouterr().err
    assert "net.yaml:9:5: ./board.yaml was not calibrated on grouped convolutions in int8" in said
    assert "conv2d has no latency" in said
    with pytest.raises(CostcalcError, match="latency is of a device"):
        metric_of(costcalc.load("net.yaml").cost().network, "latency")
    with pytest.raises(CostcalcError, match="no rates in float32"):
        metric_of(network(runtime={"dtype": "float32"}), "latency")


def test_bits_change_what_is_moved(here):
    plain = metric_of(network(), "latency")
    narrow = metric_of(network(bits={"stem": "4/4"}), "latency")
    assert plain - narrow == Fraction(96 + 54, 7000)  # half of the input and of the weights


@pytest.mark.parametrize("runtime", [{"order": "best"}, {"in_place": True}, {}])
def test_what_is_not_asked_of_the_runtime_is_as_the_device_has_it(here, runtime):
    """Of a device in float32 with a plan of its own, whatever else is asked for."""
    text = DEVICE.replace("int8:", "float32:").replace("sram:", "planner: best, align: 32, sram:")
    (here / "board.yaml").write_text(text)
    own = network(runtime=runtime)
    told = own.setting.deployed
    assert (told.dtype, told.planner, told.alignment) == ("float32", "best", 32)
    assert metric_of(own, "latency") == metric_of(network(), "latency")
    assert metric_of(own, "arena") % 32 == 0
    asked = network(runtime={"planner": "greedy", "alignment": 8}).setting.deployed
    assert (asked.dtype, asked.planner, asked.alignment) == ("float32", "greedy", 8)


def test_deploy_plans_the_arena_as_the_device_does(here, capsys):
    def arena(*options):
        run(["deploy", "vww_mobilenet", "--device", "./board.yaml", "--format", "json", *options])
        return json.loads(capsys.readouterr().out)["networks"][0]["devices"][0]["arena"]

    assert arena() == 73_728
    (here / "board.yaml").write_text(DEVICE.replace("{sram: 64", "{planner: best, sram: 64"))
    assert arena() == arena("--order", "best") == 55_296
    assert arena("--plan", "greedy") == 73_728


# Whether it fits


def deployed(**more):
    return Deployment(network(**more), load_device("./board.yaml"))


def test_what_fits_is_ram_in_one_piece_and_flash_with_the_least_code(here):
    found = deployed()
    assert (found.fits, found.is_tight) == (True, False)
    assert [need.what for need in found.needs()] == ["RAM", "arena in one piece", "flash"]
    (here / "board.yaml").write_text(DEVICE.replace("sram: 64", "reserved: 3 KiB, sram: 64"))
    found = deployed()
    assert found.persistent > 0
    assert next(found.needs()).bytes == found.arena + found.persistent + 3 * 1024
    (here / "board.yaml").write_text(DEVICE.replace("48 KiB", "100B"))
    assert [need.fits for need in deployed().needs()] == [True, False, True]
    (here / "board.yaml").write_text(DEVICE.replace("99 KiB", "101 KiB"))
    assert (deployed().fits, deployed().is_tight) == (True, True)
    (here / "board.yaml").write_text(DEVICE.replace("memory:", "notes: []\n#"))
    assert deployed().fits is None


def test_deploy_says_what_bounds_and_what_is_refused(here, capsys):
    assert run("deploy net.yaml --device ./board.yaml --check --format json".split()) == 0
    ((found,),) = [one["devices"] for one in json.loads(capsys.readouterr().out)["networks"]]
    assert (found["fits"], found["bound"], found["latency_error"]) == (True, "memory", 0.05)
    assert found["latency_s"] == float(STEM + DW + PW + SUM)
    assert [layer["bound"] for layer in found["layers"]][:3] == ["memory", None, None]
    (here / "net.yaml").write_text(
        NET + "  - sigmoid\n  - tanh\n  - conv2d: {out_channels: 5000, kernel_size: 3}\n"
    )
    assert run("deploy net.yaml --device ./board.yaml --check".split()) == 1
    said = capsys.readouterr().out
    assert "no latency: ./board.yaml was not calibrated on sigmoid (sigmoid, line 9), tanh" in said
    assert "(tanh, line 10); its other layers take 90.9 s" in said
    assert "flash needs" in said


def test_deploy_without_a_device_says_where_they_are_listed(here, capsys):
    assert run(["deploy", "net.yaml"]) == 2
    assert "name a device: --device stm32h747 (see costcalc devices)" in capsys.readouterr().err


def test_a_network_is_one_record_with_its_devices(here, capsys):
    devices = ["stm32h747", "pixel1", "./board.yaml"]
    named = [part for device in devices for part in ("--device", device)]
    assert run(["deploy", "net.yaml", "resnet8", *named, "--format", "json"]) == 0
    networks = json.loads(capsys.readouterr().out)["networks"]
    assert [[one["device"] for one in network["devices"]] for network in networks] == [devices] * 2
    assert [one["dtype"] for one in networks[1]["devices"]] == ["int8", "float32", "int8"]
    assert run(["deploy", "net.yaml", *named, "--top", "0"]) == 0
    said = capsys.readouterr().out
    assert "RAM and flash on stm32h747, ./board.yaml: int8" in said
    assert "RAM and flash on pixel1: float32" in said


def test_a_roofline_has_a_point_a_layer_below_the_roofs_of_its_kind(here):
    found = roofline(deployed())
    assert {series.name: len(series.spots) for series in found.series} == {
        "standard": 1, "depthwise": 1, "pointwise": 1
    }  # fmt: skip
    roofs = {roof.name: [spot.label for spot in roof.spots] for roof in found.roofs}
    assert roofs["depthwise"] == ["250k", "250k"]  # a quarter of a MAC a cycle at 1 MHz
    assert roofs["pointwise"] == ["2M", "2M"]
    assert roofs["standard"][-1] == "350k"  # 7,000 bytes a second, at 50 MACs a byte
    tops = {roof.name: roof.spots[-1].y for roof in found.roofs}
    for series in found.series:
        assert all(spot.y <= tops[series.name] + 1e-9 for spot in series.spots)


def test_roofs_that_nearly_meet_have_one_name_together(here):
    (here / "board.yaml").write_text(DEVICE.replace("macs_per_cycle: 2}", "macs_per_cycle: 0.26}"))
    roofs = roofline(deployed()).roofs
    assert {roof.name for roof in roofs} == {"standard", "", "depthwise, pointwise"}


# Descriptions


def faults_of(text, tmp_path):
    (tmp_path / "d.yaml").write_text(text)
    try:
        load_device(str(tmp_path / "d.yaml"))
    except CostcalcError as error:
        return [
            (problem.position.line, problem.message, problem.hint or "")
            for problem in error.problems
        ]
    return []


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "hint"),
    [
        ("64 KiB", "64", 5, "sram: there is no unit: bytes are given in", "64MB"),
        ("64 KiB", "64 kb", 5, "sram: unknown unit 'kb'", "64kB"),
        ("64 KiB", "64 K", 5, "sram: '64 K' is a count", "64kB"),
        (
            "100 KiB",
            "100 kB",
            5,
            "sram is in units of 1,024 bytes, and flash of 1,000",
            "KiB and MiB",
        ),
        ("48 KiB", "65 KiB", 5, "sram_block is a piece of sram, and larger than it", ""),
        ("90 KiB..99 KiB", "99 KiB..90 KiB", 5, "code: '99 KiB..90 KiB' ends before", ""),
        ("64 KiB", "-64 KiB", 5, "sram: '-64 KiB' is negative", ""),
        ("64 KiB", "64 KiB, align: 12", 5, "align: '12' is not a power of 2", ""),
        ("64 KiB", "64 KiB, planner: gredy", 5, "planner: unknown planner 'gredy'", "greedy"),
        ("3M", "inf", 8, "macs_per_second: 'inf' is not a count", "569M"),
        ("1 MHz", "1", 4, "clock: there is no unit: a frequency is given in", "400MHz"),
        ("clock: 1 MHz\n", "", 8, "macs_per_cycle needs the device's clock", "clock"),
        ("3M", "0", 8, "macs_per_second: '0' is not above 0", ""),
        ("standard:", "standart:", 8, "unknown key 'standart' in rates of int8", "standard"),
        ("2 ms", "2", 8, "overhead: there is no unit: a time is given in", "100ms"),
        (
            "relu: included",
            "relu: free",
            11,
            "the rate of relu must be its parts",
            "macs_per_second",
        ),
        ("relu: included", "relu: {}", 11, "the rate of relu is empty", "macs_per_cycle"),
        ("source: measured\n", "", 3, "clock has no origin", "source"),
        ("networks: 3, ", "", 14, "calibrated int8 needs one of networks and blocks", ""),
        ("error: 5 %, ", "", 14, "calibrated int8 needs the key 'error'", ""),
        ("error: 5 %", "error: 5", 14, "error: '5' is not a percentage", ""),
        ("calibrated:\n  int8", "notes:\n  - x\n#", 6, "the rates of int8 lack an error", "3.8"),
        ("runtime: A runtime 1\n", "", 1, "a device needs the key 'runtime'", "runtime"),
    ],
)
def test_a_faulty_description_is_told_where_and_why(tmp_path, old, new, line, message, hint):
    assert old in DEVICE
    found = faults_of(DEVICE.replace(old, new), tmp_path)
    assert any(
        place == line and said.startswith(message) and hint in told for place, said, told in found
    ), found


@pytest.mark.parametrize("name", device_names())
def test_a_shipped_device_says_where_each_number_is_from(name, capsys):
    device = load_device(name)
    assert device.sources
    for dtype, rates in device.rates.items():
        assert device.calibrations[dtype].measured > 1
        assert all(rate.source for rate in rates.values())
    assert run(["devices", name]) == 0
    assert all(
        source in capsys.readouterr().out.replace("\n", " ") for source in device.sources[:1]
    )


def test_a_network_is_estimated_in_every_kind_of_number():
    """A traced network has the latency of the one that is built."""
    text = NET.replace("layers:", "params: {n: 1, on: true}\nlayers:").replace(
        "  - relu\n", "  - conv2d: {when: on, out_channels: n * 4, kernel_size: 3}\n"
    )
    own = Setting(device=load_device("stm32h747"))
    model = Model(NetworkFile(text, "net.yaml"), None, own)
    values = {"n": "1,2,3", "on": "true,false"}
    found = model.sweep(values, metrics=["latency"]).latency
    for row, n in enumerate((1, 2, 3)):
        for column, on in enumerate(("true", "false")):
            assert found[row][column] == model.cost({"n": str(n), "on": on}).totals.latency
