"""The entries of the models of transformers, made of their configurations, with random weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import transformers
from torch import nn
from torch.nn.utils.parametrize import remove_parametrizations
from torch_walk import count


def networks() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    yield "wav2vec2_front", wav2vec2_front


class Wav2Vec2Front(nn.Module):
    """A model without its transformer, to the sum of the features and their positions."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.features = model.feature_extractor
        self.projection = model.feature_projection
        self.positions = model.encoder.pos_conv_embed
        remove_parametrizations(self.positions.conv, "weight")

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        x, _ = self.projection(self.features(sound).transpose(1, 2))
        return x + self.positions(x)


def wav2vec2_front() -> dict[str, Any]:
    model = transformers.Wav2Vec2Model(transformers.Wav2Vec2Config())
    found = count(Wav2Vec2Front(model), (16000,))
    return {"reference": f"{transformers.__version__} Wav2Vec2Model", **found, "input": [1, 16000]}
