"""Sweeps, against the cost of the network at each of their points.

`Model.cost` builds a network for one setting. A plan costs a few points one by one, and many over a
grid; both must give what it gives, in any order of chunks, and the same fault where it has one.
"""

from contextlib import contextmanager
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, Phase, event, example, given, note, settings
from hypothesis import strategies as st
from support.networks import NETWORKS
from support.random_networks import PARAMS, networks, written

import costcalc
from costcalc.api import Model
from costcalc.errors import CostcalcError
from costcalc.explore import plan as planning
from costcalc.explore.table import Chunk
from costcalc.language.network_file import NetworkFile

METRICS = ("macs", "flops", "params", "other_ops", "activations", "standard_macs")

GRID, POINTS = 0, 10**12
"""What MAX_POINTWISE must be, so that everything is costed over a grid, or nothing."""

# What explains a failure would take minutes here.
no_deadline = settings(
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    suppress_health_check=[HealthCheck.too_slow],
)


def model_of(text, variant=None):
    return Model(NetworkFile(text, "net.yaml"), variant)


@contextmanager
def engine(few, longest=None):
    before = planning.MAX_POINTWISE, planning.MAX_AXIS
    planning.MAX_POINTWISE, planning.MAX_AXIS = few, longest or planning.MAX_AXIS
    try:
        yield
    finally:
        planning.MAX_POINTWISE, planning.MAX_AXIS = before


def points_of(plan):
    """All points in order: the last axis runs fastest."""
    return list(product(*(axis.slice(0, axis.count) for axis in plan.axes)))


def shown(value):
    """The value of a knob in a message."""
    if isinstance(value, tuple):
        return "×".join(map(str, value))
    if isinstance(value, Fraction) and value.denominator in (2, 4, 5, 8, 10, 20, 25, 100):
        return str(value.numerator / value.denominator)
    return str(value)


def cost_at(model, plan, fixed, point):
    """What the network costs at a point; a fault is told with the setting."""
    values = list(zip(plan.axes, point, strict=True))
    knobs = {axis.name: value for axis, value in values if not axis.is_param}
    params = {**fixed, **{axis.name: value for axis, value in values if axis.is_param}}
    try:
        totals = model.cost(params, **knobs).totals
    except CostcalcError as error:
        setting = ", ".join(f"{axis.name} {shown(value)}" for axis, value in values)
        for problem in error.problems:
            problem.notes += [f"at {setting}"] * bool(setting)
        raise
    return {metric: getattr(totals, metric) for metric in METRICS}


def swept(plan, few=GRID, size=10**9, longest=None):
    """Each metric at all points, chunk by chunk."""
    columns = {metric: [] for metric in METRICS}
    points = []
    with engine(few, longest):
        for chunk in plan.chunks(METRICS, size):
            assert chunk.points == prod(map(len, chunk.axes)) <= size
            assert chunk.shape == tuple(map(len, chunk.axes))
            points += product(*chunk.axes)
            for metric, column in chunk.metrics().items():
                assert len(column) == chunk.points
                assert {type(count) for count in column} == {int}
                columns[metric] += column
    assert points == points_of(plan)
    return columns


def fault_of(call, *arguments, **more):
    with pytest.raises(CostcalcError) as raised:
        call(*arguments, **more)
    return str(raised.value)


WAYS = (
    {"few": GRID},
    {"few": POINTS},
    {"few": GRID, "size": 7},
    {"few": GRID, "longest": 2},
    {"few": GRID, "size": 100, "longest": 3},
    {"few": 60, "size": 100},  # some chunks one way, some the other
)


def check(model, params=None, ways=WAYS, **knobs):
    """A sweep in each of several ways, against the cost of each point; its counts, or None."""
    params = params or {}
    plan = model.plan(params, **knobs)
    # A param with one value is no axis.
    varied = [axis.name for axis in plan.axes if axis.is_param]
    fixed = {
        name: values[0] if isinstance(values, list) else values
        for name, values in params.items()
        if name not in varied
    }
    assert set(fixed) == set(plan.setting.params)
    points = points_of(plan)
    assert plan.count == len(points)
    try:
        costs = [cost_at(model, plan, fixed, point) for point in points]
    except CostcalcError as error:
        fault = str(error)
    else:
        fault = None
    if fault is not None:
        assert [fault_of(swept, plan, **way) for way in ways] == [fault] * len(ways)
        return None
    expected = {metric: [cost[metric] for cost in costs] for metric in METRICS}
    for way in ways:
        assert swept(plan, **way) == expected, way
    return expected


def ratios(*texts):
    return [Fraction(text) for text in texts]


