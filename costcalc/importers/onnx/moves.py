"""ONNX ops that move, repeat or cut elements and compute nothing."""

from __future__ import annotations

from math import prod

from costcalc.importers.graphs.call import Call, Result, Table
from costcalc.importers.graphs.drafts import reshaped
from costcalc.importers.graphs.model import Tensor
from costcalc.importers.graphs.values import Constant, Map


def _reshape(call: Call) -> Result:
    x = call.value(0)
    wanted = call.integers(1)
    dims = list(x.dims)
    if not call.whole("allowzero", 0):
        wanted = [
            dims[place] if size == 0 and place < len(dims) else size
            for place, size in enumerate(wanted)
        ]
    return as_shape(call, x, wanted)


def as_shape(call: Call, x: Constant | Map, wanted: list[int]) -> Result:
    """A tensor in another shape, of which -1 is what is left."""
    count = prod(x.dims)
    known = prod(size for size in wanted if size != -1)
    if wanted.count(-1) == 1 and known and not count % known:
        wanted = [count // known if size == -1 else size for size in wanted]
    if prod(wanted) != count or min(wanted, default=0) < 0:
        raise call.fault(f"{list(x.dims)} cannot be reshaped to {wanted}")
    if isinstance(x, Constant):
        return x._replace(dims=tuple(wanted))
    return reshaped(call.drafts, x, wanted, call.op)


def _flatten(call: Call) -> Result:
    x = call.value(0)
    axis = call.whole("axis", 1)
    axis = axis + len(x.dims) if axis < 0 else axis
    return as_shape(call, x, [prod(x.dims[:axis]), prod(x.dims[axis:])])


def _same(call: Call) -> Result:
    return call.value(0)


def _constant(call: Call) -> Result:
    for key, value in call.op.attributes.items():
        if isinstance(value, Tensor):
            dims = tuple(dim if isinstance(dim, int) else 0 for dim in value.dims or ())
            return Constant(dims, value.type, value.values, call.op.outputs[0])
        if key in ("value_int", "value_float"):
            return Constant((), "int64" if key == "value_int" else "float32", (value,))
        if key in ("value_ints", "value_floats"):
            type_ = "int64" if key == "value_ints" else "float32"
            return Constant((len(value),), type_, tuple(value))
    raise call.fault("it states no value")


MOVES: Table = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Identity": _same,
    "Dropout": _same,
    "Constant": _constant,
}
