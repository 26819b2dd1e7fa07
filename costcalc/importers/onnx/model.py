"""An ONNX file: its graphs, functions and opsets, without its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.importers.graphs.model import MAX_OPS, Graph, Op, Tensor
from costcalc.importers.graphs.values import MAX_VALUES
from costcalc.importers.onnx.tensors import TensorReader
from costcalc.importers.onnx.wire import BYTES, VARINT, Field, WireError, signed

MAX_DEPTH = 30
"""Levels of graphs in graphs."""


class Function(NamedTuple):
    """A function of the file: a body that nodes call by a type of their own."""

    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]
    """Its parameters, with their defaults; None has none."""
    ops: list[Op]


class Model(NamedTuple):
    """A file."""

    graph: Graph
    opsets: Mapping[str, int]
    """Versions of operator sets by domain; "" is ONNX's own."""
    functions: Mapping[tuple[str, str], Function]
    """By domain and name."""
    producer: str


class Reference(NamedTuple):
    """An attribute that a function's parameter gives."""

    name: str


class Reader(TensorReader):
    """Reads one file."""

    def __init__(self, data: memoryview, path: str) -> None:
        super().__init__(data)
        self.path = path
        self.ops = 0
        self.depth = 0

    def model(self) -> Model:
        graph: Graph | None = None
        opsets: dict[str, int] = {}
        functions: dict[tuple[str, str], Function] = {}
        producer = ""
        for field in self.wire.fields(0, len(self.wire.data)):
            if field.number == 2 and field.kind == BYTES:
                producer = self.wire.text(field, 200)
            elif field.number == 7 and field.kind == BYTES:
                graph = self.graph(field)
            elif field.number == 8 and field.kind == BYTES:
                domain, version = self._opset(field)
                opsets[domain] = version
            elif field.number == 25 and field.kind == BYTES:
                name, function = self._function(field)
                functions[name] = function
        if graph is None:
            raise WireError("the file has no graph", 0)
        return Model(graph, opsets, functions, producer)

    def _opset(self, field: Field) -> tuple[str, int]:
        domain, version = "", 0
        for part in self.parts(field):
            if part.number == 1:
                domain = self.wire.text(part, 200)
            elif part.number == 2 and part.kind == VARINT:
                version = signed(part.value)
        return "" if domain == "ai.onnx" else domain, version

    def graph(self, field: Field) -> Graph:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise WireError(f"graphs are nested more than {MAX_DEPTH} levels deep", field.value)
        ops: list[Op] = []
        inputs: list[Tensor] = []
        outputs: list[str] = []
        tensors: dict[str, Tensor] = {}
        stated: dict[str, Tensor] = {}
        name = ""
        for part in self.parts(field):
            if part.number == 1:
                ops.append(self.node(part))
            elif part.number == 2:
                name = self.wire.text(part, 200)
            elif part.number == 5:
                tensor = self.tensor(part)
                tensors[tensor.name] = tensor
            elif part.number == 15:
                tensor = self.sparse(part)
                tensors[tensor.name] = tensor
            elif part.number in (11, 12, 13):
                value = self.value_info(part)
                if part.number == 11:
                    inputs.append(value)
                elif part.number == 12:
                    outputs.append(value.name)
                stated.setdefault(value.name, value)
        self.depth -= 1
        return Graph(self.path, inputs, outputs, {**stated, **tensors}, ops, name)

    def node(self, field: Field) -> Op:
        self.ops += 1
        if self.ops > MAX_OPS:
            raise WireError(f"the file has more than {MAX_OPS:,} nodes", field.value)
        number = self.ops - 1
        inputs: list[str] = []
        outputs: list[str] = []
        attributes: dict[str, Any] = {}
        bodies: dict[str, Graph] = {}
        texts = {3: "", 4: "", 7: ""}
        metadata: dict[str, str] = {}
        for part in self.parts(field):
            if part.number == 1:
                inputs.append(self.wire.text(part))
            elif part.number == 2:
                outputs.append(self.wire.text(part))
            elif part.number in texts:
                texts[part.number] = self.wire.text(part)
            elif part.number == 5:
                key, value = self._attribute(part)
                if isinstance(value, Graph):
                    bodies[key] = value
                else:
                    attributes[key] = value
            elif part.number == 9:
                key, text = self._entry(part)
                metadata[key] = text
        name, type_, domain = texts.values()
        full = type_ if domain in ("", "ai.onnx") else f"{domain}.{type_}"
        name, scope = self._named(name, metadata.get(_SCOPES, ""), number, type_)
        folds = says_folded(type_, inputs, metadata.get(_REWRITES, ""))
        return Op(full, inputs, outputs, attributes, name, scope, number, bodies, folds)

    def _named(self, name: str, scopes: str, number: int, type_: str) -> tuple[str, list[str]]:
        """The name of a node, and the modules around it: by its metadata, else by its name."""
        if scopes:
            return name, _of_scopes(scopes)
        if name.startswith("/"):
            return name, [part for part in name.split("/")[1:-1] if part]
        return name or f"{type_}_{number}", []

    def _entry(self, field: Field) -> tuple[str, str]:
        key = value = ""
        for part in self.parts(field):
            if part.number == 1:
                key = self.wire.text(part, 200)
            elif part.number == 2:
                value = self.wire.text(part, 4000)
        return key, value

    def _attribute(self, field: Field) -> tuple[str, Any]:
        name, reference = "", ""
        value: Any = None
        listed: list[Any] = []
        kind = 0
        for part in self.parts(field):
            if part.number == 1:
                name = self.wire.text(part, 200)
            elif part.number == 2:
                value = next(iter(self.wire.floats(part, 1)), 0.0)
            elif part.number == 3:
                value = signed(part.value)
            elif part.number == 4:
                value = self.wire.text(part)
            elif part.number == 5:
                value = self.tensor(part)
            elif part.number == 6:
                value = self.graph(part)
            elif part.number == 7:
                listed += self.wire.floats(part, MAX_VALUES)
            elif part.number == 8:
                listed += self.wire.integers(part, MAX_VALUES)
            elif part.number == 9:
                listed.append(self.wire.text(part))
            elif part.number == 20:
                kind = part.value
            elif part.number == 21:
                reference = self.wire.text(part, 200)
        if reference:
            return name, Reference(reference)
        if value is None and (listed or kind in (6, 7, 8)):
            return name, listed
        # A number of 0 may not be written at all.
        return name, {1: 0.0, 2: 0, 3: ""}.get(kind) if value is None else value

    def _function(self, field: Field) -> tuple[tuple[str, str], Function]:
        name = domain = ""
        inputs: list[str] = []
        outputs: list[str] = []
        attributes: dict[str, Any] = {}
        ops: list[Op] = []
        for part in self.parts(field):
            if part.number == 1:
                name = self.wire.text(part, 200)
            elif part.number == 4:
                inputs.append(self.wire.text(part))
            elif part.number == 5:
                outputs.append(self.wire.text(part))
            elif part.number == 6:
                attributes[self.wire.text(part, 200)] = None
            elif part.number == 7:
                ops.append(self.node(part))
            elif part.number == 10:
                domain = self.wire.text(part, 200)
            elif part.number == 11:
                key, value = self._attribute(part)
                attributes[key] = value
        return (domain, name), Function(inputs, outputs, attributes, ops)


_SCOPES, _REWRITES = "pkg.torch.onnx.name_scopes", "pkg.onnxscript.rewriter.rule_name"
_ANONYMOUS = re.compile(r"onnx::Conv_\d+|\d+")


def says_folded(type_: str, inputs: Sequence[str], rewrites: str) -> bool:
    """Whether a node says that a batch norm was folded into it.

    The dynamo exporter of PyTorch records it. TorchScript's leaves the weights and the bias, which
    it computes anew, without the names of the module's own.
    """
    if "FuseBatchNorm" in rewrites:
        return True
    stored = inputs[1:]
    return type_ == "Conv" and len(stored) == 2 and all(map(_ANONYMOUS.fullmatch, stored))


def _of_scopes(text: str) -> list[str]:
    """Modules out of a list as Python writes one, such as "['', 'features', 'features.0']"."""
    import ast

    try:
        listed = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        return []
    return [one for one in listed[:-1] if one]
