"""Models that make as much as the values of their inputs say: the most there can be is counted."""

import pytest
from importers.onnx_files import CHOSEN, Case, Stored, X, body, op

import costcalc
from costcalc.errors import CostcalcError
from costcalc.importers.content import content_of
from costcalc.importers.graphs.options import reading_models
from costcalc.importers.reading import read_network

DEPENDS = ": what it makes depends on the input's values, and "


def costed(case, **options):
    with reading_models(**options):
        file = read_network(content_of(case.proto().SerializeToString(), "m.onnx"), "m.onnx")
    return costcalc.Model(file, None).cost()


def said(table):
    return [warning.message for warning in table.warnings]


def test_rows_that_are_not_zero():
    """All of the six rows may be, and each is multiplied by 3 columns of 8 weights."""
    table = costed(CHOSEN["rows_that_are_not_zero"])
    assert table.totals.macs == 6 * 8 * 3
    assert said(table) == [f"NonZero{DEPENDS}all places are counted"]


def test_boxes_are_as_many_as_the_most_of_each_class():
    table = costed(CHOSEN["best_boxes"])
    assert table.totals.macs == 2 * 4 * 4 * 5
    what = "4 boxes of each class, but not how they are compared, are counted"
    assert said(table) == [f"NonMaxSuppression{DEPENDS}{what}"]


def test_a_model_may_end_in_what_it_selects():
    relu = [op("Relu", "s0", "s"), op("NonMaxSuppression", "b", "s", "n", "y")]
    table = costed(Case(relu, {"b": [1, 9, 4], "s0": [1, 2, 9]}, {"n": [[4]]}))
    assert [row.type for row in table.layers] == ["relu"]


def test_windows_of_a_map_are_sampled():
    """5 boxes of 2x3 elements, each the mean of 2x2 points, each point of 4 elements."""
    align = op("RoiAlign", "x", "b", "n", "y", output_height=2, output_width=3, sampling_ratio=2)
    case = Case([align], X, {"b": [5, 4], "n": [[0] * 5]})
    points = 8 * 5 * 6 * 4
    table = costed(case)
    assert table.totals.other_ops == 4 * points + points
    assert said(table) == []
    any_size = op("RoiAlign", "x", "b", "n", "y", output_height=2, output_width=3)
    table = costed(case._replace(nodes=[any_size]))
    assert said(table) == [
        f"RoiAlign{DEPENDS}3x3 points of each element, as of the whole map, are counted"
    ]


def test_places_that_are_computed_copy_as_many_elements():
    nodes = [
        op("TopK", "x", "k", "best,places", axis=1),
        op("Squeeze", "places", "row", axes=[0]),
        op("Gather", "table", "row", "some", axis=0),
        op("Gather", "z", "row", "other", axis=1),
        op("MatMul", "other", "w", "y"),
    ]
    inputs = {"x": [1, 9], "z": [1, 9, 4]}
    stored = {"k": [[3]], "w": [4, 2], "table": Stored([9], 7)}
    table = costed(Case(nodes, inputs, stored, opset=11))
    assert (table.totals.macs, table.totals.params) == (3 * 4 * 2, 8)


def test_what_nobody_trains_is_no_param():
    """A grid that the file computes, beside numbers that it holds."""
    nodes = [
        op("ConstantOfShape", "n", "zeros"),
        op("Add", "zeros", "one", "ones"),
        op("Add", "x", "ones", "a"),
        op("Add", "a", "own", "y"),
    ]
    case = Case(nodes, {"x": [1, 4, 5]}, {"n": [[4, 5]], "one": [1.0], "own": [4, 5]})
    assert costed(case).totals.params == 20


def test_sizes_that_depend_on_values_are_skipped_on_request():
    nodes = [
        op("ReduceMax", "x", "m", keepdims=0),
        op("Cast", "m", "i", to=7),
        op("Mul", "sizes", "i", "n"),
        op("Resize", "x", "", "", "n", "r"),
        op("Concat", "r", "x", "j", axis=2),
        op("Conv", "j", "w", "z"),
        op("Conv", "x", "v", "y"),
    ]
    case = Case(nodes, X, {"sizes": [[1, 1, 1, 1]], "w": [4, 8, 1, 1], "v": [4, 8, 1, 1]})
    with pytest.raises(CostcalcError, match=r"input 3 .* depend on the input") as caught:
        costed(case)
    assert "--skip-unknown leaves the op out" in str(caught.value)
    table = costed(case, skip_unknown=True)
    assert said(table) == ["Resize is skipped: what it makes depends on the input's values"]
    assert table.totals.macs == 2 * 36 * 32 + 36 * 32


def test_what_follows_from_a_skipped_op_is_skipped_too():
    """Its shape is not known, so that a body of a loop may take none that fits."""
    branch = body([op("Relu", "x", "a")], [], [("a", 1, [1, 8, 6, 6])])
    nodes = [
        op("ReduceMax", "x", "m", keepdims=0),
        op("Cast", "m", "c", to=9),
        op("If", "c", "f", then_branch=branch, else_branch=branch),
        op("Reshape", "f", "s", "g"),
        op("Conv", "x", "w", "y"),
    ]
    case = Case(nodes, X, {"w": [4, 8, 1, 1], "s": [[1, 5, 5]]})
    table = costed(case, skip_unknown=True)
    assert said(table) == [
        "If is skipped: what it makes depends on the input's values",
        "Reshape is skipped: what it makes depends on the input's values",
    ]
    assert table.totals.macs == 36 * 32


def test_a_loop_has_one_set_of_weights():
    trip = body(
        [op("MatMul", "h", "w", "g"), op("Identity", "c", "d")],
        [("i", 7, []), ("c", 9, []), ("h", 1, [1, 8])],
        [("d", 9, []), ("g", 1, [1, 8])],
    )
    stored = {"n": [[5]], "w": [8, 8]}
    case = Case([op("Loop", "n", "", "x", "y", body=trip)], {"x": [1, 8]}, stored)
    table = costed(case)
    assert (table.totals.macs, table.totals.params) == (5 * 64, 64)
    with pytest.raises(CostcalcError, match="runs 12,001 times the 2 nodes of its body") as caught:
        costed(case._replace(stored={**stored, "n": [[12_001]]}))
    assert "hint: export one step, and multiply its costs" in str(caught.value)
