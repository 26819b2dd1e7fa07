"""Rule 48: names of other frameworks get a hint, and what it names works in their place."""

import re

import pytest

from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.language import suggestions
from costcalc.language.block_file import library
from costcalc.language.network_file import NetworkFile
from costcalc.layers import LAYERS
from costcalc.layers.base import Layer


def net(item, shape="[12, 4, 6]"):
    return f"input: {shape}\nlayers:\n  - {item}\n"


def problem(text):
    with pytest.raises(CostcalcError) as caught:
        build(NetworkFile(text, "net.yaml"))
    return caught.value.problems[0]


INSTEAD = {
    # what is written -> what works, and on which input
    "chunk: 3": ("split: 3", "[12, 4, 6]"),
    "attention: {heads: 2}": (
        "dot_product_attention: {heads: 2, from: [input, input, input]}",
        "[12, 9]",
    ),
    "sdpa: {heads: 2}": (
        "dot_product_attention: {heads: 2, from: [input, input, input]}",
        "[12, 9]",
    ),
    "MHA: {heads: 2}": ("multi_head_attention: {heads: 2}", "[12, 9]"),
    "interpolate: {scale_factor: 2}": ("upsample: {scale_factor: 2}", "[12, 4, 6]"),
    "permute: [0, 2, 1]": ("rearrange: c h w -> c w h", "[12, 4, 6]"),
    "reshape: [3, 4]": ("rearrange: c h w -> c (h w)", "[12, 4, 6]"),
    "transpose": ("rearrange: c h w -> h c w", "[12, 4, 6]"),
    "view": ("rearrange: c h w -> (c h) w", "[12, 4, 6]"),
    "unsqueeze": ("rearrange: c h w -> c h w 1", "[12, 4, 6]"),
    "matmul": ('einsum: {equation: "c n, c m -> n m", from: [input, input]}', "[12, 9]"),
    "bmm": ('einsum: {equation: "c n, c m -> n m", from: [input, input]}', "[12, 9]"),
    "Dense: 5": ("linear: 5", "[12]"),
    "moe: {active: 1}": (
        "mixture_of_experts: {active: 1, layers: [pointwise_conv: 12], from: [input, input]}",
        "[12, 9]",
    ),
    "experts: {active: 1}": (
        "mixture_of_experts: {active: 1, layers: [pointwise_conv: 12], from: [input, input]}",
        "[12, 9]",
    ),
    "sub": ("subtract: [[], relu]", "[12, 4, 6]"),
    "mul": ("multiply: [[], sigmoid]", "[12, 4, 6]"),
    "div": ("divide: [[], relu]", "[12, 4, 6]"),
    "cat": ("concat: [[], relu]", "[12, 4, 6]"),
    "narrow": ("slice: {start: 2}", "[12, 4, 6]"),
    "LSTMCell: 5": ("lstm: 5", "[12, 9]"),
    "SimpleRNN: 5": ("rnn: 5", "[12, 9]"),
    "GRUCell: 5": ("gru: 5", "[12, 9]"),
    "InstanceNorm2d": ("group_norm: {groups: in_channels}", "[12, 4, 6]"),
}


@pytest.mark.parametrize("written", INSTEAD)
def test_a_name_of_another_framework_gets_ours(written):
    ours, given = INSTEAD[written]
    found = problem(net(written, given))
    name = re.split(r"\W", written)[0]
    assert found.message == f"unknown layer or block '{name}'"
    assert found.hint == f"did you mean '{re.split(r':| ', ours)[0]}'?"
    assert (found.position.line, found.position.column) == (3, 5)
    assert build(NetworkFile(net(ours, given), "net.yaml")).nodes


@pytest.mark.parametrize(("theirs", "ours"), suggestions._ELSEWHERE.items())
def test_every_hint_names_what_there_is(theirs, ours):
    """A layer, a block, a field or a param: the hint is given where it is known."""
    fields = {name for layer in LAYERS.values() for name in layer.fields} | {*Layer.fields}
    params = {name for block in library().own.values() for name in block.params}
    items = {"weights", "trainable", "each"}
    known = {*LAYERS, *library().own, *fields, *params, *items}
    assert ours in known
    assert suggestions.suggest(theirs, {*known} - {theirs}) == f"did you mean '{ours}'?"
    assert theirs not in LAYERS


def test_copies_in_a_merge_are_made_by_each():
    found = problem(net("add: {copies: 3, branches: [relu, tanh]}"))
    assert found.message == "unknown key 'copies' in add"
    assert found.hint == "each makes copies side by side: each: {copies: n, layers: [...]}"
    both = "each: {copies: 3, layers: [pointwise_conv2d: 5]}\n  - add"
    assert build(NetworkFile(net(both), "net.yaml")).outputs[0].shape.dims == (5, 4, 6)


def test_patches_that_do_not_fill_the_map_are_a_rearrangement_with_padding():
    found = problem(net("tokens: {patch: 4}"))
    assert found.message == "tokens: patches of 4×4 do not fill a 12×4×6 map"
    assert found.hint.startswith("rearrange: {pattern: ")
    item = found.hint.removesuffix(" fills sides up").replace("[...]", "[relu]")
    assert build(NetworkFile(net(item.replace("p: 2, q: 2", "p: 4, q: 4")), "net.yaml")).nodes


@pytest.mark.parametrize(
    "name",
    "deform_conv2d DeformConv2d fft ifft2d grid_sample RoIAlign Mamba Unfold abs".split(),
)
def test_what_does_not_exist_is_said_not_to_exist(name):
    found = problem(net(name))
    assert found.message == f"unknown layer or block '{name}'"
    assert found.hint.startswith("there is no layer for ")
