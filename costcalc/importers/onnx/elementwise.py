"""ONNX ops that compute each element by itself, or of several tensors together."""

from __future__ import annotations

from costcalc.importers.graphs.call import Call, Handler, Result, Table
from costcalc.importers.graphs.elementwise import combined, merged, of_each
from costcalc.importers.graphs.values import Constant, Map


def _activation(type_: str) -> Handler:
    def make(call: Call) -> Result:
        x = call.value(0)
        return x._replace(values=None) if isinstance(x, Constant) else of_each(call, x, type_)

    return make


def _clip(call: Call) -> Result:
    x = call.map(0)
    low = call.number("min", -3.4e38) if "min" in call.op.attributes else _bound(call, 1)
    high = call.number("max", 3.4e38) if "max" in call.op.attributes else _bound(call, 2)
    is_six = low == 0 and high is not None and 5.99 < high < 6.01
    return of_each(call, x, "relu6" if is_six else "relu" if low == 0 and high is None else "relu6")


def _bound(call: Call, place: int) -> float | None:
    found = call.constant(place)
    return None if found is None else found.scalar


def _merge(type_: str) -> Handler:
    def make(call: Call) -> Result:
        values = [call.value(place) for place in range(len(call.inputs))]
        maps = [value for value in values if isinstance(value, Map)]
        if len(values) == 2:
            return combined(call, type_, *values)
        if len(values) == 1:
            return values[0]
        return merged(call, type_, maps)

    return make


ELEMENTWISE: Table = {
    "Relu": _activation("relu"),
    "LeakyRelu": _activation("leaky_relu"),
    "ThresholdedRelu": _activation("relu"),
    "Elu": _activation("elu"),
    "Celu": _activation("elu"),
    "Selu": _activation("selu"),
    "Sigmoid": _activation("sigmoid"),
    "HardSigmoid": _activation("hard_sigmoid"),
    "HardSwish": _activation("hard_swish"),
    "Mish": _activation("mish"),
    "Gelu": _activation("gelu"),
    "Swish": _activation("silu"),
    "Tanh": _activation("tanh"),
    "Softmax": _activation("softmax"),
    "LogSoftmax": _activation("softmax"),
    "Clip": _clip,
    "Add": _merge("add"),
    "Sum": _merge("add"),
    "Sub": _merge("subtract"),
    "Mul": _merge("multiply"),
    "Div": _merge("divide"),
    "Max": _merge("maximum"),
    "Min": _merge("minimum"),
}
