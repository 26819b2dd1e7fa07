"""The entries of the models of transformers.

A model is made of its configuration, without weights (on the device `meta`), and attends by its own
matrix products. Its mask is given, so that it looks into no data to make one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
import transformers as hf
from torch import Tensor, nn
from torch.nn.utils.parametrize import remove_parametrizations
from torch_walk import Layer, count, linear
from transformers.models.mixtral.modeling_mixtral import MixtralExperts, MixtralTopKRouter
from transformers.pytorch_utils import Conv1D

LLAMA_3 = {"vocab_size": 128256, "num_attention_heads": 32, "num_key_value_heads": 8}
DECODERS = {
    "llama_3_2_1b": (
        hf.LlamaForCausalLM,
        hf.LlamaConfig(
            **LLAMA_3,
            hidden_size=2048,
            intermediate_size=8192,
            num_hidden_layers=16,
            tie_word_embeddings=True,
        ),
    ),
    "llama_3_8b": (
        hf.LlamaForCausalLM,
        hf.LlamaConfig(**LLAMA_3, hidden_size=4096, intermediate_size=14336, num_hidden_layers=32),
    ),
    "mistral_7b": (hf.MistralForCausalLM, hf.MistralConfig()),
    "qwen2_5_0_5b": (
        hf.Qwen2ForCausalLM,
        hf.Qwen2Config(
            hidden_size=896,
            intermediate_size=4864,
            num_hidden_layers=24,
            num_attention_heads=14,
            num_key_value_heads=2,
            tie_word_embeddings=True,
        ),
    ),
    "gemma_2b": (
        hf.GemmaForCausalLM,
        hf.GemmaConfig(
            hidden_size=2048,
            intermediate_size=16384,
            num_hidden_layers=18,
            num_attention_heads=8,
            num_key_value_heads=1,
        ),
    ),
    "mixtral_8x7b": (hf.MixtralForCausalLM, hf.MixtralConfig()),
    "gpt2": (hf.GPT2LMHeadModel, hf.GPT2Config()),
}
ENCODERS = {
    "bert_base": (hf.BertModel, hf.BertConfig()),
    "distilbert": (hf.DistilBertModel, hf.DistilBertConfig()),
}


def networks() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    yield "wav2vec2_front", wav2vec2_front
    yield "t5_small", t5_small
    for name, (kind, config) in ENCODERS.items():
        yield name, partial(text_model, kind, config, 128)
    for name, (kind, config) in DECODERS.items():
        yield name, partial(text_model, kind, config, 1024)


def words(length: int) -> Tensor:
    return torch.zeros(1, length, dtype=torch.long, device="meta")


def text_model(kind: type[nn.Module], config: Any, length: int, **given: Any) -> dict[str, Any]:
    config._attn_implementation = "eager"
    with torch.device("meta"):
        model = kind(config)
        mask = torch.zeros(1, 1, length, length)
    for module in model.modules():
        if isinstance(module, MixtralExperts):  # which experts there are depends on data
            module.forward = lambda x, chosen, weights: torch.zeros_like(x)
    if not given and kind in dict(DECODERS.values()):
        given = {"attention_mask": mask, "use_cache": False}
    run = partial(model, input_ids=words(length), **given)
    more = {
        Conv1D: lambda *found: [linear(*found)],
        MixtralExperts: experts,
        MixtralTopKRouter: router,
    }
    found = count(model, (1, length), run, more)
    return {"reference": f"{hf.__version__} {kind.__name__}", **found}


def router(module: Any, given: Tensor, out: tuple[Tensor, ...], params: int) -> list[Layer]:
    return [linear(module, given, out[0], params)]


def experts(module: Any, given: tuple[Tensor, ...], out: Tensor, params: int) -> list[Layer]:
    """Three matrices of each expert, of which a token goes through two experts."""
    tokens, one = out.numel() // out.shape[-1], module.hidden_dim * module.intermediate_dim
    return [("linear", tokens * 2 * one, params // 3)] * 3


def t5_small() -> dict[str, Any]:
    config = hf.T5Config(decoder_start_token_id=0)
    given = {"decoder_input_ids": words(32), "use_cache": False}
    return text_model(hf.T5ForConditionalGeneration, config, 128, **given)


class Wav2Vec2Front(nn.Module):
    """A model without its transformer, to the sum of the features and their positions."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.features = model.feature_extractor
        self.projection = model.feature_projection
        self.positions = model.encoder.pos_conv_embed
        remove_parametrizations(self.positions.conv, "weight")

    def forward(self, sound: Tensor) -> Tensor:
        x, _ = self.projection(self.features(sound).transpose(1, 2))
        return x + self.positions(x)


def wav2vec2_front() -> dict[str, Any]:
    model = hf.Wav2Vec2Model(hf.Wav2Vec2Config())
    found = count(Wav2Vec2Front(model), (16000,))
    return {"reference": f"{hf.__version__} Wav2Vec2Model", **found, "input": [1, 16000]}
