"""ONNX ops that compute each element by itself, or of several tensors together."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from costcalc.importers.graphs.alignment import reshaped
from costcalc.importers.graphs.axes import View, fresh
from costcalc.importers.graphs.call import Call, Handler, Result, Table
from costcalc.importers.graphs.elementwise import combined, merged, of_each, spread
from costcalc.importers.graphs.moves import sliced
from costcalc.importers.graphs.values import Constant, Map, Value

MAX_FACTOR = 10**6
"""Of an interpolation: how many times as large a side may become."""


def _activation(type_: str) -> Handler:
    return lambda call: of_each(call, call.map(0), type_)


def _function(name: str) -> Handler:
    return lambda call: of_each(call, call.map(0), "elementwise", function=name)


def _clip(call: Call) -> Result:
    x = call.map(0)
    low = call.op.attributes.get("min", _bound(call, 1))
    high = call.op.attributes.get("max", _bound(call, 2))
    if low == 0 and (high is None or high == 6):
        return of_each(call, x, "relu" if high is None else "relu6")
    out = of_each(call, x, "elementwise", function="clip")
    out.out.draft.bounds = (low, high)
    return out


def _bound(call: Call, place: int) -> float | None:
    found = call.constant(place)
    return None if found is None else found.scalar


def _gelu(call: Call) -> Result:
    x: Value = call.value(0)
    if call.has(1):  # BiasGelu
        x = combined(call, "add", x, call.value(1))
    return of_each(call, call.drafts.as_map(x, call.op), "gelu")


def _merge(type_: str, **fields: Any) -> Handler:
    def make(call: Call) -> Result:
        values = [value for value in call.inputs if value is not None]
        if not values:
            raise call.fault("it reads nothing")
        if len(values) == 1:
            return values[0]
        if len(values) == 2:
            return combined(call, type_, *values, **fields)
        maps = [call.drafts.as_map(value, call.op) for value in values]
        return merged(call, type_, maps, **fields)

    return make


def _power(call: Call) -> Result:
    x, power = call.map(0), call.value(1)
    if isinstance(power, Constant) and power.size == 1:
        names = {2: "square", 0.5: "sqrt", -1: "reciprocal"}
        known = names.get(power.scalar) if power.scalar is not None else None
        out = of_each(call, x, "elementwise", function=known or "power")
        out.out.draft.scalar = power.scalar
        return out
    return combined(call, "elementwise", x, power, function="power")


def _prelu(call: Call) -> Result:
    x, slopes = call.map(0), call.value(1)
    if not isinstance(slopes, Constant):
        return merged(call, "elementwise", [x, call.map(1)], function="select")
    count = slopes.size
    if not call.drafts.is_of_channels(x, slopes):
        if count not in (1, x.dims[1] if len(x.dims) > 1 else 1):
            return combined(call, "elementwise", x, slopes, function="select")
        if len(x.dims) > 1 and x.view.own[1] != x.view.axes[1]:
            x = call.drafts.plain(x, call.op)
    out = of_each(call, x, "prelu", **({"num_parameters": count} if count > 1 else {}))
    if count > 1:
        out.out.draft.fields["num_parameters"] = "in_channels"  # at any width
    return out


def _top(call: Call) -> Result:
    """The largest elements along an axis: as many as are wanted, each of all compared."""
    x = call.map(0)
    axis = call.axis(call.whole("axis", -1), len(x.dims))
    count = int(call.only(1)) if call.has(1) else call.whole("k", 1)
    if not 1 <= count <= x.dims[axis]:
        raise call.fault(f"{count} of {x.dims[axis]} places")
    compared = of_each(call, x, "elementwise", function="compare")
    dims = tuple(count if n == axis else side for n, side in enumerate(x.dims))
    found = compared if count == x.dims[axis] else sliced(call, compared, axis, 0, count, 1)
    assert found.dims == dims
    return [found, found._replace(type="int64")]


def _one_hot(call: Call) -> Result:
    """A new axis, along which each place is compared with the number that the tensor has there."""
    x, depth = call.value(0), int(call.only(1))
    axis = call.axis(call.whole("axis", -1), len(x.dims) + 1)
    if depth < 1:
        raise call.fault(f"a depth of {depth}")
    dims = (*x.dims[:axis], depth, *x.dims[axis:])
    if isinstance(x, Constant):
        return Constant(dims, call.value(2).type)
    wider = x.seen(x.view.with_axes((*x.view.axes[:axis], (), *x.view.axes[axis:])))
    return of_each(call, spread(call, wider, dims), "elementwise", function="compare")


def _quantised(call: Call) -> Result:
    """Rounding to whole numbers and back, which conventions leave out: the map as it is."""
    x = call.value(0)
    return x._replace(values=None) if isinstance(x, Constant) else x


def _dynamic(call: Call) -> Result:
    """Rounding by a scale that is found in the map: the map, the scale and the zero point."""
    x = call.map(0)
    return [x, Constant((), "float32"), Constant((), "uint8")]


def _scattered(call: Call) -> Result:
    """A map of which some places take other elements, which are moved there."""
    x, other = call.value(0), call.value(2) if call.has(2) else None
    if isinstance(x, Constant) and isinstance(other, Map) and other.dims == x.dims:
        return of_each(call, other, "identity")  # every element may be one of those
    return of_each(call, call.map(0), "identity")


def _resize(call: Call) -> Result:
    """Sizes or factors of the sides; those of batch and channels stay."""
    x = call.map(0)
    dims = list(x.dims)
    factors: Sequence[float] | None = None
    if call.op.type == "Upsample":
        factors = call.numbers(1) if call.has(1) else call.op.attributes.get("scales")
    elif call.has(3):
        return resized(call, x, call.integers(3), call.text("mode", "nearest"))
    else:
        place = 2 if len(call.inputs) > 2 else 1
        factors = call.numbers(place) if call.has(place) else None
    if not factors or len(factors) != len(dims):
        raise call.fault("it states neither scales nor sizes for each axis")
    if not all(0 < factor <= MAX_FACTOR for factor in factors):
        raise call.fault(f"scales of {list(factors)[:8]}")
    sizes = [int(side * factor) for side, factor in zip(dims, factors, strict=True)]
    return resized(call, x, sizes, call.text("mode", "nearest"))


def resized(call: Call, x: Map, sizes: Sequence[int], mode: str) -> Map:
    """A map whose sides have other sizes, by interpolation."""
    axes = call.op.attributes.get("axes")
    if isinstance(axes, list) and len(axes) == len(sizes):
        full = list(x.dims)
        for axis, size in zip(axes, sizes, strict=True):
            full[call.axis(axis, len(full))] = size
        sizes = full
    dims = x.dims
    if len(sizes) != len(dims) or min(sizes) < 1:
        raise call.fault(f"sizes of {list(sizes)[:8]} for {list(dims)}")
    changed = [n for n, (old, new) in enumerate(zip(dims, sizes, strict=True)) if old != new]
    if not changed:
        return x
    x = call.drafts.as_sides(x, changed, call.op)
    own = list(x.view.own)
    axes_ = list(x.view.axes)
    sides = own[2:]
    target, factors = [], []
    for place, side in enumerate(sides):
        axis = next((n for n in changed if axes_[n] == side), None)
        old = prod(atom.size for atom in side)
        new = old if axis is None else sizes[axis]
        target.append(new)
        factors.append(new // old if not new % old else 0)
        if axis is not None:
            own[2 + place] = axes_[axis] = fresh([new])[0]
    fields: dict[str, Any] = {"size": target} if not all(factors) else {"scale_factor": factors}
    if all(factors) and len(set(factors)) == 1:
        fields = {"scale_factor": factors[0]}
    if mode != "nearest":
        fields["mode"] = "bilinear"
    out = call.drafts.add("upsample", fields, [x.out], call.op)
    return Map(out, View(tuple(own), tuple(axes_)), x.type)


def _to_depth(call: Call) -> Result:
    x = call.map(0)
    block = call.whole("blocksize", 1)
    n, c, h, w = _four(call, x)
    if block < 1 or h % block or w % block:
        raise call.fault(f"blocks of {block} in a map of {h}x{w}")
    parts = reshaped(call.drafts, x, [n, c, h // block, block, w // block, block], call.op)
    moved = parts.seen(parts.view.transposed([0, 3, 5, 1, 2, 4]))
    dims = [n, c * block * block, h // block, w // block]
    return reshaped(call.drafts, moved, dims, call.op)


def _to_space(call: Call) -> Result:
    x = call.map(0)
    block = call.whole("blocksize", 1)
    n, c, h, w = _four(call, x)
    if block < 1 or c % (block * block):
        raise call.fault(f"blocks of {block} of {c} channels")
    few = c // block**2
    is_crd = call.text("mode", "DCR") == "CRD"
    row = [n, few, block, block, h, w] if is_crd else [n, block, block, few, h, w]
    parts = reshaped(call.drafts, x, row, call.op)
    order = [0, 1, 4, 2, 5, 3] if is_crd else [0, 3, 4, 1, 5, 2]
    moved = parts.seen(parts.view.transposed(order))
    return reshaped(call.drafts, moved, [n, few, h * block, w * block], call.op)


def _four(call: Call, x: Map) -> tuple[int, ...]:
    if len(x.dims) != 4:
        raise call.fault(f"reads a tensor with {len(x.dims)} axes")
    return x.dims


_ACTIVATIONS = {
    "Relu": "relu", "LeakyRelu": "leaky_relu", "ThresholdedRelu": "relu", "Shrink": "relu",
    "Elu": "elu", "Celu": "elu", "Selu": "selu", "Sigmoid": "sigmoid", "Tanh": "tanh",
    "HardSigmoid": "hard_sigmoid", "HardSwish": "hard_swish", "Mish": "mish", "Swish": "silu",
    "Softmax": "softmax", "LogSoftmax": "softmax", "Hardmax": "softmax",
    "com.microsoft.QuickGelu": "silu",
}  # fmt: skip
_FUNCTIONS = {
    "Abs": "abs", "Neg": "negate", "Sign": "sign", "Reciprocal": "reciprocal", "Sqrt": "sqrt",
    "Exp": "exp", "Log": "log", "Erf": "erf", "Floor": "floor", "Ceil": "ceil", "Round": "round",
    "Sin": "sin", "Cos": "cos", "Tan": "tan", "Atan": "arctan", "Asin": "arctan",
    "Acos": "arctan", "Sinh": "sinh", "Cosh": "cosh", "Asinh": "sinh", "Acosh": "cosh",
    "Atanh": "arctan", "Softplus": "softplus", "Softsign": "softsign", "Not": "logic",
    "IsNaN": "compare", "IsInf": "compare", "BitwiseNot": "logic", "CumSum": "remainder",
}  # fmt: skip
_MERGES = {
    "Add": "add", "Sum": "add", "Sub": "subtract", "Mul": "multiply", "Div": "divide",
    "Max": "maximum", "Min": "minimum",
}  # fmt: skip
_COMBINED = {
    "Equal": "compare", "Greater": "compare", "GreaterOrEqual": "compare", "Less": "compare",
    "LessOrEqual": "compare", "And": "logic", "Or": "logic", "Xor": "logic", "Where": "select",
    "Mod": "remainder", "Mean": "select", "BitShift": "logic", "BitwiseAnd": "logic",
    "BitwiseOr": "logic", "BitwiseXor": "logic",
}  # fmt: skip
ELEMENTWISE: Table = {
    **{name: _activation(type_) for name, type_ in _ACTIVATIONS.items()},
    **{name: _function(function) for name, function in _FUNCTIONS.items()},
    **{name: _merge(type_) for name, type_ in _MERGES.items()},
    **{name: _merge("elementwise", function=one) for name, one in _COMBINED.items()},
    "Clip": _clip,
    "Gelu": _gelu,
    "com.microsoft.Gelu": _gelu,
    "com.microsoft.FastGelu": _gelu,
    "com.microsoft.BiasGelu": _gelu,
    "Pow": _power,
    "PRelu": _prelu,
    "TopK": _top,
    "OneHot": _one_hot,
    "QuantizeLinear": _quantised,
    "DequantizeLinear": _quantised,
    "com.microsoft.QuantizeLinear": _quantised,
    "com.microsoft.DequantizeLinear": _quantised,
    "DynamicQuantizeLinear": _dynamic,
    "ScatterND": _scattered,
    "ScatterElements": _scattered,
    "Scatter": _scattered,
    "Trilu": _scattered,
    "Resize": _resize,
    "Upsample": _resize,
    "SpaceToDepth": _to_depth,
    "DepthToSpace": _to_space,
}
