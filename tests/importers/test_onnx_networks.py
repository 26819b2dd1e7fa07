"""ONNX files as networks, from bytes to costs."""

import pytest
from importers.onnx_files import CASES, CONVOLUTIONS, Case, X, body, op

import costcalc
from costcalc.errors import CostcalcError


@pytest.fixture
def costed(tmp_path):
    """Costs a model's bytes."""

    def cost(data, **given):
        path = tmp_path / "net.onnx"
        path.write_bytes(data)
        return costcalc.load(str(path), **given).cost()

    return cost


@pytest.mark.parametrize("name", CASES)
def test_shapes_and_costs(name, costed):
    """The file states the shapes that the onnx package infers, with which ours must agree."""
    case = CASES[name]
    table = costed(case.data)
    assert table.totals.macs == case.macs
    if case.params is not None:
        assert table.totals.params == case.params


@pytest.mark.parametrize("name", CASES)
def test_what_is_converted_costs_the_same(name, costed, tmp_path):
    from costcalc.importers.convert import written
    from costcalc.importers.reading import load_file

    whole = costed(CASES[name].data)
    lines = list(written(load_file(str(tmp_path / "net.onnx"))[0]))
    text = tmp_path / "net.yaml"
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    again = costcalc.load(str(text)).cost()
    assert again.totals.macs == whole.totals.macs
    assert again.totals.params == whole.totals.params


def test_a_layer_stands_at_its_node(costed):
    (row,) = costed(CONVOLUTIONS["conv_bias"].data).layers
    assert (row.name, row.type, row.line, row.node.origin.node) == (
        *("theConv", "conv2d"),
        *(None, "theConv"),
    )


def test_types_of_convolutions(costed):
    types = {
        name: costed(CONVOLUTIONS[name].data).layers[0].type
        for name in ("conv", "conv_groups", "conv_depthwise", "conv_1d")
    }
    assert [*types.values()] == ["conv2d", "conv2d", "depthwise_conv2d", "conv1d"]


@pytest.mark.parametrize(
    ("given", "padding"),
    [
        ({"pads": [1] * 4}, "same"),  # whatever the side
        ({"pads": [1, 1, 1, 0]}, ((1, 1), (1, 0))),
        ({"auto_pad": "SAME_UPPER", "strides": [2, 2]}, "same"),
        ({"auto_pad": "SAME_LOWER", "strides": [2, 2]}, "same"),
        ({"auto_pad": "VALID"}, ((0, 0), (0, 0))),
        ({"pads": [2, 1, 1, 2], "dilations": [1, 2]}, ((2, 1), (1, 2))),
    ],
)
def test_paddings(given, padding, costed):
    case = Case([op("Conv", "x", "w", "y", **given)], X, {"w": [4, 8, 3, 3]})
    (row,) = costed(case.data).layers
    assert row.node.layer.padding == padding


def fault(costed, case, **given):
    data = case if isinstance(case, bytes) else case.proto().SerializeToString()
    with pytest.raises(CostcalcError) as caught:
        costed(data, **given)
    return str(caught.value).partition("net.onnx: ")[2]


def test_a_stated_shape_must_agree(costed):
    model = CONVOLUTIONS["conv"].inferred()
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = 5
    assert fault(costed, model.SerializeToString()) == (
        "node theConv: Conv: it makes 1x4x4x4, and the file says 1x4x5x4 of 'y'"
    )


def test_an_unknown_op_is_named_with_its_count(costed):
    nodes = [op("own/Magic", "x", "a"), op("own/Magic", "a", "b"), op("Relu", "b", "y")]
    case = Case(nodes, X)
    assert fault(costed, case) == (
        "node theMagic: no layer is known for the op own.Magic (2 times)\n"
        "  hint: --skip-unknown leaves it out, with a warning"
    )
    table = costed(case.proto().SerializeToString(), skip_unknown=True)
    (warning,) = table.warnings
    assert warning.message == "own.Magic is skipped (2 times): its cost is not known"
    assert [row.type for row in table.layers if row.other_ops] == ["relu"]


def test_open_sides_are_asked_for(costed):
    case = CONVOLUTIONS["conv"]._replace(inputs={"x": ["N", 8, "h", None]})
    assert fault(costed, case) == (
        "the input 'x' is Nx8xhx?, and its sides h, ? are open\n"
        "  hint: --input x=1x8xNxN, with a number for each N, or --resolution"
    )
    data = case.proto().SerializeToString()
    assert costed(data, inputs={"x": [1, 8, 6, 6]}).totals.macs == case.macs
    assert (
        fault(costed, case, inputs={"x": [1, 9, 6, 6]}) == "the input 'x' is Nx8xhx?, not 1x9x6x6"
    )
    assert fault(costed, case, inputs={"q": [1]}).startswith("the model has no input 'q'")


def test_a_course_that_depends_on_the_input(costed):
    branch = body([op("Relu", "x", "a")], [], [("a", 1, [1, 8, 6, 6])])
    nodes = [
        op("ReduceMax", "x", "m", keepdims=0),
        op("Cast", "m", "c", to=9),
        op("If", "c", "y", then_branch=branch, else_branch=branch),
    ]
    assert fault(costed, Case(nodes, X)) == (
        "node theIf: If: which branch is taken depends on the values of c\n"
        "  hint: its costs differ from sample to sample; export the model with one of them; "
        "--skip-unknown leaves the op out, with a warning"
    )


