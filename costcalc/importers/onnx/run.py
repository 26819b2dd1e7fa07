"""Ops of ONNX as other formats use them, to say what their own ops compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.values import Constant, Map, Value
from costcalc.importers.onnx.table import OPS


def run(
    call: Call, type: str, inputs: Sequence[Value | None], attributes: Mapping[str, Any]
) -> Sequence[Value]:
    """What an op of ONNX makes of values, as part of an op of another format."""
    if type not in OPS:
        raise call.fault(f"no layer is known for the op {type} that it is read as")
    given = call.op
    op = given._replace(
        type=type, title=given.called, inputs=[""] * len(inputs), attributes=attributes
    )
    made = OPS[type](call._replace(op=op, inputs=inputs))
    return [made] if isinstance(made, (Constant, Map)) else made
