"""Counts a live PyTorch model: what has MACs, in the order in which it is executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

Layer = tuple[str, int, int]
"""kind, MACs, params: see record_networks.py"""

TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, *TRANSPOSED)
RECURRENT = (nn.LSTM, nn.GRU, nn.RNN)
COUNTED = (*CONVOLUTIONS, *RECURRENT, nn.Linear, nn.MultiheadAttention, nn.Embedding)
PRODUCTS = (torch.matmul, Tensor.matmul, Tensor.__matmul__, torch.bmm, Tensor.bmm)


Costs = Callable[[Any, Tensor, Any, int], list[Layer]]
"""Of a module, what it is given, its output, and its params that none before it has."""


def walk(
    model: nn.Module, run: Callable[[], Any], more: Mapping[type[nn.Module], Costs] | None = None
) -> list[Layer]:
    """The layers that `run` executes in the model; `more` counts modules of a library's own."""
    layers: list[Layer] = []
    known = {**dict.fromkeys(COUNTED, costs), **(more or {})}
    seen: set[int] = set()

    def see(count: Costs, module: nn.Module, given: Any, out: Any) -> None:
        params = [p for p in module.parameters() if p.requires_grad and id(p) not in seen]
        seen.update(map(id, params))
        layers.extend(count(module, given[0], out, sum(p.numel() for p in params)))

    hooks = [
        module.register_forward_hook(partial(see, count))
        for module in model.modules()
        for kind, count in known.items()
        if isinstance(module, kind)
    ]
    model.eval()
    with torch.no_grad(), _Products(layers):
        run()
    for hook in hooks:
        hook.remove()
    return layers


def count(
    model: nn.Module,
    shape: tuple[int, ...],
    run: Any = None,
    more: Mapping[type[nn.Module], Costs] | None = None,
) -> dict[str, Any]:
    """An entry without its reference: the model on zeros of this shape."""
    zeros = torch.zeros(1, *shape)
    layers = walk(model, run or (lambda: model(zeros)), more)
    return {
        "input": list(shape),
        "macs": sum(macs for _, macs, _ in layers),
        "params": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "layers": layers,
    }


def costs(module: nn.Module, given: Tensor, out: Any, params: int) -> list[Layer]:
    """A module's own part; a batch is one sample."""
    if isinstance(module, nn.Embedding):  # looks up; it is here because others may have its table
        return []
    if isinstance(module, nn.Linear):
        return [linear(module, given, out, params)]
    if isinstance(module, RECURRENT):
        steps = given.shape[-2 if module.batch_first or given.dim() == 2 else -3]
        weights = sum(p.numel() for p in module.parameters() if p.dim() == 2)
        return [("recurrent", steps * weights, params)]
    if isinstance(module, nn.MultiheadAttention):  # its own linear layers are called as functions
        length, width = given.numel() // module.embed_dim, module.embed_dim
        last = width * width + width
        return [
            ("linear", 3 * length * width * width, params - last),
            ("product", length * length * width, 0),
            ("product", length * length * width, 0),
            ("linear", length * width * width, last),
        ]
    assert isinstance(module, CONVOLUTIONS)
    kernel, sides = prod(module.kernel_size), len(module.kernel_size)
    if isinstance(module, TRANSPOSED):
        kind, positions = "transposed", prod(given.shape[-sides:])
    else:
        kind, positions = "conv", prod(out.shape[-sides:])
        if module.groups == module.in_channels > 1:
            kind = "depthwise"
        elif kernel == module.groups == 1:
            kind = "linear"
    pairs = module.in_channels * module.out_channels // module.groups
    return [(kind, positions * kernel * pairs, params)]


def linear(module: Any, given: Tensor, out: Tensor, params: int) -> Layer:
    """A matrix of weights at every position."""
    return ("linear", out.numel() // out.shape[-1] * module.weight.numel(), params)


class _Products(TorchFunctionMode):
    """Sees products of two maps, which are no modules."""

    def __init__(self, layers: list[Layer]) -> None:
        super().__init__()
        self.layers = layers

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func in PRODUCTS:
            self.layers.append(("product", out.numel() * args[0].shape[-1], 0))
        elif func is nn.functional.scaled_dot_product_attention:
            query, key, value = args[:3]
            scores = query.numel() // query.shape[-1] * key.shape[-2]
            self.layers.append(("product", scores * query.shape[-1], 0))
            self.layers.append(("product", scores * value.shape[-1], 0))
        return out
