"""Spoilt model files: by bits, by numbers where offsets and counts stand, by texts in a zip."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from random import Random
from typing import Any

from fuzz.calls import Fault, call
from fuzz.mutations import Spoilt
from fuzz.specs import LEAKS
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from importers.onnx_files import CASES, CHOSEN, SHARED
from importers.pt2_files import CONV, archive
from importers.test_tflite_networks import OPERATORS, loop
from importers.test_tflite_reader import FILE
from onnx import ModelProto

KINDS = sorted({node.op_type for case in CASES.values() for node in case.nodes})
"""Types of ONNX nodes."""
PROGRAM = json.dumps(CONV)
NUMBERS = (0, 1, 2, 255, 1 << 15, (1 << 16) - 1, 1 << 31, (1 << 31) - 1, (1 << 32) - 1)
LARGE = (1 << 62, 1 << 63, (1 << 64) - 1)
WORDS = ("", "1", "-1", "0", "9" * 30, "null", "[", "]", "{}", '"', "1e9", "true", "\\u0000", "x")


def corpus() -> dict[str, bytes]:
    """Files by name."""
    files = {f"{n}.tflite": data for n, (data, _) in enumerate(OPERATORS.values())}
    files |= {"whole.tflite": FILE, "loop.tflite": loop(3)}
    files["net.pt2"] = archive(CONV)
    files |= {f"{name}.onnx": case.data for name, case in CASES.items()}
    more = {**CHOSEN, "shared": SHARED}
    files |= {f"{name}.onnx": case.proto().SerializeToString() for name, case in more.items()}
    return files


def spoilt(random: Random, files: dict[str, bytes]) -> Spoilt:
    """A file with a few mutations."""
    name = random.choice([*files])
    if name.endswith(".pt2") and random.randrange(3):
        return Spoilt(name, archive(_text(random, PROGRAM).encode("utf-8", "replace")))
    if name.endswith(".onnx") and random.randrange(2):
        return Spoilt(name, _message(random, files[name]))
    data = bytearray(files[name])
    for _ in range(random.choice((1, 1, 1, 2, 4, 8))):
        _mutate(random, data)
    return Spoilt(name, bytes(data))


def _mutate(random: Random, data: bytearray) -> None:
    if len(data) < 16:
        return
    at = random.randrange(len(data))
    kind = random.randrange(7)
    if kind == 0:
        data[at] ^= 1 << random.randrange(8)
    elif kind == 1:
        data[at] = random.randrange(256)
    elif kind in (2, 3):
        own = (len(data), len(data) - at, random.randrange(len(data)), random.randrange(1 << 32))
        at = min(at & ~3, len(data) - 4)
        struct.pack_into("<I", data, at, random.choice((*NUMBERS, *own)) & 0xFFFFFFFF)
    elif kind == 4:
        struct.pack_into("<Q", data, min(at & ~3, len(data) - 8), random.choice(LARGE))
    elif kind == 5:
        del data[at : at + random.randrange(1, 64)]
    else:
        other = random.randrange(len(data))
        data[at : at + 8] = data[other : other + 8]


def _message(random: Random, data: bytes) -> bytes:
    """An ONNX model whose fields hold others: the bytes around them stay a message."""
    model = ModelProto.FromString(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        _change(random, model)
    return bytes(model.SerializeToString())


def _change(random: Random, message: Message) -> None:
    """Change a field of a message, or of one in it."""
    fields = message.ListFields()
    while fields:
        field, value = random.choice(fields)
        many = field.is_repeated
        if many and random.randrange(8) == 0:
            place = random.randrange(len(value))
            if random.randrange(2):
                del value[place]
            else:
                value.MergeFrom(value[place : place + 1])
            return
        if field.type != field.TYPE_MESSAGE:
            new = _other(random, field, value)
            if many:
                value[random.randrange(len(value))] = new
            else:
                setattr(message, field.name, new)
            return
        message = random.choice(value) if many else value
        fields = message.ListFields()


def _other(random: Random, field: FieldDescriptor, value: Any) -> Any:
    if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return random.choice((0.0, -1.0, 1e30, float("nan"), float("inf")))
    if field.type == field.TYPE_BYTES:
        return random.choice((b"", b"\xff" * 8, bytes(random.randrange(64))))
    if field.type == field.TYPE_STRING:
        return random.choice((*KINDS, "", "x", "y", "w", "\0", "a" * 300))
    if field.type in (field.TYPE_INT64,):
        return random.choice((0, 1, 2, 3, 7, -1, -7, 1 << 31, 1 << 62, -(1 << 63), 100_000))
    if field.enum_type is not None:
        return random.choice(field.enum_type.values).number
    return random.choice((0, 1, 2, 7, 9, 16))


def _text(random: Random, text: str) -> str:
    for _ in range(random.choice((1, 1, 2, 4))):
        start = random.randrange(len(text))
        end = start + random.randrange(16)
        text = text[:start] + random.choice(WORDS) + text[end:]
    return text


def hold(case: Spoilt, path: Path) -> None:
    """Ask for a file's costs; raise Fault where the answer is neither costs nor an error."""
    path.write_bytes(case.text)
    ended = call("analyze", str(path), "--format", "json")
    if ended.code == 0:
        (network,) = json.loads(ended.out)["networks"]
        totals = network["totals"].items()
        wrong = [name for name, value in totals if isinstance(value, int) and value < 0]
        if wrong:
            raise Fault(f"{wrong[0]} is below 0")
        return
    if ended.out:
        raise Fault(f"an error, and on standard output: {ended.out[:200]}")
    lines = [line for line in ended.err.splitlines() if not line.startswith("  ")]
    placed = [line for line in lines if line.startswith(str(path))]
    if not placed:
        raise Fault(f"an error without its file: {ended.err[:300]}")
    for line in lines:
        leak = LEAKS.search(line)
        if leak and leak[0].encode() not in case.text:
            raise Fault(f"an error shows what is inside: {line}")
