"""What TensorFlow Lite's benchmark_model prints: times by operator, or of the whole network.

It names no shapes, so the network is named beside the file. With --enable_op_profiling=true it
sums up the time of each operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from costcalc.calibration.observation import FUSED, Measurements, Observation, Work, total_work
from costcalc.devices.kinds import family_of
from costcalc.errors import CostcalcError, Position

OPERATORS = {
    "CONV_2D": ("standard", "pointwise", "grouped"),
    "DEPTHWISE_CONV_2D": ("depthwise",),
    "TRANSPOSE_CONV": ("transposed",),
    "FULLY_CONNECTED": ("linear_layers",),
    **dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D", "MEAN"), ("poolings",)),
    **dict.fromkeys(("ADD", "MUL", "SUB", "CONCATENATION", "DIV"), ("merges",)),
    **dict.fromkeys(("SOFTMAX", "LOGISTIC", "HARD_SWISH", "RELU", "RELU6"), ("activations",)),
    **dict.fromkeys(("TANH", "LEAKY_RELU", "PRELU", "GELU"), ("activations",)),
    **dict.fromkeys(("RESHAPE", "PAD", "TRANSPOSE", "SPLIT", "STRIDED_SLICE"), ("reshapes",)),
    **dict.fromkeys(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), ("upsamplings",)),
    "BATCH_MATMUL": ("map_products",),
    **dict.fromkeys(("QUANTIZE", "DEQUANTIZE"), ()),
}
"""The kinds or families of costcalc's layers by operator."""
_SUMMARY = re.compile(r"=+ *Summary by node type *=+")
_ROW = re.compile(r"\s*([A-Z][A-Z0-9_]*)\s+\d+\s+(\d+(?:\.\d+)?)\s+\d")
_WHOLE = re.compile(r"Inference \(avg\): *(\d+(?:\.\d+)?(?:e[+-]?\d+)?)")


def recognise(text: str) -> bool:
    return bool(_WHOLE.search(text) or _SUMMARY.search(text))


def read(text: str, path: str, name: str, parts: Iterable[tuple[str, Work]]) -> Measurements:
    """One network, whose layers are `parts`: each operator by itself where all are known."""
    layers = list(parts)
    found = _by_operator(text, name, layers)
    if found:
        return Measurements(found, True, "TensorFlow Lite", None, FUSED)
    whole = _WHOLE.search(text)
    if whole is None:
        raise CostcalcError(
            "there is no time of an inference, and none of every operator",
            position=Position(path, 1, 1),
            hint="benchmark_model --enable_op_profiling=true prints both",
        )
    work = total_work(layers)
    seconds = float(whole[1]) / 1e6
    return Measurements([Observation(name, work, seconds)], False, "TensorFlow Lite", None, FUSED)


def _by_operator(text: str, name: str, parts: list[tuple[str, Work]]) -> list[Observation]:
    """The times of the summary, or none where a delegate ran layers under names of its own."""
    start = _SUMMARY.search(text)
    if start is None:
        return []
    found: list[Observation] = []
    for line in text[start.end() :].split("\n\n")[0].splitlines():
        row = _ROW.match(line)
        if row is None:
            continue
        if row[1] not in OPERATORS:
            return []
        kinds = OPERATORS[row[1]]
        own = [(kind, work) for kind, work in parts if {kind, family_of(kind)} & set(kinds)]
        if own and float(row[2]) > 0:
            found.append(Observation(name, total_work(own), float(row[2]) / 1e3))
        elif found:  # what no layer stands for goes to the one before it
            more = found[-1].seconds + float(row[2]) / 1e3
            found[-1] = found[-1]._replace(seconds=more)
    return found
