"""An operator of TensorFlow Lite with the tensors that it reads, and how it becomes ops of ONNX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.values import Constant, Value
from costcalc.importers.onnx.composed import Composed
from costcalc.importers.tflite.schema import ACTIVATIONS

Made: TypeAlias = "Value | Sequence[Value]"
Write: TypeAlias = "Callable[[Step], Made]"
_ACTIVATE: Mapping[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "hard_tanh": ("Clip", {"min": -1.0, "max": 1.0}),
    "relu6": ("Clip", {"min": 0.0, "max": 6.0}),
    "tanh": ("Tanh", {}),
    "sign": ("Sign", {}),
}


class Step(Composed):
    """An operator with its tensors."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.kind = call.op.type
        self.count = len(call.inputs)
        self.has = call.has
        self.read = call.value
        self.known = call.integers

    def option(self, name: str) -> int:
        return self.call.whole(name, 0)

    def shape(self, place: int = 0, rank: int | None = None) -> tuple[int, ...]:
        """The shape of an input, which has so many axes."""
        shape = self.read(place).dims
        if rank is not None and len(shape) != rank:
            raise self.fault(f"input {place} has {len(shape)} axes, not {rank}")
        return shape

    def made(self, place: int = 0) -> tuple[int, ...]:
        """The shape of an output, as the file states it; -1 is a side that it leaves open."""
        outputs = self.call.op.outputs
        stated = self.call.graph.tensors.get(outputs[place]) if place < len(outputs) else None
        dims = () if stated is None or stated.dims is None else stated.dims
        return tuple(dim if isinstance(dim, int) else -1 for dim in dims)

    def axis(self, place: int, rank: int) -> int:
        """An axis that an input names, counted from the front."""
        (axis,) = self.known(place)[:1] or (0,)
        return self.call.axis(axis, rank)

    def stored(self, place: int, dims: Sequence[int]) -> Constant:
        """Weights, in the order of axes that ONNX has them in."""
        return self.call.weights(place)._replace(dims=tuple(dims), values=None)

    def activated(self, x: Value, activation: str = "") -> Value:
        """What is behind the activation that is in the operator."""
        word = activation or ACTIVATIONS[self._activation()]
        if not word:
            return x
        type_, attributes = _ACTIVATE[word]
        return self.add(type_, [x], **attributes)

    def _activation(self) -> int:
        number = self.option("activation")
        if not 0 <= number < len(ACTIVATIONS):
            raise self.fault(f"an unknown activation, {number}")
        return number

    # The order of axes: channels are last in the file, and first in ONNX's windows

    def channels_first(self, place: int) -> Value:
        rank = len(self.shape(place))
        return self.turned(self.read(place), [0, rank - 1, *range(1, rank - 1)])

    def channels_last(self, x: Value) -> Value:
        return self.turned(x, [0, *range(2, len(x.dims)), 1])
