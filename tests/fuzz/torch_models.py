"""The same network in PyTorch: `Reference` with modules for leaves, counted by hooks."""

import sys
from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from fuzz.calls import Fault
from fuzz.counting import TooLarge
from fuzz.reference import Map, Reference
from fuzz.roads import Subject, cost
from layers.cases.base import Counts, place_of_axis, sizes
from layers.cases.windows import AS_STRIDED, ends
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


def of_sides(kinds: str, number: int) -> Any:
    """nn.Conv1d, nn.Conv2d or nn.Conv3d of Conv."""
    return getattr(nn, f"{kinds}{number}d")


def spread(x: Tensor, number: int) -> Tensor:
    """A vector is a map of one place."""
    return x.reshape(*x.shape, *[1] * number) if x.dim() == 2 else x


def reversed_ends(around: Any) -> list[int]:
    """As F.pad takes them: the last side first."""
    return [end for pair in reversed(around) for end in pair]


def padded(inner: nn.Module, around: Any) -> nn.Module:
    number = len(around)
    return Apply(lambda m, x: m(F.pad(spread(x, number), reversed_ends(around))), inner)


def by_stride(padding: str, x: Tensor, kernel: Any, stride: Any, dilation: Any) -> Any:
    """What `same` and `causal` pad: as much as ceil(side / stride) windows need."""
    around = []
    for side, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True):
        more = max(0, (-(-side // s) - 1) * s + d * (k - 1) + 1 - side)
        before = more if padding == "causal" else more // 2
        around.append((before, more - before))
    return around


def convolution(kind: str, number: int, fields: Fields, x: Tensor) -> nn.Module:
    channels = x.shape[1]
    kernel = sizes(fields.get("kernel_size", 1), number)
    stride, dilation = (sizes(fields.get(name, 1), number) for name in ("stride", "dilation"))
    out, groups = fields.get("out_channels"), fields.get("groups", 1)
    if kind == "depthwise_conv":
        out, groups = channels * fields.get("multiplier", 1), channels
    assert out is not None
    bias = fields.get("bias", True)
    made = of_sides("Conv", number)(channels, out, kernel, stride, 0, dilation, groups, bias)
    padding = fields.get("padding", "same") if kind != "pointwise_conv" else "valid"
    if padding in AS_STRIDED:
        return padded(made, by_stride(padding, x, kernel, stride, dilation))
    return padded(made, ends(padding, number))


def transposed(number: int, fields: Fields, x: Tensor) -> nn.Module:
    kernel = sizes(fields["kernel_size"], number)
    stride, dilation = (sizes(fields.get(name, 1), number) for name in ("stride", "dilation"))
    padding, more = fields.get("padding", "same"), sizes(fields.get("output_padding", 0), number, 0)
    made = of_sides("ConvTranspose", number)(
        x.shape[1],
        fields["out_channels"],
        kernel,
        stride,
        groups=fields.get("groups", 1),
        bias=fields.get("bias", True),
        dilation=dilation,
    )
    if padding in AS_STRIDED:
        sides = zip(x.shape[2:], kernel, stride, dilation, strict=True)
        cut = [(0, side * s - ((side - 1) * s + d * (k - 1) + 1)) for side, k, s, d in sides]
    else:
        around = zip(ends(padding, number), more, strict=True)
        cut = [(-before, extra - after) for (before, after), extra in around]
    return Apply(lambda m, x: F.pad(m(spread(x, number)), reversed_ends(cut)), made)


def pool(kind: str, number: int, fields: Fields, x: Tensor) -> nn.Module:
    kernel = sizes(fields["kernel_size"], number)
    stride = sizes(fields.get("stride", list(kernel)), number)
    dilation = sizes(fields.get("dilation", 1), number)
    padding = fields.get("padding", "valid")
    ceil = fields.get("ceil_mode", False)

    def made(padding: Any = 0, ceil: bool = False) -> Any:
        if kind == "max_pool":
            own = of_sides("MaxPool", number)
            return own(kernel, stride, padding, dilation, ceil_mode=ceil)
        return of_sides("AvgPool", number)(kernel, stride, padding, ceil_mode=ceil)

    if padding in AS_STRIDED:
        return padded(made(), by_stride(padding, x, kernel, stride, dilation))
    around = ends(padding, number)
    if all(a == b <= k // 2 for (a, b), k in zip(around, kernel, strict=True)):
        own = made(tuple(before for before, _ in around), ceil)
        return Apply(lambda m, x: m(spread(x, number)), own)
    if ceil:
        raise TooLarge("PyTorch has no such pool")
    return padded(made(), around)


def attention(fields: Fields, maps: list[Tensor]) -> nn.Module:
    """PyTorch has no grouped keys, no head wider or narrower than its share, nothing kept."""
    if fields.keys() - {"heads", "bias"} or len({one.shape for one in maps}) > 1:
        raise TooLarge("PyTorch has no such attention")
    inner = nn.MultiheadAttention(
        maps[0].shape[1], fields["heads"], bias=fields.get("bias", True), batch_first=True
    )

    def attend(m: nn.Module, *maps: Tensor) -> Tensor:
        query, *others = (spread(x, 1).flatten(2).transpose(1, 2) for x in maps)
        key = others[0] if others else query
        made = m(query, key, others[-1] if others else query, need_weights=False)[0]
        return made.transpose(1, 2).reshape(maps[0].shape)

    return Apply(attend, inner)


def over_channels(m: nn.Module, x: Tensor) -> Tensor:
    return m(x.movedim(1, -1)).movedim(-1, 1)  # type: ignore[no-any-return]


def embedding(*shape: int) -> Any:
    return nn.Parameter(torch.zeros(*shape))


def own_numbers(type_: str, shape: Any) -> nn.Module:
    listed = shape if isinstance(shape, list) else [shape]
    numbers = embedding(1, *listed)
    numbers.requires_grad = type_ == "parameter"
    return Apply(lambda own: own, numbers)


def response(learned: Tensor, x: Tensor) -> Tensor:
    """Global response normalization, with its scale and bias."""
    norms = x.flatten(2).norm(dim=2) if x.dim() > 2 else x.abs()
    of_channels = (norms / norms.mean(1, keepdim=True)).reshape(len(x), -1, *[1] * (x.dim() - 2))
    return x + learned[0] * x * of_channels + learned[1]


def cropped(size: Any) -> Callable[..., Tensor]:
    def crop(x: Tensor, *like: Tensor) -> Tensor:
        for axis, wanted in enumerate(size or like[0].shape[2:], 2):
            x = x.narrow(axis, (x.shape[axis] - wanted) // 2, wanted)
        return x

    return crop


def patches(height: int, width: int) -> Callable[..., Tensor]:
    if height * width > 1:
        raise TooLarge("the hooks count no batch")

    def unfold(x: Tensor) -> Tensor:
        x = spread(x, 2)
        found = F.unfold(x, (height, width), stride=(height, width))
        return found.reshape(1, x.shape[1], height * width, -1).transpose(2, 3)

    return unfold


def upsampled(number: int, fields: Fields) -> nn.Module:
    mode = fields.get("mode", "nearest")
    if mode == "bilinear":
        mode = ("linear", "bilinear", "trilinear")[number - 1]
    given = {
        name: sizes(fields[name], number) for name in ("size", "scale_factor") if name in fields
    }
    return Apply(lambda m, x: m(spread(x, number)), nn.Upsample(**given, mode=mode))


def aligned(maps: Any) -> list[Tensor]:
    """Maps that meet may lack sides of 1 at the end."""
    most = max(x.dim() for x in maps)
    return [x.reshape(*x.shape, *[1] * (most - x.dim())) for x in maps]


def axis_of(fields: Fields, *maps: Tensor) -> int:
    return place_of_axis(fields.get("axis", 0), max((tuple(x.shape[1:]) for x in maps), key=len))


def module(type_: str, fields: Fields, maps: list[Tensor]) -> nn.Module:
    if type_ in ("parameter", "constant"):
        return own_numbers(type_, fields["shape"])
    x = maps[0]
    channels = x.shape[1]
    if type_ in ACTIVATIONS:
        return ACTIVATIONS[type_]()
    if type_ in (
        "einsum",
        "elementwise",
        "reduce",
        "dot_product_attention",
        "rearrange",
        "lstm",
        "gru",
        "rnn",
        "locally_connected2d",
    ):
        raise TooLarge("PyTorch has no module of it")
    number = x.dim() - 2 or 1
    if type_[-2:] in ("1d", "2d", "3d"):
        kind, number = type_[:-2], int(type_[-2])
        x = spread(x, number)
        if kind == "conv_transpose":
            return transposed(number, fields, x)
        if "conv" in kind:
            return convolution(kind, number, fields, x)
        if kind in ("max_pool", "avg_pool"):
            return pool(kind, number, fields, x)
        if kind == "zero_pad":
            return padded(nn.Identity(), ends(fields["padding"], number))
    of_channels = (1, channels, *[1] * (x.dim() - 2))
    makers: dict[str, Callable[[], nn.Module]] = {
        "linear": lambda: Apply(
            over_channels, nn.Linear(channels, fields["out_features"], fields.get("bias", True))
        ),
        "multi_head_attention": lambda: attention(fields, maps),
        "prelu": lambda: nn.PReLU(fields.get("num_parameters", 1)),
        "batch_norm": lambda: of_sides("BatchNorm", number)(channels),
        "layer_norm": lambda: Apply(over_channels, nn.LayerNorm(channels)),
        "rms_norm": lambda: Apply(over_channels, nn.RMSNorm(channels)),
        "global_response_norm": lambda: Apply(response, embedding(2, *of_channels)),
        "group_norm": lambda: nn.GroupNorm(fields.get("groups", 32), channels),
        "embedding": lambda: Apply(
            lambda m, x: m(0 * x[:, 0].long()).movedim(-1, 1),
            nn.Embedding(fields["num_embeddings"], fields["embedding_dim"]),
        ),
        "layer_scale": lambda: Apply(torch.mul, embedding(*of_channels)),
        "class_token": lambda: Apply(
            lambda t, x: torch.cat([t, spread(x, 1)], 2), embedding(*spread(x, 1)[:, :, :1].shape)
        ),
        "position_embedding": lambda: Apply(torch.add, embedding(*x.shape)),
        "adaptive_avg_pool2d": lambda: Apply(
            lambda m, x: m(spread(x, 2)), nn.AdaptiveAvgPool2d(sizes(fields["output_size"], 2))
        ),
        "global_avg_pool": lambda: (
            of_sides("AdaptiveAvgPool", number)(1) if x.dim() > 2 else nn.Identity()
        ),
        "add": lambda: Apply(lambda *maps: sum(aligned(maps))),
        "multiply": lambda: Apply(
            lambda *maps: torch.prod(torch.stack(torch.broadcast_tensors(*aligned(maps))), 0)
        ),
        "subtract": lambda: Apply(lambda *maps: reduce(torch.sub, aligned(maps))),
        "maximum": lambda: Apply(lambda *maps: reduce(torch.maximum, aligned(maps))),
        "minimum": lambda: Apply(lambda *maps: reduce(torch.minimum, aligned(maps))),
        "divide": lambda: Apply(lambda *maps: reduce(torch.div, aligned(maps))),
        "concat": lambda: Apply(lambda *maps: torch.cat(aligned(maps), 1 + axis_of(fields, *maps))),
        "channel_shuffle": lambda: Apply(
            lambda m, x: m(spread(x, 1)).reshape(x.shape), nn.ChannelShuffle(fields["groups"])
        ),
        "flatten": lambda: Apply(lambda x: x.reshape(1, -1)),
        "slice": lambda: Apply(
            lambda x: x[
                (slice(None),) * (1 + axis_of(fields, x))
                + (slice(fields.get("start", 0), fields.get("stop"), fields.get("step")),)
            ]
        ),
        "split": lambda: Apply(lambda x: shared_out(x, fields)[fields["part"]]),
        "center_crop": lambda: Apply(
            cropped(sizes(fields["size"], number) if "size" in fields else None)
        ),
        "tokens": lambda: Apply(patches(*sizes(fields.get("patch", 1), 2))),
        "untokens": lambda: Apply(
            lambda x: x.reshape(1, channels, fields["height"], fields["width"])
        ),
        "upsample": lambda: upsampled(number, fields),
    }
    return makers[type_]()


def shared_out(x: Tensor, fields: Fields) -> Any:
    parts, axis = fields["parts"], 1 + axis_of(fields, x)
    return x.split(parts, axis) if isinstance(parts, list) else x.chunk(parts, axis)


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

    def input(self, shape: tuple[int, ...]) -> Map:
        self.drawn.maps.append(torch.zeros(1, *shape))
        return Map(shape, len(self.drawn.maps) - 1)

    def made(self, type_: str, fields: Any, maps: list[Map], counts: Counts) -> Map:
        reads = [one.value for one in maps]
        tensors = [self.drawn.maps[place] for place in reads]
        made = module(type_, fields, tensors).requires_grad_(self.trainable)
        place = self.drawn.part(made, reads)
        return Map(tuple(self.drawn.maps[place].shape[1:]), place)


def in_torch(subject: Subject) -> None:
    """What PyTorch executes and trains, against the cost table; all layers have own weights."""
    text = subject.path.read_text(encoding="utf-8")
    if "weights:" in text or "mixture_of_experts:" in text:
        return
    for number in subject.some(2):
        point = {name: own for name, own in subject.points[number].items() if name != "batch"}
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
