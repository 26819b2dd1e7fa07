"""The rules of the network language (docs/language.md) on small networks counted by hand."""

from fractions import Fraction
from textwrap import dedent

import pytest

import costcalc
from costcalc.costs.table import Analysis
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile

HALF = Fraction(1, 2)


def net(*items, input="[4, 8, 8]", **top):
    """A network of one-line items; other keys go between input and layers."""
    lines = [f"input: {input}", *(f"{key}: {value}" for key, value in top.items()), "layers:"]
    return "\n".join([*lines, *(f"  - {item}" for item in items), ""])


def run(text, variant=None, **knobs):
    return build(NetworkFile(dedent(text), "net.yaml"), Setting(variant, **knobs))


def leaves(text, variant=None, **knobs):
    """Type and output shape of every layer, in execution order."""
    return [(node.layer.type, tuple(node.shape)) for node in run(text, variant, **knobs).nodes]


def types(text, variant=None, **knobs):
    return [type_ for type_, _ in leaves(text, variant, **knobs)]


def widths(text, variant=None, **knobs):
    """Output channels of every layer."""
    return [shape[0] for _, shape in leaves(text, variant, **knobs)]


def output(text, variant=None, **knobs):
    """The shape of the network's only output."""
    (source,) = run(text, variant, **knobs).outputs
    return tuple(source.shape)


def totals(text, variant=None, **knobs):
    return Analysis(run(text, variant, **knobs)).totals


def readers(text):
    """For every layer, the places of the layers it reads; inputs by name."""
    network = run(text)
    places = {id(node): place for place, node in enumerate(network.nodes)}
    names = {id(source): source.name for source in network.inputs}
    return [
        [places.get(id(source), names.get(id(source))) for source in node.inputs]
        for node in network.nodes
    ]


def faults(text, variant=None, **knobs):
    """What is wrong, each as message and hint on one line."""
    with pytest.raises(CostcalcError) as caught:
        run(text, variant, **knobs)
    return [
        f"{fault.message} ({fault.hint})" if fault.hint else fault.message
        for fault in caught.value.problems
    ]


def fault(text, variant=None, **knobs):
    (only,) = faults(text, variant, **knobs)
    return only


# Keys


def test_all_keys_of_a_network_are_read():
    file = NetworkFile(
        dedent("""\
            name: Tiny
            source: "nobody 2026"
            input: [3, 4, 4]
            params: {width: 5}
            variants: {tiny_a: {}, tiny_b: {params: {width: 6}}}
            include: []
            blocks: {twice: {layers: [relu, relu]}}
            defaults: {conv2d: {kernel_size: 1}}
            alpha: 1
            rounding: floor
            published: [{macs: 240, params: 20}]
            budgets: {macs: 1M}
            layers: [conv2d: {out_channels: width}, twice]
            """),
        "net.yaml",
    )
    assert (file.name, file.source, list(file.variants)) == (
        "Tiny",
        "nobody 2026",
        ["tiny_a", "tiny_b"],
    )
    # 3 * 5 weights at 4 * 4 positions, and 5 biases
    found = Analysis(build(file)).totals
    assert (found.macs, found.params) == (240, 20)


def test_an_unknown_key_is_named_with_the_nearest():
    assert fault("input: [4]\nlayers: [relu]\nrouding: floor\n") == (
        "unknown key 'rouding' (did you mean 'rounding'?)"
    )


def test_input_and_layers_are_needed():
    found = faults("name: x\n")
    assert len(found) == 2
    assert "needs the key 'input'" in found[0]
    assert "needs the key 'layers'" in found[1]


# Input


def test_a_map_a_vector_and_several_inputs():
    assert output(net("relu", input="[3, 5, 7]")) == (3, 5, 7)
    assert output(net("relu", input="[12]")) == (12,)
    assert output(net("relu", input="[16, 100]")) == (16, 100)
    assert output(net("relu", input="[3, 4, 5, 7]")) == (3, 4, 5, 7)
    two = "{image: [3, 6, 6], depth: [1, 6, 6]}"
    assert leaves(net("concat: {from: [depth, image]}", input=two)) == [("concat", (4, 6, 6))]
    assert readers(net("concat: {from: [depth, image]}", input=two)) == [["depth", "image"]]


def test_the_first_item_takes_all_inputs():
    two = "{image: [3, 6, 6], depth: [1, 6, 6]}"
    assert readers(net("concat", input=two)) == [["image", "depth"]]
    assert readers(net("concat: {from: input}", input=two)) == [["image", "depth"]]
    assert "relu takes 1 map, and gets 2" in fault(net("relu", input=two))


@pytest.mark.parametrize("shape", ["[]", "[3, 8, 8, 8, 1]", "[3, 0, 8]", "[3, -1, 8]", "3"])
def test_anything_else_is_no_shape(shape):
    assert "shape" in fault(net("relu", input=shape)) or "side of the input" in fault(
        net("relu", input=shape)
    )


def test_sides_are_whole():
    assert "whole number" in fault(net("relu", input="[3, 8.5, 8]"))
    assert output(net("relu", input="[3, 8.0, 1e1]")) == (3, 8, 10)


# Alpha, rounding, rho


def test_alpha_of_the_file_is_a_default_that_the_setting_replaces():
    text = net("conv2d: {out_channels: 40, kernel_size: 1}", alpha="0.5")
    assert widths(text) == [20]
    assert widths(text, alpha=Fraction(3, 4)) == [30]  # not 0.75 of 20
    assert widths(net("conv2d: {out_channels: 40, kernel_size: 1}")) == [40]


@pytest.mark.parametrize(
    ("rounding", "alpha", "width", "channels"),
    [
        ("floor", "0.29", 100, 29),  # in binary floats int(0.29 * 100) is 28
        ("floor", "0.7", 30, 21),
        ("floor", "0.99", 3, 2),
        ("nearest", "0.5", 5, 3),  # half up: 2.5
        ("nearest", "0.25", 10, 3),  # half up where half even gives 2
        ("nearest", "0.3", 8, 2),
        ("exact", "0.25", 40, 10),
        ("{divisor: 8}", "0.75", 32, 24),
        ("{divisor: 8}", "1.1", 32, 32),  # 35.2
        ("{divisor: 8}", "0.35", 32, 16),  # 11.2 would be 8, which is below 0.9 of it
        ("{divisor: 4}", "0.5", 20, 12),  # 10: half goes up, (10 + 2) // 4 * 4
        ("{divisor: 1}", "0.5", 5, 3),  # floor(2.5 + 0.5)
    ],
)
def test_rounding(rounding, alpha, width, channels):
    text = net(f"pointwise_conv2d: {{out_channels: {width}}}", rounding=rounding, alpha=alpha)
    assert widths(text) == [channels]


def test_floor_is_the_rounding_unless_said():
    assert widths(net("pointwise_conv2d: {out_channels: 7}"), alpha=HALF) == [3]


def test_exact_rounding_refuses_a_fraction():
    text = net("pointwise_conv2d: {out_channels: 7}", rounding="exact")
    assert widths(text) == [7]
    found = fault(text, alpha=HALF)
    assert "exact" in found
    assert "7/2" in found


def test_rho_scales_height_and_width_to_the_nearest_integer():
    text = net("relu", input="[3, 5, 9]")
    assert output(text, rho=HALF) == (3, 3, 5)  # 2.5 and 4.5: half up
    assert output(text, rho=Fraction(2, 3)) == (3, 3, 6)  # 3.33 and 6
    assert output(net("relu", input="[3, 224, 224]"), rho=Fraction(5, 7)) == (3, 160, 160)


def test_rho_scales_every_input_but_no_vector():
    text = net(
        "concat: {from: [a, b]}",
        "global_avg_pool",
        "concat: {from: [previous, c]}",
        input="{a: [3, 8, 8], b: [1, 8, 8], c: [7]}",
    )
    assert leaves(text, rho=HALF) == [
        ("concat", (4, 4, 4)),
        ("global_avg_pool", (4, 1, 1)),
        ("concat", (11, 1, 1)),
    ]


def test_resolution_sets_height_and_width():
    assert output(net("relu", input="[3, 5, 9]"), resolution=(7, 6)) == (3, 7, 6)


# Variants


