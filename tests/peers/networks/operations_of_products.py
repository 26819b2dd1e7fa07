"""Attention, products of maps, lookups and moves, as operations.py has other layers.

Attention is a function here, between linear layers of the model's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from networks.operations import MAP, TOKENS, WIDTH, Built, Call, on_map, on_tokens

HEADS = 2
LENGTH = TOKENS[0]


class Attend(nn.Module):
    """Queries, keys and values of the tokens, the product of all three, and how it is written."""

    def __init__(
        self,
        form: str = "sdpa",
        kept: int = HEADS,
        dim: int = 3,
        keys: int = LENGTH,
        biased: bool = False,
        **given: Any,
    ) -> None:
        super().__init__()
        self.query = nn.Linear(WIDTH, HEADS * 3, bias=False)
        self.key = nn.Linear(WIDTH, kept * 3, bias=False)
        self.value = nn.Linear(WIDTH, kept * dim, bias=False)
        self.biases = nn.Parameter(torch.zeros(HEADS, LENGTH, keys)) if biased else None
        self.softmax = nn.Softmax(dim=-1)
        self.form, self.kept, self.dim, self.keys, self.given = form, kept, dim, keys, given

    def forward(self, x: Tensor) -> Tensor:
        n, length, _ = x.shape
        read = x[:, : self.keys] if self.keys < LENGTH else x
        q = self.query(x).reshape(n, length, HEADS, 3).transpose(1, 2)
        k = self.key(read).reshape(n, self.keys, self.kept, 3).transpose(1, 2)
        v = self.value(read).reshape(n, self.keys, self.kept, self.dim).transpose(1, 2)
        if self.form == "repeated":  # a head of keys and values for each of the queries'
            k, v = (y.repeat_interleave(HEADS // self.kept, 1) for y in (k, v))
        if self.form == "operators":
            y = self.softmax(q * 3**-0.5 @ k.transpose(-2, -1)) @ v
        elif self.form == "functions":
            scores = torch.matmul(q, k.transpose(-2, -1)) * 3**-0.5
            y = torch.matmul(F.softmax(scores, dim=-1), v)
        else:
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=self.biases, **self.given)
        return y.transpose(1, 2).reshape(n, length, HEADS * self.dim)


class Product(nn.Module):
    """The scores of two linear layers, for each head."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH, bias=False)
        self.key = nn.Linear(WIDTH, WIDTH, bias=False)
        self.form = form

    def forward(self, x: Tensor) -> Tensor:
        n, length, _ = x.shape
        q, k = (y.reshape(n, length, HEADS, 3) for y in (self.query(x), self.key(x)))
        if self.form == "einsum":
            return torch.einsum("bnad,bmad->banm", q, k)
        q, k = q.transpose(1, 2), k.permute(0, 2, 3, 1)
        if self.form == "bmm":
            return torch.bmm(q.flatten(0, 1), k.flatten(0, 1))
        return q @ k if self.form == "operator" else torch.matmul(q, k)


