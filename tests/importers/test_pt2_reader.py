"""The reader of exported programs: what it reads, and the zips and texts that it refuses."""

import json
import random
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from importers.pt2_files import CONV, archive, node, program, tensor

from costcalc.errors import CostcalcError
from costcalc.importers import zips
from costcalc.importers.pt2 import archive as archives
from costcalc.importers.pt2.archive import is_of_torch, read_program
from costcalc.importers.pt2.program import Name, Program, read


def opened(data: bytes) -> Program:
    return read(read_program(memoryview(data)))


def test_reads_calls_sizes_and_modules():
    found = opened(archive(CONV))
    conv, relu = found.calls
    assert found.version == "8.20, PyTorch 2.14.1"
    assert found.inputs == ["x"]
    assert found.outputs == ["relu"]
    assert found.params == {"p_conv_weight": ("conv_weight", True)}
    assert found.tensors["conv2d"].sizes == (1, 4, 8, 8)
    assert found.tensors["x"].dtype == "float32"
    assert conv.target == "aten.conv2d.default"
    assert conv.args["weight"] == Name("p_conv_weight")
    assert conv.args["padding"] == [1, 1]
    assert conv.args["bias"] is None
    assert conv.modules == [("stem", "Sequential"), ("stem.conv", "Conv2d")]
    assert relu.outputs == [Name("relu")]


def test_an_open_size_has_its_symbol_and_what_it_was():
    found = opened(archive(program({"x": ["s77", 3]}, [], "x")))
    assert found.tensors["x"].sizes == ("s77", 3)
    assert found.hints == {"s77": 2}


def test_reads_where_pytorch_wrote_it_before():
    data = archive(CONV, "serialized_exported_program.json")
    assert is_of_torch(memoryview(data))
    assert len(opened(data).calls) == 2


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (archive(b"x", "net/data.pkl"), "this is a pickle", "torch.export.save"),
        (archive(b"x", "net/constants.pkl"), "this is TorchScript", "torch.export.save"),
        (archive(b"x", "net/code/net.py"), "this is TorchScript", "torch.export.save"),
        (archive(b"x", "net/data/aotinductor/m/a.so"), "compiled code", "torch.export.save"),
        (archive(b"x", "net/other.json"), "the zip holds no program", "torch.export.save"),
        (
            archive(CONV, **{"net/models/more.json": b"{}"}),
            "holds 2 programs: model, more",
            "save one",
        ),
        (archive(b"{"), "its graph is not JSON", ""),
        (archive(b"[" * 100_000), "its graph is not JSON", ""),
        (archive(b"[]"), "no object of JSON", ""),
        (archive({**CONV, "schema_version": {"major": 9, "minor": 1}}), "version 9.1", "2.5"),
        (archive({**CONV, "schema_version": None}), "schema_version is no object", ""),
        (archive({**CONV, "graph_module": 3}), "graph_module is no object", ""),
        (b"PK\3\4" + bytes(60), "not a zip", ""),
    ],
)  # fmt: skip
def test_refuses(data, message, hint):
    with pytest.raises(CostcalcError, match=message) as raised:
        opened(data)
    assert hint in (raised.value.hint or "")


def test_a_bomb_is_not_blown_up(monkeypatch):
    """A zip may say that it has little in it, and hold much."""
    monkeypatch.setattr(archives, "MAX_JSON", 1_000_000)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("net/models/model.json", bytes(50_000_000))
    with pytest.raises(CostcalcError, match="larger than 1,000,000 bytes"):
        opened(out.getvalue())


def test_a_long_list_of_files_is_not_read(monkeypatch):
    monkeypatch.setattr(zips, "MAX_DIRECTORY", 70_000)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(2_000):
            made.writestr(f"net/data/{number}", b"")
    with pytest.raises(CostcalcError, match="its list of files is larger than 70,000 bytes"):
        opened(out.getvalue())


def test_many_small_values_are_not_parsed():
    data = archive(b'{"a": [' + b"{}," * 1_300_000 + b"{}]}")
    with pytest.raises(CostcalcError, match="larger than 1,200,000 values"):
        opened(data)


@pytest.mark.parametrize(
    "source", ['a "quoted" text', "ends in a backslash \\", "\\\\" * 9 + '"', ""]
)
def test_lines_of_source_are_left_out(source):
    """They are most of the text, and may have quotes and backslashes."""
    given = {"a": {"stack_trace": source}, "b": [1, "stack_trace"]}
    found = archives.parsed(json.dumps(given).encode())
    assert found == {"a": {"stack_trace": ""}, "b": [1, "stack_trace"]}


def test_numbers_beyond_64_bits():
    huge = node("aten.relu.default", "y", self=tensor("x"), n={"as_int": 1 << 63})
    with pytest.raises(CostcalcError, match="y: a number beyond 64 bits"):
        opened(archive(program({"x": [1], "y": [1]}, [huge], "y")))
    with pytest.raises(CostcalcError, match="tensor x: a size is a whole number from 0"):
        opened(archive(program({"x": [1 << 63]}, [], "x")))


def test_truncated_at_every_byte():
    data = archive(CONV)
    for end in range(len(data)):
        with pytest.raises(CostcalcError):
            opened(data[:end])


def test_spoilt_texts_are_read_or_refused():
    rng = random.Random(3)
    text = json.dumps(CONV)
    for _ in range(2_000):
        start = rng.randrange(len(text))
        end = start + rng.randrange(12)
        spoilt = text[:start] + rng.choice(("", "1", "-1", "null", "[", '"', "{}")) + text[end:]
        with suppress(CostcalcError):
            read(archives.parsed(spoilt.encode()))
