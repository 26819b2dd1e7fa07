"""Operations on sequences and volumes, as operations.py has them on maps."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F  # noqa: N812
from torch import nn

from networks.operations import Built, Call

SEQUENCE = (4, 20)
VOLUME = (4, 6, 8, 10)
WIDTH = 6


def on_sequence(*modules: nn.Module) -> Built:
    return nn.Sequential(nn.Conv1d(SEQUENCE[0], WIDTH, 1, bias=False), *modules), SEQUENCE


def on_volume(*modules: nn.Module) -> Built:
    return nn.Sequential(nn.Conv3d(VOLUME[0], WIDTH, 1, bias=False), *modules), VOLUME


def up(mode: str, scale: int) -> nn.Module:
    corners = None if mode == "nearest" else False
    return nn.Upsample(scale_factor=scale, mode=mode, align_corners=corners)


OPERATIONS: dict[str, Callable[[], Built]] = {
    # convolutions
    "conv1d_bias": lambda: on_sequence(nn.Conv1d(6, 5, 3, padding=1)),
    "conv1d_strided": lambda: on_sequence(nn.Conv1d(6, 5, 5, stride=2, padding=2, bias=False)),
    "conv1d_dilated": lambda: on_sequence(nn.Conv1d(6, 5, 3, padding=2, dilation=2)),
    "conv1d_grouped": lambda: on_sequence(nn.Conv1d(6, 9, 3, padding=1, groups=3)),
    "conv1d_depthwise": lambda: on_sequence(nn.Conv1d(6, 6, 3, padding=1, groups=6, bias=False)),
    "conv3d_bias": lambda: on_volume(nn.Conv3d(6, 5, 3, padding=1)),
    "conv3d_strided": lambda: on_volume(
        nn.Conv3d(6, 5, (3, 1, 5), stride=(1, 2, 2), padding=(1, 0, 2), bias=False)
    ),
    "conv3d_dilated": lambda: on_volume(nn.Conv3d(6, 5, 3, padding=2, dilation=2)),
    "conv3d_grouped": lambda: on_volume(nn.Conv3d(6, 9, 3, padding=1, groups=3)),
    "conv3d_depthwise": lambda: on_volume(nn.Conv3d(6, 6, 3, padding=1, groups=6, bias=False)),
    "transposed1d_bias": lambda: on_sequence(
        nn.ConvTranspose1d(6, 5, 3, stride=2, padding=1, output_padding=1)
    ),
    "transposed1d_square": lambda: on_sequence(nn.ConvTranspose1d(6, 6, 2, stride=2)),
    "transposed1d_grouped": lambda: on_sequence(nn.ConvTranspose1d(6, 4, 3, stride=2, groups=2)),
    "transposed1d_depthwise": lambda: on_sequence(
        nn.ConvTranspose1d(6, 6, 4, stride=2, padding=1, groups=6, bias=False)
    ),
    "transposed3d_bias": lambda: on_volume(
        nn.ConvTranspose3d(6, 5, 3, stride=2, padding=1, output_padding=1)
    ),
    "transposed3d_square": lambda: on_volume(nn.ConvTranspose3d(6, 6, 2, stride=2)),
    "transposed3d_grouped": lambda: on_volume(nn.ConvTranspose3d(6, 4, 3, stride=2, groups=2)),
    "transposed3d_depthwise": lambda: on_volume(
        nn.ConvTranspose3d(6, 6, 4, stride=2, padding=1, groups=6, bias=False)
    ),
    # linear layers
    "linear_of_sequence": lambda: on_sequence(Call(lambda x: x.transpose(1, 2)), nn.Linear(6, 5)),
    "linear_of_volume": lambda: on_volume(nn.Flatten(), nn.Linear(2880, 5)),
    # norms
    "batch_norm1d": lambda: on_sequence(nn.MaxPool1d(2), nn.BatchNorm1d(6)),
    "batch_norm1d_folded": lambda: on_sequence(
        nn.Conv1d(6, 5, 3, padding=1, bias=False), nn.BatchNorm1d(5)
    ),
    "batch_norm1d_after_transposed": lambda: on_sequence(
        nn.ConvTranspose1d(6, 5, 2, stride=2, bias=False), nn.BatchNorm1d(5)
    ),
    "batch_norm3d": lambda: on_volume(nn.MaxPool3d(2), nn.BatchNorm3d(6)),
    "batch_norm3d_folded": lambda: on_volume(
        nn.Conv3d(6, 5, 3, padding=1, bias=False), nn.BatchNorm3d(5)
    ),
    "batch_norm3d_after_transposed": lambda: on_volume(
        nn.ConvTranspose3d(6, 5, 2, stride=2, bias=False), nn.BatchNorm3d(5)
    ),
    "group_norm1d": lambda: on_sequence(nn.GroupNorm(3, 6)),
    "group_norm3d": lambda: on_volume(nn.GroupNorm(3, 6)),
    # activations
    "relu1d": lambda: on_sequence(nn.ReLU()),
    "relu3d": lambda: on_volume(nn.ReLU()),
    "softmax1d": lambda: on_sequence(nn.Softmax(dim=1)),
    "softmax3d": lambda: on_volume(nn.Softmax(dim=1)),
    "prelu1d": lambda: on_sequence(nn.PReLU(6)),
    "prelu3d": lambda: on_volume(nn.PReLU(6)),
    # pools
    "max_pool1d": lambda: on_sequence(nn.MaxPool1d(3, 2, padding=1)),
    "max_pool1d@functional": lambda: on_sequence(Call(lambda x: F.max_pool1d(x, 3, 2, padding=1))),
    "max_pool3d": lambda: on_volume(nn.MaxPool3d(3, 2, padding=1)),
    "max_pool3d@functional": lambda: on_volume(Call(lambda x: F.max_pool3d(x, 3, 2, padding=1))),
    "avg_pool1d": lambda: on_sequence(nn.AvgPool1d(2)),
    "avg_pool1d@functional": lambda: on_sequence(Call(lambda x: F.avg_pool1d(x, 2))),
    "avg_pool3d": lambda: on_volume(nn.AvgPool3d(2)),
    "avg_pool3d@functional": lambda: on_volume(Call(lambda x: F.avg_pool3d(x, 2))),
    "global_avg_pool1d": lambda: on_sequence(nn.AdaptiveAvgPool1d(1)),
    "global_avg_pool1d@functional": lambda: on_sequence(
        Call(lambda x: F.adaptive_avg_pool1d(x, 1))
    ),
    "global_avg_pool1d@mean": lambda: on_sequence(Call(lambda x: x.mean(2, keepdim=True))),
    "global_avg_pool3d": lambda: on_volume(nn.AdaptiveAvgPool3d(1)),
    "global_avg_pool3d@functional": lambda: on_volume(Call(lambda x: F.adaptive_avg_pool3d(x, 1))),
    "global_avg_pool3d@mean": lambda: on_volume(Call(lambda x: x.mean((2, 3, 4), keepdim=True))),
    # moves
    "zero_pad1d": lambda: on_sequence(nn.ZeroPad1d((1, 2))),
    "zero_pad3d": lambda: on_volume(nn.ZeroPad3d((1, 2, 3, 4, 5, 6))),
    # upsampling
    "upsample1d": lambda: on_sequence(up("nearest", 2)),
    "upsample1d_linear": lambda: on_sequence(up("linear", 2)),
    "upsample1d_size": lambda: on_sequence(nn.Upsample(size=30)),
    "upsample3d": lambda: on_volume(up("nearest", 2)),
    "upsample3d_trilinear": lambda: on_volume(up("trilinear", 2)),
    "upsample3d_size": lambda: on_volume(nn.Upsample(size=(9, 12, 15))),
}
