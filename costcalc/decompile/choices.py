"""The types that a block may begin with, and those that a param may name where it is open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from costcalc.decompile.bare import Op
from costcalc.decompile.scope import Frame, Open, Param
from costcalc.errors import CostcalcError
from costcalc.language.block import Block
from costcalc.language.item import EACH, PARAM, RESIDUAL, SEQUENCE, Item
from costcalc.layers import LAYERS
from costcalc.layers.convolution import Conv, DepthwiseConv, PointwiseConv


def choices(param: Param, item: Item, readers: Iterable[Op], frame: Frame) -> Iterator[Any]:
    """The types that an open param may name here, then none, and last of norms `identity`.

    `norm: identity` is a convolution without norm and without bias: what is left where an exporter
    folds a norm and leaves out biases that are 0.
    """
    families = {"normalizations"}
    if param.default is not None:
        try:
            default = param.default.evaluate(frame.scope)
            if isinstance(default, str) and default in LAYERS:
                families = {LAYERS[default].family}
        except (Open, CostcalcError, KeyError):
            families = {"activations"}
    found = dict.fromkeys(
        op.type for op in readers if op.layer is not None and op.layer.family in families
    )
    if item.fields and param.default is not None:
        yield from (t for t in found if set(item.fields) <= set(LAYERS[t].fields))
        given = set(item.fields)
        for block in item.file.blocks.values():
            needed = {name for name, default in block.params.items() if default is None}
            if isinstance(block, Block) and needed and needed <= given <= set(block.params):
                yield block
    else:
        yield from found
    yield None
    if "normalizations" in families:
        yield "identity"


def kind_of(name: str) -> str:
    """A type whatever it is called: all convolutions are of one kind, as their fields say which."""
    layer = LAYERS.get(name)
    if layer is None:
        return name
    return (
        "conv"
        if issubclass(layer, _CONVOLUTIONS)
        else f"{layer.family}"
        if (layer.family in _NAMED)
        else layer.type
    )


_CONVOLUTIONS = (Conv, DepthwiseConv, PointwiseConv)
_NAMED = ("activations", "normalizations")
"""The families whose layers a param may name."""


@lru_cache(maxsize=1 << 8)
def heads_of(block: Block) -> frozenset[str]:
    """The kinds of layers that a block may begin with."""
    return frozenset(_heads(block.items))


def _heads(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        kind = item.kind
        if kind == PARAM:
            yield from _NAMED
            yield from ("linear", "multi_head_attention")
        elif isinstance(item.type, Block):
            yield from heads_of(item.type)
        elif item.branches is not None:
            yield from (head for branch in item.branches for head in _heads(branch))
        elif kind in (SEQUENCE, RESIDUAL, EACH):
            yield from _heads(item.layers)
            yield from _heads(item.shortcut)
        elif isinstance(item.type, type):
            yield kind_of(item.type.type)
        if item.when is None and kind != PARAM:
            break
