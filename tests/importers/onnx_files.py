"""ONNX files for tests, written by the onnx package; its own inference says their shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from onnx import NodeProto, TensorProto, helper, shape_inference

OPSET = 17
F, I = TensorProto.FLOAT, TensorProto.INT64  # noqa: E741
SIZES = {F: 4, I: 8, TensorProto.INT8: 1, TensorProto.UINT8: 1, TensorProto.INT32: 4}


class Stored(NamedTuple):
    """A tensor that the file holds: a shape of zeros, or whole numbers."""

    shape: Sequence[int]
    kind: int = F

    def proto(self, name: str) -> TensorProto:
        zeros = b"\0" * (SIZES[self.kind] * prod(self.shape))
        return helper.make_tensor(name, self.kind, self.shape, zeros, raw=True)


class Case(NamedTuple):
    """A small model."""

    nodes: Sequence[NodeProto]
    inputs: Mapping[str, Sequence[Any]]
    stored: Mapping[str, Any] = {}
    """Shapes of weights; a list within a list is whole numbers."""
    macs: int = 0
    opset: int = OPSET
    functions: Sequence[Any] = ()
    params: int | None = None
    kinds: Mapping[str, int] = {}
    """Types of inputs that are no floats."""

    def proto(self, output: str = "y") -> Any:
        given = [
            helper.make_tensor_value_info(name, self.kinds.get(name, F), shape)
            for name, shape in self.inputs.items()
        ]
        graph = helper.make_graph(
            list(self.nodes),
            "net",
            given,
            [helper.make_empty_tensor_value_info(output)],
            [stored(name, value) for name, value in self.stored.items()],
        )
        opsets = [helper.make_opsetid("", self.opset), helper.make_opsetid("com.microsoft", 1)]
        opsets += [helper.make_opsetid("own", 1)] if self.functions else []
        return helper.make_model(graph, opset_imports=opsets, functions=list(self.functions))

    def inferred(self) -> Any:
        """The model with the shapes that the onnx package finds."""
        return shape_inference.infer_shapes(self.proto(), strict_mode=True, data_prop=True)

    @property
    def data(self) -> bytes:
        data: bytes = self.inferred().SerializeToString()
        return data


def stored(name: str, value: Any) -> TensorProto:
    if isinstance(value, Stored):
        return value.proto(name)
    if value and isinstance(value[0], list):
        return helper.make_tensor(name, I, [len(value[0])], value[0])
    if value and isinstance(value[0], float):
        return helper.make_tensor(name, F, [len(value)], list(value))
    return Stored(value).proto(name)


def op(kind: str, *names: str, **attributes: Any) -> NodeProto:
    """A node; the last name is that of its output, of several a list."""
    *inputs, outputs = names
    made = outputs.split(",")
    domain, _, type_ = kind.rpartition("/")
    return helper.make_node(type_, inputs, made, name=f"the{type_}", domain=domain, **attributes)


def scalar(number: float) -> TensorProto:
    return helper.make_tensor("", F, [], [number])


def body(nodes: Sequence[NodeProto], inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
    """A graph of an op; inputs and outputs are (name, type, shape)."""
    infos = ([helper.make_tensor_value_info(*one) for one in some] for some in (inputs, outputs))
    return helper.make_graph(list(nodes), "body", *infos)


X = {"x": [1, 8, 6, 6]}
TOKENS = {"x": [1, 5, 8]}


def one(kind: str, *more: str, x: Any = X, opset: int = OPSET, **given: Any) -> Case:
    """A model of one op on x; keywords beside attributes are those of a Case."""
    own = {key: given.pop(key) for key in ("stored", "macs", "params", "kinds") if key in given}
    return Case([op(kind, "x", *more, "y", **given)], x, opset=opset, **own)


_TRIP = body(
    [op("Identity", "c", "c2"), op("Relu", "h", "h2"), op("Identity", "h2", "row")],
    [("n", I, []), ("c", TensorProto.BOOL, []), ("h", F, [1, 8, 6, 6])],
    [("c2", TensorProto.BOOL, []), ("h2", F, [1, 8, 6, 6]), ("row", F, [1, 8, 6, 6])],
)
_STEP = body(
    [op("Add", "h", "p", "h2"), op("Identity", "h2", "out")],
    [("h", F, [1, 8]), ("p", F, [1, 8])],
    [("h2", F, [1, 8]), ("out", F, [1, 8])],
)
_BRANCHES = {
    "then_branch": body([op("Relu", "x", "a")], [], [("a", F, [1, 8, 6, 6])]),
    "else_branch": body([op("Sqrt", "x", "b")], [], [("b", F, [1, 8, 6, 6])]),
}
_FUNCTION = helper.make_function(
    "own",
    "Twice",
    ["a", "w"],
    ["c"],
    [op("Conv", "a", "w", "b", pads=[1] * 4), op("Conv", "b", "w", "c", pads=[1] * 4)],
    [helper.make_opsetid("", OPSET)],
)
_BYTES = Stored([8, 8, 3, 3], TensorProto.INT8)
_SCALES = {"s": [0.5], "z": Stored([1], TensorProto.UINT8)}
CONVOLUTIONS = {
    "conv": one("Conv", "w", stored={"w": [4, 8, 3, 3]}, macs=4 * 8 * 9 * 16),
    "conv_bias": one("Conv", "w", "b", stored={"w": [4, 8, 3, 3], "b": [4]}, pads=[1] * 4,
                     strides=[2, 2], macs=4 * 8 * 9 * 9, params=4 * 8 * 9 + 4),
    "conv_groups": one("Conv", "w", stored={"w": [4, 4, 3, 3]}, group=2, macs=4 * 4 * 9 * 16),
    "conv_depthwise": one("Conv", "w", stored={"w": [16, 1, 3, 3]}, group=8, macs=16 * 9 * 16),
    "conv_dilated": one("Conv", "w", stored={"w": [4, 8, 2, 2]}, dilations=[2, 3],
                        macs=4 * 8 * 4 * 4 * 3),
    "conv_upper": one("Conv", "w", stored={"w": [4, 8, 3, 3]}, auto_pad="SAME_UPPER",
                      strides=[2, 2], macs=4 * 8 * 9 * 9),
    "conv_lower": one("Conv", "w", stored={"w": [4, 8, 2, 2]}, auto_pad="SAME_LOWER",
                      macs=4 * 8 * 4 * 36),
    "conv_valid": one("Conv", "w", stored={"w": [4, 8, 3, 3]}, auto_pad="VALID",
                      macs=4 * 8 * 9 * 16),
    "conv_1d": one("Conv", "w", x={"x": [1, 8, 9]}, stored={"w": [4, 8, 3]}, macs=4 * 8 * 3 * 7),
    "conv_3d": one("Conv", "w", x={"x": [1, 8, 4, 4, 4]}, stored={"w": [4, 8, 3, 3, 3]},
                   macs=4 * 8 * 27 * 8),
    "transposed": one("ConvTranspose", "w", stored={"w": [8, 2, 3, 3]}, group=2, strides=[2, 2],
                      pads=[1] * 4, output_padding=[1, 1], macs=8 * 2 * 9 * 36),
    "transposed_to": one("ConvTranspose", "w", stored={"w": [8, 2, 3, 3]}, strides=[2, 2],
                         output_shape=[12, 12], macs=8 * 2 * 9 * 36),
    "max_pool": one("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "avg_pool": one("AveragePool", kernel_shape=[2, 2], strides=[2, 2]),
    "global_avg": one("GlobalAveragePool"),
    "global_max": one("GlobalMaxPool"),
}  # fmt: skip
PRODUCTS = {
    "gemm": one("Gemm", "w", "b", x={"x": [1, 8]}, stored={"w": [5, 8], "b": [5]}, transB=1,
                macs=40, params=45),
    "gemm_plain": one("Gemm", "w", x={"x": [1, 8]}, stored={"w": [8, 5]}, macs=40),
    "matmul": one("MatMul", "w", x=TOKENS, stored={"w": [8, 3]}, macs=5 * 8 * 3),
    "matmul_left": Case([op("MatMul", "w", "x", "y")], TOKENS, {"w": [3, 5]}, 3 * 5 * 8),
    "matmul_vector": one("MatMul", "w", x=TOKENS, stored={"w": [8]}, macs=40),
    "matmul_nhwc": one("MatMul", "w", x={"x": [1, 6, 6, 8]}, stored={"w": [8, 3]},
                       macs=36 * 8 * 3),
    "matmul_maps": Case([op("Transpose", "x", "t", perm=[0, 2, 1]), op("MatMul", "x", "t", "y")],
                        TOKENS, macs=5 * 5 * 8),
    "einsum": one("Einsum", "x", x=TOKENS, equation="bnc,bmc->bnm", macs=5 * 5 * 8),
    "attention": Case(
        [
            op("MatMul", "x", "w", "a"), op("Add", "a", "b", "qkv"),
            op("Reshape", "qkv", "shape", "r"), op("Transpose", "r", "t", perm=[2, 0, 3, 1, 4]),
            op("Split", "t", "q,k,v", axis=0), op("Squeeze", "q", "zero", "q1"),
            op("Squeeze", "k", "zero", "k1"), op("Squeeze", "v", "zero", "v1"),
            op("Transpose", "k1", "kt", perm=[0, 1, 3, 2]), op("MatMul", "q1", "kt", "s"),
            op("Softmax", "s", "p", axis=-1), op("MatMul", "p", "v1", "o"),
            op("Transpose", "o", "ot", perm=[0, 2, 1, 3]), op("Reshape", "ot", "back", "or"),
            op("MatMul", "or", "w2", "y"),
        ],
        TOKENS,
        {"w": [8, 24], "b": [24], "w2": [8, 8], "shape": [[1, 5, 3, 2, 4]], "zero": [[0]],
         "back": [[1, 5, 8]]},
        5 * 8 * 24 + 2 * (5 * 5 * 8) + 5 * 8 * 8,
        params=8 * 24 + 24 + 64,
    ),
    "lstm": Case([op("LSTM", "x", "w", "r", "b", "y,h,c", hidden_size=3)], {"x": [5, 1, 8]},
                 {"w": [1, 12, 8], "r": [1, 12, 3], "b": [1, 24]}, 5 * 12 * 11,
                 params=12 * 11 + 24),
    "gru": Case([op("GRU", "x", "w", "r", "y,h", hidden_size=3, direction="bidirectional")],
                {"x": [5, 1, 8]}, {"w": [2, 9, 8], "r": [2, 9, 3]}, 5 * 2 * 9 * 11),
    "last_state": Case(
        [op("RNN", "x", "w", "r", "a,h", hidden_size=3), op("Squeeze", "h", "zero", "y")],
        {"x": [5, 1, 8]}, {"w": [1, 3, 8], "r": [1, 3, 3], "zero": [[0]]}, 5 * 3 * 11,
    ),
    "batch_norm": one("BatchNormalization", "a", "b", "c", "d",
                      stored={n: [8] for n in "abcd"}, params=16),
    "layer_norm": one("LayerNormalization", "a", "b", x=TOKENS, stored={"a": [8], "b": [8]},
                      params=16),
    "layer_norm_of_two": one("LayerNormalization", "a", x=TOKENS, stored={"a": [5, 8]}, axis=1,
                             params=40),
    "instance_norm": one("InstanceNormalization", "a", "b", stored={"a": [8], "b": [8]},
                         params=16),
    "local_norm": one("LRN", size=5),
}  # fmt: skip
ELEMENTS = {
    "relu6": one("Clip", "low", "high", stored={"low": [0.0], "high": [6.0]}),
    "clip": one("Clip", min=-1.0, max=1.0, opset=9),
    "add_number": one("Add", "n", stored={"n": [2.0]}),
    "scale": one("Mul", "n", stored={"n": [8, 1, 1]}, params=8),
    "offset": one("Add", "n", stored={"n": [8, 1, 1]}, params=8),
    "positions": one("Add", "n", x=TOKENS, stored={"n": [1, 5, 8]}, params=40),
    "gate": Case([op("GlobalAveragePool", "x", "g"), op("Mul", "x", "g", "y")], X),
    "spread": Case([op("GlobalAveragePool", "x", "g"), op("Add", "g", "x", "y")], X),
    "outer": Case([op("Unsqueeze", "x", "two", "a"), op("Unsqueeze", "x", "one", "b"),
                   op("Sub", "a", "b", "y")], {"x": [1, 5]}, {"two": [[2]], "one": [[1]]}),
    "gate_of_norm": Case([op("Reshape", "x", "one", "r"),
                          op("LayerNormalization", "r", "w", "n", axis=2),
                          op("Reshape", "n", "whole", "m"), op("Mul", "m", "c", "y")], X,
                         {"one": [[1, 1, -1]], "whole": [[1, 8, 6, 6]], "w": [288],
                          "c": [8, 1, 1]}),
    "prelu": one("PRelu", "n", stored={"n": [8, 1, 1]}, params=8),
    "power": one("Pow", "n", stored={"n": [2.0]}),
    "where": Case([op("Greater", "x", "n", "c"), op("Where", "c", "x", "n", "y")], X,
                  {"n": [1.0]}),
    "softmax": one("Softmax", axis=1),
    "mean": one("ReduceMean", axes=[2, 3], keepdims=0),
    "mean_of_channels": one("ReduceMean", axes=[-1], x=TOKENS),
    "sum_of_axes": one("ReduceSum", "axes", stored={"axes": [[1, 3]]}, keepdims=0),
    "max_of_all": one("ReduceMax", axes=[1, 2, 3], keepdims=0),
    "arg_max": one("ArgMax", axis=1, keepdims=0),
    "one_hot": Case([op("Cast", "x", "i", to=7), op("OneHot", "i", "n", "v", "y", axis=1)],
                    {"x": [1, 5]}, {"n": [[4]], "v": [0.0, 1.0]}),
    "top": Case([op("TopK", "x", "k", "y,z", axis=1)], X, {"k": [[3]]}),
}  # fmt: skip
MOVES = {
    "shuffle": Case([op("Reshape", "x", "a", "r"), op("Transpose", "r", "t", perm=[0, 2, 1, 3, 4]),
                     op("Reshape", "t", "b", "s"), op("Relu", "s", "y")], X,
                    {"a": [[1, 2, 4, 6, 6]], "b": [[1, -1, 6, 6]]}),
    "flatten": Case([op("Flatten", "x", "f"), op("Gemm", "f", "w", "y")], X, {"w": [288, 2]}, 576),
    "windows": Case([op("Reshape", "x", "a", "r"),
                     op("Transpose", "r", "t", perm=[0, 2, 4, 3, 5, 1]),
                     op("Reshape", "t", "b", "s"), op("MatMul", "s", "w", "y")], X,
                    {"a": [[1, 8, 2, 3, 2, 3]], "b": [[4, 9, 8]], "w": [8, 3]}, 36 * 24),
    "uneven": Case([op("Reshape", "x", "a", "r"), op("Relu", "r", "y")], {"x": [1, 6, 4]},
                   {"a": [[1, 8, 3]]}),
    "squeeze": one("Squeeze", x={"x": [1, 8, 1, 6]}, axes=[2], opset=11),
    "slice": one("Slice", "s", "e", "a", "t",
                 stored={"s": [[-1, 1]], "e": [[-99, 1 << 40]], "a": [[2, 3]], "t": [[-1, 2]]}),
    "slice_7": one("Slice", starts=[1], ends=[3], axes=[1], opset=9),
    "split": Case([op("Split", "x", "a,b", axis=1), op("Add", "a", "b", "y")], X),
    "split_sizes": Case([op("Split", "x", "n", "a,y", axis=3)], X, {"n": [[2, 4]]}),
    "concat": Case([op("Relu", "x", "a"), op("Concat", "x", "a", "y", axis=1)], X),
    "concat_moved": Case([op("Transpose", "x", "a", perm=[0, 3, 2, 1]),
                          op("Transpose", "a", "b", perm=[0, 3, 2, 1]),
                          op("Concat", "x", "b", "y", axis=3)], X),
    "class_token": Case([op("Concat", "c", "x", "y", axis=1)], TOKENS, {"c": [1, 1, 8]},
                        params=8),
    "gather_one": one("Gather", "i", stored={"i": [[2]]}, axis=1),
    "gather_any": one("Gather", "i", stored={"i": [[3, 1, 1]]}, axis=2),
    "gather_points": Case([op("GatherND", "x", "n", "r"), op("Relu", "r", "y")],
                          {"x": [4, 8, 6]}, {"n": Stored([3, 2], I)}),
    "gather_elements": one("GatherElements", "n", stored={"n": Stored([1, 4, 6, 6], I)}, axis=1),
    "embedding": Case([op("Gather", "w", "x", "y")], {"x": [1, 7]}, {"w": [20, 4]},
                      kinds={"x": I}, params=80),
    "expand": one("Expand", "n", x={"x": [1, 8, 1, 6]}, stored={"n": [[1, 8, 5, 6]]}),
    "tile": one("Tile", "n", stored={"n": [[1, 2, 1, 3]]}),
    "pad": one("Pad", "n", stored={"n": [[0, 0, 1, 2, 0, 0, 3, 0]]}),
    "pad_channels": one("Pad", "n", stored={"n": [[0, 2, 0, 0, 0, 1, 0, 0]]}),
    "pad_less": one("Pad", pads=[0, 0, -1, 0, 0, 0, -1, 0], opset=9),
    "resize": one("Resize", "", "f", stored={"f": [1.0, 1.0, 2.0, 2.0]}, mode="nearest"),
    "resize_to": one("Resize", "", "", "n", stored={"n": [[1, 8, 9, 9]]}, mode="linear"),
    "upsample": one("Upsample", "f", stored={"f": [1.0, 1.0, 2.0, 3.0]}, opset=9),
    "grid_sample": Case([op("GridSample", "x", "g", "y", mode="linear")],
                        {**X, "g": [1, 5, 7, 2]}, opset=20),
    "boxes": Case([op("RoiAlign", "x", "b", "n", "r", output_height=2, output_width=3,
                      sampling_ratio=2), op("Conv", "r", "w", "y")], X,
                  {"b": [5, 4], "n": [[0, 0, 0, 0, 0]], "w": [4, 8, 1, 1]}, 5 * 6 * 32),
    "some_places": Case([op("Cast", "n", "c", to=9), op("Compress", "x", "c", "y", axis=1)], X,
                        {"n": [[1, 0, 0, 1, 0, 0, 0, 0]]}),
    "to_space": one("DepthToSpace", blocksize=2, mode="CRD"),
    "to_depth": one("SpaceToDepth", blocksize=2),
    "shapes": Case([op("Shape", "x", "s"), op("Gather", "s", "i", "n"),
                    op("Mul", "n", "three", "m"), op("Concat", "n", "m", "t", axis=0),
                    op("Reshape", "x", "t", "r"), op("Relu", "r", "y")], {"x": [4, 3, 4]},
                   {"i": [[0]], "three": [[3]]}),
}  # fmt: skip
BODIES = {
    "if": Case([op("Constant", "c", value=helper.make_tensor("", TensorProto.BOOL, [], [0])),
                op("If", "c", "y", **_BRANCHES)], X),
    "loop": Case([op("Loop", "n", "", "x", "h,y", body=_TRIP)], X, {"n": [[3]]}),
    "scan": Case([op("Scan", "s", "x", "h,y", body=_STEP, num_scan_inputs=1)],
                 {"x": [5, 1, 8]}, {"s": [1, 8]}),
    "function": Case([op("own/Twice", "x", "w", "y")], X, {"w": [8, 8, 3, 3]}, 2 * 64 * 9 * 36,
                     functions=[_FUNCTION]),
}  # fmt: skip
QUANTISED = {
    "qdq": Case([op("QuantizeLinear", "x", "s0", "z0", "a"),
                 op("DequantizeLinear", "a", "s0", "z0", "b"),
                 op("DequantizeLinear", "w", "s0", "c"), op("Conv", "b", "c", "y")], X,
                {"s0": Stored([]), "z0": Stored([], TensorProto.UINT8), "w": _BYTES},
                64 * 9 * 16),
    "conv_integer": one("ConvInteger", "w", stored={"w": _BYTES}, macs=64 * 9 * 16,
                        kinds={"x": TensorProto.UINT8}),
    "qlinear_conv": one("QLinearConv", "s", "z", "w", "s", "z8", "s", "z",
                        stored={"w": _BYTES, "s": Stored([]), "z": Stored([], TensorProto.UINT8),
                                "z8": Stored([], TensorProto.INT8)},
                        macs=64 * 9 * 16, kinds={"x": TensorProto.UINT8}),
    "matmul_integer": one("MatMulInteger", "w", x=TOKENS,
                          stored={"w": Stored([8, 3], TensorProto.INT8)}, macs=120,
                          kinds={"x": TensorProto.UINT8}),
}  # fmt: skip
CHOSEN = {
    "rows_that_are_not_zero": Case(
        [
            op("Squeeze", "sample", "x", axes=[0]),
            op("Greater", "x", "zero", "c"),
            op("ReduceMax", "c", "any", axes=[1], keepdims=0),
            op("NonZero", "any", "found"),
            op("Transpose", "found", "places"),
            op("GatherND", "x", "places", "rows"),
            op("MatMul", "rows", "w", "y"),
        ],
        {"sample": [1, 6, 8]},
        {"zero": [0.0], "w": [8, 3]},
        opset=11,
    ),
    "best_boxes": Case(
        [
            op("NonMaxSuppression", "b", "s", "n", "kept"),
            op("Slice", "kept", "two", "three", "one", "number"),
            op("Squeeze", "number", "places", axes=[1]),
            op("Squeeze", "b", "rows", axes=[0]),
            op("Gather", "rows", "places", "some", axis=0),
            op("MatMul", "some", "w", "y"),
        ],
        {"b": [1, 9, 4], "s": [1, 2, 9]},
        {"n": [[4]], "one": [[1]], "two": [[2]], "three": [[3]], "w": [4, 5]},
        opset=11,
    ),
}
"""Models that make as much as the values of their inputs say."""
SHARED = Case(
    [op("Conv", "x", "w", "a"), op("PRelu", "a", "g", "b"), op("Conv", "b", "w", "c"),
     op("PRelu", "c", "g", "y")],
    X,
    {"w": [8, 8, 1, 1], "g": [float(n) for n in range(6)]},
)  # fmt: skip
"""Layers that share their weights."""
CASES = {**CONVOLUTIONS, **PRODUCTS, **ELEMENTS, **MOVES, **BODIES, **QUANTISED}
