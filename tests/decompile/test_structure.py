"""What layers of a graph become: concats that grow, blocks without norms, names in the depth."""

import time

import pytest
from decompile.round_trips import layers, network_of, text_of, totals

import costcalc
from costcalc.decompile.bare import Map
from costcalc.decompile.params import params_of
from costcalc.decompile.signatures import Signatures
from costcalc.decompile.tree import Expression, Item
from costcalc.decompile.unify import Unified
from costcalc.shapes import TensorShape


def written(text):
    network = network_of(text)
    found = text_of(network)
    assert totals(network_of(found)) == totals(network)
    assert layers(network_of(found)) == layers(network)
    return found


def test_concats_of_all_maps_so_far_are_a_repeat():
    """As DenseNet's: each reads all that were made before."""
    items = "".join(
        f"  - concat: {{name: c{i}, from: [{', '.join(f'm{j}' for j in range(i))}]}}\n"
        f"  - conv2d: {{name: m{i}, out_channels: 8, kernel_size: 3}}\n"
        for i in range(2, 6)
    )
    last = "  - concat: {from: [m0, m1, m2, m3, m4, m5]}\n"
    found = written(
        f"input: [3, 8, 8]\nlayers:\n  - relu: {{name: m0}}\n  - relu: {{name: m1}}\n{items}{last}"
    )
    assert (
        "concat: {repeat: 4, branches: [[], {conv2d: {out_channels: 8, kernel_size: 3}}]}" in found
    )


def test_steps_on_the_last_part_are_a_repeat():
    """As C2f's: a half, and convolutions of which each reads the one before."""
    found = written("""
input: [3, 8, 8]
layers:
  - conv_bn_act: {out_channels: 16}
  - split: {name: [a, b], parts: 2}
  - conv_bn_act: {name: c, from: b, out_channels: 8, kernel_size: 3}
  - conv_bn_act: {name: d, out_channels: 8, kernel_size: 3}
  - conv_bn_act: {name: e, out_channels: 8, kernel_size: 3}
  - concat: {from: [a, b, c, d, e]}
  - conv_bn_act: {out_channels: 32}
""")
    assert "repeat: 3" in found
    assert "slice: {start: -8}" in found
    assert "split" not in found


def c2f(width, depth):
    links, whole, last = "", "all", "half"
    for number in range(depth):
        unit = f"{{conv_bn_act: {{out_channels: {width // 2}, repeat: 2}}}}"
        links += f"      - residual: {{name: y{number}, from: {last}, layers: [{unit}]}}\n"
        links += f"      - concat: {{name: c{number}, from: [{whole}, y{number}]}}\n"
        whole, last = f"c{number}", f"y{number}"
    return f"""\
  - conv_bn_act: {{out_channels: {width}, kernel_size: 3, stride: 2}}
  - sequence:
      - conv_bn_act: {{name: all, out_channels: {width}}}
      - slice: {{name: half, start: {width // 2}}}
{links}      - conv_bn_act: {{out_channels: {width}}}
"""


def test_c2f_of_several_depths_is_one_block():
    """A half of the map, units of which each reads the one before, and a concat of all."""
    stages = ((16, 1), (32, 2), (64, 3))
    found = written("input: [8, 64, 64]\nlayers:\n" + "".join(c2f(*one) for one in stages))
    assert "          repeat: depth\n" in found
    assert found.count("concat") == 1
    assert "from:" not in found


def test_blocks_stand_without_norms_where_they_are_folded():
    network = costcalc.load("mobilenet_v2", fold_batch_norm=True).cost().network
    found = text_of(network)
    assert totals(network_of(found)) == totals(network)
    assert "  inverted_residual: {norm: none}" in found
    assert found.count("- inverted_residual:") == 7


def test_a_gate_is_recognised_in_either_order():
    found = written("""
input: [16, 8, 8]
layers:
  - relu: {name: x}
  - global_avg_pool
  - pointwise_conv2d: {out_channels: 4}
  - relu
  - pointwise_conv2d: {out_channels: 16}
  - sigmoid: {name: gate}
  - multiply: {from: [gate, x]}
""")
    assert "- squeeze_excite\n" in found


