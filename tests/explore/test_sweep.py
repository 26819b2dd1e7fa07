"""Sweeps: columns, points, limits, published accuracy, what no other point beats, and the call."""

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.points import Point, points_of
from support.published_figures import V1_PAPER, V1_SLIM, V2_CELLS, V2_SLIM

import costcalc
from costcalc.api import Model
from costcalc.errors import CostcalcError
from costcalc.explore.pareto import front, pareto
from costcalc.explore.sweep import RATIOS, Sweep
from costcalc.explore.table import joined
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import METRICS, with_limits
from costcalc.reports.sweep.rows import named

WITHOUT_DEVICE = [name for name, metric in METRICS.items() if not metric.needs_device]
SMALL = """
input: [3, 16, 12]
alpha: 0.5
params: {n: 4, kind: relu}
layers:
  - conv2d: {out_channels: 8, kernel_size: 3}
  - $kind
  - depthwise_conv2d: {kernel_size: 3, stride: 2}
  - pointwise_conv2d: {out_channels: n}
"""


def model_of(text):
    return Model(NetworkFile(text, "net.yaml"), None)


def sweep_of(model, metrics=("macs",), limits=None, source=None, **knobs):
    if isinstance(model, str):
        model = costcalc.load(model)
    return Sweep(model.plan(knobs.pop("params", None), **knobs), metrics, limits, source)


def raised_by(call, *arguments, **more):
    with pytest.raises(CostcalcError) as raised:
        call(*arguments, **more)
    return raised.value


# Points and columns


def test_points_are_settings_with_their_costs():
    model = model_of(SMALL)
    sweep = sweep_of(
        model,
        [*WITHOUT_DEVICE, *RATIOS],
        alpha="1,0.25",
        resolution="16x12,8",
        params={"n": "1,7", "kind": "gelu,elu"},
    )
    points = points_of(sweep)
    assert len(points) == 16
    settings_ = list(product(["1", "0.25"], [(16, 12), (8, 8)], [1, 7], ["gelu", "elu"]))
    for point, (alpha, size, n, kind) in zip(points, settings_, strict=True):
        totals = model.cost(alpha=alpha, resolution=size, n=n, kind=kind).totals
        assert point.counts == {name: getattr(totals, name) for name in WITHOUT_DEVICE}
        assert (point.alpha, point.resolution) == (Fraction(alpha), size)
        assert point.rho == (1 if size == (16, 12) else None)
        assert point.params == {"n": n, "kind": kind}
        assert (point.top1, point.exceeds) == (None, [])


def test_knobs_that_are_not_given_are_as_the_network_has_them():
    (point,) = points_of(sweep_of(model_of(SMALL), ["macs", "params"]))
    totals = model_of(SMALL).cost().totals
    assert point == Point(
        Fraction(1, 2), 1, (16, 12), {}, {"macs": totals.macs, "params": totals.params}, None, []
    )
    points = points_of(sweep_of(model_of(SMALL), rho="1/2,1,5/4"))
    assert [point.rho for point in points] == [Fraction(1, 2), 1, Fraction(5, 4)]
    assert [point.resolution for point in points] == [(8, 6), (16, 12), (20, 15)]
    assert [point.alpha for point in points] == [Fraction(1, 2)] * 3
    sizes = points_of(sweep_of(model_of(SMALL), resolution="8x6,4x3,16"))
    assert [point.rho for point in sizes] == [Fraction(1, 2), Fraction(1, 4), None]


def test_the_resolution_of_several_inputs_is_the_first_ones():
    text = "input: {a: [3, 8, 4], b: [3, 4, 2]}\nlayers: [relu: {from: a}]"
    points = points_of(sweep_of(model_of(text), rho="1/2,1"))
    assert [(point.rho, point.resolution) for point in points] == [
        (Fraction(1, 2), (4, 2)),
        (1, (8, 4)),
    ]
    points = points_of(sweep_of(model_of(text), resolution="8x4,4x2"))
    assert [point.rho for point in points] == [None, None]