# The networks that there are


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS)
@settings(no_deadline, max_examples=3)
@given(data=st.data())
def test_every_network_at_some_settings(network, data):
    """Widths and sizes by which it can be built, and then all that were drawn."""
    path = NETWORKS[network]
    name = data.draw(st.sampled_from(list(costcalc.load(path).file.variants) or [None]))
    model = costcalc.load(path, name)
    _, settings_ = model.file.variant(name)
    shapes = [source.shape.dims for source in model.cost().network.inputs]
    sides = [shape[1:] for shape in shapes if len(shape) == 3]
    own_alpha = settings_.alpha or Fraction(1)
    alphas = data.draw(
        st.lists(st.integers(2, 40).map(lambda n: Fraction(n, 20)), min_size=1, max_size=3)
    )
    if not sides:
        check(model, alpha=[own_alpha, *alphas], ways=WAYS[:2])
        return
    side = st.integers(1, 9).map(lambda n: 32 * n) | st.integers(16, 300)
    sizes = data.draw(st.lists(st.tuples(side, side) | side, min_size=1, max_size=2))

    def fits(alpha, size):
        try:
            model.cost(alpha=alpha, resolution=size)
        except CostcalcError:
            return False
        return True

    good_sizes = [sides[0], *(size for size in sizes if fits(own_alpha, size))]
    good_alphas = [
        own_alpha,
        *(alpha for alpha in alphas if all(fits(alpha, size) for size in good_sizes)),
    ]
    event(f"{len(good_alphas)}×{len(good_sizes)}")
    assert check(model, alpha=good_alphas, resolution=good_sizes, ways=WAYS[:2])
    if len(good_sizes) <= len(sizes) or len(good_alphas) <= len(alphas):
        check(model, alpha=[own_alpha, *alphas], resolution=[sides[0], *sizes], ways=WAYS[:2])


def test_there_are_networks():
    assert len(NETWORKS) >= 30


@pytest.mark.parametrize("net", ["mobilenet", "mobilenet_conv", "mobilenet_v2"])
@settings(no_deadline, max_examples=6)
@given(data=st.data())
def test_shipped_networks_at_random_settings(net, data):
    alphas = st.fractions(Fraction(1, 40), 3, max_denominator=40)
    knobs = {"alpha": data.draw(st.lists(alphas, min_size=1, max_size=4))}
    if data.draw(st.booleans()):
        rhos = st.fractions(Fraction(1, 60), 2, max_denominator=60)
        knobs["rho"] = data.draw(st.lists(rhos, min_size=1, max_size=4))
    else:
        sides = st.integers(1, 400)
        knobs["resolution"] = data.draw(
            st.lists(sides | st.tuples(sides, sides), min_size=1, max_size=4)
        )
    params = {"classes": data.draw(st.lists(st.integers(1, 2000), min_size=1, max_size=2))}
    assert check(costcalc.load(net), params, **knobs)


def test_params_that_change_the_structure():
    found = check(
        costcalc.load("mobilenet"),
        {"unit": "standard,depthwise_separable", "deep": "0..3", "classes": [10, 1000]},
        alpha="0.5,1",
        resolution="96,128",
    )
    assert len(found["macs"]) == 64
    assert len(set(found["params"])) == 32


@pytest.mark.parametrize("variant", ["mobilenet_v3_small", "mobilenet_v3_large"])
def test_v3_whose_layers_hang_on_alpha(variant):
    """A residual comes and goes with its widths, and an expansion that changes nothing."""
    model = costcalc.load(variant)
    alphas = [Fraction(n, 20) for n in range(2, 41)]
    counts = [len(model.cost(alpha=alpha).layers) for alpha in alphas]
    assert len(alphas) == 39
    assert len(set(counts)) > 1
    if variant == "mobilenet_v3_small":
        assert sum(count != counts[alphas.index(1)] for count in counts) == 10
    assert check(model, alpha=alphas, resolution=[96, 224], ways=WAYS[:3])


# Random networks


FIT = st.sampled_from(ratios("1/4", "1/3", "1/2", "3/4", "1", "5/4", "2"))
ROUNDINGS = [None, None, None, "nearest", {"divisor": 4}, {"divisor": 3}, "exact"]


