"""Rule 38: axes by name, parts of maps, merges; and rule 47: a field's words are no constants."""

import pytest

import costcalc
from costcalc.costs.table import Analysis
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile


def net(*items, input="[4, 6, 8]", **top):
    lines = [f"input: {input}", *(f"{key}: {value}" for key, value in top.items()), "layers:"]
    return "\n".join([*lines, *(f"  - {item}" for item in items), ""])


def run(text, **setting):
    return build(NetworkFile(text, "net.yaml"), Setting(**setting))


def output(text, **setting):
    (source,) = run(text, **setting).outputs
    return source.shape.dims


def fault(text, **setting):
    with pytest.raises(CostcalcError) as caught:
        run(text, **setting)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("input", "names"),
    [
        ("[4]", ["channels"]),
        ("[4, 6]", ["channels", "length"]),
        ("[4, 6, 8]", ["channels", "height", "width"]),
        ("[4, 6, 8, 5]", ["channels", "depth", "height", "width"]),
    ],
)
def test_an_axis_is_a_name_or_a_number(input, names):
    for number, name in enumerate(names):
        cut = [
            output(net(f"slice: {{axis: {axis}, stop: 1}}", input=input)) for axis in (name, number)
        ]
        assert cut[0] == cut[1]
        assert cut[0][number] == 1
        items = [f"concat: {{axis: {axis}, from: [input, input]}}" for axis in (name, number)]
        twice = [output(net(item, input=input)) for item in items]
        assert twice[0] == twice[1]
        assert twice[0][number] == 2 * (4, 6, 8, 5)[number]


def test_an_axis_that_the_map_lacks_is_an_error_that_says_which_it_has():
    found = fault(net("slice: {axis: length, stop: 1}"))
    assert found.message == "slice: axis must be 0 (channels), 1 (height) or 2 (width), not length"
    assert (found.position.line, found.position.column) == (3, 5)
    found = fault(net("concat: {axis: 2, from: [input, input]}", input="[4, 6]"))
    assert found.message == "concat: axis must be 0 (channels) or 1 (length), not 2"
    found = fault(net("slice: {axis: heigth, stop: 1}"))
    assert (found.message, found.hint) == ("unknown name 'heigth'", "did you mean 'height'?")
    assert found.position.column == 19
    found = fault(net("concat: {axis: -1, from: [input, input]}"))
    assert found.message == "concat: axis must be at least 0, not -1"
    found = fault(net("slice: {axis: relu, stop: 1}"))
    axes = "channels, length, height, width or depth"
    assert found.message == f"slice: axis must be {axes}, or a number, not relu"


def test_the_names_of_axes_are_free_elsewhere():
    """A param, a block and a map may be called so; where an axis belongs, the name is the axis."""
    text = net(
        "width: {channels: depth, name: height}",
        "slice: {axis: width, stop: width - 2}",
        "concat: {from: [previous, previous], axis: channels if depth > 2 else height}",
        params="{width: 5, depth: 3, causal: 2}",
        blocks="{width: {params: {channels}, layers: [pointwise_conv2d: channels]}}",
    )
    assert output(text) == (6, 6, 3)
    assert output(text, params={"depth": 2}) == (2, 12, 3)
    assert (
        output(net("conv2d: {out_channels: causal, kernel_size: 1}", params="{causal: 2}"))[0] == 2
    )


def test_a_block_hands_an_axis_on():
    blocks = "{twice: {params: {axis: width}, layers: [concat: {axis, from: [input, input]}]}}"
    assert output(net("twice", blocks=blocks)) == (4, 6, 16)
    assert output(net("twice: {axis: height}", blocks=blocks)) == (4, 12, 8)
    given = net("twice: {axis: along}", params="{along: 0}", blocks=blocks)
    assert output(given) == (8, 6, 8)


