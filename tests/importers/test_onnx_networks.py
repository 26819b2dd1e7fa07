"""ONNX files as networks, from bytes to costs."""

import pytest
from onnx import TensorProto, helper

import costcalc


def model(nodes, inputs, outputs, stored=(), opset=17, **more):
    """A file's bytes. inputs and outputs: shapes by name; stored: shapes of weights."""

    def info(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    weights = [
        helper.make_tensor(name, TensorProto.FLOAT, shape, b"\0" * (4 * size(shape)), raw=True)
        for name, shape in dict(stored).items()
    ]
    given, made = ([info(*one) for one in shapes.items()] for shapes in (inputs, outputs))
    graph = helper.make_graph(nodes, "net", given, made, weights, **more)
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    return whole.SerializeToString()


def size(shape):
    count = 1
    for side in shape:
        count *= side
    return count


@pytest.fixture
def costed(tmp_path):
    """Costs a model's bytes."""

    def cost(data, **setting):
        path = tmp_path / "net.onnx"
        path.write_bytes(data)
        return costcalc.load(str(path)).cost(**setting)

    return cost


CONV = helper.make_node(
    "Conv", ["x", "w", "b"], ["y"], name="stem", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4
)
WEIGHTS = {"w": [16, 3, 3, 3], "b": [16]}


def test_a_convolution(costed):
    table = costed(model([CONV], {"x": [1, 3, 8, 8]}, {"y": [1, 16, 4, 4]}, WEIGHTS))
    (row,) = table.layers
    assert (row.name, row.type, row.line, row.node.origin.node) == ("stem", "conv2d", None, "stem")
    assert row.macs == 16 * 3 * 9 * 16
    assert row.params == 16 * 3 * 9 + 16


def test_a_stated_shape_must_agree(costed):
    data = model([CONV], {"x": [1, 3, 8, 8]}, {"y": [1, 16, 5, 5]}, WEIGHTS)
    with pytest.raises(costcalc.CostcalcError) as caught:
        costed(data)
    assert str(caught.value).endswith(
        "net.onnx: node stem: Conv: it makes 1x16x4x4, and the file says 1x16x5x5 of 'y'"
    )