@st.composite
def sweeps(draw):
    """A random network, and ranges of its knobs: at most 24 points."""
    inputs, layers, blocks, _ = draw(networks())
    tree = {"input": inputs, "params": PARAMS, "blocks": blocks, "layers": layers}
    rounding = draw(st.sampled_from(ROUNDINGS))
    if rounding is not None:
        tree["rounding"] = rounding
    knobs = {}
    if draw(st.booleans()):
        knobs["alpha"] = draw(st.lists(FIT, min_size=1, max_size=3))
    space = draw(st.sampled_from(["rho", "resolution", None]))
    if space == "rho":
        knobs["rho"] = draw(st.lists(FIT, min_size=1, max_size=3))
    elif space == "resolution":
        side = st.integers(1, 12)
        knobs["resolution"] = draw(st.lists(side | st.tuples(side, side), min_size=1, max_size=3))
    params = {}
    if draw(st.booleans()):
        params["base"] = draw(st.lists(st.integers(1, 9), min_size=1, max_size=2))
    if draw(st.integers(0, 3)) == 0:
        params["act"] = ["relu", "softmax", "batch_norm"][: draw(st.integers(1, 2))]
    if draw(st.integers(0, 3)) == 0:
        params["nothing"] = ["none", "relu"]
    return yaml.safe_dump(written(tree), sort_keys=False), params, knobs


@pytest.mark.slow
@settings(no_deadline, max_examples=250)
@given(sweeps())
def test_random_networks_at_random_settings(sweep):
    text, params, knobs = sweep
    note(text)
    found = check(model_of(text), params, **knobs)
    event("fits" if found else "does not fit")


# Networks that ask for their knobs

HEAD = """input: [3, 24, 20]
params: {n: 4, c_channels: 6, flag: true, kind: relu, unit: conv2d}
"""
ALPHAS = ratios("1/4", "1/3", "1/2", "0.75", "1", "6/5", "2")


@pytest.mark.parametrize(
    "layers",
    [
        "[pointwise_conv2d: {out_channels: 10, when: alpha < 1}]",
        "[pointwise_conv2d: {out_channels: 10, when: not alpha < 1 and alpha != 2}]",
        "[conv2d: {out_channels: 8, kernel_size: 3, repeat: ceil(alpha * 2)}]",
        "[conv2d: {out_channels: 8, kernel_size: 3, repeat: floor(alpha)}]",
        "[conv2d: {out_channels: '[16, 24, 32, 8][ceil(alpha * 2) - 1]', kernel_size: 3}]",
        "[pointwise_conv2d: {out_channels: 16 if alpha > 1 else 5}]",
        "[pointwise_conv2d: {out_channels: 'max(4, ceil(alpha * 12))'}]",
        "[pointwise_conv2d: {out_channels: 'round(10 * alpha * rho) + 1'}]",
        "[pointwise_conv2d: {out_channels: 'divisible(40 * alpha, 8)'}]",
        "[pointwise_conv2d: {out_channels: scaled(7) * 2, when: rho >= 1}]",
        "[pointwise_conv2d: {out_channels: in_height}, max_pool2d: {kernel_size: 2}]",
        "[max_pool2d: {kernel_size: 2, repeat: 2}, pointwise_conv2d: {out_channels: in_width + 2}]",
        "[pointwise_conv2d: {out_channels: scaled(10) * in_height // 2}]",
        "[pointwise_conv2d: {out_channels: 'ceil(alpha * in_height / 7)'}]",
        "[pointwise_conv2d: {out_channels: alpha * in_height * 60}]",
        "[max_pool2d: {kernel_size: 24, padding: same},"
        " pointwise_conv2d: {out_channels: 7 // in_height}]",
        "[flatten, linear: {out_features: 10, bias: alpha < 1}]",
        "[residual: [pointwise_conv2d: {out_channels: 3}]]",
        "[residual: {layers: [relu, pointwise_conv2d: {out_channels: in_channels}],"
        " shortcut_when: alpha == 1}]",
        "[conv2d: {out_channels: 12, kernel_size: 3, groups: 3}]",
        "[conv2d: {out_channels: 8, kernel_size: 3, stride: 2 if alpha < 1 else 1}]",
        "[conv2d: {out_channels: 9, kernel_size: 3}, batch_norm, relu,"
        " depthwise_conv2d: {kernel_size: 3}, relu, pointwise_conv2d: {out_channels: 4}]",
    ],
)
@pytest.mark.parametrize("rounding", ["floor", "nearest", "exact", "{divisor: 4}"])
def test_expressions_of_the_knobs(layers, rounding):
    model = model_of(f"{HEAD}rounding: {rounding}\nlayers: {layers}")
    found = check(model, alpha=ALPHAS, rho="1/4,1/2,1")
    if rounding == "exact" and found is None:
        check(model, alpha="1,2", rho="1/4,1")
        check(model, alpha="1,1/3", rho="1/4,1")
        return
    assert (found is None) == ("residual: [" in layers or "groups" in layers)
    check(model, alpha=ALPHAS, resolution=[(24, 20), (12, 10), (48, 40)])