def test_a_pool_without_padding_says_so_where_it_matters():
    found = written("input: [3, 7, 7]\nlayers: [max_pool2d: {kernel_size: 2, padding: valid}]")
    assert "padding: valid" in found


def test_what_is_nested_deeply_has_names():
    relus = "".join(f"  - relu: {{name: m{i}}}\n" for i in range(60))
    adds = "".join(f"  - add: {{from: [previous, m{i}]}}\n" for i in reversed(range(59)))
    assert "from: [" in written(f"input: [8, 8, 8]\nlayers:\n{relus}{adds}")


def test_a_large_tangle_ends_soon():
    items = "".join(
        f"  - add: {{name: m{i}, from: [m{i - 1}, m{i // 2}]}}\n" for i in range(2, 400)
    )
    start = time.process_time()
    written(f"input: [8, 8, 8]\nlayers:\n  - relu: {{name: m0}}\n  - relu: {{name: m1}}\n{items}")
    assert time.process_time() - start < 20


def test_bits_are_kept():
    text = """\
# Converted for a test.
name: net
input: [3, 16, 16]
layers:
  - conv_bn_act: {out_channels: 16, kernel_size: 3, bits: {weights: 8, activations: 8}}
  - inverted_residual: {out_channels: 16, bits: 4, repeat: 3}
  - residual:
      bits: {weights: 8, activations: 8}
      layers:
        - conv_bn_act: {out_channels: 16, kernel_size: 3}
        - relu
  - residual:
      - conv_bn_act: {out_channels: 16, kernel_size: 3, bits: 8}
      - pointwise_conv2d: {out_channels: 16}
  - linear: {out_features: 10, bits: {activations: 4}}
"""
    text = text.replace("  - linear", "  - global_avg_pool\n  - linear")
    assert written(text) == text


def test_items_in_other_bits_are_no_repeat():
    conv = "  - conv2d: {out_channels: 8, kernel_size: 3, bits: %d}\n"
    found = written("input: [8, 8, 8]\nlayers:\n" + conv % 8 + conv % 4 + conv % 4)
    assert found.endswith("layers:\n" + conv % 8 + (conv % 4).replace("}", ", repeat: 2}"))


GATE = "  - multiply: [[], {{parameter: {{shape: [{0}, 1, 1]}}}}]\n"


def test_numbers_that_are_stored_stand_beside_the_map():
    """What is before the gate is none of its branches."""
    gates = "".join(f"  - tanh\n{GATE.format(8)}  - sigmoid\n" for _ in range(2))
    assert GATE.format(8).strip() in written(f"input: [8, 8, 8]\nlayers:\n{gates}")
    sums = "  - add: [[], {parameter: [8, 8, 8]}]\n"
    assert "residual" not in written(f"input: [8, 8, 8]\nlayers:\n  - tanh\n{sums * 2}")


def test_a_param_of_a_block_is_no_default_of_another():
    """What stands in blocks alone, to which each hands a param of its own, has none by default."""
    maps = [Map(TensorShape(8, (4, 4))) for _ in range(8)]
    pairs = zip(maps[::2], maps[1::2], strict=True)
    uses = [Item("parameter", {"shape": Expression("shape")}, [x], [y]) for x, y in pairs]
    assert params_of(Unified([[use] for use in uses], Signatures()), True).defaults == {
        "shape": None
    }


def test_a_row_of_activations_is_no_block():
    row = "".join(f"  - {kind}\n" for kind in "tanh sigmoid softmax gelu silu elu selu".split())
    other = row.replace("gelu", "relu6")
    assert "blocks:" not in written(
        f"input: [8, 64, 64]\nlayers:\n{row}  - dropout\n{other}  - batch_norm\n{row}"
    )


MODULE = """
  - conv_bn_act: {name: a, out_channels: 8}
  - depthwise_bn_act: {name: b}
  - concat: {from: [a, b]}
"""