class RootMeanSquare(nn.Module):
    """As Llama's is written, by hand, or as a function."""

    def __init__(self, function: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        if self.function:
            return F.rms_norm(x, (WIDTH,), self.weight)
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class NormOfMap(nn.Module):
    """Root mean square norm over the channels of a map."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class GlobalResponse(nn.Module):
    """Global response norm, as it is written for ConvNeXt V2."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, WIDTH, 1, 1))
        self.bias = nn.Parameter(torch.zeros(1, WIDTH, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        norms = x.norm(p=2, dim=(2, 3), keepdim=True)
        response = norms / (norms.mean(1, keepdim=True) + 1e-6)
        return x + torch.addcmul(self.bias, self.weight, x * response)


class Lookup(nn.Module):
    def __init__(self, module: bool = True) -> None:
        super().__init__()
        self.table = nn.Embedding(11, WIDTH) if module else None
        self.weight = None if module else nn.Parameter(torch.rand(11, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        found = x[:, 0].bool().long()  # 0 or 1, since tools give numbers of their own
        return self.table(found) if self.table else F.embedding(found, self.weight)


class Numbers(nn.Module):
    """Numbers of a map's shape, trained or not, and a function of the map and them."""

    def __init__(self, function: Callable[..., Tensor], trained: bool = True) -> None:
        super().__init__()
        numbers = torch.ones(WIDTH, MAP[1], MAP[2])
        if trained:
            self.numbers = nn.Parameter(numbers)
        else:
            self.register_buffer("numbers", numbers)
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, self.numbers)


def of_lookup(*modules: nn.Module) -> Built:
    return nn.Sequential(*modules, nn.Linear(WIDTH, 5, bias=False)), (1, LENGTH)


class Windows(nn.Module):
    """Layers on windows of 5 by 4, each a sample of its own."""

    def __init__(self, tokens: bool, *modules: nn.Module) -> None:
        super().__init__()
        self.inner = nn.Sequential(*modules)
        self.tokens = tokens

    def forward(self, x: Tensor) -> Tensor:
        n, c, height, width = x.shape
        x = x.reshape(n, c, height // 5, 5, width // 4, 4)
        if self.tokens:
            return self.inner(x.permute(0, 2, 4, 3, 5, 1).reshape(-1, 20, c))
        return self.inner(x.permute(0, 2, 4, 1, 3, 5).reshape(-1, c, 5, 4))


def to_depth(x: Tensor) -> Tensor:
    x = x.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))
    return x.permute(0, 1, 3, 5, 2, 4).flatten(1, 3)


OPERATIONS: dict[str, Callable[[], Built]] = {
    # attention
    "dot_product": lambda: on_tokens(Attend()),
    "dot_product@operators": lambda: on_tokens(Attend("operators")),
    "dot_product@functions": lambda: on_tokens(Attend("functions")),
    "dot_product_causal": lambda: on_tokens(Attend(is_causal=True)),
    "dot_product_few_keys": lambda: on_tokens(Attend(keys=5)),
    "dot_product_wide_values": lambda: on_tokens(Attend(dim=4)),
    "dot_product_kv_heads": lambda: on_tokens(Attend(kept=1)),
    "dot_product_kv_heads@repeated": lambda: on_tokens(Attend("repeated", kept=1)),
    "dot_product_kv_heads@grouped": lambda: on_tokens(Attend(kept=1, enable_gqa=True)),
    "dot_product_biases": lambda: on_tokens(Attend(biased=True)),
    # products
    "einsum": lambda: on_tokens(Product("einsum")),
    "einsum@matmul": lambda: on_tokens(Product("matmul")),
    "einsum@operator": lambda: on_tokens(Product("operator")),
    "einsum@bmm": lambda: on_tokens(Product("bmm")),
    "einsum_sum": lambda: on_tokens(Call(lambda x: torch.einsum("bnc->bc", x))),
    "einsum_sum@sum": lambda: on_tokens(Call(lambda x: x.sum(1))),
    # norms
    "rms_norm": lambda: on_tokens(nn.RMSNorm(WIDTH)),
    "rms_norm@functional": lambda: on_tokens(RootMeanSquare(function=True)),
    "rms_norm@written": lambda: on_tokens(RootMeanSquare()),
    "rms_norm_map": lambda: on_map(NormOfMap()),
    "global_response_norm": lambda: on_map(GlobalResponse()),
    # lookups
    "embedding": lambda: of_lookup(Lookup()),
    "embedding@functional": lambda: of_lookup(Lookup(module=False)),
    # maps of numbers
    "parameter": lambda: on_map(Numbers(lambda x, y: x + y)),
    "parameter_product": lambda: on_map(Numbers(lambda x, y: x * y)),
    "constant": lambda: on_map(Numbers(lambda x, y: x + y, trained=False)),
    # moves
    "rearrange": lambda: on_map(nn.PixelUnshuffle(2)),
    "rearrange@views": lambda: on_map(Call(to_depth)),
    "pixel_shuffle": lambda: on_map(nn.Conv2d(WIDTH, 8, 1, bias=False), nn.PixelShuffle(2)),
    "linear_of_rearranged": lambda: on_map(
        Call(lambda x: x.flatten(2).transpose(1, 2)), nn.Linear(6, 5)
    ),
    "linear_of_flat": lambda: on_tokens(nn.Linear(6, 5)),
    "linear_of_transposed": lambda: on_tokens(
        Call(lambda x: x.transpose(1, 2)), nn.Linear(LENGTH, 5)
    ),
    "linear_of_windows": lambda: on_map(Windows(True, nn.Linear(6, 5))),
    "windows": lambda: on_map(
        Windows(False, nn.Conv2d(6, 5, 3, padding=1), nn.BatchNorm2d(5), nn.ReLU(), nn.PReLU())
    ),
    "windows_of_tokens": lambda: on_map(
        Windows(True, nn.LayerNorm(6), nn.Linear(6, 5), nn.GELU(), nn.Softmax(dim=-1))
    ),
}