@pytest.mark.parametrize(
    ("layers", "params"),
    [
        ("[conv2d: {out_channels: n, kernel_size: 3}]", {"n": "1..5"}),
        ("[conv2d: {out_channels: n * 2, kernel_size: 3}]", {"n": "0.5..2.5:1/2"}),
        ("[conv2d: {out_channels: floor(n * 7), kernel_size: 3}]", {"n": "1/3,6/7,2"}),
        ("[conv2d: {out_channels: c_channels, kernel_size: 3}]", {"c_channels": "1..9:4"}),
        ("[conv2d: {out_channels: floor(c_channels), kernel_size: 3}]", {"c_channels": "3.5,5.5"}),
        ("[conv2d: {out_channels: floor(c_channels), kernel_size: 3}]", {"c_channels": "1.5..4:1"}),
        ("[conv2d: {out_channels: floor(c_channels), kernel_size: 3}]", {"c_channels": "7/2,8/3"}),
        ("[conv2d: {out_channels: c_channels + 1, kernel_size: 3}]", {"c_channels": "0..2"}),
        ("[conv2d: {out_channels: scaled(n) + 1, kernel_size: 3}]", {"n": "0..2"}),
        ("[conv2d: {out_channels: scaled(n // 10) + 1, kernel_size: 3}]", {"n": "7..12"}),
        ("[conv2d: {out_channels: '[4,5,6][n]', kernel_size: 3}]", {"n": "0..2"}),
        ("[conv2d: {out_channels: 4, kernel_size: n}]", {"n": "1..3"}),
        ("[conv2d: {out_channels: 4, kernel_size: '[n, 1]', padding: '[0, n, 1, 0]'}]",
         {"n": "1,2"}),
        ("[conv2d: {out_channels: 4, kernel_size: 3, stride: n, dilation: n}]", {"n": "1..3"}),
        ("[pointwise_conv2d: {out_channels: 24, groups: n, from: [input]}]", {"n": "1,3"}),
        ("[pointwise_conv2d: {out_channels: 12}, channel_shuffle: {groups: n}]", {"n": "1,2,3"}),
        ("[depthwise_conv2d: {kernel_size: 3, multiplier: n}, relu,"
         " pointwise_conv2d: {out_channels: 5}]", {"n": "1..3"}),
        ("[relu: {repeat: n}]", {"n": "0..3"}),
        ("[$kind, $kind: {repeat: n}]", {"kind": "relu,softmax,none,batch_norm", "n": "1,2"}),
        ("[$unit: {out_channels: n, bias: flag}]",
         {"unit": "pointwise_conv2d", "flag": "true,false", "n": "2,3"}),
        ("[relu: {when: flag}]", {"flag": [True, False]}),
        ("[conv2d: {out_channels: n, kernel_size: 3}]", {"n": "3,2+2,5"}),
        ("[conv2d: {out_channels: n, kernel_size: 3}]", {"n": "2+2,3,alpha * 4"}),
        ("[conv2d: {out_channels: '(n)[0]', kernel_size: '(n)[1]'}]", {"n": "[16,3],[8,1]"}),
    ],
)  # fmt: skip
def test_params_as_axes(layers, params):
    model = model_of(HEAD + f"layers: {layers}")
    assert check(model, params)
    check(model, params, alpha="1/2,1,2", rho="1/2,1")


# Inputs


SEVERAL = """
input: {image: [3, 16, 12], mask: [1, 8, 6], code: [10]}
layers:
  - conv2d: {from: image, out_channels: 4, kernel_size: 3, stride: 2, name: small}
  - concat: {from: [small, mask]}
  - flatten: {name: vector}
  - linear: {from: code, out_features: 7}
  - concat: {from: [previous, vector]}
"""


def test_several_inputs_scale_each_by_itself():
    found = check(model_of(SEVERAL), alpha="1/2,1", rho="1/2,1,2")
    assert found["params"][:3] == [2 * 27 + 2 + 77] * 3
    assert check(model_of(SEVERAL.replace("stride: 2, ", "")), resolution="5,8x6,12x3")