VARIED = dedent("""\
    input: [3, 8, 8]
    alpha: 0.5
    rounding: floor
    params: {a: 2, b: a * 10, c: 1}
    variants:
      first: {}
      second: {params: {a: 3}}
      third: {input: [5, 4, 4], alpha: 1, params: {c: 9, d: 4}}
      fourth: {rounding: nearest}
    layers:
      - conv2d: {out_channels: b, kernel_size: 1}
      - conv2d: {out_channels: c, kernel_size: 1}
      - conv2d: {out_channels: 7, kernel_size: 1}
    """)


def test_variants_override_key_by_key_before_evaluation():
    assert widths(VARIED, "first") == [20, 1, 3]
    assert widths(VARIED, "second") == [30, 1, 3]  # b follows a; c stays
    assert leaves(VARIED, "third") == [
        ("conv2d", (20, 4, 4)),
        ("conv2d", (9, 4, 4)),
        ("conv2d", (7, 4, 4)),
    ]
    assert widths(VARIED, "fourth") == [20, 1, 4]


def test_params_are_evaluated_in_the_order_they_are_written_in():
    text = net(
        "linear: {out_features: a}",
        input="[4]",
        params="{z: 2, a: z * 3 + in_channels}",
        variants="{v: {}, w: {params: {z: 5}}}",
    )
    assert widths(text) == [10]
    assert widths(text, "w") == [19]


def test_a_param_keeps_its_place_when_a_variant_overrides_it():
    text = net("linear: {out_features: a}", input="[4]", params="{z: 2, a: 1}",
               variants="{v: {}, w: {params: {a: z * 3}}}")  # fmt: skip
    assert widths(text, "w") == [6]


def test_the_first_variant_is_the_default():
    assert widths(VARIED) == [20, 1, 3]
    assert widths(VARIED.replace("  first: {}\n", "")) == [30, 1, 3]


def test_structure_varies_through_params_only():
    found = fault(net("relu", variants="{a: {layers: [relu]}}"))
    assert "'layers'" in found
    assert "params" in found


def test_an_unknown_variant_names_the_nearest():
    assert "(did you mean 'second'?)" in fault(VARIED, "secnd")


def test_a_param_that_only_variants_give():
    text = net(
        "linear: {out_features: n}",
        input="[5]",
        variants="{a: {params: {n: 3}}, b: {params: {n: 4}}}",
    )
    assert widths(text, "a") == [3]
    assert widths(text, "b") == [4]


# Include


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
    path = str(folder / "main.yaml")
    return NetworkFile(dedent(files["main"]), path)


def test_include_takes_blocks_relative_to_the_file(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "wide.yaml").write_text(
        "include: [narrow.yaml]\nblocks: {wide: {layers: [narrow, narrow]}}\n", encoding="utf-8"
    )
    (tmp_path / "lib" / "narrow.yaml").write_text(
        "blocks: {narrow: {layers: [relu, tanh]}}\n", encoding="utf-8"
    )
    file = write(tmp_path, main="input: [4]\ninclude: [lib/wide.yaml]\nlayers: [wide]\n")
    assert [node.layer.type for node in build(file).nodes] == ["relu", "tanh"] * 2


def test_include_takes_only_blocks(tmp_path):
    file = write(
        tmp_path,
        main="""\
            input: [4, 8, 8]
            include: [other.yaml]
            layers:
              - conv2d: {out_channels: 5, kernel_size: 1}
              - unit
            """,
        other="""\
            input: [9, 9, 9]
            alpha: 0.5
            defaults: {conv2d: {kernel_size: 3, bias: false}}
            blocks: {unit: {layers: [conv2d: {out_channels: 6}]}}
            layers: [relu]
            """,
    )
    rows = Analysis(build(file)).layers
    assert [tuple(row.output_shape) for row in rows] == [(5, 8, 8), (6, 8, 8)]
    # The other file's defaults hold for what is written there, and only there.
    assert [row.params for row in rows] == [4 * 5 + 5, 9 * 5 * 6]


def test_an_included_block_does_not_see_the_network_params(tmp_path):
    with pytest.raises(CostcalcError, match="unknown name 'width'") as caught:
        write(
            tmp_path,
            main="input: [4]\nparams: {width: 3}\ninclude: [b.yaml]\nlayers: [unit]\n",
            b="blocks:\n  unit:\n    layers:\n      - linear: {out_features: width}\n",
        )
    (problem,) = caught.value.problems
    assert problem.position == (str(tmp_path / "b.yaml"), 4, 32)


def test_includes_in_a_circle_are_refused(tmp_path):
    with pytest.raises(CostcalcError, match="includes itself, directly or through other files"):
        write(
            tmp_path,
            main="input: [4]\ninclude: [a.yaml]\nlayers: [relu]\n",
            a="include: [b.yaml]\n",
            b="include: [a.yaml]\n",
        )
    with pytest.raises(CostcalcError, match="includes itself, directly or through other files"):
        write(tmp_path, main="input: [4]\ninclude: [main.yaml]\nlayers: [relu]\n")


def test_one_file_may_come_by_two_ways(tmp_path):
    file = write(
        tmp_path,
        main="input: [4]\ninclude: [a.yaml, b.yaml]\nlayers: [left, right]\n",
        a="include: [base.yaml]\nblocks: {left: {layers: [unit]}}\n",
        b="include: [base.yaml]\nblocks: {right: {layers: [unit, unit]}}\n",
        base="blocks: {unit: {layers: [tanh]}}\n",
    )
    assert [node.layer.type for node in build(file).nodes] == ["tanh"] * 3


# Types


def test_a_type_alone_or_with_fields():
    text = net("relu", "conv2d: {out_channels: 6, kernel_size: 1}", "relu:", "relu: {}")
    assert leaves(text) == [
        ("relu", (4, 8, 8)),
        ("conv2d", (6, 8, 8)),
        ("relu", (6, 8, 8)),
        ("relu", (6, 8, 8)),
    ]


def test_a_param_names_a_layer_or_a_block():
    text = net("$unit: {out_channels: 6}", "$act", params="{unit: conv_bn, act: gelu}")
    assert types(text) == ["conv2d", "batch_norm", "gelu"]
    plain = text.replace("conv_bn", "pointwise_conv2d")
    assert types(plain) == ["pointwise_conv2d", "gelu"]


def test_none_is_the_identity():
    text = net(
        "conv2d: {name: a, out_channels: 6, kernel_size: 1}",
        "relu",
        "$act: {name: x, from: a}",
        "add: {from: [x, a]}",
        params="{act: none}",
    )
    assert readers(text) == [["input"], [0], [0, 0]]
    assert types(text) == ["conv2d", "relu", "add"]


def test_none_is_the_identity_of_all_maps():
    text = net("relu: {name: a}", "$act: {from: [a, input]}", "concat", params="{act: none}")
    assert readers(text) == [["input"], [0, "input"]]


def test_a_param_may_name_a_merge():
    text = net(
        "relu: {name: a}", "tanh: {name: b}", "$merge: {from: [a, b]}", params="{merge: concat}"
    )
    assert output(text) == (8, 8, 8)


def test_unknown_types_are_errors_with_the_nearest_name():
    assert fault(net("conv2: {out_channels: 3}")) == (
        "unknown layer or block 'conv2' (did you mean 'conv2d'?)"
    )
    assert fault(net("inverted_residul: {out_channels: 3}")) == (
        "unknown layer or block 'inverted_residul' (did you mean 'inverted_residual'?)"
    )
    assert "(did you mean 'unit'?)" in fault(net("$uint", params="{unit: relu}"))


def test_a_field_that_is_none_leaves_the_others_as_they_are_given():
    text = net("max_pool2d: {kernel_size: 4, stride: own, padding: 2}", params="{own: none}")
    assert output(text) == (4, 3, 3)
    assert output(text.replace("none", "1")) == (4, 9, 9)


def test_a_param_that_names_no_type_is_an_error():
    assert "3" in fault(net("$unit", params="{unit: 3}"))


def test_a_key_that_no_type_has_is_refused_before_its_param_has_a_value():
    """The key is named, not the names in its value, which are read only for a field."""
    text = net("relu: {name: x}", "$unit: {frm: [x, input]}", params="{unit: add}")
    assert fault(text) == "unknown key 'frm' in $unit (did you mean 'from'?)"
    text = net("$unit: {out_chanels: 6}", params="{unit: conv_bn}")
    assert fault(text) == "unknown key 'out_chanels' in $unit (did you mean 'out_channels'?)"
    text = net("$unit: {zqxj: 6}", params="{unit: conv_bn}")
    assert fault(text) == "unknown key 'zqxj' in $unit (no layer or block has a field of this name)"
    blocks = "{pair: {params: {t}, layers: [$t: {repeat: 2, first: {name: 3}}]}}"
    assert "unknown key 'name' in $t" in fault(net("pair: {t: relu}", blocks=blocks))


