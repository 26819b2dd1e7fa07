"""Profiles of ONNX Runtime: JSON with an event for each run of each node, shapes included.

`SessionOptions.enable_profiling` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from costcalc.calibration.observation import FUSED, Measurements, Observation, Work
from costcalc.errors import CostcalcError, Position

KINDS = {
    **dict.fromkeys(("MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"), "poolings"),
    **dict.fromkeys(("ReduceMean", "QLinearGlobalAveragePool"), "poolings"),
    **dict.fromkeys(("Concat", "Add", "Mul", "Sub", "Div", "Sum", "QLinearConcat"), "merges"),
    **dict.fromkeys(("QLinearAdd", "QLinearMul"), "merges"),
    **dict.fromkeys(("Relu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish"), "activations"),
    **dict.fromkeys(("QuickGelu", "Gelu", "Tanh", "Erf", "LeakyRelu", "Softmax"), "activations"),
    **dict.fromkeys(("PRelu", "Elu", "BiasGelu", "FastGelu", "QLinearSigmoid"), "activations"),
    **dict.fromkeys(("BatchNormalization", "LayerNormalization"), "normalizations"),
    **dict.fromkeys(("InstanceNormalization", "SkipLayerNormalization"), "normalizations"),
    **dict.fromkeys(("Reshape", "Flatten", "Transpose", "Split", "Slice", "Pad"), "reshapes"),
    **dict.fromkeys(("Squeeze", "Unsqueeze", "Gather", "Expand", "DepthToSpace"), "reshapes"),
    **dict.fromkeys(("Resize", "Upsample"), "upsamplings"),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), "recurrent_layers"),
}
"""The families of costcalc's layers by operator; convolutions and products have MACs of their own.
An operator that is not here has no layer in a network: its time goes to the one before it."""
INCLUDED = (*FUSED, "hard_swish")
"""Layers that become a part of the convolution before them, and so have no time of their own."""
_BYTES = {"float": 4, "float16": 2, "int8": 1, "uint8": 1, "int32": 4, "int64": 8, "bool": 1}
_DTYPES = {"float": "float32", "float16": "float16", "int8": "int8", "uint8": "int8"}

Typed = tuple[str, list[int]]
"""The element type of a tensor, and its shape."""


def recognise(text: str) -> bool:
    return text.lstrip()[:1] == "[" and '_kernel_time"' in text


def read(text: str, path: str, name: str) -> Measurements:
    """The nodes of one network, each at the shortest of its runs: others waited for the machine."""
    try:
        events = json.loads(text)
    except json.JSONDecodeError as error:
        raise CostcalcError(
            f"this is no JSON: {error.msg}",
            position=Position(path, error.lineno, error.colno),
            hint="a profile is whole once the session has ended: session.end_profiling()",
        ) from None
    except (RecursionError, ValueError):
        raise CostcalcError(
            "a profile is neither nested so deep nor has such long numbers",
            position=Position(path, 1, 1),
        ) from None
    shortest: dict[str, tuple[int, Mapping[str, Any]]] = {}
    for event in events if isinstance(events, list) else ():
        if not isinstance(event, dict) or not str(event.get("name")).endswith("_kernel_time"):
            continue
        took, args = event.get("dur"), event.get("args")
        if not isinstance(took, int) or isinstance(took, bool) or not isinstance(args, dict):
            raise CostcalcError(
                f"the event {event['name']!r} lacks its time or its arguments",
                position=Position(path, 1, 1),
            )
        node = str(event["name"])
        if node not in shortest or took < shortest[node][0]:
            shortest[node] = took, args
    found: list[Observation] = []
    dtypes: dict[str, int] = {}
    for node, (took, args) in shortest.items():
        try:
            work = _work(args, dtypes)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            raise CostcalcError(
                f"the node {node!r} lacks the shapes of its inputs or outputs",
                position=Position(path, 1, 1),
                hint="profiles of onnxruntime 1.10 and newer have them",
            ) from None
        if work is None and found:
            found[-1] = found[-1]._replace(seconds=found[-1].seconds + took / 1e6)
        elif work is not None and took:
            found.append(Observation(name, {work[0]: work[1]}, took / 1e6))
    if not found:
        raise CostcalcError("the profile has no run of any node", position=Position(path, 1, 1))
    most = max(dtypes, key=dtypes.__getitem__, default="float32")
    return Measurements(found, True, "ONNX Runtime", most, INCLUDED)


def _work(args: Mapping[str, Any], dtypes: dict[str, int]) -> tuple[str, Work] | None:
    """The kind of a node and its work; None of one that no layer stands for."""
    operator = str(args["op_name"])
    inputs, outputs = _tensors(args["input_type_shape"]), _tensors(args["output_type_shape"])
    moved = sum(_BYTES.get(type_, 4) * prod(shape) for type_, shape in (*inputs, *outputs))
    out = prod(outputs[0][1]) if outputs else 0
    if operator in ("Conv", "FusedConv", "QLinearConv", "ConvInteger", "ConvTranspose"):
        x, weights = inputs[0], inputs[3 if operator == "QLinearConv" else 1]
        dtypes[_DTYPES[x[0]]] = dtypes.get(_DTYPES[x[0]], 0) + 1
        if operator == "ConvTranspose":
            macs = prod(x[1]) * prod(weights[1][1:])
            return "transposed", Work(macs, moved)
        return _convolution(x[1], weights[1]), Work(out * prod(weights[1][1:]), moved)
    if operator in ("Gemm", "MatMul", "FusedMatMul", "FusedGemm", "QGemm", "MatMulInteger"):
        macs = out * inputs[0][1][-1]
        if operator not in ("Gemm", "FusedGemm", "QGemm") and _reads_two_maps(inputs):
            return "map_products", Work(macs, moved)
        if len(inputs) < 2 or len(inputs[1][1]) < 2:  # packed weights are not among the inputs
            moved += _BYTES.get(inputs[0][0], 4) * inputs[0][1][-1] * outputs[0][1][-1]
        return "linear", Work(macs, moved)
    kind = KINDS.get(operator)
    return None if kind is None else (kind, Work(0, moved))


def _convolution(x: Sequence[int], weights: Sequence[int]) -> str:
    groups = x[1] // weights[1]
    if groups == 1:
        return "pointwise" if all(side == 1 for side in weights[2:]) else "standard"
    return "depthwise" if groups == x[1] else "grouped"


def _reads_two_maps(inputs: Sequence[Typed]) -> bool:
    return len(inputs) > 1 and len(inputs[1][1]) > 2


def _tensors(listed: Sequence[Mapping[str, list[int]]]) -> list[Typed]:
    return [(type_, shape) for one in listed for type_, shape in one.items()]