@pytest.mark.parametrize("last", ["", "  - slice: {stop: 16}"])
def test_a_ghost_module_may_lack_the_slice_that_keeps_all(last):
    assert written(f"input: [8, 8, 8]\nlayers:{MODULE}{last}").endswith(
        "layers:\n  - ghost_module: {out_channels: 16}\n"
    )


PLAIN = """
input: [16, 16, 16]
layers:
  - residual:
      - conv2d: {out_channels: 96, kernel_size: 1, bias: false}
      - relu6
      - depthwise_conv2d: {kernel_size: 3, bias: false}
      - relu6
      - conv2d: {out_channels: 16, kernel_size: 1, bias: false}
"""


def test_blocks_stand_where_norms_and_biases_of_0_are_gone():
    assert written(PLAIN).endswith(
        "layers:\n  - inverted_residual: {out_channels: 16, norm: identity}\n"
    )


def test_stages_of_equal_width_are_a_line_each():
    found = written(f"""
input: [8, 64, 64]
layers:{
        "".join(
            f'''
  - basic_block: {{out_channels: 8, stride: 2}}
  - basic_block: {{out_channels: 8, repeat: {more}}}'''
            for more in (1, 2)
        )
    }
""")
    assert found.endswith(
        "  - basic_block: {out_channels: 8, repeat: 2, first: {stride: 2}}\n"
        "  - basic_block: {out_channels: 8, repeat: 3, first: {stride: 2}}\n"
    )


def test_pairs_of_residuals_repeat():
    """As of attention and what follows it: both are of one type, and no line each."""
    pair = (
        "  - residual: [layer_norm, linear: 8]\n  - residual: [layer_norm, linear: 16, linear: 8]\n"
    )
    assert "repeat: 3" in written(f"input: [8, 16]\nlayers:\n{pair * 3}")


def test_a_convolution_is_a_block_beside_another_that_is_none():
    found = written("""
input: [8, 16, 16]
layers:
  - concat:
      - - depthwise_conv2d: {kernel_size: 3, bias: false}
        - conv_bn_act: {out_channels: 8, kernel_size: 3}
      - - pointwise_conv2d: {out_channels: 8, bias: false}
        - relu
""")
    assert "conv_bn_act: {out_channels: 8, norm: none, bias: false}" in found


def test_half_of_a_map_that_is_put_back_needs_no_name():
    found = written("""
input: [8, 16, 16]
layers:
  - relu
  - split: {name: [a, b], parts: 2}
  - pointwise_conv2d: {name: c, from: b, out_channels: 4}
  - concat: {from: [a, c]}
""")
    assert "name: [" not in found
    assert "slice: {stop: 4}" in found


@pytest.mark.parametrize(("last", "count"), [("linear: 10", 0), ("split: {parts: 2}", 1)])
def test_flatten_is_left_out_where_linear_layers_read_one_place(last, count):
    text = f"input: [8, 4, 4]\nlayers: [global_avg_pool, flatten, relu, {{{last}}}]"
    assert written(text).count("- flatten") == count


def test_a_default_is_not_undone_where_it_says_nothing():
    """Without a squeeze there is no gate."""
    squeezed = "inverted_residual: {out_channels: %d, squeeze_channels: 7, gate: hard_sigmoid}"
    items = "".join(f"  - {squeezed % n}\n" for n in (12, 16, 20, 28, 32, 40))
    plain = "  - inverted_residual: {out_channels: 24}\n"
    found = written(f"input: [16, 8, 8]\nlayers:\n{items}{plain}")
    assert "  inverted_residual: {gate: hard_sigmoid}\n" in found
    assert found.endswith(plain)


SQUEEZED = "  - inverted_residual: {{out_channels: {0}, squeeze_channels: {1}}}\n"


@pytest.mark.parametrize("last", [8, 9])
def test_a_squeeze_that_is_a_quarter_everywhere_says_so(last):
    items = "".join(
        SQUEEZED.format(*one) for one in ((16, 2), (24, 4), (32, 6), (40, last), (8, 10), (16, 2))
    )
    found = written(f"input: [8, 16, 16]\nlayers:\n{items}")
    part = "  inverted_residual: {squeeze_channels: in_channels // 4}\n"
    assert (part in found) == (last == 8)
