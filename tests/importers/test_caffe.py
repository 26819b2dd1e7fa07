"""Layers of Caffe and what forks add to them, against the same layers by hand."""

import pytest
from importers.pairs import analysis, costs

INPUT = 'input: "i" input_shape { dim: 1 dim: 8 dim: 11 dim: 12 }\n'
NORM = 'name: "n" type: "BatchNorm" bottom: "i" top: "n"'
# Layers that read the map i of 8 channels, 11 by 12, and the same by hand.
CASES = {
    'type: "Convolution" bottom: "i" top: "o" convolution_param { num_output: 4 kernel_size: 3 }': (
        "conv2d: {out_channels: 4, kernel_size: 3, padding: valid}"
    ),
    'type: "Convolution" bottom: "i" top: "o" convolution_param { num_output: 4 kernel_size: 3 '
    "group: 2 bias_term: false }": (
        "conv2d: {out_channels: 4, kernel_size: 3, padding: 0, groups: 2, bias: false}"
    ),
    'type: "Convolution" bottom: "i" top: "o" convolution_param { num_output: 4 kernel_h: 3 '
    "kernel_w: 5 stride_h: 2 stride_w: 1 pad_h: 1 pad_w: 2 dilation: 1 dilation: 2 }": (
        "conv2d: {out_channels: 4, kernel_size: [3, 5], stride: [2, 1], padding: [1, 2], "
        "dilation: [1, 2]}"
    ),
    'type: "Pooling" bottom: "i" top: "o" pooling_param { kernel_size: 2 stride: 2 }': (
        "max_pool2d: {kernel_size: 2, stride: 2, padding: 0, ceil_mode: true}"
    ),
    'type: "Pooling" bottom: "i" top: "o" pooling_param { kernel_size: 2 stride: 2 '
    "ceil_mode: false }": "max_pool2d: {kernel_size: 2, stride: 2, padding: 0}",
    'type: "Pooling" bottom: "i" top: "o" pooling_param { pool: AVE kernel_size: 3 stride: 2 '
    "round_mode: FLOOR }": "avg_pool2d: {kernel_size: 3, stride: 2, padding: 0}",
    'type: "Pooling" bottom: "i" top: "o" pooling_param { pool: AVE global_pooling: true }': (
        "global_avg_pool"
    ),
    'type: "InnerProduct" bottom: "i" top: "o" inner_product_param { num_output: 5 '
    "bias_term: false }": "flatten\n- linear: {out_features: 5, bias: false}",
    'type: "Scale" bottom: "i" top: "o"': "layer_scale",
    'type: "ReLU" bottom: "i" top: "o" relu_param { negative_slope: 0.1 }': "leaky_relu",
    'type: "PReLU" bottom: "i" top: "o"': "prelu: {num_parameters: 8}",
    'type: "PReLU" bottom: "i" top: "o" prelu_param { channel_shared: true }': (
        "prelu: {num_parameters: 1}"
    ),
    f'{NORM} }} layer {{ type: "Scale" bottom: "n" top: "o"': "batch_norm: {bias: false}",
    f'{NORM} }} layer {{ type: "Scale" bottom: "n" top: "o" scale_param {{ bias_term: true }}': (
        "batch_norm"
    ),
    # A norm that another layer reads as well keeps to itself.
    f'{NORM} }} layer {{ type: "ReLU" bottom: "n" top: "r" }} '
    'layer { type: "Scale" bottom: "n" top: "s" scale_param { bias_term: true } } '
    'layer { type: "Eltwise" bottom: "r" bottom: "s" top: "o"': (
        "batch_norm: {name: n, scale: false, bias: false}\n- relu: {name: r}\n"
        "- batch_norm: {name: s, from: n}\n- add: {from: [r, s]}"
    ),
    'type: "ReLU" bottom: "i" top: "r" } '
    'layer { type: "Concat" bottom: "i" bottom: "r" top: "o" concat_param { axis: 2 }': (
        "relu: {name: r}\n- concat: {from: [input, r], axis: 1}"
    ),
    'type: "ReLU" bottom: "i" top: "r" } '
    'layer { type: "Eltwise" bottom: "i" bottom: "r" top: "o" eltwise_param { operation: PROD }': (
        "relu: {name: r}\n- multiply: {from: [input, r]}"
    ),
    'type: "Slice" bottom: "i" top: "a" top: "b" slice_param { slice_point: 3 } } '
    'layer { type: "ReLU" bottom: "b" top: "o"': (
        "split: {name: [a, b], parts: [3, 5], axis: channels}\n- relu: {from: b}"
    ),
    'type: "Permute" bottom: "i" top: "o" permute_param { order: 0 order: 2 order: 3 order: 1 }': (
        "rearrange: c h w -> h w c"
    ),
    'type: "Data" top: "x" include { phase: TRAIN } } layer { type: "Dropout" bottom: "i" '
    'top: "i" } layer { type: "ReLU" bottom: "i" top: "o" } '
    'layer { type: "Softmax" bottom: "o" top: "o" exclude { phase: TEST } } '
    'layer { type: "SoftmaxWithLoss" bottom: "o" bottom: "label" top: "loss"': "dropout\n- relu",
}


@pytest.mark.parametrize("layers", CASES)
def test_layers_cost_what_they_do_by_hand(layers):
    found = analysis(f"{INPUT}layer {{ {layers} }}\n", "x.prototxt")
    items = "".join(f"  {line}\n" for line in f"- {CASES[layers]}".splitlines())
    own = analysis(f"input: [8, 11, 12]\nlayers:\n{items}", "x.yaml")
    assert costs(found) == costs(own)
    assert found.layers[-1].output_shape.dims == own.layers[-1].output_shape.dims


def test_layers_of_the_old_kind_are_read():
    old = (
        'input: "i" input_dim: 1 input_dim: 8 input_dim: 11 input_dim: 12\n'
        'layers { name: "c" type: CONVOLUTION bottom: "i" top: "c" '
        "convolution_param { num_output: 8 kernel_size: 1 } }\n"
        'layers { name: "o" type: CONCAT bottom: "c" bottom: "i" top: "o" '
        "concat_param { concat_dim: 2 } }\n"
    )
    found = analysis(old, "x.prototxt")
    assert (found.totals.macs, found.totals.params) == (8 * 8 * 11 * 12, 8 * 8 + 8)
    assert found.layers[-1].output_shape.dims == (8, 22, 12)


def test_data_are_as_large_as_they_are_cropped():
    data = 'layer { type: "Data" top: "data" transform_param { crop_size: 20 } }\n'
    conv = "convolution_param { num_output: 4 kernel_size: 1 }"
    found = analysis(
        f'{data}layer {{ type: "Convolution" bottom: "data" top: "c" {conv} }}\n', "x.prototxt"
    )
    assert found.totals.macs == 3 * 4 * 20 * 20
