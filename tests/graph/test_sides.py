"""Maps with any number of sides: what fits them, what expressions see, batches, searches."""

from fractions import Fraction
from itertools import product

import pytest
from support.formula_readers import run_source

from costcalc.api import Model
from costcalc.costs.table import Analysis
from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.evaluate import check_sides_of, common_batch
from costcalc.graph.nodes import Group, Input, Network, Node
from costcalc.language.network_file import NetworkFile
from costcalc.layers import LAYERS
from costcalc.shapes import TensorShape

SEQUENCE, IMAGE, VOLUME = "[4, 9]", "[4, 9, 8]", "[4, 9, 8, 7]"
CONV = "{out_channels: 2, kernel_size: 3}"


def written(shape, *items):
    return "\n".join([f"input: {shape}", "layers:", *(f"  - {item}" for item in items), ""])


def shapes(shape, *items):
    network = build(NetworkFile(written(shape, *items), "net.yaml"))
    return [str(node.shape) for node in network.nodes]


def faults(shape, *items):
    """What is wrong: line and column, message, hint."""
    with pytest.raises(CostcalcError) as error:
        shapes(shape, *items)
    return str(error.value)


# What fits a map


@pytest.mark.parametrize(
    ("of", "item", "fault"),
    [
        (
            SEQUENCE,
            f"conv2d: {CONV}",
            "3:5: conv2d does not fit a sequence (4×9)\n  hint: conv1d does, and conv takes any",
        ),
        (
            VOLUME,
            f"conv2d: {CONV}",
            "3:5: conv2d does not fit a volume (4×9×8×7)\n  hint: conv3d does, and conv takes any",
        ),
        (
            IMAGE,
            "max_pool1d: {kernel_size: 2}",
            "3:5: max_pool1d does not fit a map with height and width (4×9×8)\n"
            "  hint: max_pool2d does, and max_pool takes any",
        ),
        (SEQUENCE, "tokens", "3:5: tokens does not fit a sequence (4×9)"),
        (
            SEQUENCE,
            "conv: {out_channels: 2, kernel_size: [3, 3]}",
            "3:42: conv1d: kernel_size must be a number or [length], not [3, 3]",
        ),
        (
            VOLUME,
            "avg_pool3d: {kernel_size: [2, 2]}",
            "3:31: avg_pool3d: kernel_size must be a number or [depth, height, width], not [2, 2]",
        ),
        (
            SEQUENCE,
            "zero_pad: {padding: [1, 2, 3]}",
            "3:25: zero_pad1d: padding must be a number, [length] or [before, after], "
            "not [1, 2, 3]",
        ),
        (
            VOLUME,
            "zero_pad: {padding: [1, 2]}",
            "3:25: zero_pad3d: padding must be a number, [depth, height, width] or "
            "[front, back, top, bottom, left, right], not [1, 2]",
        ),
        (
            IMAGE,
            "conv: {out_channels: 2, kernel_size: 3, padding: causal}",
            "3:54: conv2d: padding must be same, valid, a number, or one or two for each side, "
            "not causal",
        ),
        (
            SEQUENCE,
            "upsample: {size: [3, 3]}",
            "3:22: upsample: size must be a number or [length], not [3, 3]",
        ),
        (SEQUENCE, "slice: {axis: 2}", "slice: axis must be 0 (channels) or 1 (length), not 2"),
        (
            VOLUME,
            "slice: {axis: 1, stop: 10}",
            "slice [0, 10) does not lie within the depth of 9",
        ),
        (
            VOLUME,
            "linear: {out_features: 3}",
            "linear needs a vector or tokens, not a 4×9×8×7 map\n"
            "  hint: put flatten or global_avg_pool before it, or use pointwise_conv at every "
            "position",
        ),
        (
            VOLUME,
            "concat: [[], {max_pool3d: {kernel_size: 1, stride: [1, 2, 1]}}]",
            "concat along the channels cannot fit maps of 4×9×8×7 and 4×9×4×7: the heights differ",
        ),
        (
            SEQUENCE,
            "multiply: [[], {max_pool1d: {kernel_size: 2}}]",
            "multiply cannot fit maps of 4×9 and 4×4: the lengths differ, and none is 1",
        ),
        ("[4]", "slice: {axis: 1}", "slice: axis must be 0 (channels), not 1"),
    ],
)
def test_what_does_not_fit(of, item, fault):
    assert fault in faults(of, item)


def test_a_map_of_more_sides_than_a_layer_has_a_name_for():
    """Where sides are taken apart, there may be more than three."""
    many = Input("x", TensorShape(4, (2, 3, 4, 5)))
    with pytest.raises(CostcalcError) as error:
        check_sides_of(LAYERS["conv2d"](), [many])
    assert error.value.message == "conv2d does not fit a map of 4 sides (4×2×3×4×5)"
    assert "takes any" not in (error.value.hint or "")


