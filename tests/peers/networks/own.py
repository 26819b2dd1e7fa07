"""Networks of no paper: each puts together operations that one of the others does not have."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from networks.mobilenets import Head, SqueezeExcite, unit


class DoubleConv(nn.Sequential):
    def __init__(self, c: int, out: int) -> None:
        super().__init__(
            nn.Conv2d(c, out, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(out, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(),
        )


class UNetSmall(nn.Module):
    """Transposed convolutions up, with and without bias, beside the maps of the way down."""

    def __init__(self) -> None:
        super().__init__()
        self.top = DoubleConv(3, 8)
        self.middle = DoubleConv(8, 16)
        self.bottom = DoubleConv(16, 32)
        self.pool_1 = nn.MaxPool2d(2)
        self.pool_2 = nn.MaxPool2d(2)
        self.up_2 = nn.ConvTranspose2d(32, 16, 2, stride=2)
        self.merge_2 = DoubleConv(32, 16)
        self.up_1 = nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1, bias=False)
        self.merge_1 = DoubleConv(16, 8)
        self.head = nn.Conv2d(8, 5, 1)

    def forward(self, x: Tensor) -> Tensor:
        top = self.top(x)
        middle = self.middle(self.pool_1(top))
        x = self.up_2(self.bottom(self.pool_2(middle)))
        x = self.up_1(self.merge_2(torch.cat([middle, x], dim=1)))
        return self.head(self.merge_1(torch.cat([top, x], dim=1)))


class Pyramid(nn.Module):
    """Dilated convolutions, group norm, both kinds of upsampling, sums of three maps."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 24, 5, stride=2, padding=2, bias=False), nn.GroupNorm(6, 24), nn.SiLU()
        )
        self.down = nn.Sequential(nn.Conv2d(24, 24, 3, stride=2, padding=1), nn.ELU())
        self.wide = nn.ModuleList(
            nn.Conv2d(24, 24, 3, padding=d, dilation=d, bias=False) for d in (1, 2, 4)
        )
        self.norm = nn.BatchNorm2d(24)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.lateral = nn.Conv2d(24, 24, 1)
        self.act = nn.LeakyReLU()
        self.again = nn.Upsample(scale_factor=2, mode="nearest")
        self.head = nn.Sequential(nn.Conv2d(24, 4, 3, padding=1, groups=4), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        y = self.down(x)
        y = self.wide[0](y) + self.wide[1](y) + self.wide[2](y)
        y = self.lateral(x) + self.up(self.norm(y))
        return self.head(self.again(self.act(y)))


class Gated(nn.Module):
    """A convolution times the sigmoid of another, then the maximum and the mean side by side."""

    def __init__(self, c: int, out: int) -> None:
        super().__init__()
        self.value = nn.Conv2d(c, out, 3, padding=1, groups=2)
        self.gate = nn.Conv2d(c, out, 3, padding=1, bias=False)
        self.sigmoid = nn.Sigmoid()
        self.maximum = nn.MaxPool2d(2)
        self.mean = nn.AvgPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.value(x) * self.sigmoid(self.gate(x))
        return torch.cat([self.maximum(x), self.mean(x)], dim=1)


def gates() -> nn.Module:
    return nn.Sequential(
        *unit(4, 12, 3, 2, activation="hard_swish"),
        Gated(12, 10),
        nn.PReLU(20),
        SqueezeExcite(20, 5, nn.Sigmoid()),
        nn.Conv2d(20, 40, 3, padding=1, groups=20),
        nn.PReLU(),
        SqueezeExcite(40, 8, nn.Hardsigmoid()),
        nn.ChannelShuffle(4),
        nn.ZeroPad2d(1),
        nn.Conv2d(40, 16, 3, stride=2),
        nn.Tanh(),
        nn.AdaptiveAvgPool2d((2, 5)),
        nn.Flatten(),
        nn.Linear(160, 12, bias=False),
        nn.ReLU6(),
        nn.Linear(12, 3),
        nn.Softmax(dim=1),
    )


class Decoder(nn.Module):
    """Transposed convolutions: grouped, depthwise, dilated, one a square, and batch norms."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(16, 12, 3, stride=2, padding=1, output_padding=1, groups=4),
            nn.BatchNorm2d(12),
            nn.ReLU(),
            nn.ConvTranspose2d(12, 12, 4, stride=2, padding=1, groups=12, bias=False),
            nn.BatchNorm2d(12),
            nn.GELU(),
            nn.ConvTranspose2d(12, 12, 2, stride=2, bias=False),
            nn.ConvTranspose2d(12, 6, 3, padding=2, dilation=2),
        )
        self.head = Head(nn.Linear(6, 2))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(x))


NETWORKS = {
    "unet_small": ({"net": "networks/unet_small.yaml"}, lambda: (UNetSmall(), (3, 64, 48))),
    "pyramid": ({"net": "networks/pyramid.yaml"}, lambda: (Pyramid(), (3, 64, 80))),
    "gates": ({"net": "networks/gates.yaml"}, lambda: (gates(), (4, 48, 40))),
    "decoder": ({"net": "networks/decoder.yaml"}, lambda: (Decoder(), (16, 7, 9))),
}
