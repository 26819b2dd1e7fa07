"""What a TensorFlow Lite file says: its subgraphs of operators that read and make tensors."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from costcalc.importers.tflite.flatbuffer import Bytes, FlatBufferError, Source, Table
from costcalc.importers.tflite.schema import CUSTOM, DTYPES, IDENTIFIER, OPERATORS, OPTIONS, Dtype

MAX_RANK = 32
MAX_VALUES = 4_096
"""The most integers of a constant that are read, such as a shape; weights never are."""


class Buffer(NamedTuple):
    """The bytes of a constant, which stay in the file."""

    at: int
    size: int


class Tensor(NamedTuple):
    """A map, or a constant."""

    name: str
    shape: tuple[int, ...]
    dtype: Dtype
    buffer: Buffer | None
    """Where the values of a constant lie; None of what is computed."""
    scales: int
    """How many scales quantise it: 0 for none, 1, or one a channel."""
    is_variable: bool
    is_sparse: bool
    signature: tuple[int, ...]
    """The shape with -1 for sides that may differ, if it says so."""

    @property
    def elements(self) -> int:
        return prod(self.shape)


class Operator(NamedTuple):
    """A step: what it does and the numbers of the tensors that it reads and makes."""

    number: int
    kind: str
    """The name of a built-in operator, or of a custom one."""
    is_custom: bool
    inputs: list[int]
    """-1 stands for an input that is left out."""
    outputs: list[int]
    options: Table | None

    def option(self, name: str) -> int:
        """A number of its options. It has those that the schema names for its kind."""
        field, code, default = OPTIONS[self.kind][name]
        return default if self.options is None else self.options.number(field, code, default)

    def all_options(self) -> dict[str, int | list[int]]:
        """All that the schema names for its kind; a custom operator has none."""
        found: dict[str, int | list[int]] = {}
        for name, (field, code, _) in {} if self.is_custom else OPTIONS.get(self.kind, {}).items():
            if code.startswith("*"):
                found[name] = [] if self.options is None else self.options.numbers(field, code[1:])
            else:
                found[name] = self.option(name)
        return found


class Subgraph(NamedTuple):
    """Operators in the order in which they run."""

    name: str
    tensors: list[Tensor]
    inputs: list[int]
    outputs: list[int]
    operators: list[Operator]


class Signature(NamedTuple):
    """A name under which a subgraph is called, and the names of its inputs and outputs."""

    key: str
    subgraph: int
    inputs: dict[int, str]
    outputs: dict[int, str]


class Model(NamedTuple):
    source: Source
    subgraphs: list[Subgraph]
    signatures: list[Signature]

    def integers(self, tensor: Tensor) -> list[int] | None:
        """The values of a small constant of integers; None of anything else."""
        code, buffer = tensor.dtype.code, tensor.buffer
        if buffer is None or not code or tensor.elements > MAX_VALUES or tensor.is_sparse:
            return None
        return self.source.values(buffer.at, tensor.elements, code)

    def raw(self, tensor: Tensor) -> memoryview | None:
        """The bytes of a constant in the file."""
        if tensor.buffer is None:
            return None
        at, size = tensor.buffer
        return memoryview(self.source.data)[at : at + size]


def read_model(data: Bytes) -> Model:
    """Read a file. Raises FlatBufferError where it is not whole."""
    if bytes(data[4:8]) != IDENTIFIER:
        raise FlatBufferError(f"it has no {IDENTIFIER.decode()} at byte 4")
    source = Source(data)
    root = source.root()
    version = root.number(0, "I")
    if version != 3:
        raise FlatBufferError(f"its schema has version {version}, and 3 is read")
    codes = [_code(table) for table in root.tables(1)]
    buffers = [_buffer(source, table) for table in root.tables(4)]
    graphs = [
        _subgraph(table, number, codes, buffers) for number, table in enumerate(root.tables(2))
    ]
    if not graphs:
        raise FlatBufferError("it has no subgraph")
    return Model(source, graphs, [_signature(table, graphs) for table in root.tables(7)])


def _code(table: Table) -> tuple[str, bool]:
    """The name of an operator, and whether it is a custom one."""
    number = max(table.number(0, "b"), table.number(3))
    if number == CUSTOM:
        return table.text(1) or "CUSTOM", True
    if not 0 <= number < len(OPERATORS):
        return f"operator {number}", True
    return OPERATORS[number], False


def _buffer(source: Source, table: Table) -> Buffer:
    """Where the bytes lie: in the flatbuffer, or behind it in a file of more than 2 GB."""
    offset, size = table.number(1, "Q"), table.number(2, "Q")
    if offset > 1:
        if offset + size > source.size:
            raise FlatBufferError(f"a buffer of {size:,} bytes goes beyond the end of the file")
        return Buffer(offset, size)
    return Buffer(*table.span(0, 1))


def _subgraph(
    table: Table, number: int, codes: Sequence[tuple[str, bool]], buffers: Sequence[Buffer]
) -> Subgraph:
    tensors = [_tensor(one, buffers) for one in table.tables(0)]
    operators = [_operator(one, at, codes) for at, one in enumerate(table.tables(3))]
    graph = Subgraph(
        table.text(4) or f"subgraph {number}",
        tensors,
        table.numbers(1),
        table.numbers(2),
        operators,
    )
    for what, wires in (("an input", graph.inputs), ("an output", graph.outputs)):
        _check(wires, 0, tensors, f"{what} of {graph.name}")
    for one in operators:
        place = f"operator {one.number} ({one.kind}) of {graph.name}"
        _check(one.inputs, -1, tensors, place)
        _check(one.outputs, 0, tensors, place)
    return graph


def _check(wires: Sequence[int], least: int, tensors: Sequence[Tensor], what: str) -> None:
    if wires and not (min(wires) >= least and max(wires) < len(tensors)):
        wrong = next(one for one in wires if not least <= one < len(tensors))
        raise FlatBufferError(f"{what}: there is no tensor {wrong} of {len(tensors)}")


def _tensor(table: Table, buffers: Sequence[Buffer]) -> Tensor:
    name = table.text(3)
    number = table.number(1, "b")
    if not 0 <= number < len(DTYPES):
        raise FlatBufferError(f"tensor {name!r} has elements of an unknown type, {number}")
    shape = table.numbers(0, most=MAX_RANK + 1)
    if len(shape) > MAX_RANK or min(shape, default=0) < 0:
        raise FlatBufferError(f"tensor {name!r} has a shape that is none: {shape[:8]}")
    quantised, index = table.table(4), table.number(2, "I")
    if index >= max(len(buffers), 1):
        raise FlatBufferError(f"tensor {name!r}: there is no buffer {index} of {len(buffers)}")
    buffer = buffers[index] if index and buffers[index].size else None
    made = Tensor(
        name,
        tuple(shape),
        DTYPES[number],
        buffer,
        0 if quantised is None else quantised.span(2, 4)[1],
        bool(table.number(5, "b")),
        table.has(6),
        tuple(table.numbers(7, most=MAX_RANK)),
    )
    needed = -(-made.elements * made.dtype.bits // 8)
    if buffer is not None and not made.is_sparse and buffer.size < needed:
        raise FlatBufferError(
            f"tensor {name!r} needs {needed:,} bytes, and its buffer has {buffer.size:,}"
        )
    return made


def _operator(table: Table, number: int, codes: Sequence[tuple[str, bool]]) -> Operator:
    index = table.number(0, "I")
    if index >= len(codes):
        raise FlatBufferError(f"operator {number}: there is no code {index} of {len(codes)}")
    kind, is_custom = codes[index]
    options = table.table(4) if kind in OPTIONS and table.number(3, "B") else None
    return Operator(number, kind, is_custom, table.numbers(1), table.numbers(2), options)


def _signature(table: Table, graphs: Sequence[Subgraph]) -> Signature:
    index = table.number(4, "I")
    if index >= len(graphs):
        raise FlatBufferError(f"a signature names subgraph {index} of {len(graphs)}")
    inputs, outputs = (
        {one.number(1, "I"): one.text(0) for one in table.tables(field)} for field in (0, 1)
    )
    return Signature(table.text(2), index, inputs, outputs)
