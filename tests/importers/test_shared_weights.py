"""Weights that a model file stores once count once; what is only initialised alike does not."""

import struct

import pytest
from importers import tflite_files as tfl
from importers.onnx_files import Case, F, X, body, op
from importers.test_data_dependent_shapes import costed, said
from onnx import helper

from costcalc.api import load
from costcalc.importers.graphs.model import Tensor

TRAINED = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]
ONES, ZEROS = [1.0] * 8, [0.0] * 8


def stored(case, **tensors):
    """The case with tensors whose elements matter."""
    return case._replace(stored={**case.stored, **tensors})


def kernel(*numbers):
    """Weights of a pointwise convolution of 8 channels to 8, over and over the same numbers."""
    return [numbers[place % len(numbers)] for place in range(64)]


class Written(Case):
    """A case whose kernels w, v are 8x8x1x1."""

    def proto(self, output="y"):
        model = super().proto(output)
        for tensor in model.graph.initializer:
            if tensor.name in ("w", "v"):
                tensor.CopyFrom(
                    helper.make_tensor(tensor.name, F, [8, 8, 1, 1], list(tensor.float_data))
                )
        return model


def chain(*nodes, **tensors):
    return Written(nodes, X, tensors)


def convs(*biases):
    """Convolutions of one kernel, each with a bias by name, or with none."""
    names = ["x", *(f"c{place}" for place in range(len(biases) - 1)), "y"]
    return [
        op("Conv", reads, "w", *([bias] if bias else []), makes)
        for reads, bias, makes in zip(names[:-1], biases, names[1:], strict=True)
    ]


@pytest.mark.parametrize(
    ("nodes", "tensors", "params", "says"),
    [
        (convs("", "", ""), {"w": kernel(1.0, 2.0)}, 64, 0),
        (convs("b", "b"), {"w": kernel(1.0, 2.0), "b": ONES}, 72, 0),
        (convs("b", "d"), {"w": kernel(1.0, 2.0), "b": TRAINED, "d": ONES}, 2 * 72, 1),
        # A convolution of zeros is initialised so: each has its own
        (convs("", ""), {"w": kernel(0.0)}, 2 * 64, 0),
        (convs("", ""), {"w": kernel(0.0, -0.0)}, 2 * 64, 0),
    ],
)
def test_kernels(nodes, tensors, params, says):
    table = costed(chain(*nodes, **tensors))
    assert table.totals.params == params
    assert table.totals.macs == len(nodes) * 64 * 36
    assert len(said(table)) == says


def test_what_differs_otherwise_is_said():
    case = chain(*convs("b", "d"), w=kernel(1.0, 2.0), b=TRAINED, d=ONES)
    (message,) = said(costed(case))
    assert message == (
        "the weights of a layer are read by others too, in another way, and count as params of each"
    )


@pytest.mark.parametrize(
    ("slope", "kernels", "params"),
    [
        (TRAINED, ("w", "v"), 2 * 64 + 16),
        (ONES, ("w", "v"), 2 * 64 + 2 * 16),  # initialised alike, and stored once
        (ONES, ("w", "w"), 64 + 16),  # behind layers that share their weights
    ],
)
def test_norms(slope, kernels, params):
    first, second = kernels
    tensors = {name: kernel(1.0, 2.0) for name in {*kernels}}
    nodes = [
        op("Conv", "x", first, "a"),
        op("InstanceNormalization", "a", "g", "b", "n"),
        op("Conv", "n", second, "c"),
        op("InstanceNormalization", "c", "g", "b", "y"),
    ]
    table = costed(chain(*nodes, **tensors, g=slope, b=slope))
    assert table.totals.params == params


@pytest.mark.parametrize(
    ("numbers", "uniform"),
    [((1.0,) * 3, True), ((1.0, 1.0, 2.0), False), ((0.0, -0.0), True), ((0.5,), True)],
)
def test_a_large_tensor_of_one_number(numbers, uniform):
    raw = memoryview(struct.pack(f"<{len(numbers)}f", *numbers))
    assert Tensor("w", [len(numbers)], raw=raw).is_uniform is uniform


def test_parts_of_one_tensor_are_no_shared_weights():
    """The weights of a query and a key, which the file stores as one."""
    nodes = [
        op("Reshape", "w", "sides", "qk"),
        op("Split", "qk", "q,k", axis=1),
        op("MatMul", "x", "q", "a"),
        op("MatMul", "x", "k", "b"),
        op("Add", "a", "b", "y"),
    ]
    numbers = {"w": [float(place) for place in range(128)], "sides": [[8, 16]]}
    case = Case(nodes, {"x": [1, 5, 8]}, numbers, opset=11)
    assert costed(case).totals.params == 2 * 64


def test_what_is_computed_of_weights_is_not_shared():
    """Two kernels that are put together of stored parts, and one bias."""
    nodes = [
        op("Concat", "w", "v", "one", axis=0),
        op("Concat", "v", "w", "two", axis=0),
        op("Conv", "x", "one", "b", "c"),
        op("Conv", "x", "two", "b", "d"),
        op("Add", "c", "d", "y"),
    ]
    bias = [float(place) for place in range(16)]
    table = costed(chain(*nodes, w=kernel(1.0, 2.0), v=kernel(3.0, 4.0), b=bias))
    assert table.totals.params == 2 * (128 + 16)


def test_a_product_and_a_sum_share_both():
    nodes = [
        op("MatMul", "x", "w", "a"),
        op("Add", "a", "b", "c"),
        op("MatMul", "c", "w", "d"),
        op("Add", "d", "b", "y"),
    ]

    class Square(Case):
        def proto(self, output="y"):
            model = super().proto(output)
            (square,) = (one for one in model.graph.initializer if one.name == "w")
            square.dims[:] = [8, 8]
            return model

    tokens = {"x": [1, 5, 8]}
    table = costed(Square(nodes, tokens, {"w": kernel(1.0, 2.0), "b": TRAINED}))
    assert (table.totals.params, table.totals.macs) == (72, 2 * 5 * 64)
    nodes[3] = op("Add", "d", "e", "y")
    table = costed(Square(nodes, tokens, {"w": kernel(1.0, 2.0), "b": TRAINED, "e": ONES}))
    assert (table.totals.params, len(said(table))) == (2 * 72, 1)


def test_a_loop_has_one_norm():
    step = body(
        [op("PRelu", "h", "g", "k"), op("Identity", "c", "d")],
        [("i", 7, []), ("c", 9, []), ("h", F, [1, 8])],
        [("d", 9, []), ("k", F, [1, 8])],
    )
    case = Case([op("Loop", "n", "", "x", "y", body=step)], {"x": [1, 8]}, {"n": [[5]], "g": ONES})
    assert costed(case).totals.params == 8


@pytest.mark.parametrize(("first", "params"), [(1, 36), (0, 2 * 36)])
def test_tensors_of_one_buffer(tmp_path, first, params):
    """TensorFlow Lite stores equal tensors once; those of one number are only initialised alike."""
    values = [first, *[0] * 35]
    tensors = [tfl.T(name, [1, 6]) for name in "xay"]
    tensors += [tfl.weights(name, 6, 6, values=values) for name in "wv"]
    ops = [
        tfl.Op("FULLY_CONNECTED", [reads, name], [makes], "FullyConnectedOptions")
        for reads, name, makes in ("xwa", "avy")
    ]
    path = tmp_path / "m.tflite"
    path.write_bytes(tfl.file_of(tfl.Graph(tensors, ops, ["x"], ["y"])))
    totals = load(str(path)).cost().totals
    assert (totals.macs, totals.params) == (2 * 36, params)
