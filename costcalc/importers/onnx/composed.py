"""Ops of ONNX as other formats use them, to say what their own ops compute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.values import Constant, Map, Value, integers, transposed
from costcalc.importers.onnx.table import OPS


class Composed:
    """An op of another format, which is composed of ops of ONNX."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def fault(self, message: str, hint: str | None = None) -> CostcalcError:
        return self.call.fault(message, hint)

    def parts(
        self, type: str, inputs: Sequence[Value | None], /, **attributes: Any
    ) -> Sequence[Value]:
        """The tensors that an op of ONNX makes, as many as this one does."""
        if type not in OPS:
            raise self.fault(f"no layer is known for the op {type} that it is read as")
        given = self.call.op
        op = given._replace(
            type=type, title=given.called, inputs=[""] * len(inputs), attributes=attributes
        )
        made = OPS[type](self.call._replace(op=op, inputs=inputs))
        return [made] if isinstance(made, (Constant, Map)) else made

    def add(self, type: str, inputs: Sequence[Value | None], /, **attributes: Any) -> Value:
        """The first tensor that an op of ONNX makes."""
        return self.parts(type, inputs, **attributes)[0]

    def turned(self, x: Value, order: Sequence[int]) -> Value:
        """A tensor with its axes in another order."""
        if sorted(order) != list(range(len(x.dims))):
            raise self.fault(f"{list(order)} is no order of {len(x.dims)} axes")
        return transposed(x, order)

    def reshaped(self, x: Value, shape: Sequence[int]) -> Value:
        return self.add("Reshape", [x, integers(shape)])