def test_an_all_standard_network_of_no_macs_has_no_ratio():
    sweep = sweep_of(model_of("input: [3, 4, 4]\nlayers: [relu]"), ["ratio"])
    assert points_of(sweep)[0].counts == {"macs": 0, "standard_macs": 0}
    assert list(named(sweep, sweep.table)["ratio_float"]) == [None]


def test_a_param_with_the_name_of_a_column_has_one_of_its_own():
    text = """
input: [3, 8, 8]
params: {macs: 2, resolution: 5, exceeds: 1}
layers: [conv2d: {out_channels: macs, kernel_size: 1, repeat: exceeds}]
"""
    varied = {"macs": "2,4", "resolution": "6,7", "exceeds": "1,2"}
    sweep = sweep_of(model_of(text), limits={"macs": 600}, resolution=[8, 4], params=varied)
    (table,) = sweep.tables()
    columns = ["param_macs", "param_resolution", "param_exceeds"]
    assert {*table} == {"alpha", "rho", "resolution", "macs", "top1", "exceeds", *columns}
    for point, (side, macs, resolution, exceeds) in zip(
        points_of(sweep), product([8, 4], [2, 4], [6, 7], [1, 2]), strict=True
    ):
        cost = model_of(text).cost(
            {"macs": macs, "exceeds": exceeds, "resolution": resolution}, resolution=side
        )
        assert point.counts == {"macs": cost.totals.macs}
        assert point.resolution == (side, side)
        assert point.params == dict(zip(columns, (macs, resolution, exceeds), strict=True))
        assert point.exceeds == ["macs"] * (cost.totals.macs > 600)
    kept, _ = pareto(sweep, sweep.table, ["macs"], "macs")
    assert set(kept["param_macs"]) == {2, 4}
    assert set(kept["resolution"]) == {(4, 4)}


@pytest.mark.parametrize("few", [0, 10**9])
@pytest.mark.parametrize("size", [1, 5, 7, 100])
def test_tables_are_the_points_in_columns(size, few, monkeypatch):
    monkeypatch.setattr("costcalc.explore.plan.MAX_POINTWISE", few)
    sweep = sweep_of(
        "mobilenet",
        ["macs", "ratio", "top1"],
        {"params": 2 * 10**6, "macs": 10**8},
        alpha="0.25..1",
        resolution="96..224",
        params={"unit": "standard,depthwise_separable"},
    )
    tables = list(sweep.tables(size))
    assert all(len(column) <= size for table in tables for column in table.values())
    names = ["alpha", "rho", "resolution", "unit", "top1", "macs", "params", "standard_macs"]
    assert list(tables[0]) == [*names, "exceeds"]
    assert list(joined(tables)) == list(sweep.table)
    for name, column in sweep.table.items():
        assert [value for table in tables for value in table[name]] == list(column)
    arrays = any(column.is_array for table in tables for column in table.values())
    assert arrays == (few == 0)
    for table in tables:
        same = table.distinct()
        assert {name: list(column) for name, column in same.items()} == {
            name: list(column) for name, column in table.items()
        }
    kept = sweep.table.taken([3, 0])
    assert points_of(sweep, kept) == [points_of(sweep)[3], points_of(sweep)[0]]


@pytest.mark.parametrize("knobs", [("alpha", "rho"), ("alpha",), ("rho",), ()])
def test_arrays_that_repeat_themselves_hold_each_value_once(knobs, monkeypatch):
    """Alphas of one width, and sizes of one map, come to the same network."""
    monkeypatch.setattr("costcalc.explore.plan.MAX_POINTWISE", 0)
    ranges = dict.fromkeys(knobs, "0.005..1:0.005")
    sweep = sweep_of(model_of(SMALL), ["macs", "params"], params={"n": "1..9"}, **ranges)
    (table,) = sweep.tables()
    same = table.distinct()
    assert {name: list(column) for name, column in same.items()} == {
        name: list(column) for name, column in table.items()
    }
    if not knobs:
        assert same is table
        return
    assert same["macs"].places is same["params"].places
    assert len(same["macs"].values) * 4 <= len(same["macs"])


