"""ONNX ops that multiply matrices, and norms."""

from __future__ import annotations

import re
from math import prod
from typing import Any

from costcalc.importers.graphs.axes import atoms_of, size_of
from costcalc.importers.graphs.call import Call, Handler, Result, Table
from costcalc.importers.graphs.elementwise import combined, merged
from costcalc.importers.graphs.products import (
    einsum,
    linear,
    product,
    reduced,
    swapped,
    without_axes,
)
from costcalc.importers.graphs.values import Constant, Map, Value
from costcalc.importers.onnx.folds import axes_of


def _matmul(call: Call) -> Result:
    return matmul(call, call.value(0), call.value(1))


def matmul(call: Call, x: Value, y: Value) -> Value:
    """The product of two tensors, of which one may be weights."""
    if isinstance(x, Constant) and isinstance(y, Constant):
        return Constant((*x.dims[:-1], *y.dims[-1:]), x.type)
    if isinstance(x, Map) and isinstance(y, Constant) and len(y.dims) == 2:
        return linear(call, x, *y.dims, bias=False)
    if isinstance(x, Map) and isinstance(y, Constant) and len(y.dims) == 1:
        out = linear(call, x, y.dims[0], 1, bias=False)
        return without_axes(out, [len(out.dims) - 1], keep=False)
    if isinstance(y, Map) and isinstance(x, Constant) and len(x.dims) == 2 and len(y.dims) > 1:
        return swapped(linear(call, swapped(y), x.dims[1], x.dims[0], bias=False))
    return product(call, call.drafts.as_map(x, call.op), call.drafts.as_map(y, call.op))


def _gemm(call: Call) -> Result:
    x, y = call.value(0), call.value(1)
    if call.whole("transA", 0):
        x = _turned(x)
    if isinstance(y, Constant) and len(y.dims) == 2 and isinstance(x, Map):
        rows, columns = reversed(y.dims) if call.whole("transB", 0) else y.dims
        return linear(call, x, rows, columns, bias=call.has(2))
    if call.whole("transB", 0):
        y = _turned(y)
    return matmul(call, x, y)


def _turned(x: Value) -> Value:
    if isinstance(x, Map):
        return swapped(x)
    return x._replace(dims=(*x.dims[:-2], *x.dims[:-3:-1]), values=None)


def _einsum(call: Call) -> Result:
    text = call.text("equation", "").replace(" ", "")
    before, arrow, after = text.partition("->")
    given = before.split(",")
    if "." in text or not re.fullmatch("[A-Za-z,]*(->[A-Za-z]*)?", text):
        raise call.fault(f"the equation {text[:60]} is not read")
    if not arrow:
        letters = sorted(set(before) - {","})
        after = "".join(one for one in letters if before.count(one) == 1)
    values = [call.value(place) for place in range(len(given))]
    ranks = [len(value.dims) for value in values]
    if ranks != list(map(len, given)) or len(given) > 2 or any(len(set(t)) < len(t) for t in given):
        raise call.fault(f"the equation {text[:60]} is not read")
    maps = [call.drafts.as_map(value, call.op) for value in values]
    return einsum(call, maps, [list(term) for term in given], list(after))


def _batch_norm(call: Call) -> Result:
    x = call.map(0)
    if len(x.dims) < 2:
        raise call.fault(f"reads a tensor with {len(x.dims)} axes")
    if x.view.own[1] != x.view.axes[1]:
        x = call.drafts.plain(x, call.op)
    return [_added(call, x, "batch_norm", {})] * max(1, len(call.op.outputs))


def _added(call: Call, x: Map, type_: str, fields: dict[str, Any]) -> Map:
    return x._replace(out=call.drafts.add(type_, fields, [x.out], call.op))


def _layer_norm(call: Call) -> Result:
    x = call.map(0)
    axis = call.axis(call.whole("axis", -1), len(x.dims))
    return [norm(call, x, axis, "layer_norm", bias=call.has(2))] * max(1, len(call.op.outputs))


def norm(call: Call, x: Map, axis: int, type_: str, *, bias: bool = True) -> Map:
    """A norm over the last axes of a tensor, from one on, which become the channels."""
    fields = {"bias": False} if type_ == "layer_norm" and not bias else {}
    if axis == len(x.dims) - 1:
        arranged = call.drafts.channels_last(x, call.op)
        return _added(call, arranged, type_, fields)
    rest = [prod(x.dims[axis:])]
    view = x.view.reshaped([*x.dims[:axis], *rest])
    assert view is not None  # axes that stand side by side always go together
    whole = call.drafts.channels_last(x.seen(view), call.op)
    made = _added(call, whole, type_, fields)
    again = made.view.reshaped(x.dims)
    assert again is not None
    return made.seen(again)


