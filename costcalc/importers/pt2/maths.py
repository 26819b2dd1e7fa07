"""ATen's operators that compute with elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.importers.graphs.values import Value, integers
from costcalc.importers.pt2.args import Args, Made, Write

_NEUTRAL = {"Add": 0, "Sub": 0, "Mul": 1, "Div": 1, "Pow": 1}
"""Numbers that leave a map as it is."""


def _one(type_: str, **attributes: Any) -> Write:
    """An op of one map."""
    return lambda args: args.add(type_, [args.value("self", "input")], **attributes)


def _two(type_: str) -> Write:
    """An op of two maps, or of a map and a number; one that changes nothing is left out."""
    neutral = _NEUTRAL.get(type_)

    def write(args: Args) -> Made:
        if neutral is not None and args.given.get("other", args.given.get("exponent")) == neutral:
            return args.value("self", "input")
        x, y = args.value("self", "input"), args.value("other", "exponent")
        if args.has("alpha") and args.given["alpha"] != 1:
            y = args.add("Mul", [y, args.value("alpha")])
        return args.add(type_, [x, y])

    return write


def _reversed(type_: str) -> Write:
    return lambda args: args.add(type_, [args.value("other"), args.value("self")])


def _reciprocal_root(args: Args) -> Made:
    return args.add("Reciprocal", [args.add("Sqrt", [args.value("self")])])


def _square(args: Args) -> Made:
    x = args.value("self")
    return args.add("Mul", [x, x])


def _clamped(args: Args) -> Made:
    """Between two bounds, either of which may be left out."""
    x = args.value("self")
    bounds: dict[str, Any] = {}
    for name, given in (("min", ("min", "min_val")), ("max", ("max", "max_val"))):
        found = next((args.given[one] for one in given if args.has(one)), None)
        if isinstance(found, (int, float)):
            bounds[name] = float(found)
    if "hardtanh" in args.call.op.type:
        bounds = {"min": -1.0, "max": 1.0, **bounds}
    return args.add("Clip", [x], **bounds)


def _softmax(type_: str) -> Write:
    def write(args: Args) -> Made:
        x = args.value("self")
        return args.add(type_, [x], axis=args.axis("dim", len(x.dims)))

    return write


def _reduced(type_: str) -> Write:
    """Over some axes, or all."""

    def write(args: Args) -> Made:
        x = args.value("self", "x")
        axes = [args.call.axis(one, len(x.dims)) for one in args.wholes("dim")]
        inputs = [x, integers(axes)] if axes else [x]
        y = args.add(type_, inputs, keepdims=int(args.flag("keepdim")))
        return [y] * max(len(args.call.op.outputs), 1)

    return write


def _spread(args: Args) -> Value:
    """The mean of squares of what differs from the mean."""
    x = args.value("self")
    rank = len(x.dims)
    axes = [args.call.axis(one, rank) for one in args.wholes("dim", range(rank))]
    mean = args.add("ReduceMean", [x, integers(axes)], keepdims=1)
    off = args.add("Sub", [x, mean])
    squares = args.add("Mul", [off, off])
    return args.add("ReduceMean", [squares, integers(axes)], keepdims=int(args.flag("keepdim")))


def _variance(args: Args) -> Made:
    return _spread(args)


def _deviation(args: Args) -> Made:
    return args.add("Sqrt", [_spread(args)])


def _norm(args: Args) -> Made:
    """The root of the sum of squares."""
    x = args.value("self")
    axes = [args.call.axis(one, len(x.dims)) for one in args.wholes("dim")]
    inputs = [x, integers(axes)] if axes else [x]
    order = args.given.get("ord", args.given.get("p"))
    type_ = "ReduceL1" if order == 1 else "ReduceL2"
    return args.add(type_, inputs, keepdims=int(args.flag("keepdim")))


def _best(type_: str) -> Write:
    def write(args: Args) -> Made:
        x = args.value("self")
        if not args.has("dim"):
            flat = args.reshaped(x, [-1])
            return args.reshaped(args.add(type_, [flat], axis=0, keepdims=1), [])
        axis = args.axis("dim", len(x.dims))
        return args.add(type_, [x], axis=axis, keepdims=int(args.flag("keepdim")))

    return write


def _top(args: Args) -> Made:
    x = args.value("self")
    axis = args.axis("dim", len(x.dims), -1)
    return args.parts("TopK", [x, integers([args.whole("k")])], axis=axis)


def _chosen(args: Args) -> Made:
    return args.add("Where", [args.value("condition"), args.value("self"), args.value("other")])


def _masked(args: Args) -> Made:
    return args.add("Where", [args.value("mask"), args.value("value"), args.value("self")])


def _added_product(args: Args) -> Made:
    """A map and a number times two more."""
    product = args.add("Mul", args.several("tensor1", "tensor2"))
    return args.add("Add", [args.value("self"), product])


def _gated(args: Args) -> Made:
    """Half of an axis, times the sigmoid of the other half."""
    x = args.value("self")
    axis = args.axis("dim", len(x.dims), -1)
    half = x.dims[axis] // 2
    value, gate = args.parts("Split", [x, integers([half, half])], axis=axis)
    return args.add("Mul", [value, args.add("Sigmoid", [gate])])


def _cumulative(args: Args) -> Made:
    x = args.value("self")
    return args.add("CumSum", [x, integers([args.axis("dim", len(x.dims))])])


_ONE = {
    "abs": "Abs", "bitwise_not": "Not", "ceil": "Ceil", "celu": "Celu", "cos": "Cos", "elu": "Elu",
    "erf": "Erf", "exp": "Exp", "floor": "Floor", "gelu": "Gelu", "hardsigmoid": "HardSigmoid",
    "hardswish": "HardSwish", "leaky_relu": "LeakyRelu", "log": "Log", "log1p": "Log",
    "logical_not": "Not", "mish": "Mish", "neg": "Neg", "reciprocal": "Reciprocal", "relu": "Relu",
    "round": "Round", "selu": "Selu", "sigmoid": "Sigmoid", "sign": "Sign", "silu": "Swish",
    "sin": "Sin", "softplus": "Softplus", "softsign": "Softsign", "sqrt": "Sqrt", "tan": "Tan",
    "tanh": "Tanh",
}  # fmt: skip
_TWO = {
    "add": "Add", "bitwise_and": "And", "bitwise_or": "Or", "div": "Div", "eq": "Equal",
    "floor_divide": "Div", "fmod": "Mod", "ge": "GreaterOrEqual", "gt": "Greater",
    "le": "LessOrEqual", "logical_and": "And", "logical_or": "Or", "lt": "Less", "maximum": "Max",
    "minimum": "Min", "mul": "Mul", "pow": "Pow", "remainder": "Mod", "sub": "Sub",
}  # fmt: skip
_REDUCED = {
    "amax": "ReduceMax", "amin": "ReduceMin", "max": "ReduceMax", "mean": "ReduceMean",
    "min": "ReduceMin", "prod": "ReduceProd", "sum": "ReduceSum", "logsumexp": "ReduceLogSumExp",
}  # fmt: skip
MATHS: Mapping[str, Write] = {
    **{name: _one(type_) for name, type_ in _ONE.items()},
    **{name: _two(type_) for name, type_ in _TWO.items()},
    **{name: _reduced(type_) for name, type_ in _REDUCED.items()},
    "rsub": _reversed("Sub"),
    "relu6": _one("Clip", min=0.0, max=6.0),
    **dict.fromkeys(("clamp", "hardtanh", "clamp_min", "clamp_max"), _clamped),
    **dict.fromkeys(("softmax", "_softmax"), _softmax("Softmax")),
    **dict.fromkeys(("log_softmax", "_log_softmax"), _softmax("LogSoftmax")),
    "rsqrt": _reciprocal_root,
    "square": _square,
    "var": _variance,
    "std": _deviation,
    **dict.fromkeys(("linalg_vector_norm", "norm"), _norm),
    "argmax": _best("ArgMax"),
    "argmin": _best("ArgMin"),
    "topk": _top,
    "where": _chosen,
    "masked_fill": _masked,
    "addcmul": _added_product,
    "glu": _gated,
    "cumsum": _cumulative,
}
