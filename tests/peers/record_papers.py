"""The entries of networks that have no importable reference, written here after their papers.

They are PyTorch modules, counted as the live models of the libraries are; each `derivation` says
where the structure is from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch_walk import count

SHUFFLENET = {  # groups: widths of the stages
    1: (144, 288, 576),
    2: (200, 400, 800),
    3: (240, 480, 960),
    4: (272, 544, 1088),
    8: (384, 768, 1536),
}


def networks() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    howard = "Howard et al. 2017, arXiv:1704.04861"
    zhang = "Zhang et al. 2017, arXiv:1707.01083"
    ronneberger = "Ronneberger et al. 2015, arXiv:1505.04597"
    choi = "Choi et al. 2019, arXiv:1904.03814"
    majumdar = "Majumdar and Ginsburg 2020, arXiv:2004.08531"
    oktay = "Oktay et al. 2018, arXiv:1804.03999"
    shi = "Shi et al. 2016, arXiv:1609.05158"
    arik = "Arik et al. 2017, arXiv:1703.05390"
    hello = "Zhang et al. 2017, arXiv:1711.07128"
    bai = "Bai et al. 2018, arXiv:1803.01271"
    feichtenhofer = "Feichtenhofer 2020, arXiv:2004.04730"
    imagenet = (3, 224, 224)
    shallow, standards = partial(mobilenet, deep=0), partial(mobilenet, standard)
    yield "mobilenet", partial(paper, mobilenet, imagenet, f"{howard}, Table 1")
    yield "mobilenet_conv", partial(paper, standards, imagenet, f"{howard}, Table 4")
    yield "mobilenet_shallow", partial(paper, shallow, imagenet, f"{howard}, Table 5")
    yield "ssd300_mobilenet", partial(paper, SSD, (3, 300, 300), f"{howard}, Table 13")
    for groups, widths in SHUFFLENET.items():
        build = partial(shufflenet, groups, widths)
        yield f"shufflenet_g{groups}", partial(paper, build, imagenet, zhang)
    yield "unet", partial(paper, UNet, (1, 572, 572), ronneberger)
    yield "attention_unet", partial(paper, AttentionUNet, (3, 256, 256), oktay)
    yield "espcn", partial(paper, espcn, (1, 360, 640), shi)
    for units in (1, 2):
        name, wide = f"tc_resnet{2 + 6 * units}", {"alpha": "1.5"}
        yield name, partial(paper, partial(tc_resnet, units), (40, 98), choi)
        yield name, partial(paper, partial(tc_resnet, units, 1.5), (40, 98), choi, wide)
        boxes = partial(matchboxnet, units)
        yield f"matchboxnet_3x{units}x64", partial(paper, boxes, (64, 128), majumdar)
    yield "tcn", partial(paper, tcn, (1, 784), bai)
    yield "kws_lstm", partial(paper, KeywordLSTM, (40, 98), hello)
    yield "kws_crnn_gru", partial(paper, KeywordCRNN, (1, 101, 40), arik)
    for name, frames, side in (("s", 13, 160), ("xs", 4, 160), ("m", 16, 224), ("l", 16, 312)):
        build = partial(x3d, (5, 10, 25, 15) if name == "l" else (3, 5, 11, 7))
        yield f"x3d_{name}", partial(paper, build, (3, frames, side, side), feichtenhofer)


def paper(
    build: Callable[[], nn.Module],
    shape: tuple[int, ...],
    source: str,
    settings: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "reference": source,
        "derivation": f"written in PyTorch {torch.__version__.split('+')[0]} after the paper",
        **count(build(), shape),
        **({"settings": settings} if settings else {}),
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


class SSD(nn.Module):
    """MobileNet to its last convolution, four pairs of a 1x1 and a 3x3 of stride 2 after it, and on
    six maps a 1x1 convolution for the boxes and one for the classes: TensorFlow's Object Detection
    API, ssd_mobilenet_v1_coco."""

    def __init__(self, classes: int = 91) -> None:
        super().__init__()
        base = list(mobilenet())[:-3]
        extras = [(1024, 256, 512), (512, 128, 256), (256, 128, 256), (256, 64, 128)]
        self.parts = nn.ModuleList([nn.Sequential(*base[:12]), nn.Sequential(*base[12:])])
        self.parts.extend(
            nn.Sequential(conv(c_in, inner), conv(inner, c_out, 3, 2))
            for c_in, inner, c_out in extras
        )
        maps = [(512, 3), (1024, 6), *((c_out, 6) for _, _, c_out in extras)]
        self.boxes = nn.ModuleList(nn.Conv2d(c, anchors * 4, 1) for c, anchors in maps)
        self.scores = nn.ModuleList(nn.Conv2d(c, anchors * classes, 1) for c, anchors in maps)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        maps = []
        for part in self.parts:
            x = part(x)
            maps.append(x)
        heads = [*zip(self.boxes, maps, strict=True), *zip(self.scores, maps, strict=True)]
        return [head(x) for head, x in heads]


class ShuffleUnit(nn.Module):
    """Figure 2b and c; the shuffle moves channels and has no costs here."""

    def __init__(self, c_in: int, c_out: int, groups: int, first: int, stride: int) -> None:
        super().__init__()
        inner = c_out // 4
        self.shortcut = nn.AvgPool2d(3, 2, 1) if stride == 2 else None
        self.branch = nn.Sequential(
            conv(c_in, inner, groups=first),
            conv(inner, inner, 3, stride, groups=inner),
            conv(inner, c_out - c_in if stride == 2 else c_out, groups=groups),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.shortcut is None:
            return x + self.branch(x)
        return torch.cat([self.shortcut(x), self.branch(x)], 1)


def shufflenet(groups: int, widths: tuple[int, ...]) -> nn.Module:
    """Table 1; the first 1x1 of all is not grouped, since it has few channels to read."""
    layers, c_in = [conv(3, 24, 3, 2), nn.MaxPool2d(3, 2, 1)], 24
    for c_out, units in zip(widths, (4, 8, 4), strict=True):
        for i in range(units):
            first = 1 if c_in == 24 else groups
            layers.append(ShuffleUnit(c_in, c_out, groups, first, 1 if i else 2))
            c_in = c_out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_in, 1000))


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


class Gate(nn.Module):
    """One number a place, which weighs the map of the way down: Figure 2 of Attention U-Net."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.below = normed(width, inner, 1)
        self.beside = normed(width, inner, 1)
        self.score = nn.Sequential(nn.ReLU(), normed(inner, 1, 1), nn.Sigmoid())

    def forward(self, below: torch.Tensor, beside: torch.Tensor) -> torch.Tensor:
        return beside * self.score(self.below(below) + self.beside(beside))