def test_what_is_measured_is_what_the_metrics_need():
    def measured(*metrics, **more):
        return set(sweep_of("mobilenet", metrics, **more).counts)

    assert measured("params") == {"params"}
    assert measured("ratio") == {"macs", "standard_macs"}
    assert measured("share", "top1") == {"macs"}
    assert measured("top1") == set()
    assert measured("params", "params", limits={"flops": 5, "params": 7}) == {"params", "flops"}
    assert sweep_of("mobilenet", ["share", "macs", "share"]).metrics == ["share", "macs"]


def test_unknown_metrics_and_limits():
    error = raised_by(sweep_of, "mobilenet", ["macs", "parms"])
    assert (error.message, error.hint) == ("unknown metric 'parms'", "did you mean 'params'?")
    error = raised_by(sweep_of, "mobilenet", ["energy_used"])
    assert error.hint == f"the metrics are {', '.join([*METRICS, 'ratio', 'share', 'top1'])}"
    error = raised_by(sweep_of, "mobilenet", limits={"ratio": 1})
    assert error.hint == f"the metrics are {', '.join(with_limits())}"


def test_the_network_as_it_is_written():
    sweep = sweep_of("mobilenet", [*WITHOUT_DEVICE, *RATIOS], alpha="0.5", rho="0.5")
    totals = costcalc.load("mobilenet").cost().totals
    assert sweep.full == {name: getattr(totals, name) for name in WITHOUT_DEVICE}
    # With the params that are given, and without those that vary.
    shallow = costcalc.load("mobilenet").cost(deep=0).totals
    sweep = sweep_of("mobilenet", ["share"], params={"deep": 0, "classes": "10,20"})
    assert sweep.full == {"macs": shallow.macs}
    assert sweep_of("mobilenet_shallow").full == {"macs": shallow.macs}
    text = "input: [3, 4, 4]\nlayers: [max_pool2d: {kernel_size: 5, padding: valid}]"
    sweep = sweep_of(model_of(text), ["other_ops"], resolution="8,9")
    assert sweep.full is None
    assert [point.counts["other_ops"] for point in points_of(sweep)] == [75, 75]


def test_a_sweep_has_the_name_of_its_variant():
    assert sweep_of("mobilenet").name == "mobilenet"
    assert sweep_of("mobilenet_shallow").name == "mobilenet_shallow"
    assert sweep_of(model_of(f"name: Mine{SMALL}")).name == "Mine"


def test_the_axes_that_there_are():
    sweep = sweep_of(model_of(SMALL), params={"n": "1..3"}, rho="1/2,1")
    assert sweep.axes == {"rho": [Fraction(1, 2), 1], "n": [1, 2, 3]}
    assert sweep.all_axes == {"alpha": [Fraction(1, 2)], "rho": [Fraction(1, 2), 1], "n": [1, 2, 3]}
    sweep = sweep_of(model_of(SMALL), alpha="1,2")
    assert sweep.all_axes == {"alpha": [1, 2], "resolution": [(16, 12)]}
    sweep = sweep_of(model_of(SMALL), resolution="8,4x3")
    assert sweep.axes == {"resolution": [(8, 8), (4, 3)]}
    assert list(sweep.all_axes.values()) == [[Fraction(1, 2)], [(8, 8), (4, 3)]]


# Limits


def test_what_exceeds_which_limit():
    macs, params = 150_000_000, 2_585_560  # the params of alpha 0.75 to the last
    limits = {"params": params, "macs": macs}
    sweep = sweep_of("mobilenet", ["top1"], limits, alpha="0.25..1", resolution="128..224")
    found = {tuple(point.exceeds) for point in points_of(sweep)}
    assert found == {(), ("macs",), ("params",), ("params", "macs")} - {("params",)}
    for point in points_of(sweep):
        totals = (
            costcalc.load("mobilenet").cost(alpha=point.alpha, resolution=point.resolution).totals
        )
        over = {"macs": totals.macs > macs, "params": totals.params > params}
        assert point.exceeds == [name for name in limits if over[name]]
    equal = points_of(sweep_of("mobilenet", limits={"params": params, "flops": 0}, alpha="0.75"))
    assert equal[0].exceeds == ["flops"]


