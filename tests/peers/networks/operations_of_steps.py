"""Recurrent layers, attention of one map to another, and merges, as operations.py has others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from networks.operations import WIDTH, Built, Two, on_map, on_tokens


class Steps(nn.Module):
    """A recurrent layer, of which all steps are handed on."""

    def __init__(self, kind: type[nn.RNNBase], **given: Any) -> None:
        super().__init__()
        self.layer = kind(WIDTH, 5, batch_first=True, **given)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)[0]


class Cross(nn.Module):
    """Attention of all tokens to five of them, which may have widths of their own."""

    def __init__(self, keys: int | None = None, values: int | None = None) -> None:
        super().__init__()
        self.key = nn.Linear(WIDTH, keys, bias=False) if keys else nn.Identity()
        self.value = nn.Linear(WIDTH, values, bias=False) if values else nn.Identity()
        self.attention = nn.MultiheadAttention(WIDTH, 2, batch_first=True, kdim=keys, vdim=values)

    def forward(self, x: Tensor) -> Tensor:
        read = x[:, :5]
        return self.attention(x, self.key(read), self.value(read), need_weights=False)[0]


OPERATIONS: dict[str, Callable[[], Built]] = {
    # recurrent layers
    "lstm": lambda: on_tokens(Steps(nn.LSTM)),
    "lstm_no_bias": lambda: on_tokens(Steps(nn.LSTM, bias=False)),
    "lstm_deep": lambda: on_tokens(Steps(nn.LSTM, num_layers=3)),
    "lstm_bidirectional": lambda: on_tokens(Steps(nn.LSTM, num_layers=2, bidirectional=True)),
    "lstm_projected": lambda: on_tokens(Steps(nn.LSTM, num_layers=2, proj_size=3)),
    "gru": lambda: on_tokens(Steps(nn.GRU)),
    "gru_bidirectional": lambda: on_tokens(Steps(nn.GRU, num_layers=2, bidirectional=True)),
    "gru_no_bias": lambda: on_tokens(Steps(nn.GRU, bias=False)),
    "rnn": lambda: on_tokens(Steps(nn.RNN)),
    "rnn_deep": lambda: on_tokens(Steps(nn.RNN, num_layers=2, bias=False)),
    # attention
    "attention_cross": lambda: on_tokens(Cross()),
    "attention_cross_widths": lambda: on_tokens(Cross(3, 5)),
    # merges
    "subtract": lambda: on_map(Two(lambda x, y: x - y)),
    "divide": lambda: on_map(Two(lambda x, y: x / y)),
    "divide_gate": lambda: on_map(Two(lambda x, y: x / y, pool=True)),
    "maximum": lambda: on_map(Two(torch.maximum)),
    "minimum": lambda: on_map(Two(torch.minimum)),
}
