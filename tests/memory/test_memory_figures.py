"""Memory of shipped networks against published and measured figures."""

import json
from fractions import Fraction
from random import Random

import pytest
from support.paths import CONFIGS

import costcalc
from costcalc.api import Model
from costcalc.cli import run
from costcalc.costs.totals import measure
from costcalc.language.network_file import NetworkFile
from costcalc.memory.figures import program_of

FIGURES = ("peak_memory", "arena", "flash")


def figures(net, *names, variant=None, runtime=None, **setting):
    model = costcalc.load(net, variant, runtime=runtime)
    return tuple(measure(model.cost(**setting).network, names).values())


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        # MLPerf Tiny's int8 models, arenas of TensorFlow Lite Micro; flash without the shape
        # constants (8 bytes) of their files.
        ("resnet8", (49_152, 49_152, 78_752 - 8)),
        ("vww_mobilenet", (55_296, 73_728, 219_072 - 8)),
        ("ds_cnn", (16_000, 16_000, 24_376 - 8)),
        ("ad_autoencoder", (768, 768, 270_880)),
    ],
)
def test_mlperf_tiny(net, expected):
    assert figures(net, *FIGURES) == expected


@pytest.mark.parametrize(
    ("net", "alpha", "resolution", "classes", "kib"),
    [
        # ST's model zoo: KiB of weights on a STM32H747, X-CUBE-AI 10.0.0.
        ("mobilenet", "0.25", 224, 5, 214.69),
        ("mobilenet", "0.5", 224, 5, 812.61),
        ("mobilenet", "0.25", 96, 5, 214.69),
        ("mobilenet", "0.25", 224, 1000, 467.33),
        ("mobilenet", "0.5", 224, 1000, 1314.0),
        ("mobilenet", "1", 224, 1000, 4157.09),
        ("mobilenet_v2", "0.35", 128, 5, 406.86),
        ("mobilenet_v2", "0.35", 224, 5, 406.86),
        ("mobilenet_v2", "0.35", 128, 1000, 1654.5),
        ("mobilenet_v2", "0.35", 224, 1000, 1654.5),
        ("mobilenet_v2", "1", 224, 1000, 3458.97),
        ("mobilenet_v2", "1.4", 224, 1000, 6015.34),
    ],
)
def test_flash_is_what_st_publishes(net, alpha, resolution, classes, kib):
    (flash,) = figures(net, "flash", alpha=alpha, resolution=resolution, classes=classes)
    assert round(flash / 1024, 2) == pytest.approx(kib, abs=0.011)


def test_flash_is_what_st_publishes_of_resnet8_and_of_one_channel():
    assert round(figures("resnet8", "flash")[0] / 1024, 2) == 76.9
    text = (CONFIGS / "mobilenet.yaml").read_text().replace("[3, 224, 224]", "[1, 96, 96]")
    model = Model(NetworkFile(text, "mobilenet.yaml"), None)
    flash = measure(model.cost(alpha="0.25", classes=5).network, ["flash"])["flash"]
    assert round(flash / 1024, 2) == 214.55


def test_a_plan_of_mobilenet_wastes_a_third():
    """Measured: 401,408 bytes of the greedy planner, 301,056 of the best plan."""
    setting = {"alpha": "0.25", "resolution": 224}
    assert figures("mobilenet", "arena", **setting) == (401_408,)
    assert figures("mobilenet", "arena", runtime={"planner": "best"}, **setting) == (301_056,)


def test_floats_take_four_times_as_much_but_for_biases():
    assert figures("resnet8", *FIGURES, runtime={"dtype": "float32"}) == (196_608, 196_608, 310_824)


def test_a_sweep_has_at_every_point_what_the_network_has_there():
    names = ("peak_memory", "arena", "flash", "traffic", "persistent", "intensity")
    model = costcalc.load("mobilenet")
    alphas, sizes = ["0.1", "0.25", "0.37", "1"], [96, 130, 224]
    sweep = model.sweep(alpha=alphas, resolution=sizes, metrics=names)
    many = model.sweep(alpha="0.01..1:0.01", resolution="96..224:16", metrics=names)
    for row, alpha in enumerate(alphas):
        for column, size in enumerate(sizes):
            expected = figures("mobilenet", *names, alpha=alpha, resolution=size)
            assert tuple(getattr(sweep, n)[row, column] for n in names) == expected
            if size != 130:
                place = round(float(alpha) * 100) - 1, (size - 96) // 16
                assert tuple(getattr(many, n)[place] for n in names) == expected
    assert (many.peak_memory <= many.arena).all()


@pytest.mark.parametrize("runtime", [{"order": "best"}, {"planner": "best"}, {"in_place": True}])
def test_a_sweep_on_another_runtime_too(runtime):
    names = ("peak_memory", "arena")
    model = costcalc.load("shufflenet_v2", runtime=runtime)
    sweep = model.sweep(resolution=[32, 64], metrics=names)
    for place, size in enumerate((32, 64)):
        expected = figures("shufflenet_v2", *names, runtime=runtime, resolution=size)
        assert (sweep.peak_memory[place], sweep.arena[place]) == expected


