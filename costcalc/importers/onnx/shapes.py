"""ONNX ops that speak of shapes, hand on what they read, or state numbers."""

from __future__ import annotations

from math import prod

from costcalc.importers.graphs.call import Call, Result, Table
from costcalc.importers.graphs.model import Tensor
from costcalc.importers.graphs.numbers import is_small
from costcalc.importers.graphs.values import Constant
from costcalc.importers.onnx.tensors import TYPES


def _same(call: Call) -> Result:
    x = call.value(0)
    return [x] * max(1, len(call.op.outputs))


def _cast(call: Call) -> Result:
    return call.map(0)._replace(type=TYPES.get(call.whole("to", 1), ""))


def _constant(call: Call) -> Result:
    for key, value in call.op.attributes.items():
        if isinstance(value, Tensor):
            dims = tuple(dim if isinstance(dim, int) else 0 for dim in value.dims or ())
            name = next(iter(call.op.outputs), "")
            call.drafts.tensors[name] = value._replace(name=name)
            return Constant(dims, value.type, value.values, name)
        if key in ("value_int", "value_float"):
            return Constant((), "int64" if key == "value_int" else "float32", (value,))
        if key in ("value_ints", "value_floats"):
            type_ = "int64" if key == "value_ints" else "float32"
            return Constant((len(value),), type_, tuple(value))
        if key in ("value_string", "value_strings"):
            return Constant((), "string")
    raise call.fault("it states no value")


def _shape(call: Call) -> Result:
    dims = call.value(0).dims
    start, end = call.whole("start", 0), call.op.attributes.get("end")
    part = dims[start:end] if end is None or isinstance(end, int) else dims
    return Constant((len(part),), "int64", tuple(part))


def _size(call: Call) -> Result:
    return Constant((), "int64", (prod(call.value(0).dims),))


def _filled(call: Call) -> Result:
    dims = tuple(call.integers(0))
    if min(dims, default=0) < 0:
        raise call.fault(f"the shape {list(dims)}")
    given = call.op.attributes.get("value")
    tensor = given if isinstance(given, Tensor) else Tensor("", [1], "float32", (0.0,))
    value = tensor.values[0] if tensor.values else 0
    values = (value,) * prod(dims) if is_small(dims) else None
    return Constant(dims, tensor.type, values)


def _random(call: Call) -> Result:
    """Numbers that are drawn anew each time: as many as are wanted, and they cost nothing."""
    given = call.inputs[0] if call.inputs else None
    dims = tuple(call.wholes("shape")) if given is None else given.dims
    return Constant(dims, "drawn")


def _range(call: Call) -> Result:
    raise call.undecided("its bounds depend on the input's values", "its length is a shape")


def _eye(call: Call) -> Result:
    return Constant(call.value(0).dims, "constant")


SHAPES: Table = {
    "Identity": _same,
    "Dropout": _same,
    "Cast": _cast,
    "CastLike": _same,
    "Constant": _constant,
    "Shape": _shape,
    "Size": _size,
    "ConstantOfShape": _filled,
    "RandomNormal": _random,
    "RandomUniform": _random,
    "RandomNormalLike": _random,
    "RandomUniformLike": _random,
    "EyeLike": _eye,
    "Range": _range,
}
