"""One operation a network, behind a layer that every tool counts alike.

OPERATIONS maps a name to the model and the shape of its input; operations/NAME.yaml says the same
in costcalc's language. A name with `@form` after it is the same operation, written another way: it
goes with the file of the name before the @.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

Built = tuple[nn.Module, tuple[int, ...]]

MAP = (4, 10, 12)
TOKENS = (7, 4)
WIDTH = 6


class Call(nn.Module):
    """A function in the place of a module."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class Two(nn.Module):
    """A function of the map and of another convolution of it."""

    def __init__(self, function: Callable[..., Tensor], pool: bool = False) -> None:
        super().__init__()
        self.other = nn.Conv2d(WIDTH, WIDTH, 1, bias=False)
        self.pool = nn.AdaptiveAvgPool2d(1) if pool else nn.Identity()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, self.other(self.pool(x)))


class SharedNorm(nn.Module):
    """A batch norm of a convolution whose map is read again."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(WIDTH, WIDTH, 1, bias=False)
        self.norm = nn.BatchNorm2d(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return x + self.norm(x)


class LayerScale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(WIDTH, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class Slope(nn.Module):
    """PReLU as a function of a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((1,), 0.25))

    def forward(self, x: Tensor) -> Tensor:
        return F.prelu(x, self.weight)


class ClassToken(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.token, x], dim=1)