# Published accuracy

V2_ALPHAS = sorted(V2_SLIM, key=Fraction)


def cell(point):
    height, width = point.resolution
    assert height == width
    return point.alpha, height


def test_the_sixteen_published_cells_of_v1_in_one_sweep():
    sweep = sweep_of(
        "mobilenet", ["macs", "top1"], alpha="0.25..1.0", resolution="128..224", source="slim"
    )
    typed = {(Fraction(alpha), size): row for (alpha, size), row in V1_SLIM.items()}
    assert [cell(point) for point in points_of(sweep)] == sorted(typed)
    for point in points_of(sweep):
        _, exact, _, top1 = typed[cell(point)]
        assert point.counts == {"macs": exact}
        assert point.top1 == Fraction(str(top1))
    assert len(points_of(sweep)) == 16


def test_the_22_published_cells_of_v2_in_one_sweep():
    sweep = sweep_of("mobilenet_v2", ["macs", "top1"], alpha=V2_ALPHAS, resolution="96..224")
    typed = {(Fraction(alpha), size): V2_SLIM[alpha][1][size] for alpha, size in V2_CELLS}
    assert len(points_of(sweep)) == 30
    reached = {cell(point): point for point in points_of(sweep) if point.top1 is not None}
    assert set(reached) == set(typed)
    assert len(reached) == 22
    for setting, point in reached.items():
        assert point.counts["macs"] // 10**6 == typed[setting]
    assert reached[1, 224].top1 == Fraction("71.8")
    assert reached[Fraction("0.35"), 96].top1 == Fraction("45.5")


@pytest.mark.parametrize("variant", ["mobilenet", "mobilenet_conv", "mobilenet_shallow"])
def test_the_first_source_unless_said_and_never_two(variant):
    sweep = sweep_of(variant, ["top1"], alpha="0.25..1.0", resolution="128..224")
    assert sweep.accuracy.source.startswith("Howard et al. 2017")
    typed = {
        (Fraction(alpha), size): Fraction(str(top1))
        for (name, alpha, size), (_, _, top1) in V1_PAPER.items()
        if name == variant
    }
    found = {cell(point): point.top1 for point in points_of(sweep)}
    assert found == {setting: typed.get(setting) for setting in found}
    assert len(typed) == {"mobilenet": 8}.get(variant, 1)
    others = [source for source in sweep.accuracy.others if "TF-slim" in source]
    assert len(others) == (variant == "mobilenet")


@pytest.mark.parametrize(
    ("source", "chosen"),
    [
        ("slim", "TF-slim, research/slim/nets/mobilenet_v1.md"),
        ("TF-SLIM", "TF-slim, research/slim/nets/mobilenet_v1.md"),
        ("nets/mobilenet", "TF-slim, research/slim/nets/mobilenet_v1.md"),
        ("howard", "Howard et al. 2017, Tables 4 to 7 and 9"),
        ("Howard et al. 2017, Tables 4 to 7 and 9", "Howard et al. 2017, Tables 4 to 7 and 9"),
    ],
)
def test_a_source_by_a_part_of_its_name(source, chosen):
    sweep = sweep_of("mobilenet", ["top1"], alpha="1", resolution="224,192", source=source)
    assert sweep.accuracy.source == chosen
    first = V1_SLIM["1", 224][3] if "slim" in chosen else V1_PAPER["mobilenet", "1", 224][2]
    assert points_of(sweep)[0].top1 == Fraction(str(first))


def test_a_source_that_there_is_not():
    error = raised_by(sweep_of, "mobilenet", source="Howard et al. 2017, Table 4")
    assert error.message == "'Howard et al. 2017, Table 4' is no source of accuracy of MobileNet"
    assert error.hint == "did you mean 'Howard et al. 2017, Tables 4 to 7 and 9'?"
    error = raised_by(sweep_of, "mobilenet", source="keras")
    assert error.hint.startswith("it has: Howard et al. 2017, Tables 4 to 7 and 9; TF-slim")
    error = raised_by(sweep_of, "mobilenet", source="e")
    assert error.message == "'e' is in the names of several sources of MobileNet"
    assert error.hint
    error = raised_by(sweep_of, model_of(SMALL), source="slim")
    assert (error.message[:30], error.hint) == ("'slim' is no source of accurac", "it has none")


