"""The entries of the MLPerf Tiny benchmark's networks.

Its repository (mlcommons/tiny, benchmark/training) is no package; the models are written here after
its Keras code. What Keras counts there, moving means and variances included, stands in each
derivation, and is asserted. Keras' convolutions have biases also before a batch norm.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch_walk import count


def networks() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "vww_mobilenet", tiny(mobilenet(), (3, 96, 96), "visual_wake_words", 221_794)
    yield "ds_cnn", tiny(ds_cnn(), (1, 49, 10), "keyword_spotting", 24_908)
    yield "resnet8", tiny(resnet8(), (3, 32, 32), "image_classification", 78_666)
    yield "ad_autoencoder", tiny(autoencoder(), (640,), "anomaly_detection", 269_992)


def tiny(model: nn.Module, shape: tuple[int, ...], task: str, keras_params: int) -> dict[str, Any]:
    entry = count(model, shape)
    norms = [m for m in model.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    assert entry["params"] + sum(2 * norm.num_features for norm in norms) == keras_params
    return {
        "reference": task,
        "derivation": (
            f"written in PyTorch {torch.__version__.split('+')[0]} after the Keras model, "
            f"whose summary says {keras_params:,} params with moving means and variances"
        ),
        **entry,
    }


def conv(c_in: int, c_out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, groups=groups),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


def separable(c_in: int, c_out: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(conv(c_in, c_in, 3, stride, groups=c_in), conv(c_in, c_out))


def mobilenet() -> nn.Module:
    """A quarter of MobileNet's widths."""
    widths = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5]
    layers, c_in = [conv(3, 8, 3, 2)], 8
    for c_out, stride in [*widths, (256, 2), (256, 1)]:
        layers.append(separable(c_in, c_out, stride))
        c_in = c_out
    return nn.Sequential(*layers, nn.AvgPool2d(3), nn.Flatten(), nn.Linear(256, 2))


def ds_cnn() -> nn.Module:
    """10x4 of stride 2 over 49 times by 10 coefficients, which `same` padding makes 25x5."""
    stem = [nn.ZeroPad2d((1, 1, 4, 5)), nn.Conv2d(1, 64, (10, 4), 2), nn.BatchNorm2d(64), nn.ReLU()]
    units = [separable(64, 64) for _ in range(4)]
    return nn.Sequential(*stem, *units, nn.AvgPool2d((25, 5)), nn.Flatten(), nn.Linear(64, 12))


class Residual(nn.Module):
    """The shortcut of a unit of stride 2 is a convolution without batch norm."""

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(conv(c_in, c_out, 3, stride), conv(c_out, c_out, 3)[:-1])
        self.shortcut = nn.Conv2d(c_in, c_out, 1, stride) if stride == 2 else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.branch(x)
        return torch.relu(self.shortcut(x) + y)


def resnet8() -> nn.Module:
    units = [Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2)]
    return nn.Sequential(conv(3, 16, 3), *units, nn.AvgPool2d(8), nn.Flatten(), nn.Linear(64, 10))


def autoencoder() -> nn.Module:
    widths = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128]
    hidden = [
        part
        for c_in, c_out in pairwise(widths)
        for part in (nn.Linear(c_in, c_out), nn.BatchNorm1d(c_out), nn.ReLU())
    ]
    return nn.Sequential(*hidden, nn.Linear(128, 640))
