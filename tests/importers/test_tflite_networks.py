"""TensorFlow Lite files as networks: each operator counted by hand, and what they are made of."""

from __future__ import annotations

import pytest
from importers.tflite_files import Graph, Op, T, file_of, integers, weights

import costcalc

X = T("x", [1, 8, 8, 6])
WINDOW = {"StrideW": 1, "StrideH": 1}


@pytest.fixture
def costed(tmp_path):
    """Costs a file's bytes: each layer's type, output, MACs and params."""

    def cost(data: bytes, **setting):
        path = tmp_path / "net.tflite"
        path.write_bytes(data)
        layers = costcalc.load(str(path)).cost(**setting).layers
        return [(one.type, tuple(one.output_shape), one.macs, one.params) for one in layers]

    return cost


def one(op: Op, *tensors: T, x: T = X) -> bytes:
    """A file of one operator, whose last output is the network's."""
    return file_of(Graph([x, *tensors], [op], [x.name], [op.outputs[0]]))


def conv(padding=0, stride=1, activation=0) -> dict:
    return {
        "Padding": padding,
        "StrideW": stride,
        "StrideH": stride,
        "FusedActivationFunction": activation,
    }


OPERATORS = {
    "a convolution and its activation": (
        one(
            Op("CONV_2D", ["x", "w", "b"], ["y"], "Conv2DOptions", conv(0, 2, 3)),
            weights("w", 4, 3, 5, 6),
            weights("b", 4),
            T("y", [1, 4, 4, 4]),
        ),
        [
            ("conv2d", (4, 4, 4), 16 * 4 * 15 * 6, 4 * 15 * 6 + 4),
            ("relu6", (4, 4, 4), 0, 0),
        ],
    ),
    "fewer filters than channels are groups": (
        one(
            Op("CONV_2D", ["x", "w", None], ["y"], "Conv2DOptions", conv(1)),
            weights("w", 4, 3, 3, 3),
            T("y", [1, 6, 6, 4]),
        ),
        [("conv2d", (4, 6, 6), 36 * 4 * 9 * 3, 4 * 9 * 3)],
    ),
    "a depthwise convolution of two maps a channel": (
        one(
            Op(
                *("DEPTHWISE_CONV_2D", ["x", "w", "b"], ["y"], "DepthwiseConv2DOptions"),
                {**conv(0, 1, 1), "DepthMultiplier": 2, "DilationWFactor": 2},
            ),
            weights("w", 1, 3, 3, 12),
            weights("b", 12),
            T("y", [1, 8, 8, 12]),
        ),
        [
            ("depthwise_conv2d", (12, 8, 8), 64 * 12 * 9, 12 * 9 + 12),
            ("relu", (12, 8, 8), 0, 0),
        ],
    ),
    "a transposed convolution": (
        one(
            Op("TRANSPOSE_CONV", ["s", "w", "x"], ["y"], "TransposeConvOptions", conv(0, 2)),
            integers("s", [1, 16, 16, 5]),
            weights("w", 5, 3, 3, 6),
            T("y", [1, 16, 16, 5]),
        ),
        [("conv_transpose2d", (5, 16, 16), 64 * 6 * 5 * 9, 6 * 5 * 9)],
    ),
    "the best boxes, and what is made of their scores": (
        file_of(
            Graph(
                [
                    T("b", [9, 4]),
                    T("x", [9]),
                    integers("n", [3])._replace(shape=[]),
                    weights("t"),
                    T("p", [3], "INT32"),
                    T("s", [3]),
                    T("c", [], "INT32"),
                    T("y", [3]),
                ],
                [
                    Op("NON_MAX_SUPPRESSION_V5", ["b", "x", "n", "t", "t", "t"], ["p", "s", "c"]),
                    Op("LOGISTIC", ["s"], ["y"]),
                ],
                ["b", "x"],
                ["y"],
            )
        ),
        [("slice", (3,), 0, 0), ("sigmoid", (3,), 0, 0)],
    ),
    "places in rows of ones": (
        one(
            Op("ONE_HOT", ["x", "n", "t", "t"], ["y"], "OneHotOptions", {"Axis": -1}),
            integers("n", [5])._replace(shape=[]),
            weights("t"),
            T("y", [1, 7, 5]),
            x=T("x", [1, 7], "INT32"),
        ),
        [
            ("rearrange", (7, 1), 0, 0),
            ("upsample", (7, 5), 0, 0),
            ("elementwise", (7, 5), 0, 0),
        ],
    ),
    "a pool": (
        one(
            Op(
                *("AVERAGE_POOL_2D", ["x"], ["y"], "Pool2DOptions"),
                {"Padding": 0, "StrideW": 2, "StrideH": 2, "FilterWidth": 3, "FilterHeight": 3},
            ),
            T("y", [1, 4, 4, 6]),
        ),
        [("avg_pool2d", (6, 4, 4), 0, 0)],
    ),
    "a linear layer over all elements": (
        one(
            Op("FULLY_CONNECTED", ["x", "w", "b"], ["y"], "FullyConnectedOptions"),
            weights("w", 10, 384),
            weights("b", 10),
            T("y", [1, 10]),
        ),
        [("rearrange", (384,), 0, 0), ("linear", (10,), 3840, 3850)],
    ),
    "a linear layer over each place": (
        one(
            Op("FULLY_CONNECTED", ["x", "w"], ["y"], "FullyConnectedOptions", {"KeepNumDims": 1}),
            weights("w", 10, 6),
            T("y", [1, 8, 8, 10]),
        ),
        [("pointwise_conv2d", (10, 8, 8), 64 * 60, 60)],
    ),
    "a slope for each channel, which are the last axis": (
        one(Op("PRELU", ["x", "s"], ["y"]), weights("s", 1, 1, 6), T("y", [1, 8, 8, 6])),
        [("prelu", (6, 8, 8), 0, 6)],
    ),
    "channels that are padded, between two transpositions": (
        file_of(
            Graph(
                [
                    *(X, integers("p", [0, 0, 0, 0, 0, 0, 0, 2]), T("h", [1, 8, 8, 8])),
                    *(weights("s", 1, 1, 8), T("y", [1, 8, 8, 8])),
                ],
                [Op("PAD", ["x", "p"], ["h"], "PadOptions"), Op("PRELU", ["h", "s"], ["y"])],
                ["x"],
                ["y"],
            )
        ),
        [
            ("rearrange", (8, 8, 6), 0, 0),
            ("zero_pad2d", (8, 8, 8), 0, 0),
            ("rearrange", (8, 8, 8), 0, 0),
            ("prelu", (8, 8, 8), 0, 8),
        ],
    ),
    "a recurrent layer, steps behind samples": (
        one(
            Op(
                "UNIDIRECTIONAL_SEQUENCE_LSTM",
                [
                    *("x", "i", "i", "i", "i", "r", "r", "r", "r", None, None, None),
                    *("b", "b", "b", "b", None, None, "kept", "cell"),
                ],
                ["y"],
                "UnidirectionalSequenceLSTMOptions",
            ),
            weights("i", 5, 6),
            weights("r", 5, 5),
            weights("b", 5),
            T("kept", [1, 5], is_variable=True),
            T("cell", [1, 5], is_variable=True),
            T("y", [1, 7, 5]),
            x=T("x", [1, 7, 6]),
        ),
        [("lstm", (5, 7), 7 * 4 * 5 * 11, 4 * 5 * 12)],
    ),
}


