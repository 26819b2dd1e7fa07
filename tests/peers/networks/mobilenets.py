"""MobileNet V1 to V3 as PyTorch modules, to be counted by other tools."""

from __future__ import annotations

from torch import Tensor, nn

ACTIVATIONS = {"relu": nn.ReLU, "relu6": nn.ReLU6, "hard_swish": nn.Hardswish}


def divisible(width: float, divisor: int = 8) -> int:
    whole = max(divisor, int(width + divisor / 2) // divisor * divisor)
    return whole + divisor if whole < 0.9 * width else whole


def unit(
    c: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1, activation: str = ""
) -> list[nn.Module]:
    """Convolution, batch norm and an activation if any."""
    conv = nn.Conv2d(c, out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(out), *([ACTIVATIONS[activation]()] if activation else [])]


class Head(nn.Module):
    """Global pooling and what follows it."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(self.pool(x).flatten(1))


def mobilenet(alpha: float) -> nn.Module:
    widths = [int(alpha * c) for c in (32, 64, 128, 128, 256, 256, *[512] * 6, 1024, 1024)]
    strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    layers = unit(3, widths[0], 3, 2, activation="relu")
    for c, out, stride in zip(widths, widths[1:], strides, strict=False):
        layers += unit(c, c, 3, stride, c, "relu") + unit(c, out, activation="relu")
    return nn.Sequential(*layers, Head(nn.Linear(widths[-1], 1000)))


class SqueezeExcite(nn.Module):
    def __init__(self, c: int, squeezed: int, gate: nn.Module) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(c, squeezed, 1)
        self.relu = nn.ReLU()
        self.expand = nn.Conv2d(squeezed, c, 1)
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(self.expand(self.relu(self.reduce(self.pool(x)))))


class InvertedResidual(nn.Module):
    def __init__(
        self,
        c: int,
        wide: int,
        out: int,
        kernel: int,
        stride: int,
        activation: str,
        squeezed: int = 0,
    ) -> None:
        super().__init__()
        layers = unit(c, wide, activation=activation) if wide != c else []
        layers += unit(wide, wide, kernel, stride, wide, activation)
        if squeezed:
            layers.append(SqueezeExcite(wide, squeezed, nn.Hardsigmoid()))
        self.layers = nn.Sequential(*layers, *unit(wide, out))
        self.residual = stride == 1 and c == out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)


V2 = (
    # expansion, width, copies, stride of the first
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v2(alpha: float) -> nn.Module:
    c = divisible(32 * alpha)
    layers = unit(3, c, 3, 2, activation="relu6")
    stages = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2))
    for expansion, width, repeats, first in (
        *stages,
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        out = divisible(width * alpha)
        for i in range(repeats):
            stride = 1 if i else first
            layers.append(InvertedResidual(c, c * expansion, out, 3, stride, "relu6"))
            c = out
    head = divisible(1280 * max(1.0, alpha))
    layers += unit(c, head, activation="relu6")
    return nn.Sequential(*layers, Head(nn.Dropout(0.2), nn.Linear(head, 1000)))


V3_SMALL = (
    # kernel, expanded, out, squeezed, activation, stride
    (3, 16, 16, True, "relu", 2),
    (3, 72, 24, False, "relu", 2),
    (3, 88, 24, False, "relu", 1),
    (5, 96, 40, True, "hard_swish", 2),
    (5, 240, 40, True, "hard_swish", 1),
    (5, 240, 40, True, "hard_swish", 1),
    (5, 120, 48, True, "hard_swish", 1),
    (5, 144, 48, True, "hard_swish", 1),
    (5, 288, 96, True, "hard_swish", 2),
    (5, 576, 96, True, "hard_swish", 1),
    (5, 576, 96, True, "hard_swish", 1),
)


def mobilenet_v3_small() -> nn.Module:
    layers = unit(3, 16, 3, 2, activation="hard_swish")
    c = 16
    for kernel, wide, out, squeeze, activation, stride in V3_SMALL:
        squeezed = divisible(wide // 4) if squeeze else 0
        layers.append(InvertedResidual(c, wide, out, kernel, stride, activation, squeezed))
        c = out
    layers += unit(c, 576, activation="hard_swish")
    head = Head(nn.Linear(576, 1024), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(1024, 1000))
    return nn.Sequential(*layers, head)


IMAGE = (3, 224, 224)

NETWORKS = {
    "mobilenet": ({"net": "mobilenet"}, lambda: (mobilenet(1), IMAGE)),
    "mobilenet_025": ({"net": "mobilenet", "alpha": "1/4"}, lambda: (mobilenet(0.25), IMAGE)),
    "mobilenet_050_160": (
        {"net": "mobilenet", "alpha": "1/2", "resolution": 160},
        lambda: (mobilenet(0.5), (3, 160, 160)),
    ),
    "mobilenet_v2": ({"net": "networks/mobilenet_v2.yaml"}, lambda: (mobilenet_v2(1), IMAGE)),
    "mobilenet_v2_140": (
        {"net": "networks/mobilenet_v2.yaml", "alpha": "7/5"},
        lambda: (mobilenet_v2(1.4), IMAGE),
    ),
    "mobilenet_v3_small": (
        {"net": "networks/mobilenet_v3_small.yaml"},
        lambda: (mobilenet_v3_small(), IMAGE),
    ),
}
