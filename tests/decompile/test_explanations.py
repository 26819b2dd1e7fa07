"""`--explain`: what was recognised, with its MACs, and why the rest was not."""

import pytest
from decompile.round_trips import network_of, text_of


def comments(text, **options):
    found = text_of(network_of(text), explain=True, **options)
    return [line[2:] for line in found.splitlines() if line.startswith("# ")][1:]


def test_blocks_and_what_is_in_none_have_their_macs():
    assert comments("""
input: [3, 8, 8]
layers:
  - conv_bn_act: {out_channels: 16, kernel_size: 3}
  - inverted_residual: {out_channels: 16, repeat: 2}
  - global_avg_pool
  - linear: {out_features: 10}
""") == [
        "23 layers, 531,616 MACs.",
        "inverted_residual: a shipped block, in 2 places, 503,808 MACs.",
        "conv_bn_act: a shipped block, in 1 place, 27,648 MACs.",
        "In no shipped block: 1 linear (160 MACs), 1 global_avg_pool.",
    ]


STRUCTURES = {
    "a layer of another kind": (
        """
  - residual:
      - conv_bn_act: {out_channels: 16}
      - depthwise_bn_act: {kernel_size: 3}
      - relu
      - conv_bn: {out_channels: 16}
""",
        "No block: residual around 10 layers, 41,984 MACs at residual: the nearest, "
        "inverted_residual, fits 6 of 10, then it goes on with conv, and here is relu.",
    ),
    "a field that the block does not have": (
        """
  - residual:
      - conv_bn_act: {out_channels: 16}
      - depthwise_bn_act: {kernel_size: 3}
      - pointwise_conv2d: {out_channels: 16, groups: 2}
      - batch_norm
""",
        "No block: residual around 9 layers, 33,792 MACs at residual: the nearest, "
        "inverted_residual, fits 6 of 9, then its conv does not take groups 2.",
    ),
    "nothing like it": (
        """
  - residual: [tanh, conv2d: {out_channels: 16, kernel_size: 3}]
  - relu
  - residual: [tanh, conv2d: {out_channels: 16, kernel_size: 3}]
""",
        "No block: residual around 3 layers in 2 places, 294,912 MACs, the first at residual_1: "
        "no shipped block has this form.",
    ),
}


@pytest.mark.parametrize("case", STRUCTURES)
def test_a_structure_in_no_block_is_named_with_the_nearest(case):
    items, said = STRUCTURES[case]
    assert said in comments(f"input: [16, 8, 8]\nlayers:{items}")


def test_items_that_repeat_but_for_a_field_are_named():
    found = comments("""
input: [16, 8, 8]
layers:
  - relu
  - conv2d: {out_channels: 16, kernel_size: 3}
  - conv2d: {out_channels: 16, kernel_size: 5}
  - conv2d: {out_channels: 16, kernel_size: 7}
  - conv2d: {out_channels: 32, kernel_size: 3}
""")
    said = "items 2 to 3 of layers, conv2d, repeat but for kernel_size: 3, 5, 7"
    assert f"Not rolled up: {said}." in found
    assert sum(line.startswith("Not rolled up") for line in found) == 1  # widths are stages


def test_items_held_in_other_bits_are_no_block():
    found = comments("""
input: [16, 8, 8]
layers:
  - conv2d: {out_channels: 16, kernel_size: 3, bits: 8}
  - batch_norm
  - relu
""")
    assert "different numbers of bits" in " ".join(found)


def test_a_text_that_was_given_up_is_said(monkeypatch):
    from costcalc.decompile import decompiler

    written = decompiler.lines_of

    def spoilt(network, graph, parts, comments):
        for line in written(network, graph, parts, comments):
            yield line.replace("kernel_size: 3", "kernel_size: 5") if parts.blocks else line

    monkeypatch.setattr(decompiler, "lines_of", spoilt)
    row = "  - conv2d: {{out_channels: {0}, kernel_size: 3}}\n  - relu\n  - tanh\n  - sigmoid\n"
    items = "  - softmax\n".join(row.format(width) for width in (8, 12, 20, 28))
    found = comments(f"input: [16, 8, 8]\nlayers:\n{items}")
    assert any(line.startswith("Not written with all blocks of its own: with") for line in found)


def test_attention_in_products_says_why_it_stays():
    found = comments("""
input: [8, 16]
layers:
  - rearrange: {name: x, pattern: (h c) n -> h n c, h: 2}
  - einsum: {from: [x, x], equation: 'h n c, h m c -> h n m'}
  - softmax: {name: scores}
  - einsum: {from: [scores, x], equation: 'h n m, h m c -> h n c'}
""")
    assert (
        "No dot_product_attention: einsum, softmax and einsum, 4,096 MACs: heads are axes of their "
        "own in the file, and channels in that layer."
    ) in found


def test_what_costs_no_macs_is_not_explained():
    found = comments("input: [8, 4, 4]\nlayers: [concat: [[], [tanh]], relu]")
    assert not any(line.startswith("No block") for line in found)
