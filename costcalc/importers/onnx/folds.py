"""What ONNX ops compute of tensors that no input changes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from costcalc.importers.graphs import numbers
from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.values import MAX_VALUES, Constant
from costcalc.importers.onnx.tensors import TYPES


def _divided(one: Any, other: Any) -> Any:
    """Whole numbers are cut off towards 0."""
    if isinstance(one, float) or isinstance(other, float):
        return one / other
    quotient = abs(one) // abs(other)
    return quotient if (one < 0) == (other < 0) else -quotient


def _rounded(value: Any) -> Any:
    return float(round(value))  # to the nearest even number, as ONNX has it


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": _divided,
    "Mod": lambda a, b: math.fmod(a, b) if isinstance(a, float) else a % b,
    "Pow": lambda a, b: a**b if abs(b) <= 64 and abs(a) <= 1 << 32 else math.pow(a, b),
    "Max": lambda *listed: max(listed),
    "Min": lambda *listed: min(listed),
    "Sum": lambda *listed: sum(listed),
    "Neg": operator.neg,
    "Abs": abs,
    "Sign": lambda a: (a > 0) - (a < 0),
    "Floor": lambda a: float(math.floor(a)),
    "Ceil": lambda a: float(math.ceil(a)),
    "Round": _rounded,
    "Sqrt": math.sqrt,
    "Exp": math.exp,
    "Log": math.log,
    "Reciprocal": lambda a: 1 / a,
    "Where": lambda condition, a, b: a if condition else b,
}
_TESTS: Mapping[str, Callable[..., Any]] = {
    "Equal": operator.eq,
    "Greater": operator.gt,
    "GreaterOrEqual": operator.ge,
    "Less": operator.lt,
    "LessOrEqual": operator.le,
    "And": lambda a, b: bool(a and b),
    "Or": lambda a, b: bool(a or b),
    "Xor": lambda a, b: bool(a) != bool(b),
    "Not": operator.not_,
}
_REDUCED: Mapping[str, Callable[[list[Any]], Any]] = {
    "ReduceSum": sum,
    "ReduceProd": math.prod,
    "ReduceMax": max,
    "ReduceMin": min,
    "ReduceMean": lambda row: sum(row) / len(row),
}


def fold(call: Call) -> Constant | None:
    """Compute an op whose inputs are all stored; None where it is not known how."""
    given = [value for value in call.inputs if isinstance(value, Constant)]
    type_ = call.op.type
    if not given:
        return None
    if type_ in _FUNCTIONS:
        kind = given[-1 if type_ == "Where" else 0].type
        return numbers.of_each(_FUNCTIONS[type_], given, kind)
    if type_ in _TESTS:
        return numbers.of_each(_TESTS[type_], given, "bool")
    if type_ in _REDUCED:
        return _reduced(call, given[0])
    make = _FOLDS.get(type_)
    return None if make is None else make(call, given[0])


def axes_of(call: Call, rank: int) -> list[int] | None:
    """The axes that an attribute or, since opset 13 or 18, an input names; None is all of them."""
    if call.has(1):
        listed = call.integers(1)
    elif "axes" in call.op.attributes:
        listed = call.wholes("axes")
    else:
        return None
    return [call.axis(axis, rank) for axis in listed]


def _reduced(call: Call, x: Constant) -> Constant:
    axes = axes_of(call, len(x.dims))
    if not axes:
        if axes == [] and call.whole("noop_with_empty_axes", 0):
            return x
        axes = list(range(len(x.dims)))
    keep = bool(call.whole("keepdims", 1))
    return numbers.reduced(x, axes, _REDUCED[call.op.type], keep)


def _cast(call: Call, x: Constant) -> Constant:
    type_ = TYPES.get(call.whole("to", 1), "")
    if x.values is None:
        return x._replace(type=type_)
    try:
        if type_ == "bool":
            return x._replace(type=type_, values=tuple(map(bool, x.values)))
        if "int" in type_:
            return x._replace(type=type_, values=tuple(map(int, x.values)))
        return x._replace(type=type_, values=tuple(map(float, x.values)))
    except (ArithmeticError, ValueError):
        return x._replace(type=type_, values=None)


def _range(call: Call, x: Constant) -> Constant | None:
    start, limit, step = (call.only(place) for place in range(3))
    if not step:
        raise call.fault("a step of 0")
    count = max(0, math.ceil((limit - start) / step))
    if count > MAX_VALUES:
        return Constant((count,), x.type)
    return Constant((count,), x.type, tuple(start + place * step for place in range(count)))


def _nonzero(call: Call, x: Constant) -> Constant | None:
    if x.values is None:
        return None
    pairs = zip(numbers.indices(x.dims), x.values, strict=True)
    found = [index for index, value in pairs if value]
    values = tuple(index[axis] for axis in range(len(x.dims)) for index in found)
    return Constant((len(x.dims), len(found)), "int64", values)


def _running_sum(call: Call, x: Constant) -> Constant:
    if x.values is None or len(x.dims) != 1 or call.whole("reverse", 0):
        return x._replace(values=None)
    total: Any = 0
    values: list[Any] = []
    for value in x.values:
        before, total = total, total + value
        values.append(before if call.whole("exclusive", 0) else total)
    return x._replace(values=tuple(values))


def _changed(call: Call, x: Constant) -> Constant:
    """As many elements, of which some are others."""
    return x._replace(values=None)


_FOLDS: Mapping[str, Callable[[Call, Constant], Constant | None]] = {
    "Cast": _cast,
    "CastLike": lambda call, x: x._replace(type=call.weights(1).type),
    "Range": _range,
    "NonZero": _nonzero,
    "CumSum": _running_sum,
    "ScatterND": _changed,
    "ScatterElements": _changed,
    "Trilu": _changed,
}
