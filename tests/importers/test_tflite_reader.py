"""The reader of TensorFlow Lite files beside the accessors that flatc generates."""

import os
import random
import struct
from contextlib import suppress
from pathlib import Path

import flatbuffers
import pytest
import tflite
from importers.tflite_files import Graph, Op, T, file_of, integers, weights

from costcalc.importers.tflite import flatbuffer
from costcalc.importers.tflite.flatbuffer import FlatBufferError, Source
from costcalc.importers.tflite.model import Model, read_model
from costcalc.importers.tflite.schema import DTYPES, OPERATORS, OPTIONS


def conv_net() -> Graph:
    return Graph(
        [
            T("x", [1, 8, 8, 3], "INT8", scales=1),
            weights("w", 4, 3, 3, 3, dtype="INT8", scales=4),
            weights("b", 4, dtype="INT32"),
            T("net/conv/Relu6;net/conv/BiasAdd", [1, 4, 4, 4], "INT8", scales=1),
            integers("shape", [1, 64]),
            T("flat", [1, 64], "INT8"),
            T("kept", [1, 8], is_variable=True),
            weights("sparse", 2, 9, is_sparse=True),
        ],
        [
            Op(
                "CONV_2D",
                ["x", "w", "b"],
                ["net/conv/Relu6;net/conv/BiasAdd"],
                "Conv2DOptions",
                {"Padding": 0, "StrideW": 2, "StrideH": 2, "FusedActivationFunction": 3},
            ),
            Op("RESHAPE", ["net/conv/Relu6;net/conv/BiasAdd", "shape"], ["flat"], "ReshapeOptions"),
            Op("Mine", ["flat", None], ["kept"], custom=True),
        ],
        ["x"],
        ["flat"],
    )


FILE = file_of(conv_net(), signatures={"serving_default": 0})


def same(data: bytes) -> None:
    """Compare all that is read of a file with what the accessors say."""
    mine, theirs = read_model(data), tflite.Model.GetRootAs(data, 0)
    assert theirs.SubgraphsLength() == len(mine.subgraphs)
    for number, graph in enumerate(mine.subgraphs):
        other = theirs.Subgraphs(number)
        assert _listed(other, "Inputs") == graph.inputs
        assert _listed(other, "Outputs") == graph.outputs
        assert other.TensorsLength() == len(graph.tensors)
        assert other.OperatorsLength() == len(graph.operators)
        for at, tensor in enumerate(graph.tensors):
            _same_tensor(mine, tensor, theirs, other.Tensors(at))
        for at, operator in enumerate(graph.operators):
            twin = other.Operators(at)
            assert _listed(twin, "Inputs") == operator.inputs
            assert _listed(twin, "Outputs") == operator.outputs
            code = theirs.OperatorCodes(twin.OpcodeIndex())
            builtin = max(code.DeprecatedBuiltinCode(), code.BuiltinCode())
            custom = code.CustomCode()
            assert operator.kind == (custom.decode() if builtin == 32 else OPERATORS[builtin])
    keys = [theirs.SignatureDefs(at).SignatureKey() for at in range(theirs.SignatureDefsLength())]
    assert [one.key.encode() for one in mine.signatures] == keys


def _listed(table: object, name: str) -> list[int]:
    return [getattr(table, name)(at) for at in range(getattr(table, f"{name}Length")())]


def _same_tensor(model: Model, mine, file, theirs) -> None:
    assert (theirs.Name() or b"").decode() == mine.name
    assert _listed(theirs, "Shape") == list(mine.shape)
    assert _listed(theirs, "ShapeSignature") == list(mine.signature)
    assert theirs.IsVariable() == mine.is_variable
    assert (theirs.Sparsity() is not None) == mine.is_sparse
    quantised = theirs.Quantization()
    assert mine.scales == (0 if quantised is None else quantised.ScaleLength())
    data = file.Buffers(theirs.Buffer())
    assert (mine.buffer.size if mine.buffer else 0) == data.DataLength()
    values = model.integers(mine)
    if values is not None:
        raw = bytes(data.DataAsNumpy())
        assert struct.pack(f"<{len(values)}{mine.dtype.code}", *values) == raw


def test_reads_what_the_accessors_read():
    same(FILE)


def test_reads_the_files_that_are_at_hand():
    """Any files in a folder that the environment names."""
    folder = os.environ.get("COSTCALC_TFLITE_FILES")
    if not folder:
        pytest.skip("COSTCALC_TFLITE_FILES names a folder of files to try")
    found = sorted(Path(folder).glob("*.tflite"))
    assert found
    for path in found:
        same(path.read_bytes())