def _rms_norm(call: Call) -> Result:
    x = call.map(0)
    axis = call.axis(call.whole("axis", -1), len(x.dims))
    return norm(call, x, axis, "rms_norm")


def _skip_norm(type_: str) -> Handler:
    """A norm of a sum, as ONNX Runtime fuses them."""

    def make(call: Call) -> Result:
        x = combined(call, "add", call.value(0), call.value(1))
        biases = 4 if type_ == "layer_norm" else 3
        if call.has(biases):
            x = combined(call, "add", x, call.value(biases))
        made = norm(call, x, len(x.dims) - 1, type_, bias=call.has(3))
        return [made, made, made, x]

    return make


def _instance_norm(call: Call) -> Result:
    """By the statistics of each channel; where groups were reshaped to channels, of each group."""
    x = call.map(0)
    own, axes = x.view.own, x.view.axes
    groups = axes[1] if len(axes) > 1 else ()
    is_of_groups = len(groups) < len(own[1]) and own[1][: len(groups)] == groups
    if is_of_groups and atoms_of(axes[1:]) == atoms_of(own[1:]):
        # Its own scale and bias are ones and zeros: those of the norm follow, one a channel.
        fields = {"groups": size_of(groups), "scale": False, "bias": False}
        return _added(call, x, "group_norm", fields)
    return _of_each_channel(call)


def _of_each_channel(call: Call, **fields: Any) -> Map:
    """A norm by the statistics of each channel."""
    x = call.drafts.plain(call.map(0), call.op)
    out = _added(call, x, "group_norm", {"groups": size_of(x.view.own[1]), **fields})
    out.out.draft.fields["groups"] = "in_channels"  # at any width
    return out


def _group_norm(call: Call) -> Result:
    x = call.drafts.plain(call.map(0), call.op)
    return _added(call, x, "group_norm", {"groups": call.whole("num_groups", 1)})


def _local_norm(call: Call) -> Result:
    x = call.drafts.plain(call.map(0), call.op)
    return _added(call, x, "local_response_norm", {"window": call.whole("size", 5)})


def _divided_by_norm(call: Call) -> Result:
    """Elements divided by the norm of those along an axis."""
    x = call.map(0)
    axis = call.axis(call.whole("axis", -1), len(x.dims))
    return merged(call, "divide", [x, reduced(call, x, [axis], "norm")])


def _mean_variance_norm(call: Call) -> Result:
    return _of_each_channel(call, scale=False, bias=False)


def _reduce(function: str) -> Handler:
    def make(call: Call) -> Result:
        x = call.map(0)
        axes = axes_of(call, len(x.dims))
        if axes == [] and call.whole("noop_with_empty_axes", 0):
            return x
        axes = axes or list(range(len(x.dims)))
        batch = [n for n, axis in enumerate(x.view.axes) if any(a.is_batch for a in axis)]
        if any(x.dims[n] == 1 for n in batch):
            axes_ = [axis for axis in axes if axis not in batch]
        else:
            axes_ = axes
        made = reduced(call, x, axes_, function)
        return without_axes(made, axes, keep=bool(call.whole("keepdims", 1)))

    return make


def _best(call: Call) -> Result:
    """ArgMax and ArgMin."""
    x = call.map(0)
    axis = call.axis(call.whole("axis", 0), len(x.dims))
    made = reduced(call, x, [axis], "max" if call.op.type == "ArgMax" else "min")
    keep = bool(call.whole("keepdims", 1))
    return without_axes(made, [axis], keep=keep)._replace(type="int64")


PRODUCTS: Table = {
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Einsum": _einsum,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "RMSNormalization": _rms_norm,
    "SimplifiedLayerNormalization": _rms_norm,
    "com.microsoft.SimplifiedLayerNormalization": _rms_norm,
    "com.microsoft.LayerNormalization": _layer_norm,
    "com.microsoft.SkipLayerNormalization": _skip_norm("layer_norm"),
    "com.microsoft.SkipSimplifiedLayerNormalization": _skip_norm("rms_norm"),
    "InstanceNormalization": _instance_norm,
    "GroupNormalization": _group_norm,
    "MeanVarianceNormalization": _mean_variance_norm,
    "LpNormalization": _divided_by_norm,
    "LRN": _local_norm,
    "ReduceMean": _reduce("mean"),
    "ReduceSum": _reduce("sum"),
    "ReduceMax": _reduce("max"),
    "ReduceMin": _reduce("min"),
    "ReduceProd": _reduce("product"),
    "ReduceL1": _reduce("norm"),
    "ReduceL2": _reduce("norm"),
    "ReduceSumSquare": _reduce("norm"),
    "ReduceLogSum": _reduce("sum"),
    "ReduceLogSumExp": _reduce("norm"),
    "ArgMax": _best,
    "ArgMin": _best,
}
