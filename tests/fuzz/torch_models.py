"""The same network in PyTorch: `Reference` with modules for leaves, counted by hooks."""

import sys
from collections.abc import Callable
from typing import Any

import torch
from fuzz.calls import Fault
from fuzz.counting import TooLarge
from fuzz.reference import Map, Reference
from fuzz.roads import Subject, cost
from layers.cases.base import Counts, pair
from layers.cases.windows import four_sides
from support.paths import TESTS
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

sys.path.append(str(TESTS / "peers"))
from torch_walk import walk

Fields = dict[str, Any]

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "sigmoid": nn.Sigmoid,
    "hard_sigmoid": nn.Hardsigmoid,
    "tanh": nn.Tanh,
    "silu": nn.SiLU,
    "hard_swish": nn.Hardswish,
    "gelu": nn.GELU,
    "softmax": lambda: nn.Softmax(1),
    "identity": nn.Identity,
    "dropout": nn.Dropout,
}


class Apply(nn.Module):
    """A function of maps, with a module or a parameter of its own if any."""

    def __init__(self, function: Callable[..., Tensor], inner: Any = None) -> None:
        super().__init__()
        self.function = function
        self.inner = inner

    def forward(self, *maps: Tensor) -> Tensor:
        return self.function(*maps) if self.inner is None else self.function(self.inner, *maps)


def padded(inner: nn.Module, four: Any, value: float = 0.0) -> nn.Module:
    top, bottom, left, right = four
    return Apply(lambda m, x: m(F.pad(x, (left, right, top, bottom), value=value)), inner)