def test_a_solution_fits_and_the_next_plateau_does_not():
    (found,) = costcalc.load("mobilenet").solve({"arena": "256KiB"}).solutions
    assert found.counts["arena"] <= 262_144 < found.next.counts["arena"]
    assert figures("mobilenet", "arena", alpha=found.knobs["alpha"]) == (found.counts["arena"],)


def test_the_command_says_what_is_alive_at_each_step(capsys):
    assert run(["memory", "ds_cnn", "--format", "json"]) == 0
    (network,) = json.loads(capsys.readouterr().out)["networks"]
    assert (network["peak_memory"], network["arena"], network["lower_bound"]) == (16_000,) * 3
    assert network["steps"][0]["alive"] == [
        {"name": "input", "bytes": 490, "offset": 8_000},
        {"name": "conv_bn_act.conv2d", "bytes": 8_000, "offset": 0},
    ]
    for step in network["steps"]:
        assert step["live"] == sum(one["bytes"] for one in step["alive"])
        assert all(one["offset"] % 16 == 0 for one in step["alive"])


def test_an_offline_plan_has_an_offset_for_each_map(capsys):
    assert run(["memory", "ad_autoencoder", "--plan", "best", "--format", "tflm"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:6] == [
        "const int32_t offline_memory_allocation[14] = {",
        "    1, 0, 11,",
        "    0,  // 0: input",
        "    640,  // 1: dense_1.linear",
    ]


def test_what_a_file_does_not_take_is_refused(tmp_path, capsys):
    assert run(["memory", "resnet8", "ds_cnn", "--format", "tflm"]) == 2
    assert "an offline plan is of one network" in capsys.readouterr().err
    assert run(["memory", "resnet8", "ds_cnn", "--plot"]) == 2
    assert run(["check", "resnet8", "--max", "intensity=4"]) == 2
    assert "unknown metric 'intensity'" in capsys.readouterr().err
    assert run(["check", "resnet8", "--max", "arena=4"]) == 2
    assert "there is no unit: bytes are given in B, kB" in capsys.readouterr().err


def test_person_detection_keeps_less_than_a_quarter_of_all_its_maps():
    """TensorFlow Lite Micro's example: MobileNet 0.25 of grey images, a convolution at its end."""
    text = (CONFIGS / "vww_mobilenet.yaml").read_text().replace("[3, 96, 96]", "[1, 96, 96]")
    head = "- conv2d: {out_channels: 8, kernel_size: 1, bias: true}\n  - flatten"
    text = text.replace("- linear: {out_features: classes}", head).partition("budgets:")[0]
    network = Model(NetworkFile(text, "net.yaml"), None).cost().network
    maps = program_of(network).maps
    peak = measure(network, ["peak_memory"])["peak_memory"]
    assert (sum(map_.size for map_ in maps), peak) == (241_030, 55_296)


def test_a_picture_is_drawn(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "plan.svg"
    assert run(["memory", "ds_cnn", "--plot", "--plot-file", str(path)]) == 0
    assert "offset in the arena" in path.read_text()
    assert "BBDDFFHHJJ" in capsys.readouterr().out


def test_the_exact_formula_of_a_peak_is_a_maximum_of_terms_that_equals_the_integers():
    formula = costcalc.load("mobilenet").formula(exact=True, metrics=["peak_memory", "flash"])
    assert "max(" in str(formula)
    names: dict = {}
    exec("".join(formula.python()), names)
    for alpha, rho in (("1/7", "1"), ("1/2", "5/7"), ("1", "4/7")):
        given = [Fraction(alpha), Fraction(rho)]
        expected = figures("mobilenet", "peak_memory", "flash", alpha=alpha, rho=rho)
        assert (names["peak_memory"](*given), names["flash"](*given)) == expected


@pytest.mark.parametrize(
    ("net", "runtime", "widths", "sizes"),
    [
        ("mobilenet", {}, 32, (7, 32)),
        ("resnet8", {"fused": False, "dtype": "float32"}, 16, (8, 4)),
        ("resnet8", {"in_place": True}, 16, (8, 4)),
        ("googlenet", {"zero_copy_concat": True}, 16, (7, 32)),
    ],
)
def test_the_law_of_a_peak_is_a_maximum_of_terms(net, runtime, widths, sizes):
    """It is exact wherever nothing is rounded: at widths and sides that divide."""
    model = costcalc.load(net, runtime=runtime)
    law = model.formula(metrics=["peak_memory"])
    assert "max(" in str(law)
    assert "taken as" not in str(law)
    names: dict = {}
    exec("".join(law.python()), names)
    random = Random(1)
    parts, side = sizes
    for _ in range(12):
        alpha = Fraction(random.randint(1, 2 * widths), widths)
        rho = Fraction(random.randint(1, 2 * parts), parts)
        found = model.cost(alpha=alpha, resolution=int(rho * parts) * side).totals
        assert names["peak_memory"](alpha, rho) == found.peak_memory


@pytest.mark.parametrize("exact", [True, False])
def test_what_a_search_finds_has_no_formula(exact):
    model = costcalc.load("googlenet", runtime={"order": "best"})
    with pytest.raises(costcalc.CostcalcError, match="has no formula"):
        model.formula(exact=exact, metrics=["peak_memory"])
