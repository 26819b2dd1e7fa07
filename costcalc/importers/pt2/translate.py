"""PyTorch programs: torch.export.save(torch.export.export(model, (x,)), "model.pt2").

Follows schema 8 of PyTorch from 2.5 on (torch/_export/serde/schema.py there). Of the zip one text
is read; weights are not opened, and nothing is unpickled or executed.
"""

from __future__ import annotations

from costcalc.errors import CostcalcError, NodePosition
from costcalc.importers.graphs.call import Call, Handler, Result, Table
from costcalc.importers.graphs.items import foreign
from costcalc.importers.graphs.lowering import lowered
from costcalc.importers.graphs.values import Constant, Map
from costcalc.importers.pt2.archive import is_of_torch, read_program
from costcalc.importers.pt2.args import Args, Write
from costcalc.importers.pt2.graph import BUFFER, graph_of
from costcalc.importers.pt2.maths import MATHS
from costcalc.importers.pt2.moves import MOVES
from costcalc.importers.pt2.numbers import NUMBERS, OPERATORS
from costcalc.importers.pt2.products import PRODUCTS
from costcalc.importers.pt2.program import Program, read
from costcalc.importers.pt2.recurrent import RECURRENT
from costcalc.importers.pt2.windows import WINDOWS
from costcalc.language.foreign import Foreign


def _handler(write: Write) -> Handler:
    def make(call: Call) -> Result:
        try:
            return write(Args(call))
        except CostcalcError:
            # What no input changes costs nothing, whatever it is.
            if any(isinstance(value, Map) for value in call.inputs):
                raise
            return [_stated(call, name) for name in call.op.outputs]

    return make


def _stated(call: Call, name: str) -> Constant:
    """Numbers of the shape that the file states."""
    stated = call.graph.tensors.get(name)
    dims = None if stated is None else stated.dims
    return Constant(tuple(dim for dim in dims or () if isinstance(dim, int)), BUFFER)


OPS: Table = {
    **{
        f"aten.{name}": _handler(write)
        for name, write in {**WINDOWS, **PRODUCTS, **RECURRENT, **MATHS, **MOVES, **NUMBERS}.items()
    },
    **{f"_operator.{name}": _handler(write) for name, write in OPERATORS.items()},
}
"""The operators that are read, by their names."""


def recognise(data: memoryview) -> bool:
    """Tell a zip of PyTorch by the files in it."""
    return is_of_torch(data)


def known() -> list[str]:
    return list(OPS)


def translate(data: memoryview, path: str) -> Foreign:
    """Read a program. Raises CostcalcError, or Problems, where it is faulty."""
    try:
        program = read(read_program(data))
    except CostcalcError as error:
        error.position = error.position or NodePosition(path, 0, "")
        raise
    return of_program(program, path)


def of_program(program: Program, path: str) -> Foreign:
    return foreign("pt2", lowered(graph_of(program, path, OPS), OPS))
