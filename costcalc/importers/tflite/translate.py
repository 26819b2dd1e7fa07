"""TensorFlow Lite model files.

Follows schema version 3, as of TensorFlow 2.18 (tensorflow/compiler/mlir/lite/schema/schema.fbs
there). Weights are never read, and nothing is executed.
"""

from __future__ import annotations

from costcalc.errors import CostcalcError, NodePosition
from costcalc.importers.graphs.call import Call, Handler, Result, Table
from costcalc.importers.graphs.items import foreign
from costcalc.importers.graphs.lowering import lowered
from costcalc.importers.tflite.flatten import flattened
from costcalc.importers.tflite.maths import MATHS
from costcalc.importers.tflite.model import read_model
from costcalc.importers.tflite.moves import MOVES
from costcalc.importers.tflite.schema import IDENTIFIER
from costcalc.importers.tflite.states import STATES
from costcalc.importers.tflite.steps import Step, Write
from costcalc.importers.tflite.windows import WINDOWS
from costcalc.language.foreign import Foreign

_RUN = ("CALL", "CALL_ONCE", "IF", "WHILE", "VAR_HANDLE", "ASSIGN_VARIABLE")
"""Operators that say what runs and when, and are no layers."""


def _handler(write: Write) -> Handler:
    def make(call: Call) -> Result:
        return write(Step(call))

    return make


OPS: Table = {
    kind: _handler(write) for kind, write in {**WINDOWS, **MATHS, **MOVES, **STATES}.items()
}
"""The operators that are read, by their names."""


def recognise(data: memoryview) -> bool:
    """Tell a file by its identifier, which stands behind the first offset."""
    return bytes(data[4:8]) == IDENTIFIER


def known() -> list[str]:
    return [*OPS, *_RUN]


def translate(data: memoryview, path: str) -> Foreign:
    """Read a model. Raises CostcalcError, or Problems, where it is faulty."""
    try:
        graph = flattened(read_model(data), path)
    except CostcalcError as error:
        error.position = error.position or NodePosition(path, 0, "")
        raise
    return foreign("tflite", lowered(graph, OPS))
