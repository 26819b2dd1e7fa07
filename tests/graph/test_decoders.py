"""Decoders of language models, as they are published."""

import pytest

from costcalc.api import Model
from costcalc.costs.totals import measure
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile

DECODER = """
name: Decoder
input: [1, 256]
params: {width: 4096, heads: 32, kv_heads: 8, hidden: 14336, depth: 32, vocabulary: 128256}
variants:
  llama_3_8b: {}
  mistral_7b: {params: {vocabulary: 32000}}
  prefill: {input: [1, 255], params: {depth: 2}}
  step: {input: [1, 1], params: {depth: 2, past: 255}}
  whole: {params: {depth: 2}}
blocks:
  attention:
    layers:
      - rms_norm: {name: x}
      - linear: {name: query, out_features: in_channels, bias: false}
      - linear: {name: key, from: x, out_features: in_channels // heads * kv_heads, bias: false}
      - linear: {name: value, from: x, out_features: in_channels // heads * kv_heads, bias: false}
      - dot_product_attention: {from: [query, key, value], heads, kv_heads, causal: true, past}
      - linear: {out_features: in_channels, bias: false}
layers:
  - embedding: {num_embeddings: vocabulary, embedding_dim: width}
  - sequence:
      repeat: depth
      layers:
        - residual: [attention]
        - residual:
            - rms_norm
            - multiply:
                - [linear: {out_features: hidden, bias: false}, silu]
                - linear: {out_features: hidden, bias: false}
            - linear: {out_features: width, bias: false}
  - rms_norm
  - linear: {out_features: vocabulary, bias: false}
""".replace("depth: 32, vocab", "depth: 32, past: 0, vocab")


SWEPT = DECODER.replace("[1, 256]", "[1, tokens]").replace("past: 0", "past: 0, tokens: 256")


def costs(variant: str) -> dict[str, int]:
    network = build(NetworkFile(DECODER, "decoder.yaml"), Setting(variant))
    found = measure(network, ("macs", "attended_macs", "params", "kv_cache"))
    return {name: int(value) for name, value in found.items()}


@pytest.mark.parametrize(
    ("variant", "params"),
    [("llama_3_8b", 8_030_261_248), ("mistral_7b", 7_241_732_096)],
)
def test_published_params(variant: str, params: int) -> None:
    """Of the models' own checkpoints."""
    assert costs(variant)["params"] == params


def test_macs_are_the_products_of_every_token_and_pair() -> None:
    tokens, width, depth, hidden, vocabulary = 256, 4096, 32, 14336, 128256
    kept = width // 32 * 8
    linear = depth * (2 * width * width + 2 * width * kept + 3 * width * hidden)
    pairs = depth * 2 * tokens * tokens * width
    assert costs("llama_3_8b")["macs"] == tokens * (linear + vocabulary * width) + pairs


def test_a_prefill_and_a_step_attend_to_the_pairs_of_a_longer_prefill() -> None:
    parts, whole = [costs("prefill"), costs("step")], costs("whole")
    assert sum(part["attended_macs"] for part in parts) == whole["attended_macs"]
    assert sum(part["macs"] for part in parts) < whole["macs"]


def test_keys_and_values_are_kept_of_all_tokens_so_far() -> None:
    depth, kv_heads, head, in_float16 = 2, 8, 128, 2
    one = depth * 2 * kv_heads * head * in_float16
    kept = {name: costs(name)["kv_cache"] for name in ("prefill", "step", "whole")}
    assert kept == {"prefill": 255 * one, "step": 256 * one, "whole": 256 * one}


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ("causal: true", 40),
        ("causal: true, past: 24", 64),
        ("causal: true, window: 16", 16),
        ("causal: true, window: 64", 40),
        ("past: 24", 24),
        ("window: 16", 0),
        ("causal: false", 0),
    ],
)
def test_what_is_kept(fields: str, kept: int) -> None:
    text = f"""
input: {{q: [64, 40], k: [32, 40], v: [16, 40]}}
layers:
  - dot_product_attention: {{from: [q, k, v], heads: 4, kv_heads: 2, {fields}}}
"""
    found = measure(build(NetworkFile(text, "net.yaml")), ("kv_cache",))
    assert found == {"kv_cache": 2 * (32 + 16) * kept}


def test_a_deep_decoder_is_traced_as_one_copy() -> None:
    model = Model(NetworkFile(SWEPT, "decoder.yaml"), "llama_3_8b")
    sizes = set()
    for depth in (1, 32, 1000):
        swept = model.sweep({"depth": depth}, tokens="1..2048:1")
        assert swept.macs[99] == model.cost({"depth": depth}, tokens=100).totals.macs
        (traces,) = swept.plan._traced.values()
        (traced,) = traces.found
        sizes.add((traced.layers, traced.terms))
    assert len(sizes) == 1
