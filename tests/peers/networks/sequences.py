"""Networks of sound, text and video: sequences, tokens and volumes, as PyTorch modules."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from record_papers import x3d
from torch import Tensor, nn


def unit(c_in: int, c_out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(c_in, c_out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm1d(c_out),
        nn.ReLU(),
    )


def keywords() -> nn.Module:
    return nn.Sequential(
        unit(40, 32, 3),
        nn.MaxPool1d(2),
        unit(32, 32, 9, groups=32),
        unit(32, 48, 1),
        unit(48, 48, 9, 2, groups=48),
        unit(48, 64, 1),
        nn.AvgPool1d(3, 2, 1),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(64, 12),
    )


class Decoder(nn.Module):
    """A layer of Llama's: fewer heads of keys than of queries, each repeated, and a gated MLP."""

    def __init__(self, width: int, heads: int, kept: int, inner: int) -> None:
        super().__init__()
        dim = width // heads
        self.norm_1, self.norm_2 = nn.RMSNorm(width), nn.RMSNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, kept * dim, bias=False)
        self.value = nn.Linear(width, kept * dim, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.gate = nn.Linear(width, inner, bias=False)
        self.up = nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)
        self.silu = nn.SiLU()
        self.heads, self.kept, self.dim = heads, kept, dim

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.shape
        y = self.norm_1(x)
        q = self.query(y).reshape(n, length, self.heads, self.dim).transpose(1, 2)
        k = self.key(y).reshape(n, length, self.kept, self.dim).transpose(1, 2)
        v = self.value(y).reshape(n, length, self.kept, self.dim).transpose(1, 2)
        k, v = (z.repeat_interleave(self.heads // self.kept, 1) for z in (k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(n, length, width))
        y = self.norm_2(x)
        return x + self.down(self.silu(self.gate(y)) * self.up(y))


class LanguageModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(101, 48)
        self.layers = nn.Sequential(Decoder(48, 6, 2, 80), Decoder(48, 6, 2, 80))
        self.norm = nn.RMSNorm(48)
        self.head = nn.Linear(48, 101, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        found = x[:, 0].bool().long()  # 0 or 1, since tools give numbers of their own
        return self.head(self.norm(self.layers(self.table(found))))


class Volumes(nn.Module):
    """Two and one dimensions apart, as in R(2+1)D, and a gate over the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(3, 8, (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False),
            nn.Conv3d(8, 8, (3, 1, 1), padding=(1, 0, 0), groups=8, bias=False),
            nn.BatchNorm3d(8),
            nn.ReLU(),
            nn.MaxPool3d(2),
        )
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool3d(1), nn.Conv3d(8, 4, 1), nn.ReLU(), nn.Conv3d(4, 8, 1), nn.Sigmoid()
        )
        self.up = nn.ConvTranspose3d(8, 6, 2, 2)
        self.norm = nn.BatchNorm3d(6)
        self.pool = nn.AvgPool3d((2, 3, 3), (2, 2, 2), (0, 1, 1))
        self.head = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.pool(self.norm(self.up(x * self.gate(x))))
        return self.head(torch.flatten(F.adaptive_avg_pool3d(x, 1), 1))


NETWORKS = {
    "keywords": ({"net": "networks/keywords.yaml"}, lambda: (keywords(), (40, 98))),
    "language_model": ({"net": "networks/language_model.yaml"}, lambda: (LanguageModel(), (1, 20))),
    "x3d_xs": ({"net": "x3d_xs"}, lambda: (x3d((3, 5, 11, 7)), (3, 4, 160, 160))),
    "volumes": ({"net": "networks/volumes.yaml"}, lambda: (Volumes(), (3, 8, 24, 20))),
}