def test_a_word_of_a_field_means_nothing_elsewhere():
    found = fault(net("conv2d: {out_channels: bilinear, kernel_size: 3}"))
    assert found.message == "unknown name 'bilinear'"
    text = net(
        "upsample: {scale_factor: 2, mode: bilinear if big else nearest}", params="{big: true}"
    )
    assert Analysis(run(text)).totals.other_ops == 4 * (4 * 12 * 16)
    assert Analysis(run(text, params={"big": False})).totals.other_ops == 0
    text = net(
        "conv1d: {out_channels: 2, kernel_size: 3, padding: causal if on else 0}",
        input="[4, 9]",
        params="{on: true}",
    )
    assert output(text) == (2, 9)
    assert output(text, params={"on": False}) == (2, 7)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ("start: -2", 2),
        ("stop: -1", 7),
        ("start: -3, stop: -1", 2),
        ("step: 2", 4),
        ("start: 1, step: 3", 3),
        ("start: -8, stop: 8, step: 8", 1),
        ("start: 0 - n, stop: 0 - m", 2),
    ],
)
def test_a_slice_counts_from_the_end_and_takes_steps(fields, kept):
    text = net(f"slice: {{axis: width, {fields}}}", params="{n: 3, m: 1}")
    assert output(text) == (4, 6, kept)
    assert Analysis(run(text)).totals.other_ops == 0


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ("start: -9", "[-1, 8)"),
        ("start: 8", "[8, 8)"),
        ("start: -2, stop: 3", "[6, 3)"),
        ("stop: -8", "[0, 0)"),
        ("stop: 9", "[0, 9)"),
    ],
)
def test_a_part_lies_within_the_map(fields, part):
    found = fault(net(f"slice: {{axis: width, {fields}}}"))
    assert found.message == f"slice {part} does not lie within the width of 8"
    assert (found.hint is None) == ("-" not in fields)


def test_a_step_is_at_least_one():
    assert fault(net("slice: {step: 0}")).message == "slice: step must be at least 1, not 0"


def test_bounds_and_steps_are_swept(tmp_path):
    path = tmp_path / "net.yaml"
    items = ("slice: {axis: height, start: first, step}", "pointwise_conv2d: {out_channels: 3}")
    path.write_text(net(*items, params="{first: 0, step: 1}"))
    firsts, steps = [-4, -1, 0, 2], [1, 2, 4]
    swept = costcalc.load(str(path)).sweep({"first": firsts, "step": steps})
    kept = [[len(range(6)[first::step]) for step in steps] for first in firsts]
    assert swept.macs.tolist() == [[4 * 3 * 8 * places for places in row] for row in kept]


@pytest.mark.parametrize("merge", ["add", "subtract", "maximum", "minimum"])
def test_merges_of_one_shape(merge):
    text = net(f"{merge}: [[], relu, tanh]")
    assert output(text) == (4, 6, 8)
    maps = Analysis(run(net(f"{merge}: {{from: [input, input]}}"))).totals
    assert maps.other_ops == 4 * 6 * 8
    found = fault(net(f"{merge}: [[], global_avg_pool]"))
    assert found.message == f"{merge} needs maps of one shape, not 4×6×8 and 4×1×1"
    assert "pointwise_conv" in found.hint


@pytest.mark.parametrize("merge", ["multiply", "divide"])
def test_merges_that_spread(merge):
    assert output(net(f"{merge}: [[], global_avg_pool]")) == (4, 6, 8)
    found = fault(net(f"{merge}: [[], {{slice: {{stop: 2}}}}]"))
    assert found.message.startswith(f"{merge} cannot fit maps of 4×6×8 and 2×6×8")


@pytest.mark.parametrize(
    "merge", ["add", "divide", "concat", "concat: {axis: width}", "maximum: {}"]
)
def test_a_merge_without_branches_and_maps_takes_all_of_the_item_before(merge):
    blocks = "{two: {outputs: [a, b], layers: [relu: {name: a}, tanh: {name: b}]}}"
    network = run(net("two", merge, blocks=blocks))
    assert [source.layer.type for source in network.nodes[-1].inputs] == ["relu", "tanh"]


def test_a_param_and_a_block_may_have_the_name_of_a_newer_merge():
    blocks = "{divide: {params: {channels}, layers: [pointwise_conv2d: {out_channels: channels}]}}"
    text = net("divide: {channels: minimum}", params="{minimum: 5}", blocks=blocks)
    assert output(text) == (5, 6, 8)
    assert output(net("$merge: {from: [input, input]}", params="{merge: minimum}")) == (4, 6, 8)