def test_a_source_whose_whole_name_is_a_part_of_another():
    text = f"""{SMALL}
published:
  - {{source: one more, top1: 70}}
  - {{source: one, top1: 60}}
  - {{source: last, macs: 5}}
"""
    for source, top1 in ((None, 70), ("one", 60), ("MORE", 70)):
        (point,) = points_of(sweep_of(model_of(text), ["top1"], source=source))
        assert point.top1 == top1
    # Figures that say no accuracy are no source of it.
    assert sweep_of(model_of(text)).accuracy.others == ["one"]
    assert "is no source" in raised_by(sweep_of, model_of(text), source="last").message


def test_accuracy_stands_where_its_setting_is():
    """alpha and the size of the input that figures do not say are the network's own."""
    text = f"""{SMALL}
published:
  - figures:
      - {{top1: 50}}
      - {{alpha: 2, top1: 60}}
      - {{resolution: 8, top1: 40}}
      - {{alpha: 3, resolution: 4x6, top1: 30}}
      - {{alpha: 9, top1: 90}}
"""
    sweep = sweep_of(model_of(text), ["top1"], alpha="0.25,2,0.5,3", resolution="8,4x6,16x12,6x4")
    points = points_of(sweep)
    found = {(point.alpha, point.resolution): point.top1 for point in points if point.top1}
    half = Fraction(1, 2)
    assert found == {(half, (16, 12)): 50, (2, (16, 12)): 60, (half, (8, 8)): 40, (3, (4, 6)): 30}
    for knobs, top1s in (
        ({"alpha": "2,0.25,0.5"}, [60, None, 50]),
        ({"resolution": "16x12,8x8"}, [50, 40]),
        ({"rho": "2,1,1/2"}, [None, 50, None]),
        ({"alpha": "0.5,3", "rho": "1,2"}, [50, None, None, None]),
    ):
        assert list(sweep_of(model_of(text), ["top1"], **knobs).table["top1"]) == top1s
    assert sweep_of(model_of(text)).accuracy.source == "published"


@pytest.mark.parametrize("params", [{"deep": 5}, {"deep": "4,5"}, {"classes": 1000}])
def test_params_of_ones_own_have_no_accuracy(params):
    sweep = sweep_of("mobilenet", ["top1"], params=params)
    assert sweep.accuracy is None
    assert [point.top1 for point in points_of(sweep)] == [None] * len(points_of(sweep))
    assert "no source" in raised_by(sweep_of, "mobilenet", params=params, source="keras").message


# What no other point beats


def beats(other, point, costs, reached):
    """It costs no more of anything and reaches no less, and is not the same in all."""
    here = [*(point.counts[cost] for cost in costs), reached(point)]
    there = [*(other.counts[cost] for cost in costs), reached(other)]
    return (
        all(other.counts[cost] <= point.counts[cost] for cost in costs)
        and reached(other) >= reached(point)
        and here != there
    )


def by_definition(points, costs, reached):
    able = [point for point in points if reached(point) is not None]
    return [
        point for point in able if not any(beats(other, point, costs, reached) for other in able)
    ]


REACHED = {
    None: lambda point: point.top1,
    "alpha": lambda point: point.alpha,
    "rho": lambda point: point.rho,
    "resolution": lambda point: prod(point.resolution),
    "n": lambda point: point.params["n"],
}
few = st.integers(0, 4)
clouds = st.lists(
    st.builds(
        lambda alpha, rho, size, n, macs, params, top1: Point(
            alpha, rho, size, {"n": n}, {"macs": macs, "params": params}, top1, []
        ),
        st.integers(1, 4).map(lambda n: Fraction(n, 4)),
        st.none() | few.map(lambda n: Fraction(n, 3)),
        st.tuples(st.integers(1, 4), st.integers(1, 4)),
        st.integers(-2, 2),
        few,
        few,
        st.none() | few.map(Fraction),
    ),
    max_size=14,
)