GROUPS = {
    "groups": [[1, 2, -1]],
    "whole": [[1, 8, 6, 6]],
    "ones": [2],
    "zeros": [2],
    "own": [8, 1, 1],
}


@pytest.mark.parametrize(
    ("nodes", "types"),
    [
        ([op("Sigmoid", "x", "s"), op("Mul", "s", "x", "y")], ["silu"]),
        ([op("HardSigmoid", "x", "s"), op("Mul", "x", "s", "y")], ["hard_swish"]),
        (
            [
                op("Add", "x", "three", "a"),
                op("Clip", "a", "zero", "six", "b"),
                op("Mul", "x", "b", "c"),
                op("Div", "c", "six", "y"),
            ],
            ["hard_swish"],
        ),
        (
            [
                op("Div", "x", "root", "a"),
                op("Erf", "a", "b"),
                op("Add", "b", "one", "c"),
                op("Mul", "x", "c", "d"),
                op("Mul", "d", "half", "y"),
            ],
            ["gelu"],
        ),
        (
            [
                op("MatMul", "x", "w", "t"),
                op("ReduceMean", "t", "m", axes=[-1]),
                op("Sub", "t", "m", "d"),
                op("Pow", "d", "two", "q"),
                op("ReduceMean", "q", "v", axes=[-1]),
                op("Add", "v", "eps", "e"),
                op("Sqrt", "e", "r"),
                op("Div", "d", "r", "n"),
                op("Mul", "n", "g", "p"),
                op("Add", "p", "o", "y"),
            ],
            ["rearrange", "pointwise_conv2d", "layer_norm"],
        ),
        (
            [
                op("Reshape", "x", "groups", "r"),
                op("InstanceNormalization", "r", "ones", "zeros", "i"),
                op("Reshape", "i", "whole", "j"),
                op("Mul", "j", "own", "k"),
                op("Add", "k", "own", "y"),
            ],
            ["group_norm"],
        ),
        # What is read elsewhere too stays as it is.
        (
            [op("Sigmoid", "x", "s"), op("Mul", "s", "x", "p"), op("Add", "p", "s", "y")],
            ["sigmoid", "multiply", "add"],
        ),
    ],
)
def test_spellings_are_undone(nodes, types, costed):
    numbers = {"three": 3.0, "zero": 0.0, "six": 6.0, "root": 2**0.5, "one": 1.0, "half": 0.5}
    stored = {name: [value] for name, value in {**numbers, "two": 2.0, "eps": 1e-5}.items()}
    case = Case(nodes, X, {**stored, "g": [6], "o": [6], "w": [6, 6], **GROUPS})
    assert [row.type for row in costed(case.data).layers] == types


def test_resolution_and_batch(costed, tmp_path):
    case = CONVOLUTIONS["conv"]
    costed(case.data)
    model = costcalc.load(str(tmp_path / "net.onnx"))
    assert model.cost(resolution=10).totals.macs == 4 * 8 * 9 * 64
    assert model.sweep(resolution="6,10").macs.tolist() == [case.macs, 4 * 8 * 9 * 64]


def test_long_names_are_cut(costed):
    nodes = [op("Relu", "x", "r"), op("Flatten", "r", "f"), op("Gemm", "f", "w", "y")]
    for node in nodes:
        node.name = "a/" * 200 + "end"
    case = Case(nodes, X, {"w": [288, 3]})
    names = [row.name for row in costed(case.data).layers]
    assert all(len(name) <= 200 and "/end" in name for name in names)
    assert len(set(names)) == len(names)


def test_modules_are_groups(costed):
    """By the names that TorchScript writes, or by the metadata of PyTorch's newer exporter."""
    nodes = [op("Conv", "x", "w", "a"), op("Relu", "a", "b"), op("Relu", "b", "y")]
    for node, name in zip(nodes, ("stem/stem.0/Conv", "stem/stem.1/Relu", "Relu"), strict=True):
        node.name = f"/{name}"
    case = Case(nodes, X, {"w": [4, 8, 3, 3]})
    table = costed(case.data)
    assert [row.name for row in table.layers] == ["stem.0.Conv", "stem.1.Relu", "/Relu"]
    assert [row.name for row in table.rows(1)] == ["stem", "/Relu"]
    assert [row.name for row in table.rows(2)] == ["stem", "stem.0", "stem.1", "/Relu"]
    for node, scopes in zip(
        nodes, (["", "stem", "stem.0", "c"], ["", "stem", "r"], [""]), strict=True
    ):
        node.name = f"node_{node.op_type}"
        entry = node.metadata_props.add()
        entry.key, entry.value = "pkg.torch.onnx.name_scopes", repr(scopes)
    names = [row.name for row in costed(case.data).layers]
    assert names == ["stem.0.node_Conv", "stem.node_Relu", "node_Relu"]
