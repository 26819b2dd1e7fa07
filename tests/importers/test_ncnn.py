"""Layers of ncnn, against the same layers by hand."""

import pytest
from importers.pairs import analysis, costs

# Lines that read the map i of 8 channels, 11 by 12, and the same by hand.
CASES = {
    "Convolution o 1 1 i o 0=4 1=3 11=5 2=2 12=1 3=2 13=1 4=1 14=2 5=1 6=480": (
        "conv2d: {out_channels: 4, kernel_size: [5, 3], stride: [1, 2], padding: [2, 1], "
        "dilation: [1, 2]}"
    ),
    "Convolution o 1 1 i o 0=4 1=3 3=2 4=-233 6=288 9=4": (
        "conv2d: {out_channels: 4, kernel_size: 3, stride: 2, bias: false}\n- sigmoid"
    ),
    "ConvolutionDepthWise o 1 1 i o 0=16 1=3 4=1 6=144 7=8": (
        "conv2d: {out_channels: 16, kernel_size: 3, groups: 8, bias: false}"
    ),
    "Deconvolution o 1 1 i o 0=4 1=3 3=2 4=1 5=1 6=288 18=1": (
        "conv_transpose2d: {out_channels: 4, kernel_size: 3, stride: 2, padding: 1, "
        "output_padding: 1}"
    ),
    "DeconvolutionDepthWise o 1 1 i o 0=8 1=2 3=2 6=32 7=8 9=1": (
        "conv_transpose2d: {out_channels: 8, kernel_size: 2, stride: 2, padding: 0, groups: 8, "
        "bias: false}\n- relu"
    ),
    "InnerProduct o 1 1 i o 0=5 1=1 2=5280 9=1": "flatten\n- linear: 5\n- relu",
    "Pooling o 1 1 i o 0=0 1=2 2=2": (
        "max_pool2d: {kernel_size: 2, stride: 2, padding: [0, 1, 0, 0]}"
    ),
    "Pooling o 1 1 i o 0=1 1=2 2=2 5=1": "avg_pool2d: {kernel_size: 2, stride: 2, padding: 0}",
    "Pooling o 1 1 i o 0=1 4=1": "global_avg_pool",
    "Pooling o 1 1 i o 0=1 7=1 8=3": "adaptive_avg_pool2d: {output_size: 3}",
    "BinaryOp o 1 1 i o 0=2 1=1 2=0.5": "identity",
    "Slice s 1 2 i a b -23300=2,3,-233\nReLU o 1 1 b o": (
        "split: {name: [a, b], parts: [3, 5], axis: channels}\n- relu: {from: b}"
    ),
    "Crop o 1 1 i o -23309=2,1,2 -23310=2,7,2147483647 -23311=2,0,2": (
        "slice: {axis: 0, start: 1, stop: 7}\n- slice: {axis: 2, start: 2}"
    ),
    "Crop o 1 1 i o 1=3 4=5 5=8 3=12": "slice: {axis: 1, start: 3, stop: 8}",
    "Interp o 1 1 i o 0=2 1=2.0 2=1.5e+00": "upsample: {size: [22, 18], mode: bilinear}",
    "Padding o 1 1 i o 0=1 1=2 2=3 3=4": "zero_pad2d: {padding: [1, 2, 3, 4]}",
    "Permute o 1 1 i o 0=3": "rearrange: c h w -> h w c",
    "ShuffleChannel o 1 1 i o 0=2": "channel_shuffle: {groups: 2}",
    "ReLU r 1 1 i r\nConcat o 2 1 i r o 0=1": (
        "relu: {name: r}\n- concat: {from: [input, r], axis: 1}"
    ),
    "ReLU r 1 1 i r\nEltwise o 2 1 i r o 0=0": "relu: {name: r}\n- multiply: {from: [input, r]}",
}


@pytest.mark.parametrize("lines", CASES)
def test_lines_cost_what_they_do_by_hand(lines):
    count = 2 + lines.count("\n")
    head = f"7767517\n{count} 9\nInput i 0 1 i 0=12 1=11 2=8\n"
    found = analysis(f"{head}{lines}\n", "x.param")
    items = "".join(f"  {line}\n" for line in f"- {CASES[lines]}".splitlines())
    own = analysis(f"input: [8, 11, 12]\nlayers:\n{items}", "x.yaml")
    assert costs(found) == costs(own)
    assert found.layers[-1].output_shape.dims == own.layers[-1].output_shape.dims
    assert found.warnings == []