@pytest.mark.parametrize(
    "item",
    [
        f"conv1d: {CONV}",
        "conv3d: {out_channels: 2, kernel_size: 3, padding: 0}",
        "pointwise_conv1d: {out_channels: 2}",
        "conv_transpose3d: {out_channels: 2, kernel_size: 2, padding: 0}",
        "avg_pool1d: {kernel_size: 2, padding: 0, ceil_mode: true}",
        "zero_pad3d: {padding: 1}",
        "upsample: {scale_factor: 2}",
        "tokens: {patch: 2}",
        "adaptive_avg_pool2d: {output_size: 2}",
    ],
)
@pytest.mark.parametrize("of", [SEQUENCE, IMAGE, VOLUME])
@pytest.mark.parametrize("wrong", ["slice: {axis: 9}", "max_pool{}d: {kernel_size: 1}"])
def test_a_fault_is_not_followed_by_others(of, wrong, item):
    wrong = wrong.replace("{}", "2" if of == SEQUENCE else "1")
    assert faults(of, wrong, item).count("net.yaml:") == 1


def test_a_map_that_is_unknown_has_as_many_sides_as_the_one_before():
    items = [f"conv3d: {CONV}", "upsample: {size: [9]}", "slice: {axis: 1}"]
    assert faults(SEQUENCE, *items).count("net.yaml:") == 1


@pytest.mark.parametrize(
    ("of", "names"),
    [
        (SEQUENCE, {"in_length": 9}),
        (IMAGE, {"in_height": 9, "in_width": 8}),
        (VOLUME, {"in_depth": 9, "in_height": 8, "in_width": 7}),
        ("[4]", {}),
    ],
)
def test_the_sides_that_an_expression_sees(of, names):
    for name in ("in_length", "in_depth", "in_height", "in_width"):
        item = f"pointwise_conv: {{out_channels: {name}}}"
        if name in names:
            (found,) = shapes(of, item)
            assert found.split("×")[0] == str(names[name])
            continue
        found = faults(of, item)
        assert f"3:36: {name}: the map" in found
        assert f"has no {name.removeprefix('in_')}\n" in found
        *first, last = names or ("a vector has in_channels alone",)
        listed = f"{', '.join(first)} and {last}" if first else last
        assert found.endswith(f"hint: it has {listed}" if names else f"hint: {last}")
    dims = [4, *names.values()]
    for place, side in enumerate(dims):
        (found,) = shapes(of, f'pointwise_conv: {{out_channels: "in_shape[{place}]"}}')
        assert found.split("×")[0] == str(side)
    item = f'pointwise_conv: {{out_channels: "in_shape[{len(dims)}]"}}'
    assert f"index {len(dims)} is not in a list of {len(dims)}" in faults(of, item)


# Along length and depth


def test_merges_and_parts_along_length_and_depth():
    part = "{slice: {axis: 1, stop: 4}}"
    assert shapes(SEQUENCE, f"concat: {{axis: 1, branches: [[], {part}]}}") == ["4×4", "4×13"]
    assert shapes(VOLUME, f"concat: {{axis: 1, branches: [[], {part}]}}") == [
        "4×4×8×7",
        "4×13×8×7",
    ]
    assert shapes(SEQUENCE, "slice: {axis: 1, start: 2, stop: 6}") == ["4×4"]
    assert shapes(VOLUME, "slice: {axis: 3, start: 2}") == ["4×9×8×5"]
    assert shapes(VOLUME, "center_crop: {size: [5, 4, 3]}") == ["4×5×4×3"]
    for of, gate, whole in ((SEQUENCE, "4×1", "4×9"), (VOLUME, "4×1×1×1", "4×9×8×7")):
        assert shapes(of, "multiply: [[], global_avg_pool]") == [gate, whole]
        assert shapes(of, "residual: [relu]") == [whole, whole]
    # A vector is a gate: what it lacks at the end are sides of 1.
    items = ("global_avg_pool", "flatten", "multiply: {from: [input, previous]}")
    assert shapes(VOLUME, *items) == ["4×1×1×1", "4", "4×9×8×7"]
    assert shapes("[4, 1]", "flatten", "add: {from: [previous, input]}") == ["4", "4×1"]
    # A vector and a sequence of one place are alike.
    assert shapes("[4]", f"residual: [{{conv1d: {CONV.replace('2', '4')}}}]") == ["4×1", "4×1"]


# Batches


