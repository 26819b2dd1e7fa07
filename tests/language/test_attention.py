"""Rules 35 to 37: attention between linear layers, as one layer and as the layers that it is."""

from fractions import Fraction

import pytest

import costcalc
from costcalc.accounting.convention import load_convention
from costcalc.costs.convention_counts import Counting
from costcalc.costs.table import Analysis
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile

COUNTS = ("macs", "attended_macs", "params", "other_ops", "activations", "kv_cache")


def net(*items, input="[12, 20]", **top):
    lines = [f"input: {input}", *(f"{key}: {value}" for key, value in top.items()), "layers:"]
    return "\n".join([*lines, *(f"  - {item}" for item in items), ""])


def run(text, **setting):
    return build(NetworkFile(text, "net.yaml"), Setting(**setting))


def totals(text, **setting):
    found = Analysis(run(text, **setting)).totals
    return {name: found[name] for name in COUNTS}


def fault(text, **setting):
    with pytest.raises(CostcalcError) as caught:
        run(text, **setting)
    (problem,) = caught.value.problems
    return problem


def written_out(query, key, value, heads, kept, dims, out, more="", bias="true"):
    """The same by hand: three linear layers, their product, and a fourth."""
    of_keys, of_values = dims

    def linear(name, channels, source):
        flat = f"rearrange: {{name: flat_{name}, pattern: c ... -> c (...), from: {source}}}"
        return [flat, f"linear: {{name: {name}, out_features: {channels}, bias: {bias}}}"]

    return [
        *linear("wq", heads * of_keys, query),
        *linear("wk", kept * of_keys, key),
        *linear("wv", kept * of_values, value),
        f"dot_product_attention: {{from: [wq, wk, wv], heads: {heads}, kv_heads: {kept}{more}}}",
        f"linear: {{out_features: {out}, bias: {bias}}}",
    ]


@pytest.mark.parametrize(
    ("input", "fields", "by_hand"),
    [
        ("[12, 20]", "heads: 3", ("input", "input", "input", 3, 3, (4, 4), 12)),
        ("[12, 4, 5]", "heads: 3", ("input", "input", "input", 3, 3, (4, 4), 12)),
        ("[12, 2, 4, 5]", "heads: 3", ("input", "input", "input", 3, 3, (4, 4), 12)),
        ("[12]", "heads: 3", ("input", "input", "input", 3, 3, (4, 4), 12)),
        ("[12, 20]", "heads: 4, kv_heads: 2", ("input", "input", "input", 4, 2, (3, 3), 12)),
        (
            "[12, 20]",
            "heads: 4, kv_heads: 1, head_dim: 8, value_dim: 5, out_channels: 7",
            ("input", "input", "input", 4, 1, (8, 5), 7),
        ),
        (
            "[12, 20]",
            "heads: 2, causal: true, past: 3, position_biases: [2, 5], bias: false",
            ("input", "input", "input", 2, 2, (6, 6), 12),
        ),
        ("[12, 20]", "heads: 2, window: 4", ("input", "input", "input", 2, 2, (6, 6), 12)),
        (
            "{q: [12, 4, 5], kv: [9, 7]}",
            "heads: 3, from: [q, kv]",
            ("q", "kv", "kv", 3, 3, (4, 4), 12),
        ),
        (
            "{q: [12, 20], k: [9, 7], v: [5, 7]}",
            "heads: 3, head_dim: 2, value_dim: 6, from: [q, k, v]",
            ("q", "k", "v", 3, 3, (2, 6), 12),
        ),
    ],
)
def test_it_costs_what_its_layers_cost(input, fields, by_hand):
    query, key, value, heads, kept, dims, out = by_hand
    masks = [
        f"{name.strip()}" for name in ("causal: true", "past: 3", "window: 4") if name in fields
    ]
    masks += ["position_biases: 10"] if "position_biases" in fields else []
    more = "".join(f", {one}" for one in masks)
    bias = "false" if "bias: false" in fields else "true"
    items = written_out(query, key, value, heads, kept, dims, out, more, bias)
    one = totals(net(f"multi_head_attention: {{{fields}}}", input=input))
    assert one == totals(net(*items, input=input))
    assert one["macs"] > 0


def test_the_output_has_the_querys_sides():
    text = net(
        "multi_head_attention: {heads: 2, out_channels: 6, from: [a, b]}",
        input="{a: [8, 4, 5], b: [3, 7, 2, 2]}",
    )
    assert run(text).outputs[0].shape.dims == (6, 4, 5)


