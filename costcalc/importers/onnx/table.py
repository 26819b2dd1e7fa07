"""The ops of ONNX that are read, by their names; those of other domains begin with the domain."""

from __future__ import annotations

from costcalc.importers.graphs.call import Table
from costcalc.importers.onnx.elementwise import ELEMENTWISE
from costcalc.importers.onnx.moves import MOVES
from costcalc.importers.onnx.products import PRODUCTS
from costcalc.importers.onnx.windows import WINDOWS

OPS: Table = {**WINDOWS, **PRODUCTS, **ELEMENTWISE, **MOVES}
