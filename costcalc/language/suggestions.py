"""Hints for unknown names, those of other frameworks included."""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.errors import folded, nearest

_ELSEWHERE = {
    "attention": "multi_head_attention",
    "avgpool": "avg_pool2d",
    "batchnormalization": "batch_norm",
    "bmm": "einsum",
    "bn": "batch_norm",
    "channels": "out_channels",
    "chunk": "split",
    "conv": "conv2d",
    "dense": "linear",
    "dropoutrate": "p",
    "dwconv": "depthwise_conv2d",
    "fc": "linear",
    "features": "out_features",
    "filters": "out_channels",
    "foreach": "each",
    "frozen": "trainable",
    "gap": "global_avg_pool",
    "globalaveragepooling2d": "global_avg_pool",
    "gn": "group_norm",
    "hsigmoid": "hard_sigmoid",
    "hswish": "hard_swish",
    "interpolate": "upsample",
    "kernel": "kernel_size",
    "layernormalization": "layer_norm",
    "ln": "layer_norm",
    "matmul": "einsum",
    "maxpool": "max_pool2d",
    "mha": "multi_head_attention",
    "mixture": "mixture_of_experts",
    "numgroups": "groups",
    "numheads": "heads",
    "outputfilters": "out_channels",
    "permute": "rearrange",
    "pwconv": "pointwise_conv2d",
    "rate": "p",
    "requiresgrad": "trainable",
    "reshape": "rearrange",
    "resize": "upsample",
    "se": "squeeze_excite",
    "selfattention": "multi_head_attention",
    "strides": "stride",
    "tied": "weights",
    "topk": "active",
    "units": "out_features",
    "upsampling2d": "upsample",
    "transpose": "rearrange",
    "view": "rearrange",
}
"""Names in other frameworks, as `folded` spells them, and ours."""
_ABSENT = frozenset(("deformconv2d",))
"""Layers that the language lacks, though it has others of similar names."""


def suggest(name: str, known: Iterable[str]) -> str | None:
    """The hint for an unknown layer, block or field, if one of the known ones may be meant."""
    names = list(known)
    key = folded(name[:100])
    if key in _ABSENT:
        return None
    if _ELSEWHERE.get(key) in names:
        return f"did you mean '{_ELSEWHERE[key]}'?"
    return nearest(name, names)


def suggest_key(name: str, known: Iterable[str]) -> str | None:
    """The hint for an unknown key of a mapping."""
    if set(name) & set("()[]") or "->" in name:
        return "inside { } an expression with a comma needs quotes"
    return suggest(name, known)


def suggest_type(name: str, known: Iterable[str]) -> str:
    """The hint for an unknown layer or block."""
    return suggest(name, known) or "costcalc layers lists all layers and blocks"