def test_a_block_that_others_include_takes_the_fields_of_their_blocks(tmp_path):
    """Which blocks its params may name is not known in its own file."""
    (tmp_path / "pair.yaml").write_text(
        "blocks: {pair: {params: {t}, layers: [$t: {depth: 3}, $t: {depth: 5}]}}"
    )
    path = tmp_path / "net.yaml"
    blocks = "{own: {params: {depth}, layers: [pointwise_conv2d: {out_channels: depth}]}}"
    path.write_text(net("pair: {t: own}", blocks=blocks) + "include: [pair.yaml]\n")
    assert [row.output_shape[0] for row in costcalc.load(str(path)).cost().layers] == [3, 5]


# What any item takes


@pytest.mark.parametrize(
    "item",
    [
        "relu: {%s}",
        "conv_bn: {%s}",
        "$act: {%s}",
        "sequence: {%s, layers: [relu]}",
        "residual: {%s, layers: [relu]}",
        "add: {%s, branches: [relu, tanh]}",
    ],
)
def test_any_item_takes_name_from_when_repeat(item):
    common = "name: x, from: a, when: in_channels == 4, repeat: 2"
    text = net(
        "relu: {name: a}", "tanh", item % common, "add: {from: [x, a]}", params="{act: gelu}"
    )
    without = net("relu", "tanh", "add: {from: [previous, previous]}")
    assert len(types(text)) > len(types(without))
    wires = readers(text)
    assert wires[2] == [0]  # from: a, not the tanh before
    assert wires[-1] == [len(wires) - 2, 0]
    # Twice what one copy is.
    once = net(
        "relu: {name: a}",
        "tanh",
        item % common.replace("2", "1"),
        "add: {from: [x, a]}",
        params="{act: gelu}",
    )
    assert len(types(text)) - 3 == 2 * (len(types(once)) - 3)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("conv2d: {out_channels: 6, kernel_size: 1, repeat: 2, first: {out_channels: 5}}", [5, 6]),
        ("pair: {width: 6, repeat: 2, first: {width: 5}}", [5, 5, 6, 6]),
        ("$unit: {width: 6, repeat: 2, first: {width: 5}}", [5, 5, 6, 6]),
    ],
)
def test_first_on_layers_blocks_and_params(item, expected):
    blocks = "{pair: {params: {width}, layers: [pointwise_conv2d: {out_channels: width}, relu]}}"
    assert widths(net(item, blocks=blocks, params="{unit: pair}")) == expected


# What an item reads


def test_an_item_takes_all_maps_of_the_item_before():
    blocks = "{split: {outputs: [l, r], layers: [relu: {name: l}, tanh: {name: r, from: input}]}}"
    assert readers(net("split", "concat", blocks=blocks)) == [["input"], ["input"], [0, 1]]
    assert "relu takes 1 map, and gets 2" in fault(net("split", "relu", blocks=blocks))


def test_the_first_of_a_branch_takes_the_input_of_the_branches():
    text = net("relu", "add: [[tanh, gelu], [elu], []]")
    # relu 0, tanh 1, gelu 2, elu 3; the third branch is relu's map
    assert readers(text) == [["input"], [0], [1], [0], [2, 3, 0]]


def test_a_hint_says_which_maps_an_item_reads():
    for item, names in (
        ("dot_product_attention: {heads: 2}", "query, key, value"),
        ("mixture_of_experts: {active: 1, layers: [relu]}", "map, scores"),
        ("add", "first, second"),
    ):
        assert f"name the items whose maps it reads: from: [{names}]" in fault(net(item))
    assert "it reads nothing: leave out from" in fault(net("parameter: {shape: [2], from: input}"))


def test_a_merge_behind_each_takes_the_map_of_a_single_copy():
    text = net("each: {copies: n, layers: [relu]}", "add", "gelu", params="{n: 1}")
    assert readers(text) == [["input"], [0], [1]]
    assert readers(text.replace("n: 1", "n: 2")) == [["input"], ["input"], [0, 1], [2]]
    for merge in ("add: {from: a}", "add: [[]]"):
        text = net("each: {name: a, copies: 1, layers: [relu]}", merge)
        assert "add takes 2 or more maps, and gets 1" in fault(text)


def test_a_layer_checks_how_many_maps_it_is_given():
    assert "add takes 2 or more maps, and gets 1" in fault(net("add"))
    assert "center_crop takes 1 or 2 maps, and gets 3" in fault(
        net("relu: {name: a}", "center_crop: {from: [a, a, a]}")
    )


# from


def test_a_name_or_a_list_of_names():
    text = net("relu: {name: a}", "tanh: {name: b}", "gelu: {from: a}", "concat: {from: [b, a, b]}")
    assert readers(text) == [["input"], [0], [0], [1, 0, 1]]


def test_input_is_the_input_of_the_body_and_previous_the_item_before():
    text = net(
        "relu",
        "sequence: {layers: [tanh, gelu: {from: input}, add: {from: [previous, input]}]}",
        "add: {from: [input, previous]}",
    )
    # In the sequence, input is relu's map.
    assert readers(text) == [["input"], [0], [0], [2, 0], ["input", 3]]


def test_previous_is_the_input_for_the_first_item():
    assert readers(net("concat: {from: [previous, input]}")) == [["input", "input"]]
    text = net("relu", "add: [[tanh: {from: previous}], concat: {from: [previous]}]")
    assert readers(text) == [["input"], [0], [0], [1, 2]]


@pytest.mark.parametrize("name", ["input", "previous"])
def test_both_are_reserved(name):
    assert "reserved" in fault(net(f"relu: {{name: {name}}}"))
    assert "reserved" in fault(net("relu", input=f"{{{name}: [4, 8, 8]}}"))


# Names


@pytest.mark.parametrize(
    "inner",
    ["sequence: {layers: [relu: {name: x}]}", "residual: [relu: {name: x}]", "unit"],
)
def test_names_are_local_to_their_body(inner):
    blocks = "{unit: {layers: [relu: {name: x}]}}"
    assert "no map is named 'x'" in fault(net(inner, "tanh: {from: x}", blocks=blocks))


def test_a_body_sees_the_names_around_it_but_a_block_does_not():
    around = net("relu: {name: x}", "tanh", "sequence: {layers: [gelu: {from: x}]}")
    assert readers(around) == [["input"], [0], [0]]
    blocks = "{unit: {layers: [gelu: {from: x}]}}"
    assert "no map is named 'x'" in fault(net("relu: {name: x}", "unit", blocks=blocks))


def test_the_same_name_in_two_bodies():
    sequence = "sequence: {layers: [relu: {name: x}, tanh, add: {from: [x, previous]}]}"
    assert readers(net(sequence, sequence)) == [["input"], [0], [0, 1], [2], [3], [3, 4]]


def test_names_are_unique_in_their_body():
    assert "'x' is given twice" in fault(net("relu: {name: x}", "tanh: {name: x}"))
    # Branches are no bodies: their names are names of the body around them.
    assert "'x' is given twice" in fault(net("add: [relu: {name: x}, tanh: {name: x}]"))


def test_a_name_does_not_hide_an_input():
    two = "{image: [3, 6, 6], depth: [1, 6, 6]}"
    assert "'depth'" in fault(net("relu: {from: image, name: depth}", input=two))
    blocks = "{unit: {inputs: [a, b], layers: [relu: {from: a, name: b}]}}"
    assert "'b'" in fault(net("unit: {from: [input, input]}", blocks=blocks))


def test_no_name_is_used_before_it_is_given():
    assert "no map is named 'x'" in fault(net("relu: {from: x}", "tanh: {name: x}"))
    assert "no map is named 'x'" in fault(net("relu: {name: x, from: x}"))


def test_a_list_names_several_outputs():
    blocks = "{split: {outputs: [l, r], layers: [relu: {name: l}, tanh: {name: r, from: input}]}}"
    text = net("split: {name: [a, b]}", "gelu: {from: b}", "elu: {from: a}", blocks=blocks)
    assert readers(text) == [["input"], ["input"], [1], [0]]
    wrong = net("split: {name: [a, b, c]}", blocks=blocks)
    assert "3 names for 2 maps" in fault(wrong)


def test_one_name_stands_for_all_maps():
    blocks = "{split: {outputs: [l, r], layers: [relu: {name: l}, tanh: {name: r, from: input}]}}"
    text = net("split: {name: both}", "relu: {from: input}", "concat: {from: both}", blocks=blocks)
    assert readers(text)[-1] == [0, 1]