def test_an_input_that_is_not_square():
    text = "input: [3, 24, 20]\nlayers: [conv2d: {out_channels: 4, kernel_size: 3, stride: 2}]"
    found = check(model_of(text), resolution="24x20,20x24,7,7x9,1x2", alpha="1,2")
    assert [macs // 108 for macs in found["macs"][:5]] == [120, 120, 16, 20, 1]
    assert check(model_of(text), rho="1/50,1/3,1,1.01")


def test_there_is_no_one_rho_where_sides_scale_apart():
    text = "input: [3, 8, 6]\nlayers: [pointwise_conv2d: {out_channels: 4 if rho < 1 else 2}]"
    assert check(model_of(text), resolution="8x6,4x3,16x12")
    assert check(model_of(text), resolution="8x6,4x3,5") is None


# Numbers that no int64 holds


WIDE = """
input: [3, 32, 32]
layers:
  - conv2d: {out_channels: 10000000000, kernel_size: 3}
  - pointwise_conv2d: {out_channels: 10000000001, stride: 2}
"""


def test_ten_thousand_million_channels():
    model = model_of(WIDE)
    assert check(model, alpha="0.5,1,2", resolution="32,64")
    with engine(GRID):
        sweep = model.sweep(alpha="0.5,1", resolution=[16, 32], metrics=METRICS[:5])
    n, m, area = 10**10, 10**10 + 1, 32 * 32
    assert sweep.macs.dtype == object
    assert {type(count) for count in sweep.macs.flat} == {int}
    assert sweep.macs[1, 1] == 27 * n * area + n * m * area // 4
    assert sweep.flops[1, 1] == 2 * sweep.macs[1, 1]
    assert sweep.params[0].tolist() == [28 * n // 2 + n // 2 * (m // 2) + m // 2] * 2
    # What fits an int64 is one.
    assert sweep.activations.dtype == "int64"
    assert sweep.activations[1, 1] == n * area + m * area // 4


@pytest.mark.parametrize("few", [GRID, POINTS])
@pytest.mark.parametrize("longest", [None, 2])
def test_a_grid_in_part_beyond_int64(few, longest):
    text = "input: [1]\nparams: {n: 1}\nlayers: [linear: {out_features: n, bias: false}]"
    values = [5, 2**62, 2**63 - 1, 2**63, 10**30, 7]
    with engine(few, longest):
        sweep = model_of(text).sweep({"n": values}, metrics=("macs", "params", "activations"))
        below = model_of(text).sweep({"n": values[:3]}, metrics=("macs", "flops"))
    assert sweep.macs.tolist() == sweep.params.tolist() == sweep.activations.tolist() == values
    assert sweep.macs.dtype == object
    assert {type(count) for count in sweep.macs} == {int}
    assert below.macs.dtype == "int64"
    assert below.macs.tolist() == values[:3]
    # Twice as many need more bits.
    assert below.flops.tolist() == [10, 2**63, 2**64 - 2]
    assert {type(count) for count in below.flops} == {int}


def test_parts_of_a_split_grid_may_be_of_either_kind():
    text = "input: [1]\nparams: {n: 1}\nlayers: [linear: {out_features: 10 if n < 5 else n * n}]"
    values = [3, 10**12, 4, 10**3]
    for order in (values, values[::-1]):
        assert check(model_of(text), {"n": order})["macs"] == [
            10 if n < 5 else n * n for n in order
        ]


@pytest.mark.parametrize(
    "layers",
    [
        "[linear: {out_features: n - 100000000000000000000}]",
        "[linear: {out_features: floor(n / 10000000000 / 10000000000 / 7) + 1}]",
        "[linear: {out_features: (10000000000 * n * n + n) % 1000 + 1}]",
    ],
)
def test_large_numbers_on_the_way_to_small_ones(layers):
    model = model_of(f"input: [3]\nparams: {{n: 1}}\nlayers: {layers}")
    values = [10**20 + 1, 10**20 + 5, 10**20 + 77]
    assert check(model, {"n": values}, alpha="1,2")
    with engine(GRID):
        assert model.sweep({"n": values}).macs.dtype == "int64"


# Faults


POOLED = """input: [3, 32, 32]
params: {n: 1}
layers:
  - conv2d: {out_channels: 4, kernel_size: 3, stride: 2}
  - max_pool2d: {kernel_size: 3, stride: 2, padding: valid}
  - max_pool2d: {kernel_size: 3, stride: 2, padding: valid}
"""


@pytest.mark.parametrize("few", [GRID, POINTS])
def test_a_resolution_that_is_too_small_is_told_with_line_and_setting(few):
    with engine(few):
        text = fault_of(model_of(POOLED).sweep, alpha="0.5,6/7", resolution="32,16x20,12,8")
    assert text == (
        "net.yaml:6:5: max_pool2d: the kernel (3×3) is larger than the padded map (2×2)\n"
        "  at alpha 0.5, resolution 12×12\n"
        "  hint: a smaller kernel_size or stride before it, more padding, or padding: same"
    )


@pytest.mark.parametrize("few", [GRID, POINTS])
def test_a_fault_at_the_first_point_and_one_without_knobs(few):
    with engine(few):
        assert "\n  at rho 0.1\n" in fault_of(model_of(POOLED).sweep, rho="0.1,1")
        text = fault_of(model_of(POOLED.replace("32, 32", "8, 8")).sweep)
    assert text.startswith("net.yaml:6:5: max_pool2d: the kernel (3×3) is larger")
    assert "  at " not in text


@pytest.mark.parametrize(
    ("layers", "params", "knobs"),
    [
        # The first point that is at fault, whatever the order in which a grid is split
        ("[relu: {repeat: n % 2}, linear: {out_features: 5 - n}]", {"n": "0,7,6,2,4,8"}, {}),
        ("[relu: {repeat: n % 2}, linear: {out_features: 10 - m + n - n * m}]",
         {"n": "0,1,2", "m": "1,4,9"}, {}),
        ("[relu: {repeat: n % 2}, linear: {out_features: 3 - n}]", {"n": "1,2,3,4"}, {}),
        ("[linear: {out_features: n / (n - 2)}]", {"n": "3,2,1"}, {}),
        ("[linear: {out_features: '[3, 4][alpha * 2]'}]", {}, {"alpha": "1/2,1/4,1,5"}),
        ("[linear: {out_features: kind}]", {"kind": "2,1 - 1,1 - 3,1"}, {}),
        ("[linear: {out_features: kind}]", {"kind": "2 + 0,1 - 1,1 - 3,relu"}, {}),
        ("[$kind]", {"kind": "relu,n,none"}, {}),
        # Each kind of fault
        ("[linear: {out_features: n}]", {"n": "2,1,0,-1"}, {}),
        ("[linear: {out_features: n}]", {"n": "2,3/2"}, {}),
        ("[linear: {out_features: alpha * n}]", {"n": "4,3"}, {"alpha": "1,1/2"}),
        ("[linear: {out_features: alpha * in_channels}]", {}, {"alpha": "1/2,1/20"}),
        ("[relu: {repeat: alpha * 2}]", {}, {"alpha": "1,1/2,1/4"}),
        ("[relu: {repeat: n}]", {"n": "1,0,-1"}, {}),
        ("[relu: {repeat: n}]", {"n": "1,100000000"}, {}),
        ("[linear: {out_features: '[3, 4][n]'}]", {"n": "0,1,2"}, {}),
        ("[linear: {out_features: n % (3 - n)}]", {"n": "2,3"}, {}),
        ("[relu: {when: n}]", {"n": "1 == 1,2"}, {}),
        ("[group_norm: {groups: n}]", {"n": "1,2,4,5"}, {}),
        ("[linear: {out_features: c_channels + 5}]", {"c_channels": "2,1,-2"}, {}),
        ("[linear: {out_features: scaled(n - 2) + 5}]", {"n": "2,3,1"}, {}),
        ("[linear: {out_features: n}, {linear: {out_features: n}}, {dropout: {p: n / m}}]",
         {"n": "2,0", "m": "1,0"}, {}),
        # A number of more than 100 digits
        ("[linear: {out_features: n * n // n}]", {"n": [7, 10**60]}, {}),
        ("[linear: {out_features: 7 if 1 / n / n < 2 else 8}]", {"n": [7, 10**60]}, {}),
        ("[linear: {out_features: floor(1 / n + 1 / m) + 1}]",
         {"n": [1, 10**60], "m": [1, 10**60 + 1]}, {}),
        ("[linear: {out_features: n}, concat: {branches: [[], []], repeat: 8}]",
         {"n": [7, 10**99 - 1]}, {}),
    ],
)  # fmt: skip
def test_faults_are_the_same_over_a_grid(layers, params, knobs):
    text = "input: [8]\nparams: {n: 1, m: 1, c_channels: 1, kind: relu}\n"
    assert check(model_of(f"{text}rounding: nearest\nlayers: {layers}"), params, **knobs) is None


def test_where_the_rounding_is_exact():
    text = "input: [8]\nrounding: exact\nlayers: [linear: {out_features: scaled(6)}]"
    assert check(model_of(text), alpha="1/2,1,1/3,3/2")["macs"] == [24, 48, 16, 72]
    assert check(model_of(text), alpha="1/2,1,1/4") is None
    with engine(GRID):
        assert fault_of(model_of(text).sweep, alpha="1/2,1,1/4") == (
            "net.yaml:3:33: rounding: exact, and alpha 1/4 times the width 6 is 3/2\n"
            "  at alpha 0.25"
        )


def test_a_fault_is_found_in_the_chunk_that_has_it():
    model = model_of(POOLED)
    plan = model.plan(alpha="1,2", resolution="12..32:20")
    with engine(GRID):
        text = fault_of(list, plan.chunks(METRICS, 1))
        chunks = plan.chunks(METRICS, 1)
        plan = model.plan(alpha="1,2", resolution=[32, 12])
        chunks = plan.chunks(METRICS, 1)
        assert next(chunks).points == 1
        assert "at alpha 1, resolution 12×12" in fault_of(next, chunks)
    assert "at alpha 1, resolution 12×12" in text


# Chunks


@settings(no_deadline, max_examples=40)
@given(
    st.lists(st.integers(1, 4), min_size=0, max_size=3),
    st.sampled_from([1, 2, 7, 100]),
    st.sampled_from([1, 2, 3, 1000]),
)
@example([3, 4], 4, 1000)
@example([3, 4], 11, 1000)
@example([9, 2, 2], 8, 1000)
@example([2, 5, 3], 15, 3)
def test_chunks_follow_the_order_of_the_points(counts, size, longest):
    text = "input: [3, 8, 8]\nparams: {n: 1}\nlayers: [conv2d: {out_channels: n, kernel_size: 1}]"
    names = ["alpha", "rho", "n"][: len(counts)]
    given_ = {
        name: [n + 1 for n in range(count)] for name, count in zip(names, counts, strict=True)
    }
    n = given_.pop("n", [1, 2])
    plan = model_of(text).plan({"n": n}, **given_)
    once = swept(plan)
    assert swept(plan, size=size, longest=longest) == once


@pytest.mark.parametrize(
    ("counts", "size", "longest", "chunks"),
    [
        ([3, 4], 12, 9, 1),
        ([3, 4], 11, 9, 2),
        ([3, 4], 8, 9, 2),
        ([3, 4], 7, 9, 3),
        ([3, 4], 4, 9, 3),
        ([3, 4], 3, 9, 6),
        ([3, 4], 1, 9, 12),
        ([5, 2, 2], 8, 9, 3),
        ([5, 2, 2], 99, 4, 2),
        ([2, 5, 3], 99, 3, 4),
        ([2, 3, 5], 99, 3, 12),
    ],
)
def test_an_axis_is_cut_only_where_those_behind_it_are_whole(counts, size, longest, chunks):
    names = ["alpha", "rho", "n"]
    knobs = {name: list(range(1, n + 1)) for name, n in zip(names, counts, strict=False)}
    text = "input: [3, 8, 8]\nparams: {n: 1}\nlayers: [relu: {repeat: n}]"
    plan = model_of(text).plan({"n": knobs.pop("n", 1)}, **knobs)
    with engine(POINTS, longest):
        assert len(list(plan.chunks(["macs"], size))) == chunks


@pytest.mark.parametrize("array", [list, np.array])
def test_a_chunk_and_the_positions_of_its_axes(array):
    chunk = Chunk([[1, 2], ["a", "b", "c"], [7]], {"macs": array([1, 2, 3, 4, 5, 6])})
    assert chunk.points == 6
    assert [chunk.stride(axis) for axis in (0, 1, 2, None)] == [3, 1, 1, 0]
    assert list(chunk.places(0)) == [0, 0, 0, 1, 1, 1]
    assert list(chunk.places(1)) == [0, 1, 2] * 2
    assert list(chunk.places(2)) == list(chunk.places(None)) == [0] * 6
    assert {type(chunk.places(axis)) for axis in (0, 1, 2, None)} == {type(chunk.counts["macs"])}
    assert list(chunk.marked({4: "x", 1: "y"})) == [None, "y", None, None, "x", None]


def test_few_points_need_no_arrays(monkeypatch):
    """MAX_POINTWISE counts layers times points of a chunk; copies that are alike are one layer."""
    monkeypatch.setattr(planning, "MAX_POINTWISE", 40)
    layers = ", ".join(["relu: {repeat: 5}", "relu"] * 5)
    model = model_of(f"input: [3]\nlayers: [{layers}]")
    for count, size, kinds in (
        (4, 100, [list]),
        (5, 100, [np.ndarray]),
        (8, 4, [list, list]),
        (9, 5, [np.ndarray, list]),
    ):
        chunks = list(model.plan(alpha=range(1, count + 1)).chunks(["other_ops"], size))
        assert [type(chunk.counts["other_ops"]) for chunk in chunks] == kinds
        assert [ops for chunk in chunks for ops in chunk.metrics()["other_ops"]] == [90] * count


@pytest.mark.parametrize(
    ("n", "m", "fault"),
    [
        (-1, 1, "repeat must be"),
        (300, 300, "more than 50,000 items"),
        (50_001, 1, "repeat must be"),
    ],
)
def test_copies_are_limited_where_params_count_them(n, m, fault):
    head = "input: [3]\nparams: {n: 1, m: 1}\n"
    model = model_of(f"{head}layers: [sequence: {{repeat: n, layers: [relu: {{repeat: m}}]}}]")
    asked = {"n": [1, n], "m": [1, m]}
    assert check(model, asked, WAYS[:2]) is None
    # Of layers alone, so that conditions and repeats stay open in the trace.
    with engine(GRID), pytest.raises(CostcalcError, match=fault):
        list(model.plan(asked).chunks(["macs"], 4))


@pytest.fixture
def built(monkeypatch):
    """What a plan builds."""
    found = []
    build = planning.build

    def counted(*arguments, **more):
        found.append(arguments)
        return build(*arguments, **more)

    monkeypatch.setattr(planning, "build", counted)
    return found


def test_a_network_is_built_once_for_each_structure(built):
    """Traced once, that is: the first trace says how many layers there are."""
    text = HEAD + "layers: [conv2d: {out_channels: n, kernel_size: 3, repeat: ceil(alpha * 2)}]"
    many = model_of(text).plan({"n": "1..50"}, alpha="1/4..1/2:1/100", rho="1/2..1:1/100")
    list(many.chunks(METRICS, 10**9))
    assert len(built) == 1
    built.clear()
    list(many.chunks(METRICS, 13 * 51 * 50))  # two chunks
    assert len(built) == 0
    built.clear()
    # Over a range that is split into two.
    split = model_of(text).plan({"n": "1..500"}, alpha="1/4..1:1/100")
    list(split.chunks(METRICS, 10**9))
    assert len(built) == 2


# Too much, and what there is not


def test_too_many_points_are_counted():
    model = costcalc.load("mobilenet")
    text = fault_of(model.sweep, alpha="0.0001..1.0:0.0001", resolution="1..100000:1")
    assert text.startswith("the sweep has 1,000,000,000 points, and the limit is 100,000,000")
    assert "hint: " in text
    assert "has 4 points, and the limit is 3" in fault_of(
        model.sweep, alpha="0.25..1", max_points=3
    )
    assert model.sweep(alpha="0.25..1", max_points=4).macs.shape == (4,)
    assert (
        model.plan(alpha="0.0001..1:1/10000000000000000", most=None).count == 9_999_000_000_000_001
    )


@pytest.mark.parametrize(
    ("given_", "message", "hint"),
    [
        ({"alpha": 0.5}, "alpha is exact: give it as text ('0.5')", None),
        ({"alpha": [1, 0.5]}, "alpha is exact", None),
        ({"rho": 0.5}, "rho is exact", None),
        ({"deep": 0.5}, "deep is exact", None),
        ({"alpha": []}, "alpha: there is no value", "such as 0.25..1.0:0.25"),
        ({"alpha": ""}, "alpha: a value of the range is empty", "such as"),
        ({"alpha": [0]}, "alpha: '0' is not greater than 0", None),
        ({"alpha": Fraction(-1, 2)}, "alpha: '-1/2' is not greater than 0", None),
        ({"resolution": [0]}, "resolution: '0' is not a size", None),
        ({"resolution": (0, 8)}, "resolution: '0x8' is not a size", None),
        ({"rho": 1, "resolution": 224}, "give rho or resolution, not both", None),
        ({"dep": 3}, "the network has no param 'dep'", "did you mean 'deep'?"),
        ({"zzz": [3, 4]}, "the network has no param 'zzz'", "it has unit, deep, classes"),
        ({"variant": ["a"]}, "a variant is chosen by load", None),
        ({"deep": "1..3:"}, "deep: the step '' is not", "such as deep=1..4:1"),
        ({"deep": "1 +,2"}, "deep: 1 + is not an expression", None),
        ({"metrics": ["mac"]}, "unknown metric 'mac'", "did you mean 'macs'?"),
        ({"metrics": ["ratio"]}, "unknown metric 'ratio'", "the metrics are macs, flops"),
    ],
)  # fmt: skip
def test_what_cannot_be_swept(given_, message, hint):
    with pytest.raises(CostcalcError) as raised:
        costcalc.load("mobilenet").sweep(**given_)
    assert raised.value.message.startswith(message)
    if hint is not None:
        assert raised.value.hint.startswith(hint)


@pytest.mark.parametrize("name", ["resolution", "macs", "params", "standard_macs", "top1"])
def test_a_param_of_any_name_is_an_axis(name):
    text = f"input: [3, 8, 8]\nparams: {{{name}: 2}}\nlayers: [relu: {{repeat: {name}}}]"
    model = model_of(text)
    found = check(model, {name: [1, 3]}, resolution=[4, 8])
    assert found["other_ops"] == [48, 144, 192, 576]
    sweep = model.sweep({name: [1, 3]}, resolution=[4, 8])
    assert sweep.axes == {"resolution": [(4, 4), (8, 8)], f"param_{name}": [1, 3]}
