"""TensorFlow Lite files for tests, written by the accessors that flatc generates of the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import flatbuffers
import numpy as np
import tflite

_SIZES = {"FLOAT32": 4, "FLOAT16": 2, "INT8": 1, "UINT8": 1, "INT16": 2, "INT32": 4, "INT64": 8}
_VALUES = {"FLOAT32": np.float32, "INT8": np.int8, "INT32": np.int32, "INT64": np.int64}


class T(NamedTuple):
    """A tensor; it has zeros for data where `stored`, or the values that are given."""

    name: str
    shape: Sequence[int]
    dtype: str = "FLOAT32"
    stored: bool = False
    values: Sequence[int] | None = None
    scales: int = 0
    is_variable: bool = False
    is_sparse: bool = False


def weights(name: str, *shape: int, **more: Any) -> T:
    return T(name, shape, stored=True, **more)


def integers(name: str, values: Sequence[int]) -> T:
    return T(name, [len(values)], "INT32", True, list(values))


class Op(NamedTuple):
    """An operator, whose tensors are called by name; None is one that is left out."""

    kind: str
    inputs: Sequence[str | None]
    outputs: Sequence[str]
    options: str = ""
    """The table of its options, such as Conv2DOptions."""
    fields: Mapping[str, int] = {}
    custom: bool = False


class Graph(NamedTuple):
    tensors: Sequence[T]
    ops: Sequence[Op]
    inputs: Sequence[str]
    outputs: Sequence[str]
    name: str = "main"


def file_of(*graphs: Graph, signatures: Mapping[str, int] | None = None) -> bytes:
    """Write a file of subgraphs; signatures: the number of the subgraph by key."""
    builder = flatbuffers.Builder(1024)
    codes: list[tuple[str, bool]] = []
    buffers: list[bytes] = [b""]
    offsets = [_subgraph(builder, graph, codes, buffers) for graph in graphs]
    subgraphs = _vector(builder, tflite.ModelStartSubgraphsVector, offsets)
    code_offsets = [_code(builder, *code) for code in codes]
    operator_codes = _vector(builder, tflite.ModelStartOperatorCodesVector, code_offsets)
    data = _vector(builder, tflite.ModelStartBuffersVector, [_buffer(builder, b) for b in buffers])
    named = [_signature(builder, key, number) for key, number in (signatures or {}).items()]
    keys = _vector(builder, tflite.ModelStartSignatureDefsVector, named)
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, operator_codes)
    tflite.ModelAddSubgraphs(builder, subgraphs)
    tflite.ModelAddBuffers(builder, data)
    tflite.ModelAddSignatureDefs(builder, keys)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def _vector(builder: Any, start: Any, offsets: Sequence[int]) -> int:
    start(builder, len(offsets))
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _numbers(builder: Any, values: Sequence[int]) -> int:
    return int(builder.CreateNumpyVector(np.array(values, dtype=np.int32)))


def _code(builder: Any, kind: str, custom: bool) -> int:
    number = 32 if custom else getattr(tflite.BuiltinOperator, kind)
    text = builder.CreateString(kind) if custom else None
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, 127))
    tflite.OperatorCodeAddBuiltinCode(builder, number)
    if text is not None:
        tflite.OperatorCodeAddCustomCode(builder, text)
    return int(tflite.OperatorCodeEnd(builder))


def _buffer(builder: Any, data: bytes) -> int:
    content = builder.CreateByteVector(data) if data else None
    tflite.BufferStart(builder)
    if content is not None:
        tflite.BufferAddData(builder, content)
    return int(tflite.BufferEnd(builder))


def _signature(builder: Any, key: str, number: int) -> int:
    text = builder.CreateString(key)
    tflite.SignatureDefStart(builder)
    tflite.SignatureDefAddSignatureKey(builder, text)
    tflite.SignatureDefAddSubgraphIndex(builder, number)
    return int(tflite.SignatureDefEnd(builder))


def _subgraph(
    builder: Any, graph: Graph, codes: list[tuple[str, bool]], buffers: list[bytes]
) -> int:
    places = {tensor.name: place for place, tensor in enumerate(graph.tensors)}
    tensors = [_tensor(builder, tensor, buffers) for tensor in graph.tensors]
    ops = [_operator(builder, op, places, codes) for op in graph.ops]
    name = builder.CreateString(graph.name)
    parts = (
        _vector(builder, tflite.SubGraphStartTensorsVector, tensors),
        _numbers(builder, [places[one] for one in graph.inputs]),
        _numbers(builder, [places[one] for one in graph.outputs]),
        _vector(builder, tflite.SubGraphStartOperatorsVector, ops),
    )
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, parts[0])
    tflite.SubGraphAddInputs(builder, parts[1])
    tflite.SubGraphAddOutputs(builder, parts[2])
    tflite.SubGraphAddOperators(builder, parts[3])
    tflite.SubGraphAddName(builder, name)
    return int(tflite.SubGraphEnd(builder))


def _tensor(builder: Any, tensor: T, buffers: list[bytes]) -> int:
    number = 0
    if tensor.stored:
        data = bytes(max(prod(tensor.shape) * _SIZES[tensor.dtype], 1))
        if tensor.values is not None:
            data = np.array(tensor.values, dtype=_VALUES[tensor.dtype]).tobytes()
        if data not in buffers:  # what is equal is stored once, as converters do
            buffers.append(data)
        number = buffers.index(data)
    name, shape = builder.CreateString(tensor.name), _numbers(builder, tensor.shape)
    quantised = _quantised(builder, tensor.scales) if tensor.scales else None
    sparse = None
    if tensor.is_sparse:
        tflite.SparsityParametersStart(builder)
        sparse = tflite.SparsityParametersEnd(builder)
    tflite.TensorStart(builder)
    tflite.TensorAddName(builder, name)
    tflite.TensorAddShape(builder, shape)
    tflite.TensorAddType(builder, getattr(tflite.TensorType, tensor.dtype))
    tflite.TensorAddBuffer(builder, number)
    tflite.TensorAddIsVariable(builder, tensor.is_variable)
    if quantised is not None:
        tflite.TensorAddQuantization(builder, quantised)
    if sparse is not None:
        tflite.TensorAddSparsity(builder, sparse)
    return int(tflite.TensorEnd(builder))


def _quantised(builder: Any, scales: int) -> int:
    listed = builder.CreateNumpyVector(np.ones(scales, dtype=np.float32))
    tflite.QuantizationParametersStart(builder)
    tflite.QuantizationParametersAddScale(builder, listed)
    return int(tflite.QuantizationParametersEnd(builder))


def _operator(
    builder: Any, op: Op, places: Mapping[str, int], codes: list[tuple[str, bool]]
) -> int:
    code = op.kind, op.custom
    if code not in codes:
        codes.append(code)
    options = _options(builder, op) if op.options else None
    inputs = _numbers(builder, [-1 if one is None else places[one] for one in op.inputs])
    outputs = _numbers(builder, [places[one] for one in op.outputs])
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, codes.index(code))
    tflite.OperatorAddInputs(builder, inputs)
    tflite.OperatorAddOutputs(builder, outputs)
    if options is not None:
        number = getattr(tflite.BuiltinOptions, op.options)
        tflite.OperatorAddBuiltinOptionsType(builder, number)
        tflite.OperatorAddBuiltinOptions(builder, options)
    return int(tflite.OperatorEnd(builder))


def _options(builder: Any, op: Op) -> int:
    texts = {k: builder.CreateString(v) for k, v in op.fields.items() if isinstance(v, str)}
    getattr(tflite, f"{op.options}Start")(builder)
    for field, value in op.fields.items():
        getattr(tflite, f"{op.options}Add{field}")(builder, texts.get(field, value))
    return int(getattr(tflite, f"{op.options}End")(builder))
