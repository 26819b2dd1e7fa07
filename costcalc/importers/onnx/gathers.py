"""ONNX ops that take elements by several indices each."""

from __future__ import annotations

from math import prod

from costcalc.importers.graphs.call import Call, Result, Table
from costcalc.importers.graphs.moves import repeated
from costcalc.importers.graphs.values import Constant
from costcalc.importers.onnx.moves import as_shape


def _by_points(call: Call) -> Result:
    """GatherND: each row of the indices names a place along the first axes."""
    x, places = call.value(0), call.value(1)
    if call.whole("batch_dims", 0) or not places.dims or not 1 <= places.dims[-1] <= len(x.dims):
        raise call.fault(f"indices of {list(places.dims)} into {list(x.dims)}")
    count = places.dims[-1]
    dims = (*places.dims[:-1], *x.dims[count:])
    if isinstance(x, Constant):
        return Constant(dims, x.type, None, x.name)
    row = as_shape(call, x, [prod(x.dims[:count]), *x.dims[count:]])
    taken = repeated(call, call.drafts.as_map(row, call.op), 0, prod(places.dims[:-1]))
    return as_shape(call, taken, dims)


def _by_elements(call: Call) -> Result:
    """GatherElements: as many elements as there are indices."""
    x, places = call.value(0), call.value(1)
    if len(places.dims) != len(x.dims) or not prod(places.dims):
        raise call.fault(f"indices of {list(places.dims)} into {list(x.dims)}")
    if isinstance(x, Constant):
        return Constant(places.dims, x.type, None, x.name)
    for axis, count in enumerate(places.dims):
        if x.dims[axis] != count:
            x = repeated(call, x, axis, count)
    return x


GATHERS: Table = {"GatherND": _by_points, "GatherElements": _by_elements}