def same(x: Tensor, kernel: Any, stride: Any, dilation: Any) -> list[int]:
    """What `same` pads: as much as ceil(side / stride) windows need."""
    four = []
    for side, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True):
        more = max(0, (-(-side // s) - 1) * s + d * (k - 1) + 1 - side)
        four += [more // 2, more - more // 2]
    return four


def convolution(type_: str, fields: Fields, x: Tensor) -> nn.Module:
    channels = x.shape[1]
    kernel = pair(fields.get("kernel_size", 1))
    stride, dilation = pair(fields.get("stride", 1)), pair(fields.get("dilation", 1))
    out, groups = fields.get("out_channels"), fields.get("groups", 1)
    if type_ == "depthwise_conv2d":
        out, groups = channels * fields.get("multiplier", 1), channels
    assert out is not None
    bias = fields.get("bias", True)
    inner = nn.Conv2d(channels, out, kernel, stride, 0, dilation, groups, bias)
    padding = fields.get("padding", "same") if type_ != "pointwise_conv2d" else "valid"
    if padding == "same":
        return padded(inner, same(x, kernel, stride, dilation))
    return padded(inner, four_sides(padding))


def transposed(fields: Fields, x: Tensor) -> nn.Module:
    kernel, stride = pair(fields["kernel_size"]), pair(fields.get("stride", 1))
    dilation = pair(fields.get("dilation", 1))
    padding, more = fields.get("padding", "same"), pair(fields.get("output_padding", 0), 0)
    inner = nn.ConvTranspose2d(
        x.shape[1],
        fields["out_channels"],
        kernel,
        stride,
        groups=fields.get("groups", 1),
        bias=fields.get("bias", True),
        dilation=dilation,
    )
    four = (0, 0, 0, 0)
    if padding == "same":
        sides = zip(x.shape[2:], kernel, stride, dilation, strict=True)
        ends = [side * s - ((side - 1) * s + d * (k - 1) + 1) for side, k, s, d in sides]
    else:
        four = four_sides(padding)
        ends = [more[0] - four[1], more[1] - four[3]]
    cut = (-four[2], ends[1], -four[0], ends[0])
    return Apply(lambda m, x: F.pad(m(x), cut), inner)


def pool(type_: str, fields: Fields, x: Tensor) -> nn.Module:
    kernel = pair(fields["kernel_size"])
    stride = pair(fields.get("stride", list(kernel)))
    dilation = pair(fields.get("dilation", 1))
    padding = fields.get("padding", "same")
    ceil = fields.get("ceil_mode", False)

    def made(around: Any = 0, ceil: bool = False) -> nn.Module:
        if type_ == "max_pool2d":
            return nn.MaxPool2d(kernel, stride, around, dilation, ceil_mode=ceil)
        return nn.AvgPool2d(kernel, stride, around, ceil_mode=ceil)

    if padding == "same":
        return padded(made(), same(x, kernel, stride, dilation))
    four = four_sides(padding)
    if four[0] == four[1] <= kernel[0] // 2 and four[2] == four[3] <= kernel[1] // 2:
        return made((four[0], four[2]), ceil)
    if ceil:
        raise TooLarge("PyTorch has no such pool")
    return padded(made(), four)


def attention(fields: Fields, x: Tensor) -> nn.Module:
    inner = nn.MultiheadAttention(
        x.shape[1], fields["heads"], bias=fields.get("bias", True), batch_first=True
    )

    def attend(m: nn.Module, x: Tensor) -> Tensor:
        """A sample at a time: the hooks count no batch."""
        columns = [column.transpose(1, 2) for column in x.unbind(3)]
        made = [m(column, column, column, need_weights=False)[0] for column in columns]
        return torch.stack([one.transpose(1, 2) for one in made], 3)

    return Apply(attend, inner)


def over_channels(m: nn.Module, x: Tensor) -> Tensor:
    return m(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)  # type: ignore[no-any-return]


def embedding(*shape: int) -> Any:
    return nn.Parameter(torch.zeros(*shape))


def cropped(size: Any) -> Callable[..., Tensor]:
    def crop(x: Tensor, *like: Tensor) -> Tensor:
        height, width = size or like[0].shape[2:]
        top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
        return x[:, :, top : top + height, left : left + width]

    return crop


def patches(height: int, width: int) -> Callable[..., Tensor]:
    def unfold(x: Tensor) -> Tensor:
        found = F.unfold(x, (height, width), stride=(height, width))
        return found.reshape(1, x.shape[1], height * width, -1).transpose(2, 3)

    return unfold


def module(type_: str, fields: Fields, maps: list[Tensor]) -> nn.Module:
    x = maps[0]
    channels = x.shape[1]
    if type_ in ACTIVATIONS:
        return ACTIVATIONS[type_]()
    if type_ == "conv_transpose2d":
        return transposed(fields, x)
    if "conv2d" in type_:
        return convolution(type_, fields, x)
    if type_ in ("max_pool2d", "avg_pool2d"):
        return pool(type_, fields, x)
    makers: dict[str, Callable[[], nn.Module]] = {
        "linear": lambda: Apply(
            over_channels, nn.Linear(channels, fields["out_features"], fields.get("bias", True))
        ),
        "multi_head_attention": lambda: attention(fields, x),
        "prelu": lambda: nn.PReLU(fields.get("num_parameters", 1)),
        "batch_norm": lambda: nn.BatchNorm2d(channels),
        "layer_norm": lambda: Apply(over_channels, nn.LayerNorm(channels)),
        "group_norm": lambda: nn.GroupNorm(fields.get("groups", 32), channels),
        "layer_scale": lambda: Apply(torch.mul, embedding(1, channels, 1, 1)),
        "class_token": lambda: Apply(
            lambda t, x: torch.cat([t, x], 2), embedding(1, channels, 1, 1)
        ),
        "position_embedding": lambda: Apply(torch.add, embedding(*x.shape)),
        "adaptive_avg_pool2d": lambda: nn.AdaptiveAvgPool2d(pair(fields["output_size"])),
        "global_avg_pool": lambda: nn.AdaptiveAvgPool2d(1),
        "add": lambda: Apply(lambda *maps: sum(maps[1:], maps[0])),
        "multiply": lambda: Apply(
            lambda *maps: torch.prod(torch.stack(torch.broadcast_tensors(*maps)), 0)
        ),
        "concat": lambda: Apply(lambda *maps: torch.cat(maps, fields.get("axis", 0) + 1)),
        "channel_shuffle": lambda: nn.ChannelShuffle(fields["groups"]),
        "flatten": lambda: Apply(lambda x: x.reshape(1, -1, 1, 1)),
        "slice": lambda: Apply(
            lambda x: x[
                (slice(None),) * (fields.get("axis", 0) + 1)
                + (slice(fields.get("start", 0), fields.get("stop")),)
            ]
        ),
        "center_crop": lambda: Apply(cropped(pair(fields["size"]) if "size" in fields else None)),
        "zero_pad2d": lambda: padded(nn.Identity(), four_sides(fields["padding"])),
        "tokens": lambda: Apply(patches(*pair(fields.get("patch", 1)))),
        "untokens": lambda: Apply(
            lambda x: x.reshape(1, channels, fields["height"], fields["width"])
        ),
        "upsample": lambda: nn.Upsample(
            size=pair(fields["size"]) if "size" in fields else None,
            scale_factor=pair(fields["scale_factor"]) if "scale_factor" in fields else None,
            mode=fields.get("mode", "nearest"),
        ),
    }
    return makers[type_]()


class Drawn(nn.Module):
    """The modules of a network's leaves, and who reads whom."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList()
        self.reads: list[list[int]] = []
        self.maps: list[Tensor] = []
        """The inputs, and then what each part makes."""

    def part(self, made: nn.Module, reads: list[int]) -> int:
        self.parts.append(made.eval())
        self.reads.append(reads)
        with torch.no_grad():
            self.maps.append(made(*[self.maps[place] for place in reads]))
        return len(self.maps) - 1

    def forward(self) -> list[Tensor]:
        maps = self.maps[: len(self.maps) - len(self.parts)]
        for part, reads in zip(self.parts, self.reads, strict=True):
            maps.append(part(*[maps[place] for place in reads]))
        return maps


class TorchReference(Reference):
    """A network whose maps are tensors: `value` is a map's place in `drawn.maps`."""

    def __init__(self, *given: Any) -> None:
        self.drawn = Drawn()
        super().__init__(*given)

    def input(self, shape: tuple[int, int, int]) -> Map:
        self.drawn.maps.append(torch.zeros(1, *shape))
        return Map(shape, len(self.drawn.maps) - 1)

    def made(self, type_: str, fields: Any, maps: list[Map], counts: Counts) -> Map:
        reads = [one.value for one in maps]
        tensors = [self.drawn.maps[place] for place in reads]
        place = self.drawn.part(module(type_, fields, tensors), reads)
        height_and_width = self.drawn.maps[place].shape[1:]
        return Map(tuple(height_and_width), place)


def in_torch(subject: Subject) -> None:
    """What PyTorch executes and trains, against the cost table."""
    for number in subject.some(2):
        point = subject.points[number]
        knobs = dict(point)
        alpha, rho = knobs.pop("alpha", None), knobs.pop("rho", None)
        try:
            built = TorchReference(subject.tree, subject.axes.variant, alpha, rho, knobs)
        except TooLarge:
            continue
        model = built.drawn
        table = cost(subject.model, point)
        if table is None:
            raise Fault(f"{point}: PyTorch builds it, costcalc does not")
        macs = sum(macs for _, macs, _ in walk(model, model))
        params = sum(one.numel() for one in model.parameters() if one.requires_grad)
        subject.hold((table.totals.macs, table.totals.params), (macs, params), point)
        shapes = [tuple(row.output_shape) for row in table.layers]
        made = [tuple(one.shape[1:]) for one in model.maps[-len(shapes) :]]
        subject.hold(shapes, made, point)
