"""TensorFlow Lite model files.

Follows schema version 3, as of TensorFlow 2.18 (tensorflow/compiler/mlir/lite/schema/schema.fbs
there). Weights are never read, and nothing is executed.
"""

from __future__ import annotations

from costcalc.errors import CostcalcError, CostcalcWarning, NodePosition
from costcalc.importers.graphs.call import Call, Handler, Result, Table
from costcalc.importers.graphs.items import foreign
from costcalc.importers.graphs.lowering import lowered
from costcalc.importers.tflite.chosen import CHOSEN
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
    kind: _handler(write)
    for kind, write in {**WINDOWS, **MATHS, **MOVES, **STATES, **CHOSEN}.items()
}
"""The operators that are read, by their names."""


def recognise(data: memoryview) -> bool:
    """Tell a file by its identifier, which stands behind the first offset."""
    return bytes(data[4:8]) == IDENTIFIER


def known() -> list[str]:
    return [*OPS, *_RUN]


def translate(data: memoryview, path: str) -> Foreign:
    """Read a model. Raises CostcalcError, or Problems, where it is faulty."""
    at = NodePosition(path, 0, "")
    try:
        model = read_model(data)
        graph = flattened(model, path)
    except CostcalcError as error:
        error.position = error.position or at
        raise
    made = lowered(graph, OPS)
    keys = [one.key for one in model.signatures]
    if len(keys) > 1:
        said = f"it has {len(keys)} signatures, and costs are those of the first, '{keys[0][:60]}'"
        others = ", ".join(key[:60] for key in keys[1:20])
        made.warnings.append(CostcalcWarning(said, position=at, hint=f"the others: {others}"))
    return foreign("tflite", made)._replace(model=model)