class PositionEmbedding(nn.Module):
    def __init__(self, length: int = TOKENS[0]) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(1, length, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.table


class EmbeddedPositions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(TOKENS[0], WIDTH)
        self.register_buffer("index", torch.arange(TOKENS[0]))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.table(self.index)


class ChannelsLast(nn.Module):
    """Layer norm over the channels of a map."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Attention(nn.Module):
    """PyTorch's own module, as torchvision's transformers call it, or for its weights too."""

    def __init__(self, bias: bool = True, weights: bool = False) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, 2, bias=bias, batch_first=True)
        self.weights = weights

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, x, x, need_weights=self.weights)[0]


class WithoutGradients(Attention):
    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return super().forward(x)


class WrittenAttention(nn.Module):
    """The same by hand: one linear layer for queries, keys and values, and one at the end."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.softmax = nn.Softmax(dim=-1)
        self.form = form

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.shape
        q, k, v = self.qkv(x).reshape(n, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        scale = (width // 2) ** -0.5
        if self.form == "sdpa":
            y = F.scaled_dot_product_attention(q, k, v)
        elif self.form == "operators":
            y = self.softmax(q * scale @ k.transpose(-2, -1)) @ v
        else:
            scores = torch.matmul(q, k.transpose(-2, -1)) * scale
            y = torch.matmul(F.softmax(scores, dim=-1), v)
        return self.out(y.transpose(1, 2).reshape(n, length, width))


def on_map(*modules: nn.Module) -> Built:
    return nn.Sequential(nn.Conv2d(MAP[0], WIDTH, 1, bias=False), *modules), MAP


def on_tokens(*modules: nn.Module) -> Built:
    return nn.Sequential(nn.Linear(TOKENS[1], WIDTH, bias=False), *modules), TOKENS


def shuffled(x: Tensor) -> Tensor:
    n, c, height, width = x.shape
    return x.view(n, 2, c // 2, height, width).transpose(1, 2).reshape(n, c, height, width)


def tokens(x: Tensor) -> Tensor:
    return x.flatten(2).transpose(1, 2)


def centre(x: Tensor) -> Tensor:
    return x[:, :, 2:8, 3:9]


def up(mode: str, scale: int) -> nn.Module:
    corners = False if mode == "bilinear" else None
    return nn.Upsample(scale_factor=scale, mode=mode, align_corners=corners)


OPERATIONS: dict[str, Callable[[], Built]] = {
    # convolutions
    "conv_bias": lambda: on_map(nn.Conv2d(6, 5, 3, padding=1)),
    "conv_no_bias": lambda: on_map(nn.Conv2d(6, 5, 3, padding=1, bias=False)),
    "conv_strided": lambda: on_map(nn.Conv2d(6, 5, (3, 5), stride=2, padding=(1, 2))),
    "conv_valid": lambda: on_map(nn.Conv2d(6, 5, 3)),
    "conv_dilated": lambda: on_map(nn.Conv2d(6, 5, 3, padding=2, dilation=2)),
    "conv_grouped": lambda: on_map(nn.Conv2d(6, 9, 3, padding=1, groups=3)),
    "conv_bias@padding_text": lambda: on_map(nn.Conv2d(6, 5, 3, padding="same")),
    "depthwise_bias": lambda: on_map(nn.Conv2d(6, 6, 3, padding=1, groups=6)),
    "depthwise_no_bias": lambda: on_map(nn.Conv2d(6, 6, 3, padding=1, groups=6, bias=False)),
    "depthwise_multiplier": lambda: on_map(nn.Conv2d(6, 12, 3, padding=1, groups=6)),
    "pointwise_bias": lambda: on_map(nn.Conv2d(6, 5, 1)),
    "pointwise_grouped": lambda: on_map(nn.Conv2d(6, 4, 1, groups=2)),
    "transposed_bias": lambda: on_map(
        nn.ConvTranspose2d(6, 5, 3, stride=2, padding=1, output_padding=1)
    ),
    "transposed_no_bias": lambda: on_map(nn.ConvTranspose2d(6, 5, 2, stride=2, bias=False)),
    "transposed_square": lambda: on_map(nn.ConvTranspose2d(6, 6, 2, stride=2)),
    "transposed_grouped": lambda: on_map(nn.ConvTranspose2d(6, 4, 3, stride=2, groups=2)),
    "transposed_grouped_square": lambda: on_map(nn.ConvTranspose2d(6, 6, 3, stride=2, groups=2)),
    "transposed_depthwise": lambda: on_map(
        nn.ConvTranspose2d(6, 6, 4, stride=2, padding=1, groups=6, bias=False)
    ),
    "transposed_dilated": lambda: on_map(
        nn.ConvTranspose2d(6, 5, 3, stride=2, padding=1, dilation=2)
    ),
    # linear layers
    "linear_vector": lambda: on_map(nn.Flatten(), nn.Linear(720, 5)),
    "linear_vector_no_bias": lambda: on_map(nn.Flatten(), nn.Linear(720, 5, bias=False)),
    "linear_tokens": lambda: on_tokens(nn.Linear(6, 5)),
    "linear_tokens_no_bias": lambda: on_tokens(nn.Linear(6, 5, bias=False)),
    "linear_of_map": lambda: on_map(Call(tokens), nn.Linear(6, 5)),
    "linear_of_map@contiguous": lambda: on_map(
        Call(lambda x: x.flatten(2).transpose(1, 2).contiguous()), nn.Linear(6, 5)
    ),
    "linear_of_map@channels_last": lambda: on_map(
        Call(lambda x: x.permute(0, 2, 3, 1)), nn.Linear(6, 5)
    ),
    "linear_after_norm": lambda: on_map(Call(tokens), nn.LayerNorm(6), nn.Linear(6, 5)),
    "linear_after_positions": lambda: on_map(
        Call(tokens), PositionEmbedding(MAP[1] * MAP[2]), nn.Linear(6, 5)
    ),
    "linear_after_gelu": lambda: on_map(Call(tokens), nn.GELU(), nn.Linear(6, 5)),
    "linear_after_class_token": lambda: on_map(Call(tokens), ClassToken(), nn.Linear(6, 5)),
    "linear_after_strided": lambda: on_map(Call(tokens), nn.Linear(6, 5), nn.Linear(5, 3)),
    # norms
    "batch_norm": lambda: on_map(nn.BatchNorm2d(6)),
    "batch_norm_fixed": lambda: on_map(nn.BatchNorm2d(6, affine=False)),
    "batch_norm_after_bias": lambda: on_map(nn.Conv2d(6, 5, 1), nn.BatchNorm2d(5)),
    "batch_norm_after_pool": lambda: on_map(nn.MaxPool2d(2), nn.BatchNorm2d(6)),
    "batch_norm_after_dropout": lambda: on_map(nn.Dropout(0.2), nn.BatchNorm2d(6)),
    "batch_norm_after_linear": lambda: on_map(
        nn.Flatten(), nn.Linear(720, 5, bias=False), nn.BatchNorm1d(5)
    ),
    "batch_norm_twice": lambda: on_map(nn.BatchNorm2d(6), nn.BatchNorm2d(6)),
    "batch_norm_of_shared": lambda: on_map(SharedNorm()),
    "batch_norm_after_relu": lambda: on_map(nn.ReLU(), nn.BatchNorm2d(6)),
    "batch_norm_after_transposed": lambda: on_map(
        nn.ConvTranspose2d(6, 5, 2, stride=2, bias=False), nn.BatchNorm2d(5)
    ),
    "batch_norm_after_grouped": lambda: on_map(
        nn.Conv2d(6, 6, 3, padding=1, groups=6, bias=False), nn.BatchNorm2d(6)
    ),
    "layer_norm": lambda: on_tokens(nn.LayerNorm(6)),
    "layer_norm_fixed": lambda: on_tokens(nn.LayerNorm(6, elementwise_affine=False)),
    "layer_norm_no_bias": lambda: on_tokens(nn.LayerNorm(6, bias=False)),
    "layer_norm_map": lambda: on_map(ChannelsLast()),
    "group_norm": lambda: on_map(nn.GroupNorm(3, 6)),
    "group_norm_fixed": lambda: on_map(nn.GroupNorm(3, 6, affine=False)),
    "layer_scale": lambda: on_map(LayerScale()),
    # activations
    "relu": lambda: on_map(nn.ReLU()),
    "relu@functional": lambda: on_map(Call(lambda x: F.relu(x))),
    "relu@tensor": lambda: on_map(Call(lambda x: x.relu())),
    "relu@inplace": lambda: on_map(nn.ReLU(inplace=True)),
    "relu6": lambda: on_map(nn.ReLU6()),
    "relu6@functional": lambda: on_map(Call(lambda x: F.relu6(x))),
    "leaky_relu": lambda: on_map(nn.LeakyReLU()),
    "leaky_relu@functional": lambda: on_map(Call(lambda x: F.leaky_relu(x))),
    "prelu": lambda: on_map(nn.PReLU()),
    "prelu@functional": lambda: on_map(Slope()),
    "prelu_channels": lambda: on_map(nn.PReLU(6)),
    "elu": lambda: on_map(nn.ELU()),
    "elu@functional": lambda: on_map(Call(lambda x: F.elu(x))),
    "sigmoid": lambda: on_map(nn.Sigmoid()),
    "sigmoid@functional": lambda: on_map(Call(lambda x: torch.sigmoid(x))),
    "hard_sigmoid": lambda: on_map(nn.Hardsigmoid()),
    "hard_sigmoid@functional": lambda: on_map(Call(lambda x: F.hardsigmoid(x))),
    "tanh": lambda: on_map(nn.Tanh()),
    "tanh@functional": lambda: on_map(Call(lambda x: torch.tanh(x))),
    "silu": lambda: on_map(nn.SiLU()),
    "silu@functional": lambda: on_map(Call(lambda x: F.silu(x))),
    "hard_swish": lambda: on_map(nn.Hardswish()),
    "hard_swish@functional": lambda: on_map(Call(lambda x: F.hardswish(x))),
    "gelu": lambda: on_map(nn.GELU()),
    "gelu@functional": lambda: on_map(Call(lambda x: F.gelu(x))),
    "softmax": lambda: on_map(nn.Softmax(dim=1)),
    "softmax@functional": lambda: on_map(Call(lambda x: F.softmax(x, dim=1))),
    "softmax_tokens": lambda: on_tokens(nn.Softmax(dim=-1)),
    # pools
    "max_pool": lambda: on_map(nn.MaxPool2d(3, 2, padding=1)),
    "max_pool@functional": lambda: on_map(Call(lambda x: F.max_pool2d(x, 3, 2, padding=1))),
    "avg_pool": lambda: on_map(nn.AvgPool2d(2)),
    "avg_pool@functional": lambda: on_map(Call(lambda x: F.avg_pool2d(x, 2))),
    "adaptive_avg_pool": lambda: on_map(nn.AdaptiveAvgPool2d((5, 4))),
    "adaptive_avg_pool@functional": lambda: on_map(
        Call(lambda x: F.adaptive_avg_pool2d(x, (5, 4)))
    ),
    "adaptive_avg_pool_uneven": lambda: on_map(nn.AdaptiveAvgPool2d((3, 5))),
    "adaptive_avg_pool_inexact": lambda: on_map(nn.AdaptiveAvgPool2d((7, 11))),
    "adaptive_avg_pool_to_larger": lambda: on_map(nn.AdaptiveAvgPool2d((15, 13))),
    "global_avg_pool": lambda: on_map(nn.AdaptiveAvgPool2d(1)),
    "global_avg_pool@functional": lambda: on_map(Call(lambda x: F.adaptive_avg_pool2d(x, 1))),
    "global_avg_pool@mean": lambda: on_map(Call(lambda x: x.mean((2, 3), keepdim=True))),
    # merges
    "add": lambda: on_map(Two(lambda x, y: x + y)),
    "add@torch": lambda: on_map(Two(lambda x, y: torch.add(x, y))),
    "add@inplace": lambda: on_map(Two(lambda x, y: x.add_(y))),
    "add_three": lambda: on_map(Two(lambda x, y: x + y + x)),
    "multiply": lambda: on_map(Two(lambda x, y: x * y)),
    "multiply@torch": lambda: on_map(Two(lambda x, y: torch.mul(x, y))),
    "multiply_three": lambda: on_map(Two(lambda x, y: x * y * x)),
    "multiply_gate": lambda: on_map(Two(lambda x, y: x * y, pool=True)),
    "multiply_gate@reversed": lambda: on_map(Two(lambda x, y: y * x, pool=True)),
    "concat": lambda: on_map(Two(lambda x, y: torch.cat([x, y], dim=1))),
    # moves
    "channel_shuffle": lambda: on_map(nn.ChannelShuffle(2)),
    "channel_shuffle@view": lambda: on_map(Call(shuffled)),
    "flatten": lambda: on_map(nn.Flatten()),
    "flatten@functional": lambda: on_map(Call(lambda x: torch.flatten(x, 1))),
    "slice": lambda: on_map(Call(lambda x: x[:, 2:5])),
    "zero_pad": lambda: on_map(nn.ZeroPad2d((1, 2, 3, 4))),
    "zero_pad@functional": lambda: on_map(Call(lambda x: F.pad(x, (1, 2, 3, 4)))),
    "center_crop": lambda: on_map(Call(centre)),
    "tokens": lambda: on_map(Call(tokens)),
    "untokens": lambda: on_map(
        Call(lambda x: x.flatten(2).transpose(1, 2).transpose(1, 2).reshape(1, 6, 10, 12))
    ),
    "identity": lambda: on_map(nn.Identity()),
    "dropout": lambda: on_map(nn.Dropout(0.2)),
    # upsampling
    "upsample_nearest": lambda: on_map(up("nearest", 2)),
    "upsample_nearest@functional": lambda: on_map(Call(lambda x: F.interpolate(x, scale_factor=2))),
    "upsample_nearest_size": lambda: on_map(nn.Upsample(size=(15, 18))),
    "upsample_nearest_size@functional": lambda: on_map(
        Call(lambda x: F.interpolate(x, size=(15, 18)))
    ),
    "upsample_bilinear": lambda: on_map(up("bilinear", 2)),
    "upsample_bilinear_size": lambda: on_map(
        nn.Upsample(size=(15, 18), mode="bilinear", align_corners=False)
    ),
    # attention
    "class_token": lambda: on_tokens(ClassToken()),
    "position_embedding": lambda: on_tokens(PositionEmbedding()),
    "position_embedding@embedding": lambda: on_tokens(EmbeddedPositions()),
    "attention": lambda: on_tokens(Attention()),
    "attention_of_map": lambda: on_map(Call(tokens), Attention()),
    "attention@weights": lambda: on_tokens(Attention(weights=True)),
    "attention@no_grad": lambda: on_tokens(WithoutGradients()),
    "attention@sdpa": lambda: on_tokens(WrittenAttention("sdpa")),
    "attention@operators": lambda: on_tokens(WrittenAttention("operators")),
    "attention@functions": lambda: on_tokens(WrittenAttention("functions")),
    "attention_no_bias": lambda: on_tokens(Attention(bias=False)),
}