class AttentionUNet(nn.Module):
    """Padded convolutions with batch norm; a map is made twice as large by repeating its elements
    and a 3x3 convolution, and what comes from the way down beside it goes through a gate."""

    def __init__(self, widths: tuple[int, ...] = (64, 128, 256, 512, 1024)) -> None:
        super().__init__()
        down, up = [(3, widths[0]), *pairwise(widths)], [*pairwise(widths)][::-1]
        self.down = nn.ModuleList([twice_normed(c_in, c_out) for c_in, c_out in down])
        self.up = nn.ModuleList(
            nn.Sequential(nn.Upsample(scale_factor=2), normed(b, a, 3), nn.ReLU()) for a, b in up
        )
        self.gates = nn.ModuleList([Gate(a, a // 2) for a, _ in up])
        self.after = nn.ModuleList([twice_normed(b, a) for a, b in up])
        self.last = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        levels = []
        for i, level in enumerate(self.down):
            x = level(nn.functional.max_pool2d(x, 2) if i else x)
            levels.append(x)
        parts = zip(self.up, self.gates, self.after, reversed(levels[:-1]), strict=True)
        for up, gate, after, beside in parts:
            x = up(x)
            x = after(torch.cat([gate(x, beside), x], 1))
        return self.last(x)


def normed(c_in: int, c_out: int, kernel: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(c_in, c_out, kernel, 1, kernel // 2), nn.BatchNorm2d(c_out))


def twice_normed(c_in: int, c_out: int) -> nn.Module:
    return nn.Sequential(normed(c_in, c_out, 3), nn.ReLU(), normed(c_out, c_out, 3), nn.ReLU())


def espcn(factor: int = 3) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 64, 5, 1, 2),
        nn.Tanh(),
        nn.Conv2d(64, 32, 3, 1, 1),
        nn.Tanh(),
        nn.Conv2d(32, factor**2, 3, 1, 1),
        nn.PixelShuffle(factor),
    )


def conv1d(
    c_in: int, c_out: int, kernel: int = 1, stride: int = 1, groups: int = 1, dilation: int = 1
) -> nn.Module:
    """Convolution along a sequence without bias, padded to keep the length."""
    padding = kernel // 2 * dilation
    return nn.Conv1d(c_in, c_out, kernel, stride, padding, dilation, groups, bias=False)


def normalized(c_out: int, *convolutions: nn.Module) -> nn.Sequential:
    return nn.Sequential(*convolutions, nn.BatchNorm1d(c_out), nn.ReLU())


class Residual(nn.Module):
    """The branch without its last ReLU, its input or the shortcut added, and a ReLU."""

    def __init__(self, branch: nn.Sequential, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.branch, self.shortcut = branch[:-1], shortcut or nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.branch(x) + self.shortcut(x))


def tc_resnet(units: int, alpha: float = 1) -> nn.Module:
    """Figure 2, TC-ResNet8 and 14; the classifier has no bias in hyperconnect/TC-ResNet."""
    c_in, *widths = (int(width * alpha) for width in (16, 24, 32, 48))
    layers: list[nn.Module] = [normalized(c_in, conv1d(40, c_in, 3))]
    for c_out in widths:
        for unit in range(units):
            stride = 1 if unit else 2
            first = normalized(c_out, conv1d(c_in, c_out, 9, stride))
            branch = nn.Sequential(*first, *normalized(c_out, conv1d(c_out, c_out, 9)))
            down = None if unit else normalized(c_out, conv1d(c_in, c_out, 1, stride))
            layers.append(Residual(branch, down))
            c_in = c_out
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(c_in, 12, bias=False)
    )


def matchboxnet(sub_blocks: int) -> nn.Module:
    """Table 1 with 64 channels, for the 30 words of Speech Commands v1."""

    def separable(c_in: int, c_out: int, kernel: int, **given: int) -> nn.Sequential:
        return normalized(
            c_out, conv1d(c_in, c_in, kernel, groups=c_in, **given), conv1d(c_in, c_out)
        )

    layers: list[nn.Module] = [separable(64, 128, 11, stride=2)]
    for c_in, kernel in ((128, 13), (64, 15), (64, 17)):
        widths = [c_in, *[64] * sub_blocks]
        parts = [part for a, b in pairwise(widths) for part in separable(a, b, kernel)]
        layers.append(Residual(nn.Sequential(*parts), normalized(64, conv1d(c_in, 64))[:-1]))
    layers += [separable(64, 128, 29, dilation=2), normalized(128, conv1d(128, 128))]
    return nn.Sequential(*layers, nn.Conv1d(128, 30, 1), nn.AdaptiveAvgPool1d(1))


class CausalConv1d(nn.Conv1d):
    """All padding stands before the first place."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(nn.functional.pad(x, (self.dilation[0] * 6, 0)))


class Last(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[..., -1]


class KeywordLSTM(nn.Module):
    """Two LSTM layers with projections over the frames; the last frame is classified."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(40, 128, num_layers=2, proj_size=64, batch_first=True)
        self.classifier = nn.Linear(64, 12)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frames, _ = self.lstm(x.transpose(1, 2))
        return self.classifier(frames[:, -1])


class KeywordCRNN(nn.Module):
    """Figure 1 for twelve words: a convolution over frames and mel bins, and two layers of GRU in
    both directions, whose last step is classified."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 32, (20, 5), (8, 2))
        self.gru = nn.GRU(32 * 18, 32, num_layers=2, bidirectional=True, batch_first=True)
        self.hidden, self.classifier = nn.Linear(64, 64), nn.Linear(64, 12)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = torch.relu(self.convolution(x))
        frames, _ = self.gru(maps.permute(0, 2, 1, 3).flatten(2))
        return self.classifier(torch.relu(self.hidden(frames[:, -1])))


def tcn(width: int = 25) -> nn.Module:
    """Section 3 with the sizes of sequential MNIST: kernels of 7, dilations from 1 to 128."""
    layers: list[nn.Module] = []
    for level in range(8):
        c_in = width if level else 1
        convolutions = [CausalConv1d(c, width, 7, dilation=2**level) for c in (c_in, width)]
        branch = [part for one in convolutions for part in (one, nn.ReLU())]
        shortcut = None if level else nn.Conv1d(c_in, width, 1)
        layers.append(Residual(nn.Sequential(*branch, nn.Identity()), shortcut))
    return nn.Sequential(*layers, Last(), nn.Linear(width, 10))


def x3d(depths: tuple[int, ...]) -> nn.Module:
    """Table 3a, but with 5 frames in the second convolution: so all published MACs come out."""
    first = nn.Conv3d(3, 24, (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False)
    layers, c_in = [first, conv3d(24, 24, (5, 1, 1), groups=24), nn.ReLU()], 24
    for c_out, depth in zip((24, 48, 96, 192), depths, strict=True):
        for i in range(depth):
            layers.append(X3DUnit(c_in, c_out, 1 if i else 2, gated=i % 2 == 0))
            c_in = c_out
    layers += [conv3d(192, 432), nn.ReLU(), nn.AdaptiveAvgPool3d(1)]
    layers += [nn.Conv3d(432, 2048, 1, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(2048, 400)]
    return nn.Sequential(*layers)


class X3DUnit(nn.Module):
    """A bottleneck whose middle is 2.25 times as wide as its ends, depthwise, with Swish behind."""

    def __init__(self, c_in: int, c_out: int, stride: int, gated: bool) -> None:
        super().__init__()
        inner = int(2.25 * c_out)
        self.branch = nn.Sequential(
            conv3d(c_in, inner),
            nn.ReLU(),
            conv3d(inner, inner, (3, 3, 3), stride, inner),
            SqueezeExcite3d(inner) if gated else nn.Identity(),
            nn.SiLU(),
            conv3d(inner, c_out),
        )
        same = stride == 1 and c_in == c_out
        self.shortcut = nn.Identity() if same else conv3d(c_in, c_out, stride=stride)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.branch(x) + self.shortcut(x))


class SqueezeExcite3d(nn.Module):
    """A sixteenth of the width in multiples of 8, at least 8, and not a tenth below."""

    def __init__(self, c: int) -> None:
        super().__init__()
        inner = max(8, (c // 16 + 4) // 8 * 8)
        inner += 8 if inner < 0.9 * c / 16 else 0
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool3d(1),
            nn.Conv3d(c, inner, 1),
            nn.ReLU(),
            nn.Conv3d(inner, c, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.gate(x)


def conv3d(
    c_in: int,
    c_out: int,
    kernel: tuple[int, int, int] = (1, 1, 1),
    stride: int = 1,
    groups: int = 1,
) -> nn.Module:
    """Convolution without bias, of which the stride is of height and width; batch norm."""
    around = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
    layer = nn.Conv3d(c_in, c_out, kernel, (1, stride, stride), around, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm3d(c_out))
