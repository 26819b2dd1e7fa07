"""Tensors of an ONNX file: their sides, and the elements of those that are few."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from costcalc.importers.graphs.model import Dim, Numbers, Tensor
from costcalc.importers.graphs.values import MAX_VALUES
from costcalc.importers.onnx.wire import BYTES, VARINT, Field, Wire, WireError, signed

MAX_DIMS = 64
TYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
    17: "float8",
    18: "float8",
    19: "float8",
    20: "float8",
    21: "uint4",
    22: "int4",
    23: "float4",
    24: "float8",
}
"""TensorProto.DataType, as NumPy names it; all kinds of eight bits are one here."""
_RAW = {
    "float32": "f", "float64": "d", "int64": "q", "int32": "i", "int16": "h", "int8": "b",
    "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q", "bool": "?", "float16": "e",
}  # fmt: skip


class TensorReader:
    """Reads tensors, and what is said of those that are computed."""

    def __init__(self, data: memoryview) -> None:
        self.wire = Wire(data)

    def parts(self, field: Field) -> Iterator[Field]:
        if field.kind != BYTES:
            raise WireError("a message is a number", field.end)
        return self.wire.fields(field.value, field.end)

    def tensor(self, field: Field) -> Tensor:
        """A stored tensor; its elements only if they are few."""
        dims: list[int] = []
        code, name = 0, ""
        data: list[Field] = []
        for part in self.parts(field):
            if part.number == 1:
                dims += self.wire.integers(part, MAX_DIMS)
            elif part.number == 2:
                code = part.value
            elif part.number == 8:
                name = self.wire.text(part)
            elif part.number in (4, 5, 7, 9, 10, 11):
                data.append(part)
        if len(dims) > MAX_DIMS or any(not 0 <= dim < 1 << 48 for dim in dims):
            raise WireError(f"the tensor '{name[:60]}' has impossible sides", field.value)
        type_ = TYPES.get(code, "")
        values = self._values(dims, type_, data)
        raw = next((one for one in data if one.number == 9 and one.kind == BYTES), None)
        large = raw if values is None else None
        kept = None if large is None else self.wire.data[large.value : large.end]
        return Tensor(name, dims, type_, values, is_stored=True, raw=kept)

    def _values(self, dims: list[int], type_: str, data: list[Field]) -> Numbers | None:
        count = 1
        for dim in dims:
            count *= dim
        if count > MAX_VALUES:
            return None
        found: list[int | float] = []
        for part in data:
            if part.number == 9 and part.kind == BYTES:
                code = _RAW.get(type_)
                if code is None or part.end - part.value < count * struct.calcsize(f"<{code}"):
                    return None
                self.wire.keep(32 * count, part.value)
                return struct.unpack_from(f"<{count}{code}", self.wire.data, part.value)
            if part.number == 4:
                found += self.wire.floats(part, count)
            elif part.number in (5, 7, 11):
                found += self.wire.integers(part, count)
            else:
                return None
        return tuple(found) if len(found) == count else None

    def sparse(self, field: Field) -> Tensor:
        """A tensor of which only some elements are stored; it counts as a whole one."""
        tensor = Tensor("")
        dims: list[int] = []
        for part in self.parts(field):
            if part.number == 1:
                tensor = self.tensor(part)
            elif part.number == 3:
                dims += self.wire.integers(part, MAX_DIMS)
        return tensor._replace(dims=dims, values=None, is_stored=True)

    def value_info(self, field: Field) -> Tensor:
        name, type_ = "", ""
        dims: list[Dim] | None = None
        for part in self.parts(field):
            if part.number == 1:
                name = self.wire.text(part)
            elif part.number == 2:
                for kind in self.parts(part):
                    if kind.number == 1:  # a tensor; others are sequences and the like
                        type_, dims = self._tensor_type(kind)
        return Tensor(name, dims, type_)

    def _tensor_type(self, field: Field) -> tuple[str, list[Dim] | None]:
        type_ = ""
        dims: list[Dim] | None = None
        for part in self.parts(field):
            if part.number == 1:
                type_ = TYPES.get(part.value, "")
            elif part.number == 2:
                dims = [self._dim(one) for one in self.parts(part) if one.number == 1]
        return type_, dims

    def _dim(self, field: Field) -> Dim:
        for part in self.parts(field):
            if part.number == 1 and part.kind == VARINT:
                return signed(part.value)
            if part.number == 2:
                return self.wire.text(part, 200)
        return None
