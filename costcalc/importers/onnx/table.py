"""The ops of ONNX that are read, by their names; those of other domains begin with the domain."""

from __future__ import annotations

from costcalc.importers.graphs.call import Call, Handler, Result, Table
from costcalc.importers.graphs.values import Map
from costcalc.importers.onnx.control import CONTROL
from costcalc.importers.onnx.detection import DETECTION
from costcalc.importers.onnx.elementwise import ELEMENTWISE
from costcalc.importers.onnx.folds import fold
from costcalc.importers.onnx.gathers import GATHERS
from costcalc.importers.onnx.moves import MOVES
from costcalc.importers.onnx.products import PRODUCTS
from costcalc.importers.onnx.quantised import QUANTISED
from costcalc.importers.onnx.recurrent import RECURRENT
from costcalc.importers.onnx.shapes import SHAPES
from costcalc.importers.onnx.windows import WINDOWS


def _folding(make: Handler) -> Handler:
    """Compute what no input changes; make layers of the rest."""

    def folded(call: Call) -> Result:
        if call.inputs and not any(isinstance(value, Map) for value in call.inputs):
            constant = fold(call)
            if constant is not None:
                return constant
        return make(call)

    return folded


_TABLES = (
    *(WINDOWS, PRODUCTS, RECURRENT, ELEMENTWISE, MOVES, GATHERS, SHAPES, CONTROL, QUANTISED),
    DETECTION,
)
OPS: Table = {name: _folding(make) for table in _TABLES for name, make in table.items()}