@pytest.mark.parametrize("case", OPERATORS)
def test_operators(costed, case):
    data, layers = OPERATORS[case]
    assert costed(data) == layers


def test_weights_that_are_stored_smaller_count_whole(costed):
    """Half precision, quantised and sparse weights are as many as their shape says."""
    file = Graph(
        [
            T("x", [1, 6]),
            weights("half", 10, 6, dtype="FLOAT16"),
            T("w", [10, 6]),
            T("y", [1, 10]),
            weights("sparse", 3, 10, is_sparse=True),
            T("dense", [3, 10]),
            T("z", [1, 3]),
        ],
        [
            Op("DEQUANTIZE", ["half"], ["w"]),
            Op("FULLY_CONNECTED", ["x", "w"], ["y"], "FullyConnectedOptions"),
            Op("DENSIFY", ["sparse"], ["dense"]),
            Op("FULLY_CONNECTED", ["y", "dense"], ["z"], "FullyConnectedOptions"),
        ],
        ["x"],
        ["z"],
    )
    assert costed(file_of(file)) == [("linear", (10,), 60, 60), ("linear", (3,), 30, 30)]


def dense(name: str, reads: str, makes: str) -> Op:
    return Op("FULLY_CONNECTED", [reads, name], [makes], "FullyConnectedOptions")


