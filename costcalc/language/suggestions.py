"""Hints for unknown names, those of other frameworks included."""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.errors import folded, nearest

_ELSEWHERE = {
    "attention": "dot_product_attention",
    "avgpool": "avg_pool",
    "batchnormalization": "batch_norm",
    "bigru": "gru",
    "bilstm": "lstm",
    "bmm": "einsum",
    "bn": "batch_norm",
    "cat": "concat",
    "channels": "out_channels",
    "chunk": "split",
    "dense": "linear",
    "dim": "axis",
    "div": "divide",
    "dropoutrate": "p",
    "dwconv": "depthwise_conv",
    "embeddim": "embedding_dim",
    "experts": "mixture_of_experts",
    "fc": "linear",
    "features": "out_features",
    "filters": "out_channels",
    "foreach": "each",
    "frozen": "trainable",
    "gap": "global_avg_pool",
    "globalaveragepooling2d": "global_avg_pool",
    "gn": "group_norm",
    "grucell": "gru",
    "headdimension": "head_dim",
    "hsigmoid": "hard_sigmoid",
    "hswish": "hard_swish",
    "instancenorm": "group_norm",
    "instancenorm2d": "group_norm",
    "interpolate": "upsample",
    "kernel": "kernel_size",
    "keydim": "head_dim",
    "layernormalization": "layer_norm",
    "ln": "layer_norm",
    "lookup": "embedding",
    "lstmcell": "lstm",
    "matmul": "einsum",
    "max": "maximum",
    "maxpool": "max_pool",
    "mha": "multi_head_attention",
    "min": "minimum",
    "mixture": "mixture_of_experts",
    "mixtureofexperts": "mixture_of_experts",
    "moe": "mixture_of_experts",
    "movedim": "rearrange",
    "mul": "multiply",
    "narrow": "slice",
    "numclasses": "out_features",
    "numgroups": "groups",
    "numheads": "heads",
    "numkeyvalueheads": "kv_heads",
    "numkvheads": "kv_heads",
    "outputfilters": "out_channels",
    "permute": "rearrange",
    "pwconv": "pointwise_conv",
    "rate": "p",
    "requiresgrad": "trainable",
    "reshape": "rearrange",
    "resize": "upsample",
    "rnncell": "rnn",
    "scaleddotproductattention": "dot_product_attention",
    "sdpa": "dot_product_attention",
    "se": "squeeze_excite",
    "selfattention": "multi_head_attention",
    "simplernn": "rnn",
    "squeeze": "rearrange",
    "stack": "concat",
    "strides": "stride",
    "sub": "subtract",
    "swapaxes": "rearrange",
    "tied": "weights",
    "topk": "active",
    "transpose": "rearrange",
    "units": "out_features",
    "unsqueeze": "rearrange",
    "upsampling2d": "upsample",
    "view": "rearrange",
    "vocabsize": "num_embeddings",
}
"""Names in other frameworks, as `folded` spells them, and ours."""
_SAID = {
    "copies": "each makes copies side by side: each: {copies: n, layers: [...]}",
    "experts": "the channels of the router's map say how many experts there are",
    "numexperts": "the channels of the router's map say how many experts there are",
}
"""What to write for a name that no one word of ours replaces."""
_ABSENT = {
    "abs": "absolute values",
    "unfold": "windows that overlap (rearrange takes a map apart into ones that do not)",
    "fold": "the sum of windows that overlap (rearrange puts ones together that do not)",
    "deformconv2d": "deformable convolution",
    "deformableconv2d": "deformable convolution",
    **dict.fromkeys(
        "fft fft2 fft2d ifft ifft2 ifft2d rfft rfft2 irfft irfft2 stft".split(), "Fourier transform"
    ),
    "gridsample": "sampling at given places",
    "roialign": "pooling of regions",
    "roipool": "pooling of regions",
    "nms": "suppression of boxes",
    "mamba": "state space model",
    "selectivescan": "state space model",
    "sparseconv3d": "sparse convolution",
    "submconv3d": "sparse convolution",
    "graphconv": "graph convolution",
    "gcnconv": "graph convolution",
}
"""What the language has no layer for, though it has others of similar names."""


def suggest(name: str, known: Iterable[str]) -> str | None:
    """The hint for an unknown layer, block or field, if one of the known ones may be meant."""
    names = list(known)
    key = folded(name[:100])
    if key in _ABSENT:
        return f"there is no layer for {_ABSENT[key]}; costcalc layers lists all that there are"
    if _ELSEWHERE.get(key) in names:
        return f"did you mean '{_ELSEWHERE[key]}'?"
    return _SAID.get(key) or nearest(name, names)


def suggest_key(name: str, known: Iterable[str]) -> str | None:
    """The hint for an unknown key of a mapping."""
    if set(name) & set("()[]") or "->" in name:
        return "inside { } an expression with a comma needs quotes"
    return suggest(name, known)


def suggest_type(name: str, known: Iterable[str]) -> str:
    """The hint for an unknown layer or block."""
    return suggest(name, known) or "costcalc layers lists all layers and blocks"
