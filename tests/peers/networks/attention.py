"""Tokens, attention and layer norm, as PyTorch modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from networks.mobilenets import IMAGE, Head


class Encoder(nn.Module):
    """Attention and two linear layers, each behind a layer norm and beside its input."""

    def __init__(self, width: int, heads: int, wide: int) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, wide), nn.GELU(), nn.Dropout(0.1), nn.Linear(wide, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm_1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.norm_2(x))


class ViT(nn.Module):
    def __init__(
        self, side: int, patch: int, width: int, heads: int, depth: int, classes: int
    ) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, stride=patch)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.zeros(1, (side // patch) ** 2 + 1, width))
        self.encoders = nn.Sequential(*(Encoder(width, heads, 4 * width) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token, x], dim=1) + self.positions
        return self.head(self.norm(self.encoders(x))[:, 0])


class ConvNext(nn.Module):
    """A depthwise convolution, a layer norm over the channels, linear layers at every position."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(c, c, 7, padding=3, groups=c)
        self.norm = nn.LayerNorm(c)
        self.wide = nn.Linear(c, 4 * c)
        self.gelu = nn.GELU()
        self.narrow = nn.Linear(4 * c, c)
        self.gamma = nn.Parameter(torch.ones(c, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        return x + self.narrow(self.gelu(self.wide(y))).permute(0, 3, 1, 2) * self.gamma


class MapNorm(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(c)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def convnext_small() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 24, 4, stride=4),
        MapNorm(24),
        ConvNext(24),
        ConvNext(24),
        MapNorm(24),
        nn.Conv2d(24, 48, 2, stride=2),
        ConvNext(48),
        Head(nn.LayerNorm(48), nn.Linear(48, 10)),
    )


class TokenNet(nn.Module):
    """A map as tokens, linear layers on them, attention between them, and a map again."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 20, 3, stride=2, padding=1)
        self.norm = nn.LayerNorm(20)
        self.widen = nn.Linear(20, 36, bias=False)
        self.silu = nn.SiLU()
        self.attention = nn.MultiheadAttention(36, 4, batch_first=True)
        self.narrow = nn.Linear(36, 20)
        self.up = nn.ConvTranspose2d(20, 8, 4, stride=2, padding=1)
        self.head = Head(nn.Linear(8, 5))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        n, c, height, width = x.shape
        y = self.silu(self.widen(self.norm(x.flatten(2).transpose(1, 2))))
        y = y + self.attention(y, y, y, need_weights=False)[0]
        y = self.narrow(y).transpose(1, 2).reshape(n, c, height, width)
        return self.head(self.up(x + y))


NETWORKS = {
    "vit_tiny": (
        {"net": "networks/vit.yaml", "variant": "vit_tiny"},
        lambda: (ViT(224, 16, 192, 3, 12, 1000), IMAGE),
    ),
    "vit_small_map": (
        {"net": "networks/vit.yaml", "variant": "vit_small_map"},
        lambda: (ViT(48, 8, 40, 5, 2, 7), (3, 48, 48)),
    ),
    "convnext_small": (
        {"net": "networks/convnext_small.yaml"},
        lambda: (convnext_small(), (3, 64, 96)),
    ),
    "token_net": ({"net": "networks/token_net.yaml"}, lambda: (TokenNet(), (3, 24, 28))),
}
