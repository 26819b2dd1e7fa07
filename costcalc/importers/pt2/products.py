"""ATen's products with weights and of maps, norms, attention and recurrent layers."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.importers.graphs.attention import attention
from costcalc.importers.graphs.values import Constant, Value
from costcalc.importers.pt2.args import Args, Made, Write


def _linear(args: Args) -> Made:
    """Weights of (out, in), over the last axis."""
    x, weight = args.value("input"), args.value("weight")
    if isinstance(weight, Constant):
        return args.add("Gemm", [x, weight, *args.several("bias")], transB=1)
    y = args.add("MatMul", [x, _turned(args, weight)])
    return args.add("Add", [y, args.value("bias")]) if args.has("bias") else y


def _turned(args: Args, weight: Value) -> Value:
    """A matrix, its two last axes in the other order."""
    rank = len(weight.dims)
    if rank < 2:
        return weight
    return args.turned(weight, [*range(rank - 2), rank - 1, rank - 2])


def _product(args: Args) -> Made:
    x, y = args.value("self", "input"), args.value("other", "mat2", "vec")
    return args.add("MatMul", [x, y])


def _added_product(args: Args) -> Made:
    one, other = args.several("mat1", "mat2", "batch1", "batch2")
    return args.add("Add", [args.add("MatMul", [one, other]), args.value("self")])


def _einsum(args: Args) -> Made:
    return args.add("Einsum", args.values("tensors"), equation=args.text("equation"))


def _batch_norm(args: Args) -> Made:
    """Without trained numbers where it has none."""
    x = args.value("input")
    stored = [args.optional(name) for name in ("weight", "bias", "running_mean", "running_var")]
    y = args.add("BatchNormalization", [x, *stored])
    return [y] * max(len(args.call.op.outputs), 1)


def _instance_norm(args: Args) -> Made:
    stored = [args.optional(name) for name in ("weight", "bias")]
    return args.add("InstanceNormalization", [args.value("input"), *stored])


def _layer_norm(args: Args) -> Made:
    x, axes = args.value("input"), args.wholes("normalized_shape")
    stored = [args.optional(name) for name in ("weight", "bias")]
    y = args.add("LayerNormalization", [x, *stored], axis=-len(axes))
    return [y] * max(len(args.call.op.outputs), 1)


def _rms_norm(args: Args) -> Made:
    x, axes = args.value("input"), args.wholes("normalized_shape")
    return args.add("RMSNormalization", [x, args.optional("weight")], axis=-len(axes))


def _group_norm(args: Args) -> Made:
    stored = [args.optional(name) for name in ("weight", "bias")]
    groups = args.whole("num_groups", args.whole("group", 0))
    y = args.add("GroupNormalization", [args.value("input"), *stored], num_groups=groups)
    return [y] * max(len(args.call.op.outputs), 1)


def _prelu(args: Args) -> Made:
    """A slope for each channel, or one."""
    x, slope = args.value("self"), args.value("weight")
    if isinstance(slope, Constant) and slope.dims and slope.dims != (1,):
        slope = args.reshaped(slope, [*slope.dims, *([1] * (len(x.dims) - 2))])
    return args.add("PRelu", [x, slope])


def _attention(args: Args) -> Made:
    """Queries, keys and values of (samples, heads, tokens, features)."""
    maps = [args.map(name) for name in ("query", "key", "value")]
    causal = args.flag("is_causal")
    query, key, value = maps
    return attention(args.call, query, key, value, args.optional("attn_mask"), causal=causal)


PRODUCTS: Mapping[str, Write] = {
    "linear": _linear,
    **dict.fromkeys(("matmul", "mm", "bmm", "mv"), _product),
    **dict.fromkeys(("addmm", "baddbmm"), _added_product),
    "einsum": _einsum,
    **dict.fromkeys(
        ("batch_norm", "_native_batch_norm_legit_no_training", "native_batch_norm"), _batch_norm
    ),
    "instance_norm": _instance_norm,
    **dict.fromkeys(("layer_norm", "native_layer_norm"), _layer_norm),
    **dict.fromkeys(("rms_norm", "_fused_rms_norm"), _rms_norm),
    **dict.fromkeys(("group_norm", "native_group_norm"), _group_norm),
    **dict.fromkeys(("prelu", "_prelu_kernel"), _prelu),
    "scaled_dot_product_attention": _attention,
}
