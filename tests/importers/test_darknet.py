"""Sections of Darknet, against the same layers by hand."""

import pytest
from importers.pairs import analysis, costs

NET = "[net]\nwidth=12\nheight=11\nchannels=8\n"
# Sections that read a map of 8 channels, 11 by 12, and the same by hand.
CASES = {
    "[maxpool]\nsize=2\nstride=1": (
        "max_pool2d: {kernel_size: 2, stride: 1, padding: [0, 1, 0, 1]}"
    ),
    "[maxpool]\nsize=3\nstride=2\npadding=0": (
        "max_pool2d: {kernel_size: 3, stride: 2, padding: 0}"
    ),
    "[maxpool]\nsize=3\nstride_x=1\nstride_y=2": (
        "max_pool2d: {kernel_size: 3, stride: [2, 1], padding: 1}"
    ),
    "[maxpool]\nstride=2": ("max_pool2d: {kernel_size: 2, stride: 2, padding: [0, 1, 0, 1]}"),
    "[convolutional]\nfilters=4\nsize=3\npad=1\nstride_x=1\nstride_y=2\nactivation=linear": (
        "conv2d: {out_channels: 4, kernel_size: 3, stride: [2, 1], padding: 1}"
    ),
    "[convolutional]\nfilters=4\nsize=3\npadding=2\ndilation=2\nactivation=relu": (
        "conv2d: {out_channels: 4, kernel_size: 3, padding: 4, dilation: 2}\n- relu"
    ),
    "[convolutional]\nfilters=4\nsize=1\ndilation=2\nbatch_normalize=1": (
        "conv2d: {out_channels: 4, kernel_size: 1, bias: false}\n- batch_norm\n- sigmoid"
    ),
    "[convolutional]\nfilters=4\nfilters=6\nactivation=linear": (
        "conv2d: {out_channels: 4, kernel_size: 1}"
    ),
    "[connected]\noutput=5\nactivation=leaky": "flatten\n- linear: 5\n- leaky_relu",
    "[conv]\nfilters=16\nactivation=linear\n[route]\nlayers=-1\ngroups=4\ngroup_id=3": (
        "conv2d: {out_channels: 16, kernel_size: 1}\n- slice: {axis: 0, start: 12}"
    ),
    "[upsample]\nstride=3": "upsample: {scale_factor: 3}",
    "[avgpool]\n[softmax]": "global_avg_pool\n- softmax",
    "[conv]\nfilters=4\nactivation=linear\n[dropout]\n[conv]\nactivation=linear\n[shortcut]\nfrom=-3\n"
    "activation=relu": (
        "conv2d: {name: a, out_channels: 4, kernel_size: 1}\n- dropout: {name: d}\n"
        "- conv2d: {name: b, out_channels: 1, kernel_size: 1}\n"
        "- slice: {name: c, from: a, axis: 0, stop: 1}\n- add: {from: [b, c]}\n- relu"
    ),
}


@pytest.mark.parametrize("sections", CASES)
def test_sections_cost_what_they_do_by_hand(sections):
    found = analysis(f"{NET}{sections}\n", "x.cfg")
    items = "".join(f"  {line}\n" for line in f"- {CASES[sections]}".splitlines())
    own = analysis(f"input: [8, 11, 12]\nlayers:\n{items}", "x.yaml")
    assert costs(found) == costs(own)
    assert found.layers[-1].output_shape.dims == own.layers[-1].output_shape.dims
