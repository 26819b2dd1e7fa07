"""Operators that compute with elements, and products with weights."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from costcalc.importers.graphs.values import Constant, Value, integers
from costcalc.importers.tflite.steps import Made, Step, Write


def _one(type_: str, **attributes: Any) -> Write:
    """An op of one map."""
    return lambda step: step.add(type_, [step.read(0)], **attributes)


def _two(type_: str) -> Write:
    """An op of two maps."""
    return lambda step: step.add(type_, [step.read(0), step.read(1)])


def _activated(type_: str) -> Write:
    """An op of two maps with an activation behind it."""
    return lambda step: step.activated(step.add(type_, [step.read(0), step.read(1)]))


def _word(activation: str) -> Write:
    return lambda step: step.activated(step.read(0), activation)


def _sum(step: Step) -> Made:
    return step.add("Sum", [step.read(n) for n in range(step.count)])


def _rsqrt(step: Step) -> Made:
    return step.add("Reciprocal", [step.add("Sqrt", [step.read(0)])])


def _square(step: Step) -> Made:
    x = step.read(0)
    return step.add("Mul", [x, x])


def _squared_difference(step: Step) -> Made:
    x = step.add("Sub", [step.read(0), step.read(1)])
    return step.add("Mul", [x, x])


def _chosen(step: Step) -> Made:
    return step.add("Where", [step.read(place) for place in (0, 1, 2)])


def _reduced(type_: str) -> Write:
    def write(step: Step) -> Made:
        keeps = 1 if step.option("keeps_dims") else 0
        axes = integers(step.known(1))
        return step.add(type_, [step.read(0), axes], keepdims=keeps)

    return write


def _best(type_: str) -> Write:
    def write(step: Step) -> Made:
        axis = step.axis(1, len(step.shape()))
        return step.add(type_, [step.read(0)], axis=axis, keepdims=0)

    return write


def _top(step: Step) -> Made:
    return step.parts("TopK", [step.read(0), integers(step.known(1))], axis=-1)


def _fully_connected(step: Step) -> Made:
    """Weights of (out, in): of each sample's elements, or of each place if it keeps the axes."""
    width = step.shape(1, 2)[1]
    shape = step.shape()
    if not width or prod(shape) % width:
        raise step.fault(f"weights of {width} do not divide a map of {prod(shape):,} elements")
    x, weights = step.read(0), step.read(1)
    bias = [step.read(2)] if step.has(2) else []
    if not step.option("keeps_dims") or len(shape) < 2:
        x = step.reshaped(x, [prod(shape) // width, width])
    if isinstance(weights, Constant):
        return _fitted(step, step.add("Gemm", [x, weights, *bias], transB=1))
    y = step.add("MatMul", [x, step.turned(weights, [1, 0])])
    return _fitted(step, step.add("Add", [y, *bias]) if bias else y)


def _fitted(step: Step, y: Value) -> Value:
    """A product in the shape that the file states."""
    made = step.made()
    fits = len(made) == len(y.dims) or made.count(-1) > 1
    return step.activated(y if fits else step.reshaped(y, made))


def _product(step: Step) -> Made:
    maps = []
    for place, option in ((0, "adjoint_x"), (1, "adjoint_y")):
        x, rank = step.read(place), len(step.shape(place))
        if step.option(option) and rank > 1:
            order = [*range(rank - 2), rank - 1, rank - 2]
            x = step.turned(x, order)
        maps.append(x)
    return step.add("MatMul", maps)


def _unit(step: Step) -> Made:
    return step.activated(step.add("LpNormalization", [step.read(0)], axis=-1, p=2))


_ONE = {
    "ABS": "Abs", "CEIL": "Ceil", "COS": "Cos", "ELU": "Elu", "EXP": "Exp", "FLOOR": "Floor",
    "GELU": "Gelu", "HARD_SWISH": "HardSwish", "LEAKY_RELU": "LeakyRelu", "LOG": "Log",
    "LOGICAL_NOT": "Not", "LOGISTIC": "Sigmoid", "NEG": "Neg", "RELU": "Relu", "ROUND": "Round",
    "SIGN": "Sign", "SIN": "Sin", "SQRT": "Sqrt", "TANH": "Tanh",
}  # fmt: skip
_TWO = {
    "EQUAL": "Equal", "FLOOR_DIV": "Div", "FLOOR_MOD": "Mod", "GREATER": "Greater",
    "GREATER_EQUAL": "GreaterOrEqual", "LESS": "Less", "NOT_EQUAL": "Equal",
    "LESS_EQUAL": "LessOrEqual",
    "LOGICAL_AND": "And", "LOGICAL_OR": "Or", "MAXIMUM": "Max", "MINIMUM": "Min", "POW": "Pow",
    "PRELU": "PRelu",
}  # fmt: skip
_WITH_ACTIVATION = {"ADD": "Add", "SUB": "Sub", "MUL": "Mul", "DIV": "Div"}
_REDUCED = {
    "MEAN": "ReduceMean", "SUM": "ReduceSum", "REDUCE_MAX": "ReduceMax",
    "REDUCE_MIN": "ReduceMin", "REDUCE_PROD": "ReduceProd", "REDUCE_ANY": "ReduceMax",
    "REDUCE_ALL": "ReduceMin",
}  # fmt: skip
MATHS: Mapping[str, Write] = {
    **{kind: _one(type_) for kind, type_ in _ONE.items()},
    **{kind: _two(type_) for kind, type_ in _TWO.items()},
    **{kind: _activated(type_) for kind, type_ in _WITH_ACTIVATION.items()},
    **{kind: _reduced(type_) for kind, type_ in _REDUCED.items()},
    "RELU6": _word("relu6"),
    "RELU_N1_TO_1": _word("hard_tanh"),
    "RELU_0_TO_1": _one("Clip", min=0.0, max=1.0),
    "SOFTMAX": _one("Softmax", axis=-1),
    "LOG_SOFTMAX": _one("LogSoftmax", axis=-1),
    "CUMSUM": _one("CumSum"),
    "ADD_N": _sum,
    "RSQRT": _rsqrt,
    "SQUARE": _square,
    "SQUARED_DIFFERENCE": _squared_difference,
    "SELECT": _chosen,
    "SELECT_V2": _chosen,
    "ARG_MAX": _best("ArgMax"),
    "ARG_MIN": _best("ArgMin"),
    "TOPK_V2": _top,
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _product,
    "L2_NORMALIZATION": _unit,
}
