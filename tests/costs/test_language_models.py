"""Shipped language models: published params, the closed formula of MACs, a step after a prefill."""

from typing import NamedTuple

import pytest

import costcalc


class Decoder(NamedTuple):
    """The sizes of a checkpoint, as its configuration names them."""

    params: int
    hidden_size: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate_size: int
    vocabulary: int
    experts: int = 0

    def macs(self, tokens: int, keys: int) -> int:
        """Of every matrix at every token, and of all pairs of tokens and keys."""
        d, width, kept = self.hidden_size, self.heads * self.head_dim, self.kv_heads * self.head_dim
        forward = 3 * d * self.intermediate_size
        if self.experts:
            forward = 2 * forward + d * self.experts
        matrices = self.layers * (2 * d * width + 2 * d * kept + forward) + self.vocabulary * d
        return tokens * matrices + self.layers * 2 * tokens * keys * width

    def cache(self, tokens: int) -> int:
        """Keys and values of all layers, in two bytes each."""
        return 2 * 2 * self.layers * self.kv_heads * self.head_dim * tokens


DECODERS = {
    "llama_3_2_1b": Decoder(1_235_814_400, 2048, 16, 32, 8, 64, 8192, 128256),
    "llama_3_8b": Decoder(8_030_261_248, 4096, 32, 32, 8, 128, 14336, 128256),
    "mistral_7b": Decoder(7_241_732_096, 4096, 32, 32, 8, 128, 14336, 32000),
    "mixtral_8x7b": Decoder(46_702_792_704, 4096, 32, 32, 8, 128, 14336, 32000, experts=8),
    "qwen2_5_0_5b": Decoder(494_032_768, 896, 24, 14, 2, 64, 4864, 151936),
    "gemma_2b": Decoder(2_506_172_416, 2048, 18, 8, 1, 256, 16384, 256000),
}
MISTRAL_WINDOW = 4096


def totals(name, **setting):
    return costcalc.load(name).cost(**setting).totals


@pytest.mark.parametrize("name", DECODERS)
def test_params_are_those_of_the_checkpoint(name):
    assert totals(name).params == DECODERS[name].params


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("tokens", [1, 128, 1024])
def test_macs_are_of_every_token_and_of_all_pairs(name, tokens):
    found = totals(name, tokens=tokens)
    assert found.macs == DECODERS[name].macs(tokens, tokens)
    assert found.kv_cache == DECODERS[name].cache(tokens)


@pytest.mark.parametrize("name", DECODERS)
def test_a_step_reads_what_is_kept(name):
    found = totals(name, tokens=1, past=1023)
    assert found.macs == found.attended_macs == DECODERS[name].macs(1, 1024)
    assert found.kv_cache == DECODERS[name].cache(1024)


@pytest.mark.parametrize("name", [*DECODERS, "gpt2"])
@pytest.mark.parametrize("tokens", [1, 200])
def test_a_prefill_and_a_step_attend_to_the_pairs_of_a_longer_prefill(name, tokens):
    prefill, step = totals(name, tokens=tokens), totals(name, tokens=1, past=tokens)
    whole = totals(name, tokens=tokens + 1)
    assert prefill.attended_macs + step.attended_macs == whole.attended_macs
    assert prefill.macs + step.macs < whole.macs
    assert step.kv_cache == whole.kv_cache > prefill.kv_cache


def test_a_step_of_a_small_llama_as_transformers_executes_it():
    """Counted live, with its cache of 255 tokens: transformers 5.24, attn_implementation eager."""
    small = {"vocabulary": 1000, "width": 256, "hidden": 512, "depth": 3, "heads": 8, "kv_heads": 2}
    found = totals("llama_3_2_1b", **small, tied=False, tokens=1, past=255)
    assert (found.macs, found.kv_cache) == (2_320_384, 196_608)


def test_mixtral_reads_two_of_eight_experts():
    one = 3 * 4096 * 14336 * 32
    found = totals("mixtral_8x7b")
    assert found.params - found.active_params == 6 * one


def test_beyond_its_window_mistral_attends_to_no_more_keys():
    mistral, tokens = DECODERS["mistral_7b"], MISTRAL_WINDOW + 1000
    step = totals("mistral_7b", tokens=1, past=tokens - 1)
    assert step.macs == mistral.macs(1, tokens)
    assert step.attended_macs == mistral.macs(1, MISTRAL_WINDOW)
    assert step.kv_cache == mistral.cache(MISTRAL_WINDOW)
    prefill, whole = totals("mistral_7b", tokens=tokens - 1), totals("mistral_7b", tokens=tokens)
    assert prefill.attended_macs + step.attended_macs == whole.attended_macs


@pytest.mark.parametrize(
    ("name", "metrics"),
    [
        ("llama_3_2_1b", ["macs", "attended_macs", "kv_cache"]),
        ("bert_base", ["macs", "params", "other_ops"]),
        ("gpt2", ["macs", "attended_macs"]),
    ],
)
def test_a_sweep_of_its_length(name, metrics):
    swept = costcalc.load(name).sweep(tokens="1..401:200", metrics=metrics)
    single = [totals(name, tokens=tokens) for tokens in (1, 201, 401)]
    for metric in metrics:
        assert getattr(swept, metric).tolist() == [found[metric] for found in single]


def test_t5_attends_to_its_memory():
    """A token of the target reads all of the source, whose keys and values cost it anew."""
    one, two = (totals("t5_small", target_tokens=tokens) for tokens in (1, 2))
    width, hidden, vocabulary, layers, source = 512, 2048, 32128, 6, 128
    matrices = layers * (6 * width * width + 2 * width * hidden) + vocabulary * width
    assert two.attended_macs - one.attended_macs == matrices + layers * 2 * width * (source + 2)


def test_what_is_kept_of_t5():
    assert totals("t5_small").kv_cache == 2 * 2 * 6 * 512 * 32
