"""The reader of ONNX's bytes against the onnx package, and on files that are spoilt."""

import os
import struct

import numpy as np
import pytest
from importers.onnx_files import CASES, CONVOLUTIONS, Case, X, op
from onnx import ModelProto, TensorProto, helper, numpy_helper

import costcalc
from costcalc.errors import CostcalcError
from costcalc.importers.content import content_of, network_content
from costcalc.importers.graphs.model import Graph, Tensor
from costcalc.importers.onnx import model as reader
from costcalc.importers.onnx.translate import read_model, recognise
from costcalc.importers.onnx.wire import Wire
from costcalc.importers.reading import read_network


def dims_of(value):
    shape = value.type.tensor_type
    if not shape.HasField("shape"):
        return None
    kinds = {"dim_value": lambda d: d.dim_value, "dim_param": lambda d: d.dim_param}
    return [kinds.get(d.WhichOneof("value"), lambda d: None)(d) for d in shape.shape.dim]


def same_tensor(own: Tensor, proto: TensorProto):
    assert [*own.dims] == [*proto.dims]
    assert own.is_stored
    if own.values is not None:
        expected = numpy_helper.to_array(proto).ravel().tolist()
        assert [*map(float, own.values)] == pytest.approx([*map(float, expected)])


def same_graph(own: Graph, proto):
    assert [(one.name, one.dims) for one in own.inputs] == [
        (one.name, dims_of(one)) for one in proto.input
    ]
    assert list(own.outputs) == [one.name for one in proto.output]
    for value in (*proto.value_info, *proto.output):
        assert own.tensors[value.name].dims == dims_of(value)
    for tensor in proto.initializer:
        same_tensor(own.tensors[tensor.name], tensor)
    assert len(own.ops) == len(proto.node)
    for one, node in zip(own.ops, proto.node, strict=True):
        type_ = node.op_type if not node.domain else f"{node.domain}.{node.op_type}"
        assert (one.type, one.name) == (type_, node.name)
        assert ([*one.inputs], [*one.outputs]) == ([*node.input], [*node.output])
        assert one.attributes.keys() | one.bodies.keys() == {a.name for a in node.attribute}
        for attribute in node.attribute:
            value = helper.get_attribute_value(attribute)
            if attribute.name in one.bodies:
                same_graph(one.bodies[attribute.name], value)
            elif isinstance(value, TensorProto):
                same_tensor(one.attributes[attribute.name], value)
            else:
                value = value.decode() if isinstance(value, bytes) else value
                assert one.attributes[attribute.name] == value


@pytest.mark.parametrize("name", CASES)
def test_it_reads_what_the_package_reads(name):
    proto = CASES[name].inferred()
    model = read_model(memoryview(proto.SerializeToString()), "m.onnx")
    same_graph(model.graph, proto.graph)
    assert model.opsets == {one.domain: one.version for one in proto.opset_import}
    assert [name for _, name in model.functions] == [one.name for one in proto.functions]


def test_elements_in_all_ways_to_store_them():
    """In a row of numbers, as bytes, one by one, and of every type that shapes may have."""
    kinds = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64)
    for kind in (*kinds, TensorProto.FLOAT16, TensorProto.INT8, TensorProto.BOOL):
        array = np.array([[1, 0], [1, 1]], helper.tensor_dtype_to_np_dtype(kind))
        for proto in (
            numpy_helper.from_array(array, "t"),
            helper.make_tensor("t", kind, [2, 2], array.ravel().tolist()),
        ):
            data = proto.SerializeToString()
            found = reader.Reader(memoryview(b"\x0a" + bytes([len(data)]) + data), "m")
            (field,) = found.wire.fields(0, len(data) + 2)
            own = found.tensor(field)
            as_numbers = kind in (TensorProto.DOUBLE, TensorProto.FLOAT16) and not proto.raw_data
            if as_numbers:  # doubles in a row are not looked at, and halves are bits
                continue
            assert own.values is not None
            same_tensor(own, proto)


def large(tmp_path, megabytes):
    """A file with one large weight, which is a hole on disk."""
    case = CONVOLUTIONS["conv_bias"]
    path = tmp_path / "large.onnx"
    proto = case.inferred()
    bias = next(one for one in proto.graph.initializer if one.name == "b")
    bias.raw_data = b""
    rest = megabytes * 1_000_000
    # The graph again, with a field of raw data that its tensor says to be so long.
    tensor = bias.SerializeToString() + b"\x4a" + varint(rest)
    proto.graph.initializer.remove(bias)
    graph = proto.graph.SerializeToString() + b"\x2a" + varint(len(tensor) + rest) + tensor
    proto.graph.Clear()
    head = proto.SerializeToString().replace(b"\x3a\x00", b"")
    with open(path, "wb") as file:
        file.write(head + b"\x3a" + varint(len(graph) + rest) + graph)
        file.truncate(file.tell() + rest)
    return path, case


