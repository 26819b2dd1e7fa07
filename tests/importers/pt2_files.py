"""Exported programs for tests, as torch.export.save writes them, without torch."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any


def tensor(name: str) -> dict[str, Any]:
    return {"as_tensor": {"name": name}}


def ints(*values: int) -> dict[str, Any]:
    return {"as_ints": list(values)}


def whole(value: int) -> dict[str, Any]:
    return {"as_int": value}


def node(
    target: str, out: str, stack: str = "", outputs: Any = None, /, **args: Mapping[str, Any]
) -> dict[str, Any]:
    """A call; stack: the modules that it stands in, as name and class, one after the other."""
    entries = [f"L__self__{name},{name},torch.nn.{kind}" for name, kind in _pairs(stack)]
    return {
        "target": f"torch.ops.{target}",
        "inputs": [{"name": name, "arg": given, "kind": 1} for name, given in args.items()],
        "outputs": [tensor(out)] if outputs is None else outputs,
        "metadata": {
            "nn_module_stack": ";".join(["L__self__,,mine.Net", *entries]),
            "stack_trace": 'File "net.py", line 3, in forward\n    return self.conv("x")\\',
        },
        "name": out,
    }


def _pairs(stack: str) -> list[tuple[str, str]]:
    words = stack.split()
    return list(zip(words[::2], words[1::2], strict=True))


def size(value: int | str) -> dict[str, Any]:
    """A side, or the symbol of an open one, which was 2 at export."""
    if isinstance(value, int):
        return {"as_int": value}
    return {"as_expr": {"expr_str": value, "hint": {"as_int": 2}}}


def program(
    tensors: Mapping[str, Sequence[int | str]],
    nodes: Sequence[Mapping[str, Any]],
    output: str,
    *,
    params: Sequence[str] = (),
    buffers: Sequence[str] = (),
    version: tuple[int, int] = (8, 20),
    types: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """The JSON of a program, whose input is x."""
    specs: list[Any] = [
        {"parameter": {"arg": {"name": name}, "parameter_name": name.removeprefix("p_")}}
        for name in params
    ]
    specs += [
        {"buffer": {"arg": {"name": name}, "buffer_name": name, "persistent": True}}
        for name in buffers
    ]
    specs.append({"user_input": {"arg": tensor("x")}})
    values = {
        name: {
            "dtype": (types or {}).get(name, 7),
            "sizes": [size(side) for side in sides],
            "requires_grad": name in params,
        }
        for name, sides in tensors.items()
    }
    graph = {"inputs": [], "outputs": [], "nodes": list(nodes), "tensor_values": values}
    outputs = [{"user_output": {"arg": tensor(output)}}]
    return {
        "graph_module": {
            "graph": graph,
            "signature": {"input_specs": specs, "output_specs": outputs},
        },
        "schema_version": {"major": version[0], "minor": version[1]},
        "torch_version": "2.14.1",
    }


def archive(content: Any, name: str = "net/models/model.json", **more: bytes) -> bytes:
    """A zip with a program, stored as PyTorch stores it; more: other files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("net/data/weights/weight_0", b"")
        made.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
        for other, data in more.items():
            made.writestr(other, data)
    return out.getvalue()


CONV = program(
    {
        "x": [1, 3, 8, 8],
        "p_conv_weight": [4, 3, 3, 3],
        "conv2d": [1, 4, 8, 8],
        "relu": [1, 4, 8, 8],
    },
    [
        node(
            "aten.conv2d.default",
            "conv2d",
            "stem Sequential stem.conv Conv2d",
            input=tensor("x"),
            weight=tensor("p_conv_weight"),
            bias={"as_none": True},
            stride=ints(1, 1),
            padding=ints(1, 1),
        ),
        node("aten.relu_.default", "relu", "stem Sequential stem.act ReLU", self=tensor("conv2d")),
    ],
    "relu",
    params=["p_conv_weight"],
)