def test_alpha_scales_declared_channels():
    text = net("multi_head_attention: {heads: 2, out_channels: 32}")
    assert run(text, alpha=Fraction(1, 2)).outputs[0].shape.dims == (16, 20)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("heads: 5", "multi_head_attention: heads 5 does not divide the 12 channels"),
        ("heads: 4, kv_heads: 3", "multi_head_attention: kv_heads 3 does not divide heads 4"),
        (
            "heads: 2, past: 1, window: 3",
            "multi_head_attention: a window needs causal, or a key a query",
        ),
        (
            "heads: 2, position_biases: [2, -1]",
            "multi_head_attention: position_biases must be at least 0, not -1",
        ),
        ("heads: 2, head_dim: 0", "multi_head_attention: head_dim must be at least 1, not 0"),
    ],
)
def test_what_does_not_fit_is_an_error_at_the_item(fields, message):
    found = fault(net(f"multi_head_attention: {{{fields}}}"))
    assert found.message == message
    assert found.position.line == 3


def test_masks_are_of_sequences():
    found = fault(net("multi_head_attention: {heads: 2, causal: true}", input="[12, 4, 5]"))
    assert found.message == "multi_head_attention: causal and window are of sequences"
    one = totals(net("multi_head_attention: {heads: 2, causal: true}", input="[12, 20, 1]"))
    assert one == totals(net("multi_head_attention: {heads: 2, causal: true}"))


def test_heads_that_have_a_width_of_their_own_need_not_divide_the_channels():
    assert (
        totals(net("multi_head_attention: {heads: 5, head_dim: 2, bias: false}"))["params"] == 480
    )


def test_a_prefill_and_a_step_are_a_longer_prefill():
    """By attended pairs: n tokens, and then one that reads them, cost as n + 1."""
    item = "multi_head_attention: {heads: 4, kv_heads: 2, causal: true, past: kept}"
    text = net(item, input="[12, 20]", params="{kept: 0}")
    longer = net(item, input="[12, 21]", params="{kept: 0}")
    step = net(item, input="[12, 1]", params="{kept: 20}")
    parts = totals(text)["attended_macs"] + totals(step)["attended_macs"]
    assert parts == totals(longer)["attended_macs"]
    assert totals(step)["macs"] == totals(step)["attended_macs"]


def test_its_fields_are_swept(tmp_path):
    path = tmp_path / "net.yaml"
    fields = "heads, kv_heads: kept, head_dim: width, causal: true, window: near, past: 2"
    text = net(
        "embedding: {num_embeddings: 10, embedding_dim: 12}",
        f"multi_head_attention: {{{fields}}}",
        input="[1, 20]",
        params="{heads: 4, kept: 2, width: 3, near: 5}",
    )
    path.write_text(text)
    near, widths = [1, 5, 30], [2, 3]
    swept = costcalc.load(str(path)).sweep({"width": widths, "near": near}, metrics=COUNTS)
    for row, width in enumerate(widths):
        for column, window in enumerate(near):
            point = totals(text, params={"width": width, "near": window})
            assert {name: getattr(swept, name)[row, column] for name in COUNTS} == point


def test_conventions_count_its_parts():
    """Queries of 8 channels and 5 places, keys and values of 6 and 7; 4 heads, 2 of keys."""
    fields = "heads: 4, kv_heads: 2, head_dim: 3, value_dim: 2, out_channels: 10, from: [q, kv]"
    network = run(net(f"multi_head_attention: {{{fields}}}", input="{q: [8, 5], kv: [6, 7]}"))
    linear = 5 * 8 * 12 + 7 * 6 * (6 + 4) + 5 * 8 * 10
    products, scores = 4 * 5 * 35, 4 * 35
    inner = 5 * 12 + 7 * (6 + 4)
    found = {
        name: Counting(network, load_convention(name)).total()
        for name in ("default", "fvcore", "ptflops-aten", "ptflops-pytorch", "onnx-tool")
    }
    assert found == {
        "default": linear + products,
        "fvcore": linear,
        "ptflops-aten": linear + inner + 50,
        "ptflops-pytorch": linear + products + scores + 2 * 50 + inner,
        "onnx-tool": linear + products + 36 * scores + (5 * 12 + 7 * 6) + inner + 50,
    }


def test_an_encoder_takes_sequences_and_tokens_of_patches():
    block = "transformer_encoder: {heads: 2}"
    one = totals(net(block, input="[12, 5]"))
    assert one == totals(net(block, input="[12, 5, 1]"))
    patches = totals(net("tokens: {patch: 2}", block, input="[12, 2, 10]"))
    assert patches == {name: (1 if name == "params" else 4) * one[name] for name in COUNTS}