def test_a_variable_is_what_steps_have_left(costed):
    """What a step reads before it puts something there costs nothing, and is not trained."""
    main = Graph(
        [
            T("x", [1, 6]),
            T("handle", [], "RESOURCE"),
            T("kept", [1, 6]),
            T("sum", [1, 6]),
            weights("w", 6, 6),
            T("y", [1, 6]),
            T("again", [1, 6]),
            T("z", [1, 6]),
        ],
        [
            Op("CALL_ONCE", [], [], "CallOnceOptions", {"InitSubgraphIndex": 1}),
            Op("VAR_HANDLE", [], ["handle"], "VarHandleOptions", {"SharedName": "v"}),
            Op("READ_VARIABLE", ["handle"], ["kept"]),
            Op("ADD", ["x", "kept"], ["sum"], "AddOptions"),
            dense("w", "sum", "y"),
            Op("ASSIGN_VARIABLE", ["handle", "y"], []),
            Op("READ_VARIABLE", ["handle"], ["again"]),
            Op("ADD", ["again", "x"], ["z"], "AddOptions"),
        ],
        ["x"],
        ["z"],
    )
    first = Graph([T("nothing", [1])], [], [], [], "first")
    found = costed(file_of(main, first))
    assert [type_ for type_, *_ in found] == ["constant", "add", "linear", "add"]
    assert sum(params for *_, params in found) == 36


def loop(limit: int, step: int = 1, start: int = 0) -> bytes:
    """A loop that multiplies x by a matrix from `start` up to `limit`."""
    main = Graph(
        [
            T("x", [1, 6]),
            integers("zero", [start]),
            T("end", [1], "INT32"),
            T("y", [1, 6]),
        ],
        [
            Op(
                *("WHILE", ["zero", "x"], ["end", "y"], "WhileOptions"),
                {"CondSubgraphIndex": 1, "BodySubgraphIndex": 2},
            )
        ],
        ["x"],
        ["y"],
    )
    condition = Graph(
        [T("i", [1], "INT32"), T("x", [1, 6]), integers("limit", [limit]), T("on", [1], "BOOL")],
        [Op("LESS", ["i", "limit"], ["on"])],
        ["i", "x"],
        ["on"],
    )
    body = Graph(
        [
            T("i", [1], "INT32"),
            T("x", [1, 6]),
            integers("one", [step]),
            weights("w", 6, 6, values=range(36)),
            T("next", [1], "INT32"),
            T("y", [1, 6]),
        ],
        [Op("ADD", ["i", "one"], ["next"], "AddOptions"), dense("w", "x", "y")],
        ["i", "x"],
        ["next", "y"],
    )
    return file_of(main, condition, body)


@pytest.mark.parametrize(("limit", "step", "start", "times"), [(3, 1, 0, 3), (7, 2, 1, 3)])
def test_a_loop_runs_as_often_as_it_counts(costed, limit, step, start, times):
    found = costed(loop(limit, step, start))
    assert [type_ for type_, *_ in found] == ["linear"] * times
    assert sum(params for *_, params in found) == 36  # the body has one set of weights