# when


def test_when_false_is_the_identity_with_its_name_and_from():
    text = net(
        "relu: {name: a}",
        "tanh",
        "conv2d: {name: x, from: a, when: false, out_channels: 9, kernel_size: 3}",
        "gelu",
        "add: {from: [x, previous]}",
    )
    # x is relu's map, and gelu reads it too
    assert readers(text) == [["input"], [0], [0], [0, 2]]


def test_it_keeps_several_maps():
    text = net(
        "relu: {name: a}", "tanh: {name: b}", "concat: {from: [b, a], when: in_channels > 4}", "add"
    )
    assert readers(text) == [["input"], [0], [1, 0]]


def test_when_is_true_or_false_and_nothing_else():
    assert "true or false" in fault(net("relu: {when: 1}"))
    assert "true or false" in fault(net("relu: {when: none}"))
    assert "true or false" in fault(net("relu: {when: in_channels}"))


def test_what_is_not_run_is_not_evaluated():
    text = net(
        "conv2d: {when: stride > 0, out_channels: 8 // stride, kernel_size: 1}",
        params="{stride: 0}",
    )
    assert types(text) == []


# repeat and first


def test_copies_are_chained_and_none_is_the_identity():
    assert readers(net("relu: {repeat: 3}")) == [["input"], [0], [1]]
    assert output(net("conv2d: {repeat: 0, out_channels: 9, kernel_size: 1}")) == (4, 8, 8)
    assert types(net("relu: {repeat: 0}")) == []


def test_repeat_0_keeps_name_and_from():
    text = net("relu: {name: a}", "tanh", "gelu: {name: x, from: a, repeat: 0}", "elu: {from: x}")
    assert readers(text) == [["input"], [0], [0]]


def test_from_counts_for_the_first_copy_only():
    text = net("relu: {name: a}", "tanh", "gelu: {from: a, repeat: 3}")
    assert readers(text) == [["input"], [0], [0], [2], [3]]


def test_when_and_repeat_are_evaluated_once_other_fields_for_each_copy():
    twice = "out_channels: in_channels * 2"
    # When evaluated for each copy, the third one would see 16 channels and be left out.
    text = net(f"pointwise_conv2d: {{{twice}, repeat: 3, when: in_channels < 16}}")
    assert widths(text) == [8, 16, 32]
    text = net(f"pointwise_conv2d: {{{twice}, repeat: in_channels // 2}}")
    assert widths(text) == [8, 16]


def test_repeat_sees_the_map_after_from():
    text = net(
        "pointwise_conv2d: {name: a, out_channels: 2}",
        "pointwise_conv2d: {out_channels: 9}",
        "relu: {from: a, repeat: in_channels}",
    )
    assert readers(text) == [["input"], [0], [0], [2]]


def test_first_replaces_fields_of_the_first_copy():
    text = net(
        "conv2d: {out_channels: 6, kernel_size: 3, repeat: 3, first: {stride: 2, out_channels: 5}}"
    )
    assert leaves(text) == [
        ("conv2d", (5, 4, 4)),
        ("conv2d", (6, 4, 4)),
        ("conv2d", (6, 4, 4)),
    ]


@pytest.mark.parametrize("common", ["name: x", "from: input", "when: true", "repeat: 2"])
def test_first_replaces_fields_and_not_what_any_item_takes(common):
    found = fault(net(f"relu: {{repeat: 2, first: {{{common}}}}}"))
    key = common.partition(":")[0]
    assert f"unknown key '{key}' in relu" in found
    assert "did you mean" not in found


def test_the_name_is_of_the_last_copy():
    text = net("relu: {name: x, repeat: 3}", "tanh", "gelu: {from: x}")
    assert readers(text) == [["input"], [0], [1], [2], [2]]


@pytest.mark.parametrize("repeat", ["-1", "1.5", "true", "none", "[2]", "1000000000", "3 / 2"])
def test_repeat_is_a_whole_number(repeat):
    assert "repeat must be a whole number from 0" in fault(net(f"relu: {{repeat: {repeat}}}"))


def test_a_whole_quotient_counts():
    assert len(types(net("relu: {repeat: 6 / 2}"))) == 3


def test_without_repeat_there_is_one_copy_and_it_is_the_first():
    assert widths(net("pointwise_conv2d: {out_channels: 6, first: {out_channels: 5}}")) == [5]


# sequence


def test_sequence_groups_items():
    text = net("sequence: {repeat: 2, layers: [relu, pointwise_conv2d: {out_channels: 6}]}", "tanh")
    assert leaves(text) == [
        ("relu", (4, 8, 8)),
        ("pointwise_conv2d", (6, 8, 8)),
        ("relu", (6, 8, 8)),
        ("pointwise_conv2d", (6, 8, 8)),
        ("tanh", (6, 8, 8)),
    ]


def test_an_empty_sequence_is_the_identity():
    text = net("relu", "sequence: {layers: []}", "tanh")
    assert readers(text) == [["input"], [0]]


def test_a_sequence_has_layers_and_no_fields():
    assert "needs layers" in fault(net("sequence"))
    found = fault(net("sequence: {layer: [relu], layers: [relu]}"))
    assert found == "unknown key 'layer' in sequence (did you mean 'layers'?)"


# add, multiply, concat


@pytest.mark.parametrize(
    ("merge", "shape"), [("add", (4, 8, 8)), ("multiply", (4, 8, 8)), ("concat", (8, 8, 8))]
)
def test_three_ways_to_write_a_merge(merge, shape):
    listed = net("relu", f"{merge}: [tanh, [gelu, elu]]")
    spelt = net("relu", f"{merge}: {{branches: [tanh, [gelu, elu]]}}")
    assert leaves(listed) == leaves(spelt)
    assert leaves(listed)[-1] == (merge, shape)
    assert readers(listed) == readers(spelt) == [["input"], [0], [0], [2], [1, 3]]
    named = net("relu: {name: a}", "tanh: {name: b}", f"{merge}: {{from: [b, a]}}")
    assert leaves(named)[-1] == (merge, shape)
    assert readers(named)[-1] == [1, 0]


def test_from_feeds_the_branches():
    text = net("relu: {name: a}", "tanh", "add: {from: a, branches: [gelu, []]}")
    assert readers(text) == [["input"], [0], [0], [2, 0]]


def test_branches_see_names_given_before_and_in_earlier_branches():
    text = net(
        "relu: {name: a}",
        "add: [[tanh: {name: b}, gelu], [elu: {from: b}], sigmoid: {from: a}]",
        "silu: {from: b}",
    )
    # relu 0, tanh 1, gelu 2, elu 3, sigmoid 4, add 5, silu 6: b is known after the add as well
    assert readers(text) == [["input"], [0], [1], [1], [0], [2, 3, 4], [1]]
    later = net("add: [elu: {from: b}, [tanh: {name: b}]]")
    assert "no map is named 'b'" in fault(later)


def test_an_empty_branch_is_the_identity_of_all_maps():
    text = net("relu: {name: a}", "tanh: {name: b}", "concat: {from: [a, b], branches: [[], []]}")
    assert readers(text)[-1] == [0, 1, 0, 1]


def test_shapes_must_fit():
    wider = "pointwise_conv2d: {out_channels: 6}"
    assert "add needs maps of one shape" in fault(net(f"add: [[], {wider}]"))
    assert output(net(f"concat: [[], {wider}]")) == (10, 8, 8)
    assert "concat" in fault(net("concat: [[], max_pool2d: {kernel_size: 2}]"))
    assert output(net("multiply: [[], global_avg_pool]")) == (4, 8, 8)
    assert "multiply" in fault(net(f"multiply: [[], {wider}]"))


def test_other_ops_of_merges():
    # 4 * 8 * 8 elements, once for each map but the first
    assert totals(net("add: [[], [], []]")).other_ops == 2 * 256
    assert totals(net("concat: [[], [], []]")).other_ops == 0


# residual


def test_layers_plus_the_input():
    assert readers(net("relu", "residual: [tanh, gelu]")) == [["input"], [0], [1], [2, 0]]
    spelt = net("relu", "residual: {layers: [tanh, gelu]}")
    assert readers(spelt) == [["input"], [0], [1], [2, 0]]


