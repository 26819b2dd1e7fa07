"""Batch norm folded into the layer before it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import networks
from support.small_network import NET, model_of

import costcalc

SOME = list(networks.NETWORKS.values())[:: max(1, len(networks.NETWORKS) // 12)]


def test_folding_moves_params_and_ops(tmp_path):
    plain = model_of(NET, tmp_path).cost()
    folded = model_of(NET, tmp_path, fold_batch_norm=True).cost()
    assert [layer.type for layer in folded.layers] == [
        layer.type for layer in plain.layers if layer.type != "batch_norm"
    ]
    assert folded.totals.macs == plain.totals.macs
    assert plain.totals.params - folded.totals.params == 6  # 2 a channel, and 1 bias instead
    assert plain.totals.other_ops - folded.totals.other_ops == 6 * 5 * 4
    assert folded.layers[0].params == 4 * 6 * 9 + 6


def test_what_is_not_folded(tmp_path):
    text = """
input: [4, 8, 8]
layers:
  - batch_norm
  - conv2d: {out_channels: 4, kernel_size: 3, name: a}
  - batch_norm
  - add: {from: [previous, a]}
  - conv2d: {out_channels: 4, kernel_size: 3}
  - relu
  - batch_norm
  - conv2d: {out_channels: 4, kernel_size: 3}
"""
    plain = model_of(text, tmp_path).cost()
    folded = model_of(text, tmp_path, fold_batch_norm=True).cost()
    assert folded.totals.params == plain.totals.params


def test_folding_a_chain_and_the_last_layer(tmp_path):
    text = (
        "input: [4, 8, 8]\nlayers: [conv2d: {out_channels: 4, kernel_size: 3, bias: false}, "
        "batch_norm, batch_norm, relu, conv2d: {out_channels: 2, kernel_size: 1}, batch_norm]"
    )
    table = model_of(text, tmp_path, fold_batch_norm=True).cost()
    assert [layer.type for layer in table.layers] == ["conv2d", "relu", "conv2d"]
    assert table.totals.params == (4 * 4 * 9 + 4) + (4 * 2 + 2)


def folded(layers: str, tmp_path: Path, more: str = ""):
    text = f"input: [4, 8, 8]\n{more}layers:\n{layers}"
    return model_of(text, tmp_path, fold_batch_norm=True).cost()


def test_what_is_folded_is_gone_from_rows_and_outputs(tmp_path):
    table = folded("  - conv2d: {out_channels: 4, kernel_size: 3}\n  - batch_norm\n", tmp_path)
    assert [row.name for row in table.rows(None)] == ["conv2d"]
    assert table.network.outputs == [table.network.nodes[0]]


def test_a_linear_layer_takes_batch_norm_in(tmp_path):
    layers = "  - flatten\n  - linear: {out_features: 5, bias: false}\n  - batch_norm\n"
    table = folded(layers, tmp_path)
    assert [layer.type for layer in table.layers] == ["flatten", "linear"]
    assert table.totals.params == 4 * 8 * 8 * 5 + 5


def test_a_norm_whose_map_is_read_twice_takes_no_other_in(tmp_path):
    layers = (
        "  - conv2d: {out_channels: 4, kernel_size: 3}\n  - batch_norm: {name: a}\n"
        "  - batch_norm\n  - add: {from: [previous, a]}\n"
    )
    types = [layer.type for layer in folded(layers, tmp_path).layers]
    assert types == ["conv2d", "batch_norm", "add"]


def test_what_the_network_gives_out_is_not_folded(tmp_path):
    both = (
        "blocks:\n  both:\n    outputs: [a, b]\n    layers:\n"
        "      - conv2d: {name: a, out_channels: 4, kernel_size: 3}\n"
        "      - batch_norm: {name: b}\n"
    )
    types = [layer.type for layer in folded("  - both\n", tmp_path, both).layers]
    assert types == ["conv2d", "batch_norm"]


@pytest.mark.parametrize("path", SOME, ids=lambda path: Path(path).stem)
def test_folding_keeps_macs_and_shapes(path):
    plain = costcalc.load(path).cost()
    folded = costcalc.load(path, fold_batch_norm=True).cost()
    assert folded.totals.macs == plain.totals.macs
    assert folded.totals.activations == plain.totals.activations
    assert folded.totals.params <= plain.totals.params
    names = {layer.name: layer.output_shape for layer in plain.layers}
    assert all(names[layer.name] == layer.output_shape for layer in folded.layers)