@settings(max_examples=400, deadline=None)
@given(clouds, st.sampled_from(list(REACHED)), st.sampled_from([("macs",), ("params", "macs")]))
def test_the_front_is_what_the_definition_says(points, maximize, costs):
    counts = [tuple(point.counts[cost] for cost in costs) for point in points]
    kept = [points[place] for place in front(counts, list(map(REACHED[maximize], points)))]
    expected = by_definition(points, costs, REACHED[maximize])
    assert sorted(map(id, kept)) == sorted(map(id, expected))
    # The cheapest first.
    ordered = [[point.counts[cost] for cost in costs] for point in kept]
    assert ordered == sorted(ordered)


def test_the_front_of_a_sweep_and_its_rule_in_words():
    sweep = sweep_of(
        "mobilenet", ["macs", "params"], alpha="0.25..1.0", resolution="128..224", source="slim"
    )
    for costs in (["macs"], ["params"], ["macs", "params"]):
        kept, rule = pareto(sweep, sweep.table, costs, None)
        assert {cell(point) for point in points_of(sweep, kept)} == {
            cell(point) for point in by_definition(points_of(sweep), costs, REACHED[None])
        }
        assert rule == (
            f"kept: points that no other one equals or beats in {', '.join(costs)} "
            "and published accuracy"
        )
    kept, rule = pareto(sweep, sweep.table, ["macs"], "resolution")
    sides = [(Fraction(1, 4), n) for n in (128, 160, 192, 224)]
    assert [cell(point) for point in points_of(sweep, kept)] == sides
    assert rule.endswith("beats in macs and resolution")


def test_a_front_needs_something_to_choose_by():
    sweep = sweep_of(model_of(SMALL), alpha="1,2", params={"n": "1,2", "kind": "relu,elu"})
    error = raised_by(pareto, sweep, sweep.table, ["macs"], None)
    assert (error.message, error.hint) == (
        "no point has published accuracy to choose by",
        "--maximize alpha, or another knob, chooses by that",
    )
    error = raised_by(pareto, sweep, sweep.table, ["macs"], "alhpa")
    assert "no knob 'alhpa'" in error.message
    assert error.hint == "did you mean 'alpha'?"
    error = raised_by(pareto, sweep, sweep.table, ["macs"], "counts")
    assert error.hint
    assert raised_by(pareto, sweep, sweep.table, [], "alpha").hint == "--metric macs, or others"
    # Words have no order.
    assert "kind" in raised_by(pareto, sweep, sweep.table, ["macs"], "kind").message
    assert pareto(sweep, sweep.table, ["macs"], "n")[0].points == 4


# From Python


def test_the_arrays_of_a_sweep():
    alphas = ["0.25", "1/2", 1]
    rhos = ["4/7", Fraction(5, 7), "1"]
    model = costcalc.load("mobilenet")
    sweep = model.sweep(alpha=alphas, rho=rhos)
    assert isinstance(sweep, costcalc.Sweep)
    assert list(sweep.axes) == ["alpha", "rho"]
    assert sweep.axes == {
        "alpha": [Fraction(1, 4), Fraction(1, 2), 1],
        "rho": [Fraction(4, 7), Fraction(5, 7), 1],
    }
    for name in ("macs", "params"):
        array = getattr(sweep, name)
        assert isinstance(array, np.ndarray)
        assert (array.dtype, array.shape) == (np.int64, (3, 3))
        for row, column in product(range(3), range(3)):
            totals = model.cost(alpha=alphas[row], rho=rhos[column]).totals
            assert array[row, column] == getattr(totals, name)
    assert sweep.macs[2, 2] == 568_740_352
    assert [point.counts["macs"] for point in points_of(sweep)] == sweep.macs.reshape(-1).tolist()