def test_a_shortcut_of_its_own():
    text = net("residual: {layers: [tanh, gelu], shortcut: [relu]}")
    assert types(text) == ["tanh", "gelu", "relu", "add"]
    assert readers(text) == [["input"], [0], ["input"], [1, 2]]


def test_layers_alone_where_shortcut_when_is_false():
    text = net(
        "residual: {layers: [pointwise_conv2d: {out_channels: 9}], shortcut: [relu], "
        "shortcut_when: in_channels == 9, repeat: 2}"
    )
    assert types(text) == ["pointwise_conv2d", "pointwise_conv2d", "relu", "add"]


def test_the_layers_and_the_shortcut_must_fit():
    assert "its layers make 9×8×8 and its input is 4×8×8" in fault(
        net("residual: [pointwise_conv2d: {out_channels: 9}]")
    )
    assert "true or false" in fault(net("residual: {layers: [relu], shortcut_when: 3}"))


# Blocks


def test_one_input_and_the_last_output_unless_said():
    blocks = "{unit: {layers: [relu, tanh]}}"
    assert readers(net("unit", "gelu", blocks=blocks)) == [["input"], [0], [1]]
    assert "unit takes 1 map, and gets 2" in fault(
        net("unit: {from: [input, input]}", blocks=blocks)
    )


def test_a_block_that_begins_with_each_takes_any_number_of_maps():
    blocks = "{unit: {layers: [each: [tanh], add]}}"
    text = net("relu: {name: a}", "unit: {from: [a, input, a]}", blocks=blocks)
    assert readers(text) == [["input"], [0], ["input"], [0], [1, 2, 3]]
    assert readers(net("relu", "unit", blocks=blocks)) == [["input"], [0], [1]]
    for first in ("each: {copies: 2, layers: [tanh]}", "each: {from: input, layers: [tanh]}"):
        blocks = f"{{unit: {{layers: [{first}, concat]}}}}"
        assert "unit takes 1 map, and gets 2" in fault(
            net("unit: {from: [input, input]}", blocks=blocks)
        )


def test_named_inputs_and_outputs():
    blocks = dedent("""
        cross:
          inputs: [a, b]
          outputs: [y, x]
          layers:
            - relu: {name: x, from: b}
            - add: {name: y, from: [x, a]}
            - tanh
        """).replace("\n", "\n  ")
    text = net("gelu: {name: g}", "elu", "cross: {from: [g, previous]}", "concat", blocks=blocks)
    # gelu 0, elu 1, relu 2 reads b = elu, add 3 reads x and a = gelu, tanh 4, concat reads y, x
    assert readers(text) == [["input"], [0], [1], [2, 0], [3], [3, 2]]
    short = net("cross", blocks=blocks)
    assert "cross takes 2 maps, and gets 1" in fault(short)


def test_the_first_item_of_a_block_takes_all_its_inputs():
    blocks = "{join: {inputs: [a, b], layers: [concat]}}"
    assert output(net("join: {from: [input, input]}", blocks=blocks)) == (8, 8, 8)


def test_an_output_must_be_named_in_the_block():
    blocks = "{unit: {outputs: [z], layers: [relu: {name: y}]}}"
    assert "'z'" in fault(net("unit", blocks=blocks))


# Params of blocks


UNIT = "{unit: {params: {a, b: a * 2, c: in_channels + b}, layers: [%s]}}"


def test_a_param_without_default_must_be_given():
    blocks = UNIT % "pointwise_conv2d: {out_channels: c}"
    assert widths(net("unit: {a: 3}", blocks=blocks)) == [10]
    assert "unit needs a" in fault(net("unit", blocks=blocks))
    assert "unknown key 'd' in unit" in fault(net("unit: {a: 3, d: 1}", blocks=blocks))


def test_defaults_are_evaluated_in_order_and_see_what_was_given():
    blocks = UNIT % "pointwise_conv2d: {out_channels: c}"
    assert widths(net("unit: {a: 3, b: 7}", blocks=blocks)) == [11]
    assert widths(net("unit: {c: 7, a: 3}", blocks=blocks)) == [7]
    later = "{unit: {params: {a: b, b: 2}, layers: [relu]}}"
    assert "unknown name 'b'" in fault(net("unit", blocks=later))


def test_defaults_are_fixed_at_the_entry():
    blocks = UNIT % "pointwise_conv2d: {out_channels: 50}, pointwise_conv2d: {out_channels: c}"
    # c is 4 + 6 of the block's input, not 50 + 6 of the map within
    assert widths(net("unit: {a: 3}", blocks=blocks)) == [50, 10]


def test_arguments_are_evaluated_where_the_block_is_used():
    blocks = (
        "{inner: {params: {n}, layers: [pointwise_conv2d: {out_channels: 30}, "
        "pointwise_conv2d: {out_channels: n}]}, "
        "outer: {params: {n: 5}, layers: [inner: {n: n + in_channels}, "
        "pointwise_conv2d: {out_channels: n}]}}"
    )
    # n of inner is 5 of outer and 4 of the input
    assert widths(net("outer", blocks=blocks)) == [30, 9, 5]


def test_each_copy_evaluates_its_arguments():
    blocks = "{unit: {params: {n}, layers: [pointwise_conv2d: {out_channels: n}]}}"
    assert widths(net("unit: {n: in_channels + 1, repeat: 3}", blocks=blocks)) == [5, 6, 7]


def test_map_variables_of_the_first_input():
    blocks = (
        "{unit: {inputs: [a, b], params: {n: in_channels * 100 + in_height * 10 + in_width}, "
        "layers: [linear: {from: b, out_features: n}]}}"
    )
    text = net("unit: {from: [m, v]}", input="{m: [2, 3, 4], v: [5]}", blocks=blocks)
    assert widths(text) == [234]


# What a block sees


def test_a_block_of_this_file_sees_the_network_params():
    blocks = "{unit: {layers: [pointwise_conv2d: {out_channels: wide}]}}"
    assert widths(net("unit", blocks=blocks, params="{wide: 7}")) == [7]


def test_a_shipped_block_does_not():
    # Were they seen, the convolution would be 5×5 of 9 channels, with gelu.
    text = net("conv_bn_act", params="{out_channels: 9, kernel_size: 5, activation: gelu}")
    assert leaves(text) == [
        ("conv2d", (4, 8, 8)),
        ("batch_norm", (4, 8, 8)),
        ("relu", (4, 8, 8)),
    ]
    assert totals(text).macs == 4 * 4 * 64


def test_a_block_does_not_see_the_params_of_who_uses_it():
    blocks = (
        "{inner: {layers: [pointwise_conv2d: {out_channels: n}]}, "
        "outer: {params: {n: 5}, layers: [inner]}}"
    )
    assert "unknown name 'n'" in fault(net("outer", blocks=blocks))


def test_nor_those_of_a_block_that_gets_it_as_an_argument():
    blocks = "{my_norm: {layers: [batch_norm, $activation]}}"
    text = net(
        "conv_bn_act: {norm: my_norm, activation: relu}", blocks=blocks, params="{activation: gelu}"
    )
    assert types(text) == ["conv2d", "batch_norm", "gelu", "relu"]


def test_no_block_contains_itself():
    assert "contains itself: a -> a" in fault(
        net("a", blocks="{a: {layers: [relu, residual: [a]]}}")
    )
    assert "a -> b -> a" in fault(
        net("a", blocks="{a: {layers: [b]}, b: {layers: [add: [[], a]]}}")
    )
    through_a_param = "{a: {params: {t}, layers: [$t: {t: t}]}}"
    assert "contain itself" in fault(net("a: {t: a}", blocks=through_a_param))


@pytest.mark.parametrize("name", ["max", "scaled", "in_channels", "add", "residual", "alpha"])
def test_no_param_shadows_what_has_a_meaning(name):
    found = fault(net("relu", params=f"{{{name}: 3}}", blocks="{own: {layers: [relu]}}"))
    assert f"the param '{name}'" in found
    blocks = f"{{own: {{layers: [relu]}}, unit: {{params: {{{name}: 3}}, layers: [relu]}}}}"
    assert f"the param '{name}'" in fault(net("relu", blocks=blocks))


def test_a_block_hides_a_layer_of_its_name_in_its_file():
    blocks = "{conv: {params: {c}, layers: [conv2d: {out_channels: c, kernel_size: 1}, tanh]}}"
    found = net("conv: {c: 5}", "conv2d: {out_channels: 2, kernel_size: 1}", blocks=blocks)
    assert [kind for kind, _ in leaves(found)] == ["conv2d", "tanh", "conv2d"]
    chosen = net("$unit: {c: 5}", blocks=blocks, params="{unit: conv}")
    assert [kind for kind, _ in leaves(chosen)] == ["conv2d", "tanh"]
    # A shipped block goes on using the layer.
    shipped = net("conv_bn: {out_channels: 4, kernel_size: 3}", blocks=blocks)
    assert [kind for kind, _ in leaves(shipped)] == ["conv2d", "batch_norm"]