def varint(value):
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def test_weights_are_not_read(tmp_path):
    """More than 2 GB, which protobuf itself refuses; the file is a hole and takes no room."""
    path, case = large(tmp_path, 3000)
    assert os.path.getsize(path) > 3_000_000_000
    assert costcalc.load(str(path)).cost().totals.macs == case.macs


def test_external_data_is_never_opened(tmp_path):
    proto = CONVOLUTIONS["conv"].inferred()
    for tensor in proto.graph.initializer:
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "../../etc/passwd"
    path = tmp_path / "m.onnx"
    path.write_bytes(proto.SerializeToString())
    assert costcalc.load(str(path)).cost().totals.macs == CONVOLUTIONS["conv"].macs


def refused(data):
    with pytest.raises(CostcalcError) as caught:
        read_network(content_of(data, "m.onnx"), "m.onnx")
    assert all(one.position and one.position.path == "m.onnx" for one in caught.value.problems)
    return str(caught.value)


def problems(data):
    """What is wrong with a file, if anything."""
    try:
        read_network(content_of(data, "m.onnx"), "m.onnx")
    except CostcalcError as error:
        return error.problems
    return ()


def test_cut_off_at_every_byte():
    data = CASES["attention"].data
    found = [one for end in range(1, len(data)) for one in problems(data[:end])]
    assert len(found) > 1000
    assert all(one.position and one.position.path == "m.onnx" for one in found)


def test_a_bit_in_every_byte():
    data = CASES["loop"].data
    found = []
    for place in range(len(data)):
        spoilt = bytearray(data)
        spoilt[place] ^= 1 << place % 8
        found += problems(bytes(spoilt))
    assert len(found) > 100
    assert all(one.position and one.position.path == "m.onnx" for one in found)


def test_lengths_and_counts_of_2_to_the_63():
    graph = CONVOLUTIONS["conv"].inferred().graph.SerializeToString()
    for size in (len(graph) + 1, 1 << 31, 1 << 63, (1 << 64) - 1):
        data = b"\x08\x09\x3a" + varint(size) + graph
        assert "leads beyond its end" in refused(data)
    assert "more than ten bytes" in refused(b"\x08\x09\x3a" + b"\xff" * 12 + graph)
    proto = CONVOLUTIONS["conv"].inferred()
    proto.graph.initializer[0].dims[0] = 1 << 62
    assert "the tensor 'w' has impossible sides" in refused(proto.SerializeToString())
    proto = CONVOLUTIONS["conv"].inferred()
    proto.graph.input[0].type.tensor_type.shape.dim[1].dim_value = (1 << 63) - 1
    assert "has a side that is not from 1 to" in refused(proto.SerializeToString())


def field(number, data):
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def test_names_that_fill_the_memory():
    node = field(4, b"Relu") + field(1, b"x" * 90_000)
    data = memoryview(b"\x08\x09" + field(7, field(1, node) * 700))
    assert "names and small tensors have over 60,000,000 bytes" in refused(bytes(data))


def test_graphs_in_graphs():
    """Deeper than protobuf itself goes, and far deeper than a stack."""
    for depth in (31, 20_000):
        graph = b""
        for _ in range(depth):
            attribute = field(1, b"then_branch") + field(6, graph)
            graph = field(1, field(4, b"If") + field(5, attribute))
        assert "nested more than 30 levels deep" in refused(b"\x08\x09" + field(7, graph))


def test_circles_and_functions_that_call_themselves():
    circle = Case([op("Add", "x", "z", "y"), op("Relu", "y", "z")], X)
    said = refused(circle.proto().SerializeToString())
    assert said.startswith("m.onnx: node theAdd: Add: no op before it makes the tensor 'z'")
    own = helper.make_function("own", "F", ["a"], ["b"], [op("own/F", "a", "b")], [], [])
    case = Case([op("own/F", "x", "y")], X, functions=[own])
    assert "calls of functions: nested more than 30 deep" in refused(
        case.proto().SerializeToString()
    )


def test_a_loop_without_an_end():
    case = CASES["loop"]._replace(stored={"n": [[1 << 62]]})
    assert "loops run at most 24,000 nodes here" in refused(case.proto().SerializeToString())


def test_an_old_opset():
    assert "opset 6 is older than 7" in refused(
        CONVOLUTIONS["conv"]._replace(opset=6).proto().SerializeToString()
    )


def test_texts_are_no_models(tmp_path):
    for text in (b"input: [3, 8, 8]\nlayers: [relu]\n", b":", b'"a"', b"(", b"2: x\n", b"B\n"):
        assert not recognise(memoryview(text))
    path = tmp_path / "net.onnx"
    path.write_bytes(CONVOLUTIONS["conv"].data)
    assert isinstance(network_content(str(path)), memoryview)


def test_numbers_of_the_wire():
    data = memoryview(b"\x08\x96\x01" + b"\x15" + struct.pack("<f", 1.5))
    first, second = Wire(data).fields(0, len(data))
    assert (first.number, first.value, second.number) == (1, 150, 2)
    assert Wire(data).floats(second, 1) == [1.5]
    assert ModelProto.FromString(bytes(data[:3])).ir_version == 150