def test_a_loop_that_depends_on_its_input(costed):
    with pytest.raises(costcalc.CostcalcError, match="how often it runs depends on its input"):
        costed(loop(3, 0))


def test_an_operator_without_a_layer_is_named_with_its_count(costed):
    file = Graph(
        [T("x", [1, 6]), T("a", [1, 6]), T("b", [1, 6])],
        [Op("Mine", ["x"], ["a"], custom=True), Op("Mine", ["a"], ["b"], custom=True)],
        ["x"],
        ["b"],
    )
    with pytest.raises(costcalc.CostcalcError, match=r"net\.tflite: node a: no layer is known"):
        costed(file_of(file))


def test_what_detects_in_the_end_has_no_macs(tmp_path):
    """Its outputs have no stated shapes, and its anchors are no params."""
    kind = "TFLite_Detection_PostProcess"
    found = [T(f"found{place}", []) for place in range(4)]
    file = Graph(
        [T("b", [1, 9, 4]), T("s0", [1, 9, 3]), T("s", [1, 9, 3]), weights("a", 9, 4), *found],
        [
            Op("LOGISTIC", ["s0"], ["s"]),
            Op(kind, ["b", "s", "a"], [one.name for one in found], custom=True),
        ],
        ["b", "s0"],
        [one.name for one in found],
    )
    path = tmp_path / "net.tflite"
    path.write_bytes(file_of(file))
    table = costcalc.load(str(path)).cost()
    assert [(row.type, row.params) for row in table.layers] == [("sigmoid", 0)]
    (said,) = (one.message for one in table.warnings)
    assert (
        said
        == f"{kind}: what it makes depends on the input's values, and none of its steps are counted"
    )


def test_of_several_signatures_the_first_counts(tmp_path):
    """The others are named in a warning."""
    graphs = [
        Graph(
            [T("x", [1, 6]), weights("w", width, 6), T("y", [1, width])],
            [dense("w", "x", "y")],
            ["x"],
            ["y"],
        )
        for width in (2, 3)
    ]
    path = tmp_path / "net.tflite"
    path.write_bytes(file_of(*graphs, signatures={"decode": 1, "prefill": 0}))
    assert costcalc.load(str(path)).cost().totals.macs == 18
    (warning,) = costcalc.validate(str(path))
    assert "2 signatures, and costs are those of the first, 'decode'" in str(warning)
    assert warning.hint == "the others: prefill"


def test_names_of_modules(costed, tmp_path):
    """A module around nearly all says nothing, and one with one operator names it."""
    names = ["net/a/MatMul", "net/b/x/MatMul;net/b/x/BiasAdd", "net/b/y/MatMul", "net/c/MatMul"]
    tensors = [T("in", [1, 6]), weights("w", 6, 6), *(T(name, [1, 6]) for name in names)]
    ops = [
        dense("w", reads, makes)._replace(fields={"FusedActivationFunction": 1})
        for reads, makes in zip(["in", *names], names, strict=False)
    ]
    path = tmp_path / "net.tflite"
    path.write_bytes(file_of(Graph(tensors, ops, ["in"], [names[-1]])))
    table = costcalc.load(str(path)).cost()
    assert [one.name for one in table.layers if one.macs] == ["a", "b.x", "b.y", "c"]
    assert [row.name for row in table.rows(1)] == ["a", "a.relu", "b", "c", "c.relu"]


def test_a_shape_that_does_not_follow(costed):
    """The file and the layer must agree on every shape."""
    case = one(
        Op("FULLY_CONNECTED", ["x", "w"], ["y"], "FullyConnectedOptions"),
        weights("w", 10, 384),
        T("y", [1, 11]),
    )
    with pytest.raises(costcalc.CostcalcError, match="FULLY_CONNECTED: it makes 1x10, and the"):
        costed(case)


def test_same_padding_follows_the_resolution(costed):
    case = OPERATORS["a convolution and its activation"][0]
    assert costed(case, resolution=9)[0][1] == (4, 5, 5)