def test_a_param_may_have_the_name_of_a_layer_or_block():
    layers = ["$conv: {out_channels: 4, kernel_size: 1}", "relu", "linear: {out_features: relu}"]
    found = net(*layers[:2], "flatten", layers[2], params="{conv: conv2d, relu: 7}")
    assert [kind for kind, _ in leaves(found)] == ["conv2d", "relu", "flatten", "linear"]
    assert output(found) == (7,)
    own = (
        "{unit: {params: {tanh: 3}, layers: [tanh, conv2d: {out_channels: tanh, kernel_size: 1}]}}"
    )
    inside = net("unit", "$kind", blocks=own, params="{kind: tanh}")
    assert [kind for kind, _ in leaves(inside)] == ["tanh", "conv2d", "tanh"]


def test_no_param_of_a_block_hides_one_of_the_network():
    blocks = "{unit: {params: {wide: 3}, layers: [relu]}}"
    assert "the param 'wide' hides" in fault(net("unit", blocks=blocks, params="{wide: 7}"))


@pytest.mark.parametrize("name", ["same", "none", "true", "max", "in_channels", "alpha"])
def test_no_block_has_the_name_of_what_has_a_meaning(name):
    found = fault(net("relu", blocks=f"{{{name}: {{layers: [relu]}}}}"))
    assert f"block '{name}'" in found


# Values


def test_an_empty_value_is_the_param_of_that_name():
    blocks = (
        "{unit: {params: {out_channels, kernel_size: [3, 1]}, "
        "layers: [conv2d: {out_channels, kernel_size, padding: valid}]}}"
    )
    assert leaves(net("unit: {out_channels: 5}", blocks=blocks)) == [("conv2d", (5, 6, 8))]
    own = net("conv2d: {out_channels: 3, kernel_size}", params="{kernel_size: 5}")
    assert totals(own).macs == 25 * 4 * 3 * 64


def test_an_empty_value_needs_such_a_param():
    assert "kernel_size is empty" in fault(net("conv2d: {out_channels: 3, kernel_size}"))


def test_lists_of_values():
    text = net(
        "conv2d: {out_channels: 3, kernel_size: [k, k + 2], padding: valid}", params="{k: 2}"
    )
    assert output(text) == (3, 7, 5)
    text = net('pointwise_conv2d: {out_channels: "list[1]"}', params="{list: [5, 6 + 1, true]}")
    assert widths(text) == [7]


def test_booleans_and_nothing_else():
    assert totals(net("pointwise_conv2d: {out_channels: 3, bias: false}")).params == 12
    assert totals(net("pointwise_conv2d: {out_channels: 3, bias: in_channels > 4}")).params == 12
    assert "bias must be true or false" in fault(
        net("pointwise_conv2d: {out_channels: 3, bias: 0}")
    )
    assert "must be a value" in fault(net("pointwise_conv2d: {out_channels: {a: 1}}"))


# Expressions


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3 * 4 - 1", 13),
        ("(2 + 3) * 4", 20),
        ("7 // 2 + 7 % 3", 4),
        ("-7 // 2 + 10", 6),
        ("6 / 4 * 2", 3),
        ("3 if 2 < 1 or not 1 == 1 else 4", 4),
        ("3 if 1 < 2 < 3 and 2 != 3 else 4", 3),
        ("[5, 6, 7][1]", 6),
        ("min(9, 3, 5) + max(1, 2)", 5),
        ("ceil(7 / 2) * 10 + floor(7 / 2)", 43),
        ("round(5 / 2) * 10 + round(7 / 2)", 34),
        ("divisible(30) + divisible(30, 4)", 64),
        ("scaled(10)", 10),
        ("in_channels * 100 + in_height * 10 + in_width", 489),
        ("3 if padding == same else 4", 3),
        ("3 if norm == none else 4", 3),
        ("3 if act == relu else 4", 3),
        ("3 if act == conv_bn else 4", 4),
        ("3 if flag == true and not false else 4", 3),
        ("4 * alpha + 2 * rho", 6),
    ],
)
def test_expressions(expression, value):
    text = net(
        f'pointwise_conv2d: {{out_channels: "{expression}"}}',
        input="[4, 8, 9]",
        params="{padding: same, norm: none, act: relu, flag: true}",
    )
    assert widths(text) == [value]


def test_map_variables_are_of_the_first_map_after_from():
    text = net(
        "pointwise_conv2d: {name: a, out_channels: 6}",
        "max_pool2d: {name: b, kernel_size: 2}",
        "pointwise_conv2d: {from: a, out_channels: in_channels * 10 + in_height}",
        "concat: {from: [b, b], when: in_height == 4}",
        "pointwise_conv2d: {out_channels: in_channels + in_height}",
    )
    assert widths(text) == [6, 6, 68, 12, 16]


def test_alpha_and_rho_are_those_of_the_setting():
    text = net("relu: {when: alpha < 1}", "tanh: {when: rho < 1}", alpha="0.5")
    assert types(text) == ["relu"]
    assert types(text, alpha=Fraction(1), rho=HALF) == ["tanh"]
    assert types(text, resolution=(4, 4)) == ["relu", "tanh"]


def test_there_is_no_rho_where_height_and_width_scale_differently():
    text = net("relu: {when: rho < 1}")
    assert types(text, resolution=(4, 4)) == ["relu"]
    assert fault(text, resolution=(4, 8)) == (
        "'rho' has no value here (height and width scale differently, so there is no one rho)"
    )


def test_a_param_has_no_value_before_those_it_needs():
    assert fault(net("relu: {when: a > 1}", params="{a: b, b: 3}")) == (
        "'b' has no value here "
        "(params are evaluated in order, and a variant must give those it needs)"
    )


def test_a_named_merge_is_a_group_of_its_branches_and_a_layer_of_its_type():
    network = run(net("concat: {name: both, branches: [relu: {name: one}, tanh]}"))
    assert [node.name for node in network.nodes] == ["both.one", "both.tanh", "both.concat"]


def test_an_alias_is_the_layer_it_stands_for():
    assert types(net("relu: {when: act == silu}", "$act", params="{act: swish}")) == [
        "relu",
        "silu",
    ]


@pytest.mark.parametrize(
    "expression",
    [
        *("2 ** 3", "1 << 3", "5 & 3", "5 | 3", "~5", "lambda: 3", "in_channels.real"),
        *("'abc'", "f(3)", "abs(3)", "len([1])", "max()", "ceil(1, 2)", "max(a=1)", "[1, 2][0:1]"),
        *("[i for i in [1]][0]", "(3, 4)", "{1}", "a := 3", "relu + 1", "1 in [1]", "1 is 1"),
        *("f'3'", "True", "min", "__import__('os')", "3 if 1 else 4", "1 and 2", "not 1"),
        *("[1][1]", "[1][-1]", "3[0]", "1 < relu", "[1] == [1]", "1 / 0", "1 // 0", "1 % 0"),
        *("0x10", "1_000", "1j", "3 +", "(3", "", "...", "await x", "*[1]", "nope"),
    ],
)
def test_nothing_else_is_an_expression(expression):
    written = expression.replace('"', '\\"')
    assert fault(net(f'conv2d: {{kernel_size: 1, out_channels: "{written}"}}'))


# Exact numbers


def test_decimals_are_fractions():
    item = "relu: {when: 0.1 + 0.2 == 0.3}"
    assert types(net(item, "tanh: {when: 1 / 3 * 3 == 1}")) == ["relu", "tanh"]
    assert widths(net("pointwise_conv2d: {out_channels: 0.29 * 100}")) == [29]


def test_a_fraction_where_a_whole_number_belongs_is_an_error():
    assert "must be a whole number, not 2.5" in fault(
        net("pointwise_conv2d: {out_channels: 5 / 2}")
    )
    assert "must be a whole number, not 2.5" in fault(
        net("conv2d: {out_channels: 1, kernel_size: 2.5}")
    )
    assert widths(net("pointwise_conv2d: {out_channels: 10 / 2}")) == [5]
    assert widths(net("pointwise_conv2d: {out_channels: 5.0}")) == [5]


