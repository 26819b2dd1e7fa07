"""ONNX ops with weights that are no windows: linear layers and norms."""

from __future__ import annotations

from typing import Any

from costcalc.importers.graphs.axes import View, fresh
from costcalc.importers.graphs.call import Call, Result, Table
from costcalc.importers.graphs.values import Map


def linear(call: Call, x: Map, in_features: int, out_features: int, *, bias: bool) -> Map:
    """Over the tensor's last axis: a linear layer, or at every place a pointwise convolution."""
    if x.dims[-1] != in_features:
        raise call.fault(f"weights of {in_features} rows on a tensor of {x.dims[-1]} columns")
    x = call.drafts.channels_last(x, call.op)
    sides = len(x.view.own) - 2
    own: dict[str, Any] = {} if bias else {"bias": False}
    if sides > 1:
        type_, fields = f"pointwise_conv{sides}d", {"out_channels": out_features}
    else:
        type_, fields = "linear", {"out_features": out_features}
    out = call.drafts.add(type_, {**fields, **own}, [x.out], call.op)
    (channels,) = fresh([out_features])
    view = View((x.view.own[0], channels, *x.view.own[2:]), (*x.view.axes[:-1], channels))
    return Map(out, view, x.type)


def _gemm(call: Call) -> Result:
    weights = call.weights(1)
    if len(weights.dims) != 2:
        raise call.fault(f"weights with {len(weights.dims)} axes")
    rows, columns = reversed(weights.dims) if call.whole("transB", 0) else weights.dims
    if call.whole("transA", 0):
        raise call.fault("transA is not read")
    return linear(call, call.map(0), rows, columns, bias=call.has(2))


def _batch_norm(call: Call) -> Result:
    x = call.map(0)
    if len(x.view.own) < 2 or x.view.own[1] != x.view.axes[1]:
        x = call.drafts.plain(x, call.op)
    return x._replace(out=call.drafts.add("batch_norm", {}, [x.out], call.op))


PRODUCTS: Table = {
    "Gemm": _gemm,
    "BatchNormalization": _batch_norm,
}
