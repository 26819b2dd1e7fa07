"""The schema of TensorFlow Lite as far as costs need it: numbers of fields, words of enumerations.

Follows schema.fbs of TensorFlow 2.18, whose numbers never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

IDENTIFIER = b"TFL3"
"""What a file has at byte 4."""
OPERATORS = tuple(
    """
    ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE
    EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D
    LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1
    RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS
    SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER
    BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE
    UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT
    LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS
    NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE
    TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT
    REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN
    FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR
    LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND
    COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH
    IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY
    SEGMENT_SUM BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO
    RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT
    HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE
    BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU
    DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX
    UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT
    STABLEHLO_LOGISTIC STABLEHLO_ADD STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM
    STABLEHLO_RESHAPE STABLEHLO_CLAMP STABLEHLO_CONCATENATE STABLEHLO_BROADCAST_IN_DIM
    STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE STABLEHLO_ABS
    STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG
    STABLEHLO_MINIMUM STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER
    STABLEHLO_RSQRT STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER
    STABLEHLO_COMPARE STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE
    STABLEHLO_PAD STABLEHLO_IOTA STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT
    STABLEHLO_WHILE STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR
    REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT
    """.split()
)
"""The built-in operators, by their numbers."""
CUSTOM = 32


class Dtype(NamedTuple):
    """The type of a tensor's elements."""

    name: str
    bits: int
    """Of an element; 0 where elements differ in size."""
    code: str = ""
    """Of a whole number in Python's struct."""


DTYPES = (
    *(Dtype("float32", 32), Dtype("float16", 16), Dtype("int32", 32, "i"), Dtype("uint8", 8, "B")),
    *(Dtype("int64", 64, "q"), Dtype("string", 0), Dtype("bool", 8, "B"), Dtype("int16", 16, "h")),
    *(Dtype("complex64", 64), Dtype("int8", 8, "b"), Dtype("float64", 64)),
    *(Dtype("complex128", 128), Dtype("uint64", 64, "Q"), Dtype("resource", 0)),
    *(Dtype("variant", 0), Dtype("uint32", 32, "I"), Dtype("uint16", 16, "H"), Dtype("int4", 4)),
    *(Dtype("bfloat16", 16), Dtype("int2", 2), Dtype("uint4", 4)),
)
ACTIVATIONS = ("", "relu", "hard_tanh", "relu6", "tanh", "sign")
"""What an operator does to its output, by its number."""

Fields: TypeAlias = Mapping[str, "tuple[int, str, int]"]
"""Of each field: its number, its code in Python's struct and its default."""


def _fields(text: str) -> dict[str, tuple[int, str, int]]:
    """Read fields in order: a name, a colon, a code (* before that of a list), = and a default."""
    found: dict[str, tuple[int, str, int]] = {}
    for number, word in enumerate(text.split()):
        name, _, kind = word.partition(":")
        code, _, default = kind.partition("=")
        found[name] = number, code, int(default or 0)
    return found


_ACTIVATION = _fields("activation:b")
_POOL = _fields("padding:b stride_w:i stride_h:i filter_w:i filter_h:i activation:b")
OPTIONS: Mapping[str, Fields] = {
    "ADD": _ACTIVATION,
    "SUB": _ACTIVATION,
    "MUL": _ACTIVATION,
    "DIV": _ACTIVATION,
    "L2_NORMALIZATION": _ACTIVATION,
    "RNN": _ACTIVATION,
    "LSTM": _fields("activation:b"),
    "AVERAGE_POOL_2D": _POOL,
    "MAX_POOL_2D": _POOL,
    "L2_POOL_2D": _POOL,
    "CONV_2D": _fields(
        "padding:b stride_w:i stride_h:i activation:b dilation_w:i=1 dilation_h:i=1"
    ),
    "DEPTHWISE_CONV_2D": _fields(
        "padding:b stride_w:i stride_h:i multiplier:i activation:b dilation_w:i=1 dilation_h:i=1"
    ),
    "CONV_3D": _fields(
        "padding:b stride_d:i stride_w:i stride_h:i activation:b dilation_d:i=1 dilation_w:i=1"
        " dilation_h:i=1"
    ),
    "TRANSPOSE_CONV": _fields("padding:b stride_w:i stride_h:i activation:b"),
    "FULLY_CONNECTED": _fields("activation:b weights_format:b keeps_dims:b"),
    "SVDF": _fields("rank:i activation:b"),
    "CONCATENATION": _fields("axis:i activation:b"),
    "UNIDIRECTIONAL_SEQUENCE_RNN": _fields("time_major:b activation:b"),
    "BIDIRECTIONAL_SEQUENCE_RNN": _fields("time_major:b activation:b merged:b"),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _fields("activation:b cell_clip:i proj_clip:i time_major:b"),
    "BIDIRECTIONAL_SEQUENCE_LSTM": _fields(
        "activation:b cell_clip:i proj_clip:i merged:b time_major:b=1"
    ),
    "SQUEEZE": _fields("dims:*i"),
    "SPLIT": _fields("parts:i"),
    "SPLIT_V": _fields("parts:i"),
    "GATHER": _fields("axis:i batch_dims:i"),
    "MEAN": _fields("keeps_dims:b"),
    "SUM": _fields("keeps_dims:b"),
    "REDUCE_MAX": _fields("keeps_dims:b"),
    "REDUCE_MIN": _fields("keeps_dims:b"),
    "REDUCE_PROD": _fields("keeps_dims:b"),
    "STRIDED_SLICE": _fields(
        "begin_mask:i end_mask:i ellipsis_mask:i new_axis_mask:i shrink_axis_mask:i offset:b"
    ),
    "PACK": _fields("count:i axis:i"),
    "UNPACK": _fields("count:i axis:i"),
    "SPACE_TO_DEPTH": _fields("block:i"),
    "DEPTH_TO_SPACE": _fields("block:i"),
    "BATCH_MATMUL": _fields("adjoint_x:b adjoint_y:b"),
    "WHILE": _fields("condition:i body:i"),
    "IF": _fields("then:i otherwise:i"),
    "CALL_ONCE": _fields("graph:i"),
    "CALL": _fields("graph:I"),
    "ONE_HOT": _fields("axis:i"),
    "LOCAL_RESPONSE_NORMALIZATION": _fields("radius:i"),
    "VAR_HANDLE": {},
}