def test_a_comma_in_a_flow_mapping_gets_the_hint():
    found = faults(net("pointwise_conv2d: {out_channels: max(1, 2)}"))
    assert len(found) == 2
    assert all("needs quotes" in one for one in found)
    assert "unknown key '2)'" in found[1]
    assert widths(net('pointwise_conv2d: {out_channels: "max(1, 2)"}')) == [2]


# Alpha


@pytest.mark.parametrize(
    ("written", "channels"),
    [
        ("64", 32),
        ("32 * 2", 64),
        ("(64)", 64),
        ("scaled(64)", 32),
        ("scaled(5) + 1", 3),
        ("scaled(32) * 2", 32),
        ("in_channels", 4),
        ("head", 64),
        ("head_channels", 32),
        ("channels", 32),
        ("2 * head_channels", 64),
    ],
)
def test_plain_numbers_given_to_channels_are_scaled(written, channels):
    text = net(
        f"pointwise_conv2d: {{out_channels: {written}}}",
        params="{head: 64, head_channels: 64, channels: 64}",
    )
    assert widths(text, alpha=HALF) == [channels]


def test_other_numbers_and_the_input_are_not_scaled():
    text = net(
        "conv2d: {out_channels: 12, kernel_size: 4, stride: 2, groups: 2}",
        "global_avg_pool",
        "linear: {out_features: 10}",
    )
    first, _, last = Analysis(run(text, alpha=HALF)).layers
    assert (tuple(first.input_shape), tuple(first.output_shape)) == ((4, 8, 8), (6, 4, 4))
    assert (first.kernel_size, first.stride, first.groups) == ((4, 4), (2, 2), 2)
    assert tuple(last.output_shape) == (10, 1, 1)


def test_an_argument_is_scaled_once():
    # Each block passes out_channels on as an expression.
    assert widths(net("depthwise_separable: {out_channels: 64}"), alpha=HALF)[-1] == 32
    blocks = (
        "{unit: {params: {mid_channels: 10, top: 10}, layers: ["
        "pointwise_conv2d: {out_channels: mid_channels}, "
        "pointwise_conv2d: {out_channels: top}]}}"
    )
    assert widths(net("unit", blocks=blocks), alpha=HALF) == [5, 10]
    assert widths(net("unit: {mid_channels: 8, top: 8}", blocks=blocks), alpha=HALF) == [4, 8]


def test_defaults_and_first_are_scaled_too():
    text = net(
        "pointwise_conv2d: {repeat: 2, first: {out_channels: 20}}",
        defaults="{pointwise_conv2d: {out_channels: 30}}",
    )
    assert widths(text, alpha=HALF) == [10, 15]


@pytest.mark.parametrize(
    ("rounding", "least"), [("floor", 1), ("nearest", 1), ("{divisor: 8}", 8), ("{divisor: 4}", 4)]
)
def test_a_width_is_at_least_1_or_the_divisor_and_0_stays_0(rounding, least):
    text = net(
        "pointwise_conv2d: {out_channels: 10}",
        "relu: {when: scaled(0) == 0}",
        "tanh: {when: none_channels == 0}",
        rounding=rounding,
        params="{none_channels: 0}",
    )
    assert leaves(text, alpha=Fraction(1, 100)) == [
        ("pointwise_conv2d", (least, 8, 8)),
        ("relu", (least, 8, 8)),
        ("tanh", (least, 8, 8)),
    ]


@pytest.mark.parametrize("width", ["-5", "-5.5", "scaled(-5)", "scaled(-1 / 2)"])
def test_no_width_is_below_0(width):
    found = fault(net("relu: {when: a_channels == 1}", params=f"{{a_channels: {width}}}"))
    assert "at least 0" in found


def test_the_file_alpha_scales_as_well():
    assert widths(net("pointwise_conv2d: {out_channels: 10}", alpha="1.5")) == [15]


# divisible


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ("1", 8),
        ("8", 8),
        ("8.8", 8),  # 0.9 * 8.8 = 7.92
        ("9", 16),  # 13 // 8 * 8 = 8 is below 8.1
        ("11.2", 16),
        ("12", 16),
        ("16", 16),
        ("17", 16),
        ("19", 24),  # 23 // 8 * 8 = 16 is below 17.1
        ("20", 24),
        ("35.2", 32),
        ("43.2", 40),
        ("30, 4", 32),
        ("7, 5", 10),  # floor(9.5) // 5 * 5 = 5 is below 6.3
        ("3, 5", 5),
        ("10, 1", 10),
        ("40 / 3, 3", 12),  # 13.33: floor(14.83) // 3 * 3 = 12, and 12 is 0.9 of it exactly
    ],
)
def test_divisible(arguments, value):
    text = net(f'pointwise_conv2d: {{out_channels: "divisible({arguments})"}}')
    assert widths(text) == [value]


def test_the_divisor_is_above_0():
    assert "divisor" in fault(net('pointwise_conv2d: {out_channels: "divisible(8, 0)"}'))


# Defaults


def test_precedence():
    text = net(
        "unit: {%s}",
        blocks="{unit: {params: {n: 1}, layers: [linear: {out_features: n}]}}",
        input="[4]",
        defaults="%s",
    )
    assert widths(text % ("{}", "")) == [1]
    assert widths(text % ("{unit: {n: 2}}", "")) == [2]
    assert widths(text % ("{unit: {n: 2}}", "n: 3")) == [3]
    assert widths(text % ("{unit: {n: 2}}", "n: 3, repeat: 2, first: {n: 4}")) == [4, 3]
    assert widths(text % ("{unit: {n: 2}}", "repeat: 2, first: {n: 4}")) == [4, 2]


def test_defaults_hold_for_items_of_this_file_and_not_in_shipped_blocks():
    text = net(
        "conv2d: {out_channels: 4}",
        "own",
        "conv_bn_act: {out_channels: 4}",
        "batch_norm",
        blocks="{own: {layers: [conv2d: {out_channels: 4}]}}",
        defaults="{conv2d: {kernel_size: 3, bias: false}, batch_norm: {scale: false}}",
    )
    rows = Analysis(run(text)).layers
    assert [row.kernel_size for row in rows] == [(3, 3), (3, 3), (1, 1), None, None, None]
    assert [row.params for row in rows] == [144, 144, 16, 8, 0, 4]


def test_defaults_of_a_shipped_block_hold_where_this_file_uses_it():
    defaults = "{conv_bn_act: {activation: gelu}}"
    assert types(net("conv_bn_act", defaults=defaults)) == ["conv2d", "batch_norm", "gelu"]
    # depthwise_separable uses conv_bn_act too, but is written elsewhere
    text = net("conv_bn_act", "depthwise_separable: {out_channels: 4}", defaults=defaults)
    assert [type_ for type_ in types(text) if type_ in ("gelu", "relu")] == ["gelu", "relu", "relu"]


@pytest.mark.parametrize(
    "top",
    [
        {"params": "{unit: relu}", "layers": "$unit"},  # it may name a prelu
        {"blocks": "{slopes: {layers: [prelu]}}", "layers": "slopes"},
        {"blocks": "{slopes: {layers: [prelu]}}", "layers": "relu"},
        {"layers": "add: [sequence: [prelu], []]"},
    ],
)
def test_defaults_that_may_have_an_effect(top):
    item = top.pop("layers")
    assert run(net(item, defaults="{prelu: {num_parameters: 4}}", **top)).nodes


def test_defaults_of_an_included_file_hold_for_its_blocks(tmp_path):
    other = "defaults: {prelu: {num_parameters: 4}}\nblocks: {unit: {layers: [relu]}}\n"
    main = "input: [4]\ninclude: [other.yaml]\nlayers: [unit]\n"
    with pytest.raises(CostcalcError, match="the defaults of prelu have no effect"):
        write(tmp_path, main=main, other=other)
    # A network that is included has its own layers, which are not read.
    assert write(tmp_path, main=main, other=other + "input: [4]\nlayers: [prelu]\n")


@pytest.mark.parametrize("structure", ["sequence", "residual"])
def test_structures_have_no_defaults(structure):
    found = fault(net("relu", defaults=f"{{{structure}: {{when: false}}}}"))
    assert structure in found
    assert f"did you mean '{structure}'" not in found


def test_defaults_are_evaluated_for_each_item():
    text = net(
        "pointwise_conv2d",
        "pointwise_conv2d",
        params="{extra: 3}",
        defaults="{pointwise_conv2d: {out_channels: in_channels + extra}}",
    )
    assert widths(text) == [7, 10]


