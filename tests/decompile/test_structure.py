"""What layers of a graph become: concats that grow, blocks without norms, names in the depth."""

import time

from decompile.round_trips import layers, network_of, text_of, totals

import costcalc


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
