"""Residuals, dense connections, shuffles and fires, as PyTorch modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from networks.mobilenets import IMAGE, Head, unit


class Basic(nn.Module):
    """A basic residual block."""

    def __init__(self, c: int, out: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*unit(c, out, 3, stride, activation="relu"), *unit(out, out, 3))
        self.shortcut = nn.Sequential(*(unit(c, out, 1, stride) if c != out else []))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.layers(x) + self.shortcut(x))


def resnet18() -> nn.Module:
    blocks = [Basic(64, 64, 1), Basic(64, 64, 1)]
    for c in (64, 128, 256):
        blocks += [Basic(c, 2 * c, 2), Basic(2 * c, 2 * c, 1)]
    stem = [*unit(3, 64, 7, 2, activation="relu"), nn.MaxPool2d(3, 2, padding=1)]
    return nn.Sequential(*stem, *blocks, Head(nn.Linear(512, 1000)))


class Bottleneck(nn.Module):
    """A bottleneck with a grouped convolution."""

    def __init__(self, c: int, inner: int, out: int, stride: int, groups: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *unit(c, inner, activation="relu"),
            *unit(inner, inner, 3, stride, groups, "relu"),
            *unit(inner, out),
        )
        self.shortcut = nn.Sequential(*(unit(c, out, 1, stride) if c != out else []))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.layers(x) + self.shortcut(x))


def grouped_residuals() -> nn.Module:
    return nn.Sequential(
        *unit(3, 24, 3, 2, activation="relu"),
        Bottleneck(24, 32, 64, 1, 8),
        Bottleneck(64, 32, 64, 1, 8),
        Bottleneck(64, 64, 128, 2, 16),
        Head(nn.Linear(128, 10)),
    )


def right(c: int, width: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        *unit(c, width, activation="relu"),
        *unit(width, width, 3, stride, width),
        *unit(width, width, activation="relu"),
    )


def shuffled(x: Tensor) -> Tensor:
    n, c, height, width = x.shape
    return x.view(n, 2, c // 2, height, width).transpose(1, 2).reshape(n, c, height, width)


class Down(nn.Module):
    def __init__(self, c: int, width: int) -> None:
        super().__init__()
        self.left = nn.Sequential(*unit(c, c, 3, 2, c), *unit(c, width, activation="relu"))
        self.right = right(c, width, 2)

    def forward(self, x: Tensor) -> Tensor:
        return shuffled(torch.cat([self.left(x), self.right(x)], dim=1))


class Flat(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.right = right(width, width)

    def forward(self, x: Tensor) -> Tensor:
        left, rest = x.chunk(2, dim=1)
        return shuffled(torch.cat([left, self.right(rest)], dim=1))


def shufflenet_v2() -> nn.Module:
    layers = [*unit(3, 24, 3, 2, activation="relu"), nn.MaxPool2d(3, 2, padding=1)]
    c = 24
    for out, repeats in ((116, 3), (232, 7), (464, 3)):
        layers += [Down(c, out // 2), *(Flat(out // 2) for _ in range(repeats))]
        c = out
    layers += unit(c, 1024, activation="relu")
    return nn.Sequential(*layers, Head(nn.Linear(1024, 1000)))


class Dense(nn.Module):
    """Batch norm before the convolutions, and the input beside the output."""

    def __init__(self, c: int, growth: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm2d(c),
            nn.ReLU(),
            nn.Conv2d(c, 4 * growth, 1, bias=False),
            nn.BatchNorm2d(4 * growth),
            nn.ReLU(),
            nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.layers(x)], dim=1)


def densenet_small() -> nn.Module:
    layers = [*unit(3, 16, 7, 2, activation="relu"), nn.MaxPool2d(3, 2, padding=1)]
    c = 16
    for stage in range(3):
        for _ in range(4):
            layers.append(Dense(c, 12))
            c += 12
        layers += [nn.BatchNorm2d(c), nn.ReLU()]
        if stage < 2:
            layers += [nn.Conv2d(c, c // 2, 1, bias=False), nn.AvgPool2d(2)]
            c //= 2
    return nn.Sequential(*layers, Head(nn.Linear(c, 100)))


class Fire(nn.Module):
    def __init__(self, c: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(c, squeeze, 1)
        self.one = nn.Conv2d(squeeze, expand, 1)
        self.three = nn.Conv2d(squeeze, expand, 3, padding=1)
        self.relus = nn.ModuleList(nn.ReLU(inplace=True) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        x = self.relus[0](self.squeeze(x))
        return torch.cat([self.relus[1](self.one(x)), self.relus[2](self.three(x))], dim=1)


def squeezenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, stride=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        Fire(64, 16, 64),
        Fire(128, 16, 64),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        Fire(128, 32, 128),
        Fire(256, 32, 128),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        Fire(256, 48, 192),
        Fire(384, 48, 192),
        Fire(384, 64, 256),
        Fire(512, 64, 256),
        nn.Dropout(0.5),
        nn.Conv2d(512, 1000, 1),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
        nn.Softmax(dim=1),
    )


NETWORKS = {
    "resnet18": ({"net": "networks/resnet18.yaml"}, lambda: (resnet18(), IMAGE)),
    "grouped_residuals": (
        {"net": "networks/grouped_residuals.yaml"},
        lambda: (grouped_residuals(), (3, 96, 128)),
    ),
    "shufflenet_v2": ({"net": "networks/shufflenet_v2.yaml"}, lambda: (shufflenet_v2(), IMAGE)),
    "densenet_small": (
        {"net": "networks/densenet_small.yaml"},
        lambda: (densenet_small(), (3, 128, 128)),
    ),
    "squeezenet": ({"net": "networks/squeezenet.yaml"}, lambda: (squeezenet(), IMAGE)),
    "lenet": ({"net": "networks/lenet.yaml"}, lambda: (lenet(), (1, 28, 28))),
}