def test_defaults_hold_for_the_type_that_a_param_names():
    text = net(
        "$unit", params="{unit: pointwise_conv2d}", defaults="{pointwise_conv2d: {out_channels: 6}}"
    )
    assert widths(text) == [6]


# Pairs, padding, bias


@pytest.mark.parametrize(
    ("fields", "shape"),
    [
        ("kernel_size: 3", (1, 7, 10)),  # same unless said
        ("kernel_size: 3, stride: 2", (1, 4, 5)),
        ("kernel_size: 3, stride: [2, 3]", (1, 4, 4)),  # ceil(7 / 2), ceil(10 / 3)
        ("kernel_size: 3, padding: valid", (1, 5, 8)),
        ("kernel_size: [3, 5], padding: valid", (1, 5, 6)),
        ("kernel_size: 3, padding: 1", (1, 7, 10)),
        ("kernel_size: 3, padding: [0, 1]", (1, 5, 10)),
        ("kernel_size: 3, padding: [1, 0, 2, 3]", (1, 6, 13)),  # top, bottom, left, right
        ("kernel_size: 3, padding: [1, 0, 0, 0], stride: 2", (1, 3, 4)),
        ("kernel_size: 3, dilation: 2, padding: valid", (1, 3, 6)),  # reaches over 5
        ("kernel_size: 7, padding: valid", (1, 1, 4)),
    ],
)
def test_pairs_and_padding(fields, shape):
    text = net(f"conv2d: {{out_channels: 1, {fields}}}", input="[2, 7, 10]")
    assert output(text) == shape


@pytest.mark.parametrize(
    ("fields", "shape"),
    [
        ("kernel_size: 2", (2, 3, 5)),  # valid: floor(7 / 2)
        ("kernel_size: [3, 2]", (2, 2, 5)),
        ("kernel_size: 3, stride: 2", (2, 3, 4)),
        ("kernel_size: 3, stride: 1", (2, 5, 8)),
        ("kernel_size: 2, padding: same", (2, 4, 5)),
        ("kernel_size: [3, 2], padding: same", (2, 3, 5)),
        ("kernel_size: 3, stride: 2, padding: same", (2, 4, 5)),
        ("kernel_size: 3, stride: 1, padding: same", (2, 7, 10)),
        ("kernel_size: 2, padding: valid", (2, 3, 5)),
        ("kernel_size: 2, padding: valid, ceil_mode: true", (2, 4, 5)),
        ("kernel_size: 3, padding: 1", (2, 3, 4)),
    ],
)
@pytest.mark.parametrize("pool", ["max_pool2d", "avg_pool2d"])
def test_pools_move_by_their_kernel_unless_said(pool, fields, shape):
    assert output(net(f"{pool}: {{{fields}}}", input="[2, 7, 10]")) == shape


def test_a_layer_has_biases_unless_said():
    assert totals(net("conv2d: {out_channels: 3, kernel_size: 3}")).params == 9 * 4 * 3 + 3
    assert totals(net("depthwise_conv2d: {kernel_size: 3}")).params == 9 * 4 + 4
    assert totals(net("linear: {out_features: 5}", input="[7]")).params == 7 * 5 + 5
    assert totals(net("linear: {out_features: 5, bias: false}", input="[7]")).params == 7 * 5


@pytest.mark.parametrize(
    "fields",
    [
        "kernel_size: [3]",
        "kernel_size: [3, 3, 3]",
        "kernel_size: 3, padding: sam",
        "kernel_size: 3, padding: [1, 2, 3]",
        "kernel_size: 3, padding: -1",
        "kernel_size: 0",
        "kernel_size: 3, stride: 0",
        "kernel_size: 3, stride: [1, 0]",
    ],
)
def test_anything_else_is_an_error(fields):
    assert fault(net(f"conv2d: {{out_channels: 1, {fields}}}"))


# Vectors and tokens


def test_linear_on_a_map_names_what_would_fit():
    found = fault(net("linear: {out_features: 3}"))
    assert "4×8×8" in found
    assert "flatten" in found
    assert "pointwise_conv at every position" in found


def test_linear_on_vectors_and_tokens():
    vector = net("flatten", "linear: {out_features: 3}")
    assert (output(vector), totals(vector).macs) == ((3,), 256 * 3)
    tokens = net("tokens", "linear: {out_features: 3}")
    assert (output(tokens), totals(tokens).macs) == ((3, 64, 1), 64 * 4 * 3)


def test_tokens_and_back():
    text = net("tokens: {patch: 2}", "untokens: {height: 4, width: 6}", input="[3, 4, 6]")
    assert leaves(text) == [("tokens", (3, 6, 1)), ("untokens", (3, 4, 6))]
    assert [node.shape.batch for node in run(text).nodes] == [4, 1]  # a place is a sample
    assert leaves(net("tokens", input="[3, 4, 6]")) == [("tokens", (3, 24, 1))]
    patches = net("tokens: {patch: [1, 2]}", "linear: {out_features: 5, bias: false}")
    assert (totals(patches).macs, totals(patches).params) == (2 * 32 * 4 * 5, 4 * 5)


def test_tokens_must_fill_the_map():
    assert "do not fill" in fault(net("tokens: {patch: 3}"))
    assert "do not make" in fault(net("tokens", "untokens: {height: 4, width: 8}"))
    assert "do not make" in fault(net("tokens: {patch: 2}", "untokens: {height: 2, width: 24}"))
    assert "do not make" in fault(net("tokens: {patch: 2}", "untokens: {height: 5, width: 8}"))


def test_places_of_patches_are_samples_of_all_that_they_meet():
    apart = net(
        "tokens: {patch: 2, name: t}",
        "tokens: {from: input}",
        "concat: {from: [t, previous], axis: 1}",
    )
    assert "in batches of 4 and 1 samples" in fault(apart)
    swept = "untokens: {height: 2 * (rows // 2), width: 8}"
    text = net("slice: {axis: height, stop: rows}", "tokens: {patch: 2}", swept, params="{rows: 8}")
    assert [output(text, params={"rows": rows}) for rows in (2, 8)] == [(4, 2, 8), (4, 8, 8)]


# Scalars


@pytest.mark.parametrize(
    ("written", "channels"),
    [
        ("010", 10),
        ("1e1", 10),
        ("1.2e1", 12),
        ("+7", 7),
        ("7.", 7),
        ("0.5e1", 5),
        ("50e-1", 5),
        ("010 + 010", 20),
        ("0010 * 1e1", 100),
    ],
)
def test_numbers(written, channels):
    assert widths(net(f"pointwise_conv2d: {{out_channels: {written}}}")) == [channels]


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "No", "OFF", "y"])
def test_no_is_no_boolean(word):
    found = fault(net(f"pointwise_conv2d: {{out_channels: 3, bias: {word}}}"))
    assert f"unknown name '{word}'" in found


def test_no_gets_a_hint():
    found = fault(net("pointwise_conv2d: {out_channels: 3, bias: no}"))
    assert "did you mean 'false'?" in found


def test_names_are_texts_whatever_they_look_like():
    file = NetworkFile("name: no\nsource: 010\ninput: [4]\nlayers: [relu: {name: 1e6}]\n", "x.yaml")
    assert (file.name, file.source) == ("no", "010")
    assert build(file).nodes[0].name == "1e6"


@pytest.mark.parametrize("number", ["0x10", "0o17", "1_000", "12:30", ".inf", ".nan", "1e6.5"])
def test_no_other_spelling_is_a_number(number):
    assert faults(net(f"pointwise_conv2d: {{out_channels: {number}}}"))


def test_duplicate_keys_tags_and_merge_keys_are_errors():
    assert "key 'input' is given twice" in fault("input: [4]\nlayers: [relu]\ninput: [4]\n")
    assert "key 'bias' is given twice" in fault(
        net("pointwise_conv2d: {out_channels: 3, bias: true, bias: true}")
    )
    assert "tags" in fault(net("pointwise_conv2d: {out_channels: !!int 3}"))
    assert "tags" in fault(net("!layer relu"))
    merged = (
        "input: [4]\ndefaults:\n  linear: &a {bias: false}\n  tanh:\n    <<: *a\nlayers: [relu]\n"
    )
    assert "merge keys (<<) are not allowed" in fault(merged)


def test_an_alias_is_the_value_it_stands_for():
    text = net("pointwise_conv2d: &wide {out_channels: 6}", "pointwise_conv2d: *wide")
    assert widths(text) == [6, 6]
