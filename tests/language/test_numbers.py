"""Parameters and constants (rule 39): maps that read nothing and are the same for all samples."""

from language.test_rules import fault, leaves, net, output, readers, run, totals

import costcalc

BLOCKS = "{class_token: {layers: [concat: {axis: 1, branches: [parameter: [in_channels, 1], []]}]}}"


def test_a_parameter_is_a_map_of_trained_numbers():
    text = net("parameter: [6, 5]", "linear: 4", input="[3, 8, 8]")
    assert leaves(text) == [("parameter", (6, 5)), ("linear", (4, 5))]
    costs = totals(text)
    assert (costs.params, costs.macs) == (6 * 5 + 6 * 4 + 4, 6 * 4 * 5)


def test_a_constant_is_neither_trained_nor_counted():
    costs = totals(net("constant: [6, 5]"))
    assert costs.params == costs.frozen_params == costs.macs == costs.other_ops == 0


def test_a_parameter_that_is_not_trained_is_frozen():
    costs = totals(net("parameter: {shape: [6, 5], trainable: false}"))
    assert (costs.params, costs.frozen_params) == (0, 30)


def test_both_read_nothing():
    text = net("parameter: [4]", "constant: {name: c, shape: 4}", "add: {from: [c, previous]}")
    assert readers(text) == [[], [], [1, 1]]
    assert fault(net("parameter: {from: input, shape: [4]}")).startswith(
        "parameter takes 0 maps, and gets 1"
    )


def test_the_shape_takes_expressions_and_sees_the_map_before():
    assert output(net("parameter: in_shape")) == (4, 8, 8)
    assert output(net("parameter: [2 * in_channels, n]", params="{n: 3}")) == (8, 3)
    assert output(net("class_token", input="[4, 49]", blocks=BLOCKS)) == (4, 50)
    assert totals(net("add: [[], parameter: in_shape]")).params == 4 * 8 * 8


def test_what_no_shape_is():
    assert fault(net("parameter: [0]")) == "parameter: shape must be at least 1, not 0"
    assert fault(net("parameter: []")).startswith("parameter: shape must be channels and up to")
    assert fault(net("constant: [4, 0.5]")).startswith("constant: shape must be a whole number")
    assert fault(net("parameter")) == "parameter needs shape (parameter: {shape: ...})"


WINDOWS = net(
    "rearrange: {name: windows, pattern: 'b c (h p) (w q) -> (b h w) c p q', p: 4, q: 4}",
    "parameter: [4, 4, 4]",
    "conv2d: {name: own, out_channels: 4, kernel_size: 1}",
    "add: {from: [windows, own]}",
    "conv2d: {out_channels: 4, kernel_size: 1}",
)


def test_what_is_computed_of_them_alone_is_computed_once():
    """Four windows are samples; the parameter is the same for all, until it meets them."""
    nodes = {node.name: node for node in run(WINDOWS).nodes}
    assert [node.shape.batch for node in nodes.values()] == [4, None, None, 4, 4]
    once = 4 * 4 * 4 * 4
    assert totals(WINDOWS).macs == once + 4 * once
    assert totals(WINDOWS).params == 4**3 + 2 * (16 + 4)


def test_in_sweeps_formulas_and_searches(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(
        net(
            "conv2d: {out_channels: 8, kernel_size: 1}",
            "add: [[], parameter: in_shape]",
            "concat: [[], constant: [n, in_height, in_width]]",
            "conv2d: {out_channels: 8, kernel_size: 1}",
            params="{n: 2}",
        )
    )
    model = costcalc.load(str(path))
    sweep = model.sweep({"n": "1..3"}, alpha="0.5..1:0.25", metrics=["macs", "params"])
    for row, alpha in enumerate(("0.5", "0.75", "1")):
        for column, n in enumerate((1, 2, 3)):
            at = model.cost(alpha=alpha, n=n).totals
            assert (sweep.macs[row, column], sweep.params[row, column]) == (at.macs, at.params)
    most = model.cost(alpha="3/4").totals.params
    (found,) = model.solve({"params": most}).solutions
    assert model.cost(alpha=found.knobs["alpha"]).totals.params == most
    assert "c₁²" in str(model.formula(exact=True))
    assert "MACs" in str(model.formula())


def test_reports_have_no_input_of_them(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(net("add: [[], parameter: in_shape]"))
    table = costcalc.load(str(path)).cost()
    assert table.layers[0].input_shape is None
    assert table.layers[0].groups is None
    assert "256" in str(table)
    assert "params" in str(costcalc.load(str(path)).formula(layer="add.parameter"))
    other = tmp_path / "other.yaml"
    other.write_text(net("add: [[], constant: in_shape]"))
    (compared,) = costcalc.diff(str(path), str(other))
    assert compared.difference.totals["params"] == (256, 0)
    assert costcalc.conventions(str(path))["thop"].total() == 0