def batched(batch, items):
    """A network of one input with so many samples, made node by node."""
    root = Group("", "network")
    source = Input("input", TensorShape(4, (9,), batch))
    nodes = []
    for type_, fields in items:
        layer = LAYERS[type_](**fields)
        before = nodes[-1] if nodes else source
        out = layer.output(before.shape)
        nodes.append(Node(layer, [before], out, type_, root))
        root.children.append(nodes[-1])
    return Network("batched", [source], nodes, nodes[-1:], root)


ITEMS = [
    ("conv1d", {"out_channels": 3, "kernel_size": 3}),
    ("batch_norm", {}),
    ("relu", {}),
    ("max_pool1d", {"kernel_size": 2}),
    ("upsample", {"scale_factor": (2,)}),
    ("slice", {"axis": 1, "stop": 4}),
    ("center_crop", {"size": (3,)}),
    ("zero_pad1d", {"padding": 1}),
    ("multi_head_attention", {"heads": 3}),
    ("conv_transpose1d", {"out_channels": 4, "kernel_size": 2}),
    ("pointwise_conv1d", {"out_channels": 4}),
    ("class_token", {}),
    ("global_avg_pool", {}),
    ("flatten", {}),
    ("linear", {"out_features": 5}),
    ("untokens", {"height": 1, "width": 1}),
    ("adaptive_avg_pool2d", {"output_size": 1}),
    ("tokens", {}),
]


@pytest.mark.parametrize("batch", [1, 2, 7, None])
def test_a_batch_costs_its_samples_and_has_the_params_once(batch):
    """None is what is the same for all samples: it is computed once."""
    once, many = batched(1, ITEMS), batched(batch, ITEMS)
    assert all(node.shape.batch == batch for node in many.nodes)
    found, expected = measure(many, COUNTS), measure(once, COUNTS)
    for name in ("macs", "other_ops", "activations"):
        assert found[name] == expected[name] * (batch or 1) > 0
    assert found["params"] == expected["params"] > 0
    rows = zip(Analysis(once).layers, Analysis(many).layers, strict=True)
    assert all(row.macs * (batch or 1) == other.macs for row, other in rows)


@pytest.mark.parametrize(
    ("batches", "common"),
    [
        ([1, 1], 1),
        ([3, 3], 3),
        ([3, None], 3),
        ([None, 3], 3),
        ([None, None], None),
        ([None, 3, None, 3], 3),
    ],
)
@pytest.mark.parametrize("type_", ["add", "multiply", "concat"])
def test_maps_that_meet_have_one_batch(type_, batches, common):
    maps = [Input("x", TensorShape(4, (5,), batch)) for batch in batches]
    assert common_batch(LAYERS[type_](), maps) == common


@pytest.mark.parametrize("batches", [[1, 2], [2, None, 3], [None, 2, 1]])
def test_maps_in_other_batches_do_not_meet(batches):
    maps = [Input("x", TensorShape(4, (5,), batch)) for batch in batches]
    with pytest.raises(CostcalcError, match=r"add cannot fit maps in batches of . and . samples"):
        common_batch(LAYERS["add"](), maps)


# Sweeps, searches and formulas

NET_OF_SEQUENCES = """
name: Sequence
input: [8, 50]
params: {taps: 5}
layers:
  - conv1d: {out_channels: 16, kernel_size: taps, stride: 2, padding: causal}
  - batch_norm
  - conv: {out_channels: 24, kernel_size: 3, padding: 0}
  - depthwise_conv1d: {kernel_size: 3}
  - max_pool: {kernel_size: 2}
  - multiply: [[], [global_avg_pool, sigmoid]]
  - conv_transpose1d: {out_channels: 8, kernel_size: 4, stride: 2, padding: 1}
  - upsample: {scale_factor: 2, mode: bilinear}
  - flatten
  - linear: {out_features: 10}
"""
NET_OF_VOLUMES = """
name: Volume
input: [3, 8, 16, 12]
params: {taps: 3}
layers:
  - conv3d: {out_channels: 16, kernel_size: [1, taps, taps], stride: [1, 2, 2]}
  - batch_norm
  - conv: {out_channels: 24, kernel_size: 3}
  - depthwise_conv3d: {kernel_size: taps, stride: 2}
  - max_pool: {kernel_size: [2, 1, 1]}
  - multiply: [[], [global_avg_pool, sigmoid]]
  - conv_transpose3d: {out_channels: 8, kernel_size: 2, stride: 2}
  - pointwise_conv: {out_channels: in_depth + in_channels}
  - global_avg_pool
  - flatten
  - linear: {out_features: 10}
"""
NETS = {"sequence": NET_OF_SEQUENCES, "volume": NET_OF_VOLUMES}
ALPHAS = [Fraction(k, 8) for k in (1, 3, 4, 5, 8, 11)] + [Fraction(1, 3), Fraction(7, 25)]
RHOS = [Fraction(1, 4), Fraction(1, 2), Fraction(2, 3), Fraction(1), Fraction(9, 7)]
COUNTS = ("macs", "params", "other_ops", "activations")


