"""The entries of networks that have no importable reference, written here after their papers.

They are PyTorch modules, counted as the live models of the libraries are; each `derivation` says
where the structure is from.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch_walk import count


def networks() -> Iterator[tuple[str, dict[str, Any]]]:
    table_1 = "Howard et al. 2017, arXiv:1704.04861"
    yield "mobilenet", paper(mobilenet(), (3, 224, 224), f"{table_1}, Table 1")
    yield (
        "mobilenet_conv",
        paper(
            mobilenet(unit=standard),
            (3, 224, 224),
            f"{table_1}, Table 1 with standard convolutions",
        ),
    )
    yield (
        "mobilenet_shallow",
        paper(
            mobilenet(deep=0),
            (3, 224, 224),
            f"{table_1}, Table 1 without its five 14x14x512 layers",
        ),
    )
    yield (
        "unet",
        paper(UNet(), (1, 572, 572), "Ronneberger et al. 2015, arXiv:1505.04597, Figure 1"),
    )


def paper(model: nn.Module, shape: tuple[int, ...], source: str) -> dict[str, Any]:
    return {
        "reference": source,
        "derivation": f"written in PyTorch {torch.__version__.split('+')[0]} after the paper",
        **count(model, shape),
    }


def conv(c_in: int, c_out: int, kernel: Any = 1, stride: int = 1, groups: int = 1) -> nn.Module:
    """Convolution without bias, padded to keep the size; batch norm; ReLU."""
    side = kernel if isinstance(kernel, int) else kernel[0]
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, kernel, stride, side // 2, groups=groups, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


def separable(c_in: int, c_out: int, stride: int) -> nn.Module:
    return nn.Sequential(conv(c_in, c_in, 3, stride, groups=c_in), conv(c_in, c_out))


def standard(c_in: int, c_out: int, stride: int) -> nn.Module:
    return conv(c_in, c_out, 3, stride)


def mobilenet(unit: Any = separable, deep: int = 5) -> nn.Module:
    widths = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    widths += [(512, 1)] * deep + [(1024, 2), (1024, 1)]
    layers, c_in = [conv(3, 32, 3, 2)], 32
    for c_out, stride in widths:
        layers.append(unit(c_in, c_out, stride))
        c_in = c_out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1000))


class UNet(nn.Module):
    """Two unpadded 3x3 convolutions a level; the maps of the way down are cropped beside those of
    the way up, which a 2x2 transposed convolution makes larger and half as wide."""

    def __init__(self, widths: tuple[int, ...] = (64, 128, 256, 512, 1024)) -> None:
        super().__init__()
        pairs = list(pairwise(widths))
        self.down = nn.ModuleList([twice(c_in, c_out) for c_in, c_out in [(1, 64), *pairs]])
        self.ups = nn.ModuleList([nn.ConvTranspose2d(b, a, 2, 2) for a, b in reversed(pairs)])
        self.after = nn.ModuleList([twice(b, a) for a, b in reversed(pairs)])
        self.last = nn.Conv2d(widths[0], 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        levels = []
        for i, level in enumerate(self.down):
            x = level(nn.functional.max_pool2d(x, 2) if i else x)
            levels.append(x)
        for up, after, beside in zip(self.ups, self.after, reversed(levels[:-1]), strict=True):
            x = up(x)
            edge = (beside.shape[-1] - x.shape[-1]) // 2
            inner = slice(edge, edge + x.shape[-1])
            x = after(torch.cat([beside[..., inner, inner], x], 1))
        return self.last(x)


def twice(c_in: int, c_out: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3), nn.ReLU(), nn.Conv2d(c_out, c_out, 3), nn.ReLU()
    )
