"""Functions of an ONNX file: nodes that call one become its body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.importers.graphs.model import MAX_OPS, Graph, Op
from costcalc.importers.onnx.model import Function, Model, Reference

MAX_DEPTH = 30


def inlined(model: Model) -> Graph:
    """The graph without calls of functions. Raises CostcalcError for one that calls itself."""
    if not model.functions:
        return model.graph
    return _Inliner(model).graph(model.graph, {}, "", {}, 0)


class _Inliner:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.functions = {
            (name if domain in ("", "ai.onnx") else f"{domain}.{name}"): function
            for (domain, name), function in model.functions.items()
        }
        self.count = 0

    def graph(
        self,
        graph: Graph,
        names: Mapping[str, str],
        prefix: str,
        given: Mapping[str, Any],
        depth: int,
    ) -> Graph:
        """A graph, or the body of an op, with the calls in it replaced.

        names: of the function around it, what its tensors are called outside.
        """
        ops = [one for op in graph.ops for one in self.op(op, names, prefix, given, depth)]
        renamed = {_named(name, names, prefix): own for name, own in graph.tensors.items()}
        outputs = [_named(name, names, prefix) for name in graph.outputs]
        inputs = [own._replace(name=_named(own.name, names, prefix)) for own in graph.inputs]
        return graph._replace(ops=ops, tensors=renamed, outputs=outputs, inputs=inputs)

    def op(
        self, op: Op, names: Mapping[str, str], prefix: str, given: Mapping[str, Any], depth: int
    ) -> list[Op]:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_OPS:
            what = f"nested more than {MAX_DEPTH} deep" if depth > MAX_DEPTH else "too many nodes"
            raise self.model.graph.fault(f"calls of functions: {what}", op)
        attributes = {
            key: given.get(value.name) if isinstance(value, Reference) else value
            for key, value in op.attributes.items()
        }
        own = op._replace(
            inputs=[_named(name, names, prefix) for name in op.inputs],
            outputs=[_named(name, names, prefix) for name in op.outputs],
            attributes={key: value for key, value in attributes.items() if value is not None},
            bodies={
                key: self.graph(body, names, prefix, given, depth + 1)
                for key, body in op.bodies.items()
            },
        )
        function = self.functions.get(op.type)
        return [own] if function is None else self._body(own, function, depth)

    def _body(self, op: Op, function: Function, depth: int) -> list[Op]:
        prefix = f"{op.name or op.type}#{self.count}/"
        names = dict(zip(function.inputs, op.inputs, strict=False))
        names.update(zip(function.outputs, op.outputs, strict=False))
        names.update(dict.fromkeys(function.inputs[len(op.inputs) :], ""))
        given = {**function.attributes, **op.attributes}
        scope = [*op.scope, op.name or op.type]
        return [
            made._replace(scope=scope, name=f"{op.name}/{made.name}", number=op.number)
            for one in function.ops
            for made in self.op(one, names, prefix, given, depth + 1)
        ]


def _named(name: str, names: Mapping[str, str], prefix: str) -> str:
    """A tensor's name outside of the function: those that are made inside get a prefix."""
    return names[name] if name in names else prefix + name if name else ""
