"""Split (rule 38): one map becomes several; axes by number or by name."""

import pytest
from language.test_rules import fault, leaves, net, output, readers, run, totals

import costcalc


def test_equal_parts_are_a_layer_each():
    text = net("split: {parts: 2}", "add")
    assert leaves(text) == [("split", (2, 8, 8)), ("split", (2, 8, 8)), ("add", (2, 8, 8))]
    assert readers(text) == [["input"], ["input"], [0, 1]]


def test_parts_have_sizes():
    text = net("split: {parts: [1, 3]}", "concat", "split: [3, 1]", "concat")
    assert [shape[0] for _, shape in leaves(text)] == [1, 3, 4, 3, 1, 4]


def test_a_number_may_stand_alone():
    assert leaves(net("split: 4", "concat"))[:4] == [("split", (1, 8, 8))] * 4


def test_parts_cost_nothing():
    costs = totals(net("split: 2", "concat: {axis: height}"))
    assert costs.macs == costs.params == costs.other_ops == costs.activations == 0


@pytest.mark.parametrize(
    ("input", "axis", "shape"),
    [
        ("[4, 8, 6]", 1, (4, 4, 6)),
        ("[4, 8, 6]", "height", (4, 4, 6)),
        ("[4, 8, 6]", "width", (4, 8, 3)),
        ("[4, 8, 6]", "channels", (2, 8, 6)),
        ("[4, 8]", "length", (4, 4)),
        ("[4, 8, 6, 2]", "depth", (4, 4, 6, 2)),
        ("[4, 8, 6, 2]", "height", (4, 8, 3, 2)),
        ("[4]", "channels", (2,)),
    ],
)
def test_an_axis_by_number_or_by_name(input, axis, shape):
    found = leaves(
        net(f"split: {{parts: 2, axis: {axis}}}", f"concat: {{axis: {axis}}}", input=input)
    )
    assert found[:2] == [("split", shape)] * 2
    assert leaves(net(f"slice: {{axis: {axis}, stop: {min(shape)}}}", input=input))


def test_an_axis_that_the_map_lacks():
    message = "split: axis must be 0 (channels), 1 (height) or 2 (width), not length"
    assert fault(net("split: {parts: 2, axis: length}", "add")) == message
    assert fault(net("concat: {axis: 3, from: [input]}")).startswith("concat: axis must be 0 (")


def test_another_word_is_no_axis():
    assert (
        fault(net("split: {parts: 2, axis: widht}"))
        == "unknown name 'widht' (did you mean 'width'?)"
    )


def test_words_of_axes_are_no_constants():
    """A param may have their name, and where the axis stands the word is the axis."""
    text = net(
        "conv2d: {out_channels: width, kernel_size: depth}",
        "split: {parts: 2, axis: width}",
        "concat: {axis: width}",
        params="{width: 6, depth: 3, causal: 1}",
    )
    assert output(text) == (6, 8, 8)
    assert fault(net("conv2d: {out_channels: width, kernel_size: 3}")).startswith("unknown name")


def test_a_param_of_a_block_hands_an_axis_on():
    text = net(
        "halves",
        "halves: {axis: channels}",
        blocks="{halves: {params: {axis: height}, layers: [split: {parts: 2, axis}, add]}}",
    )
    assert output(text) == (2, 4, 8)


def test_names_are_of_one_part_each():
    text = net("split: {name: [a, b], parts: 2}", "relu: {from: b}", "add: {from: [previous, a]}")
    assert readers(text) == [["input"], ["input"], [1], [2, 0]]
    assert [node.name for node in run(text).nodes] == ["a", "b", "relu", "add"]


def test_one_name_is_of_all_parts():
    text = net("split: {name: parts, parts: 2}", "relu: {from: input}", "add: {from: parts}")
    assert [node.name for node in run(text).nodes] == ["parts_1", "parts_2", "relu", "add"]


def test_one_part_is_the_map():
    assert output(net("split: {parts: 1}", "relu")) == (4, 8, 8)


def test_skipped_it_hands_on_the_map():
    assert leaves(net("split: {parts: 2, when: false}", "relu")) == [("relu", (4, 8, 8))]


def test_a_param_names_it():
    assert output(net("$kind: {parts: 2}", "add", params="{kind: split}")) == (2, 8, 8)


def test_what_reads_one_map_does_not_take_them_all():
    found = fault(net("split: 2", "relu"))
    assert found.startswith("relu takes 1 map, and gets 2 (name the item whose map it reads")


def test_parts_must_fit():
    assert fault(net("split: 3")) == (
        "split: the 4 channels do not divide into 3 equal parts "
        "(a list has the size of each: parts: [...])"
    )
    assert fault(net("split: [1, 2]")) == "split: 1 + 2 are not the 4 channels"
    assert fault(net("split: 0")).startswith("split: parts must be at least 1")
    assert fault(net("split: []")) == "split: parts must be 1 to 1,000 sizes, not 0"
    assert fault(net("split: 1001", input="[1001]")).endswith("must be at most 1,000, not 1001")
    assert fault(net("split: half")).startswith("unknown name 'half'")
    assert fault(net("split")) == "split needs parts (split: {parts: ...})"


def test_behind_a_fault_nothing_else_is_one():
    text = net("split: {parts: a, axis: a}", "concat: {axis: a}", params="{a: 1 // 0}")
    assert "division by zero" in fault(text)


def test_a_sweep_over_parts_and_over_alpha(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(
        net(
            "conv2d: {out_channels: 12, kernel_size: 1}",
            "split: {parts: n, axis: height}",
            "concat",
            "conv2d: {out_channels: 12, kernel_size: 3}",
            params="{n: 2}",
        )
    )
    model = costcalc.load(str(path))
    sweep = model.sweep({"n": "1..2,4"}, alpha="0.5..1:0.25")
    for row, alpha in enumerate(("0.5", "0.75", "1")):
        for column, n in enumerate((1, 2, 4)):
            assert sweep.macs[row, column] == model.cost(alpha=alpha, n=n).totals.macs


def test_formulas_and_searches_go_through_its_parts(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(
        net(
            "conv2d: {out_channels: 12, kernel_size: 1}",
            "split: {name: [a, b, c], parts: 3, axis: height}",
            "conv2d: {from: b, out_channels: 12, kernel_size: 1, bias: false}",
            input="[3, 6, 6]",
        )
    )
    model = costcalc.load(str(path))
    assert model.cost().totals.macs == 12 * 3 * 36 + 12 * 12 * 12
    assert "1,728·α²·ρ² + 1,296·α·ρ²" in str(model.formula())
    half = 6 * 3 * 36 + 6 * 6 * 12
    assert model.cost(alpha="1/2").totals.macs == half
    (found,) = model.solve({"macs": half}).solutions
    assert found.knobs["alpha"].limit_denominator(10**6) >= 0.5
    assert "s₂ = ⌊s₁/3⌋" in str(model.formula(exact=True))