def test_an_axis_for_each_knob_in_order():
    model = model_of(SMALL)
    sweep = model.sweep(
        {"n": "1..5"},
        kind=["relu", "elu"],
        resolution=range(4, 7),
        alpha=["1"],
        metrics=WITHOUT_DEVICE,
    )
    assert list(sweep.axes) == ["alpha", "resolution", "n", "kind"]
    assert set(sweep.arrays) == set(WITHOUT_DEVICE)
    for name in WITHOUT_DEVICE:
        assert getattr(sweep, name).shape == (1, 3, 5, 2)
        totals = model.cost(alpha=1, resolution=6, n=2, kind="relu").totals
        assert getattr(sweep, name)[0, 2, 1, 0] == getattr(totals, name)


@pytest.mark.parametrize(
    ("knobs", "shape"),
    [
        ({}, ()),
        ({"alpha": 1}, (1,)),
        ({"alpha": "0.25..1"}, (4,)),
        ({"alpha": (1, 2)}, (2,)),
        ({"alpha": {"1": 0, "2": 0}, "rho": iter(["1"])}, (2, 1)),
        ({"resolution": (16, 12)}, (1,)),
        ({"resolution": [(16, 12), 8, "4x3"]}, (3,)),
        ({"resolution": (16, 12, 8)}, (3,)),
        ({"resolution": 8}, (1,)),
        ({"resolution": np.array([8, 16])}, (2,)),
        ({"n": 3}, ()),
        ({"n": [3, "2 + 1", Fraction(2)]}, (3,)),
        ({"n": [3, 3, "3"], "alpha": [1, "1", "2/2"]}, (1,)),
    ],
)
def test_one_value_several_or_a_range(knobs, shape):
    sweep = model_of(SMALL).sweep(**knobs)
    assert sweep.macs.shape == sweep.params.shape == shape


@pytest.mark.parametrize("size", [1, 5, 1 << 22])
@pytest.mark.parametrize("few", [0, 10**9])
def test_arrays_are_put_together_from_chunks(size, few, monkeypatch):
    monkeypatch.setattr("costcalc.explore.sweep.CHUNK", size)
    monkeypatch.setattr("costcalc.explore.plan.MAX_POINTWISE", few)
    text = "input: [2]\nparams: {n: 1}\nlayers: [linear: {out_features: n * n, bias: alpha > 1}]"
    sizes = [3, 10**9, 2, 10**10, 1]
    sweep = model_of(text).sweep({"n": sizes}, alpha="1,2", metrics=["params", "activations"])
    assert sweep.activations.tolist() == [[n * n for n in sizes]] * 2
    assert sweep.params.tolist() == [[2 * n * n for n in sizes], [3 * n * n for n in sizes]]
    assert sweep.params.dtype == object
    assert {type(count) for count in sweep.params.flat} == {int}
    small = model_of(text).sweep({"n": sizes[:3]}, alpha="1,2")
    assert small.macs.dtype == small.params.dtype == np.int64


def test_a_metric_that_was_not_computed():
    sweep = costcalc.load("mobilenet").sweep(alpha="1")
    with pytest.raises(AttributeError) as raised:
        _ = sweep.flops
    assert str(raised.value) == (
        "the sweep has no 'flops'; ask for it: sweep(..., metrics=['flops'])"
    )
    with pytest.raises(AttributeError, match=r"^the sweep has no 'energy'$"):
        _ = sweep.energy
    assert not hasattr(sweep, "activations")
    with pytest.raises(AttributeError):
        _ = Sweep(costcalc.load("mobilenet").plan(), ["macs"]).macs  # nothing is computed yet


def test_figures_of_a_sweep_are_typed_once_more():
    """The paper's tables 6 and 7, in one call."""
    sweep = costcalc.load("mobilenet").sweep(alpha="0.25..1.0", resolution="128..224")
    assert sweep.macs.tolist() == [
        [V1_SLIM[alpha, size][1] for size in (128, 160, 192, 224)]
        for alpha in ("0.25", "0.5", "0.75", "1")
    ]
    assert sweep.params.T.tolist() == [[470_072, 1_331_592, 2_585_560, 4_231_976]] * 4