TABLES = {
    "AVERAGE_POOL_2D": "Pool2DOptions", "MAX_POOL_2D": "Pool2DOptions",
    "L2_POOL_2D": "Pool2DOptions", "CONV_2D": "Conv2DOptions", "CONV_3D": "Conv3DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions", "L2_NORMALIZATION": "L2NormOptions",
    "LSTM": "LSTMOptions", "RNN": "RNNOptions", "SVDF": "SVDFOptions",
    "UNIDIRECTIONAL_SEQUENCE_RNN": "SequenceRNNOptions", "MEAN": "ReducerOptions",
    "BIDIRECTIONAL_SEQUENCE_RNN": "BidirectionalSequenceRNNOptions", "SUM": "ReducerOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
    "BIDIRECTIONAL_SEQUENCE_LSTM": "BidirectionalSequenceLSTMOptions",
    "REDUCE_MAX": "ReducerOptions", "REDUCE_MIN": "ReducerOptions",
    "REDUCE_PROD": "ReducerOptions", "BATCH_MATMUL": "BatchMatMulOptions",
}  # fmt: skip
"""Where the table is not called as its operator."""
FIELDS = {
    "activation": "FusedActivationFunction", "multiplier": "DepthMultiplier",
    "dilation_w": "DilationWFactor", "dilation_h": "DilationHFactor",
    "dilation_d": "DilationDFactor", "filter_w": "FilterWidth", "filter_h": "FilterHeight",
    "merged": "MergeOutputs", "parts": "NumSplits", "block": "BlockSize", "adjoint_x": "AdjX",
    "adjoint_y": "AdjY", "condition": "CondSubgraphIndex", "body": "BodySubgraphIndex",
    "then": "ThenSubgraphIndex", "otherwise": "ElseSubgraphIndex",
}  # fmt: skip
"""Where a field is called otherwise in the schema."""


@pytest.mark.parametrize("kind", [kind for kind, fields in OPTIONS.items() if fields])
def test_options_have_the_numbers_of_the_schema(kind):
    """Each field lies in the table where its accessor puts it, and has its default else."""
    camel = "".join(word.capitalize() for word in kind.split("_"))
    table = TABLES.get(kind, f"{camel}Options")
    for field, (number, code, default) in OPTIONS[kind].items():
        if field in ("cell_clip", "proj_clip") or code.startswith("*"):
            continue  # fractions, which nothing reads, and lists
        own = "".join(word.capitalize() for word in field.split("_"))
        own = FIELDS.get(field, own)
        if field == "keeps_dims":
            own = "KeepNumDims" if kind == "FULLY_CONNECTED" else "KeepDims"
        if field == "graph":
            own = "InitSubgraphIndex" if kind == "CALL_ONCE" else "Subgraph"
        if field == "count":
            own = "ValuesCount" if kind == "PACK" else "Num"
        builder = flatbuffers.Builder(64)
        getattr(tflite, f"{table}Start")(builder)
        empty = getattr(tflite, f"{table}End")(builder)
        builder.Finish(empty)
        assert getattr(getattr(tflite, table).GetRootAs(builder.Output(), 0), own)() == default
        builder = flatbuffers.Builder(64)
        getattr(tflite, f"{table}Start")(builder)
        value = 1 - default
        getattr(tflite, f"{table}Add{own}")(builder, value)
        builder.Finish(getattr(tflite, f"{table}End")(builder))
        root = Source(bytes(builder.Output())).root()
        assert root.number(number, code, default) == value


def test_knows_all_operators_and_types():
    known = {k: v for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}
    assert known == {name: number for number, name in enumerate(OPERATORS)}
    types = {v: k for k, v in vars(tflite.TensorType).items() if isinstance(v, int)}
    assert [types[number].lower() for number in sorted(types)] == [
        one.name for one in DTYPES[: len(types)]
    ]


def test_truncated_at_every_byte():
    for size in range(len(FILE.rstrip(b"\0"))):
        with pytest.raises(FlatBufferError):
            read_model(FILE[:size])


def test_spoilt_files_are_read_or_refused():
    rng = random.Random(7)
    for _ in range(3_000):
        data = bytearray(FILE)
        for _ in range(rng.choice((1, 1, 2, 4))):
            at = rng.randrange(0, len(data) - 8) & ~3
            number = rng.choice(
                (0, 1, 1 << 31, (1 << 32) - 1, len(data) - at, rng.randrange(1 << 32))
            )
            struct.pack_into("<I", data, at, number)
        with suppress(FlatBufferError):
            read_model(bytes(data))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no TFL3"),
        (b"\x10\0\0\0TFL3", "an offset leads to byte"),
        (b"\xff\xff\xff\xffTFL3" + bytes(40), "an offset leads to byte 4,294,967,295"),
        (FILE[:4] + b"TFL2" + FILE[8:], "no TFL3 at byte 4"),
    ],
)
def test_refuses(data, message):
    with pytest.raises(FlatBufferError, match=message):
        read_model(data)


def test_a_vector_that_names_one_table_often_is_not_read_for_ever(monkeypatch):
    """Tables may share their bytes, so that a small file could list things without end."""
    monkeypatch.setattr(flatbuffer, "MAX_READ", 2 * flatbuffer.TABLE)
    with pytest.raises(FlatBufferError, match="lists more than 32 things"):
        read_model(FILE)


def test_a_constant_smaller_than_its_shape():
    graph = conv_net()
    short = [one._replace(values=[1] * 3) if one.name == "shape" else one for one in graph.tensors]
    short = [one._replace(shape=[4]) if one.name == "shape" else one for one in short]
    with pytest.raises(FlatBufferError, match="'shape' needs 16 bytes, and its buffer has 12"):
        read_model(file_of(graph._replace(tensors=short)))