@pytest.fixture(params=NETS)
def kind(request):
    return request.param


@pytest.fixture
def model(kind):
    return Model(NetworkFile(NETS[kind], f"{kind}.yaml"), None)


def test_a_sweep_is_its_points(kind, model):
    sweep = model.sweep({"taps": [1, 3]}, alpha=ALPHAS, rho=RHOS, metrics=COUNTS)
    for (i, alpha), (j, rho), (k, taps) in product(
        enumerate(ALPHAS), enumerate(RHOS), enumerate((1, 3))
    ):
        totals = model.cost({"taps": taps}, alpha=alpha, rho=rho).totals
        assert [getattr(sweep, name)[i, j, k] for name in COUNTS] == [
            getattr(totals, name) for name in COUNTS
        ]
    # A length has no resolution.
    assert (len(set(sweep.macs[4, :, 1].tolist())) == 1) == (kind == "sequence")


def test_where_a_condition_decides_how_many_sides_a_map_has():
    """The convolution behind is one over a place or over a map, as `when` says."""
    text = written(
        "[4, 1, 1]", "flatten: {when: alpha < 1}", "conv: {out_channels: 8, kernel_size: 3}"
    )
    model = Model(NetworkFile(text, "net.yaml"), None)
    assert model.sweep(alpha=["1/2", 1]).macs.tolist() == [3 * 4 * 4, 9 * 4 * 8]
    assert [model.cost(alpha=alpha).totals.macs for alpha in ("1/2", 1)] == [48, 288]
    (solution,) = model.solve({"macs": 100}).solutions
    assert solution.counts["macs"] == 3 * 4 * 7


def test_a_resolution_is_height_and_width():
    model = Model(NetworkFile(NET_OF_VOLUMES, "volume.yaml"), None)
    (first, *_) = model.cost(resolution=(20, 10)).layers
    assert tuple(first.output_shape) == (16, 8, 10, 5)
    (first, *_) = model.cost(rho="1/2").layers
    assert tuple(first.output_shape) == (16, 8, 4, 3)
    sweep = model.sweep(resolution=[12, 16, 24])
    assert [int(macs) for macs in sweep.macs] == [
        model.cost(resolution=side).totals.macs for side in (12, 16, 24)
    ]


def test_the_exact_formula_is_the_cost(model):
    by_source = run_source("".join(model.formula(exact=True, free="taps").python()))
    for alpha, rho, taps in product(ALPHAS, RHOS, (1, 2, 3)):
        totals = model.cost({"taps": taps}, alpha=alpha, rho=rho).totals
        assert by_source(alpha, rho, taps) == (totals.macs, totals.params)


def test_the_law_is_the_cost_where_nothing_is_rounded(kind, model):
    by_source = run_source("".join(model.formula(free="taps").python()))
    rhos = RHOS if kind == "sequence" else [Fraction(1), Fraction(2)]
    for alpha, rho in product([Fraction(k, 8) for k in (1, 2, 5, 8, 16)], rhos):
        totals = model.cost(alpha=alpha, rho=rho).totals
        taps = 5 if kind == "sequence" else 3
        assert by_source(alpha, rho, taps) == (totals.macs, totals.params)


def test_a_search_finds_the_last_setting_within_the_limit(kind, model):
    own = model.cost().totals.macs
    for share in (5, 3, 2):
        limit = own // share
        (solution,) = model.solve({"macs": limit}).solutions
        high = solution.plateaus["alpha"].high
        assert solution.counts["macs"] == model.cost(alpha=solution.knobs["alpha"]).totals.macs
        assert solution.counts["macs"] <= limit < model.cost(alpha=high).totals.macs
        assert solution.next.counts["macs"] > limit
    solved = model.solve({"macs": own // 2}, vary="taps", ranges={"taps": "1..9"})
    within = [taps for taps in range(1, 10) if model.cost({"taps": taps}).totals.macs <= own // 2]
    assert [solution.knobs["taps"] for solution in solved.solutions] == within[-1:]


def test_a_search_over_the_resolution_of_a_volume():
    model = Model(NetworkFile(NET_OF_VOLUMES, "volume.yaml"), None)
    limit = model.cost().totals.macs // 2
    (solution,) = model.solve({"macs": limit}, vary="rho").solutions
    assert solution.counts["macs"] <= limit
    assert model.cost(rho=solution.plateaus["rho"].high).totals.macs > limit
