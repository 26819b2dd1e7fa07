"""ONNX model files.

Follows onnx 1.23 (docs/Operators.md there), opsets from 7. Weights and external data are never
read, and nothing is executed.
"""

from __future__ import annotations

from costcalc.errors import CostcalcError, NodePosition
from costcalc.importers.graphs.items import foreign
from costcalc.importers.graphs.lowering import lowered
from costcalc.importers.onnx.functions import inlined
from costcalc.importers.onnx.model import Model, Reader
from costcalc.importers.onnx.table import OPS
from costcalc.importers.onnx.wire import BYTES, VARINT, Wire, WireError
from costcalc.language.foreign import Foreign

OLDEST = 7
_KINDS = {1: VARINT, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT, 6: BYTES, 7: BYTES, 8: BYTES}
"""The fields of a model that every reader knows, and their kinds on the wire."""
_MORE = frozenset((14, 20, 25, 26))

_BEGIN = 64
"""Bytes by which a text is told from a broken model."""


def recognise(data: memoryview) -> bool:
    """Tell a model by its fields, of which the graph is one.

    One that is cut off or spoilt is known by its first field, with which no text begins.
    """
    has_graph = False
    try:
        for field in Wire(data).fields(0, len(data)):
            if _KINDS.get(field.number) != field.kind and field.number not in _MORE:
                return False
            has_graph |= field.number == 7
    except WireError:
        return data[0] == 1 << 3 or (has_graph and not _is_text(bytes(data[:_BEGIN])))
    return has_graph


def known() -> list[str]:
    return list(OPS)


def _is_text(begin: bytes) -> bool:
    """Whether bytes are of a text: the sizes and kinds of a model's fields are no characters."""
    return all(byte > 31 or byte in b"\t\n\r" for byte in begin)


def translate(data: memoryview, path: str) -> Foreign:
    """Read a model. Raises CostcalcError, or Problems, where it is faulty."""
    model = read_model(data, path)
    return foreign("onnx", lowered(inlined(model), OPS))


def read_model(data: memoryview, path: str) -> Model:
    """Read what a file says beside its weights."""
    try:
        model = Reader(data, path).model()
    except WireError as error:
        raise CostcalcError(
            f"not an ONNX file that can be read: at byte {error.place:,}, {error}",
            position=NodePosition(path, 0, ""),
        ) from None
    version = model.opsets.get("", OLDEST)
    if version < OLDEST:
        raise model.graph.fault(
            f"opset {version} is older than {OLDEST}, the oldest that is read",
            hint="onnx.version_converter.convert_version(model, 13) brings it up to date",
        )
    return model
