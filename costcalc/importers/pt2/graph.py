"""The graph of a program: its calls as ops, with the modules that they stand in."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from costcalc.importers.graphs.model import Graph, Op, Tensor
from costcalc.importers.graphs.modules import in_modules
from costcalc.importers.pt2.args import Place
from costcalc.importers.pt2.numbers import NUMBERS
from costcalc.importers.pt2.program import Argument, Call, Name, Program
from costcalc.importers.pt2.program import Tensor as Sized

BUFFER = "buffer"
"""The type of numbers that are stored and not trained."""


def graph_of(program: Program, path: str, known: Container[str]) -> Graph:
    """The graph; what no input changes is stored, as far as it is computed by no known operator."""
    tensors: dict[str, Tensor] = {}
    for name, sized in program.tensors.items():
        param, is_trained = program.params.get(name, ("", False))
        type_ = sized.dtype if is_trained or not param else BUFFER
        tensors[name] = Tensor(name, _dims(sized), type_, None, bool(param))
    leaves = _leaves(program.calls)
    ops = []
    fixed = {name for name, tensor in tensors.items() if tensor.is_stored}
    for number, call in enumerate(program.calls):
        op = _op(call, number, leaves)
        if op.type.rpartition(".")[2] in NUMBERS or fixed.issuperset(op.inputs):
            fixed.update(op.outputs)
            if op.type not in known:
                for name in filter(None, op.outputs):
                    tensors[name] = _stored(name, tensors.get(name))
                continue
        ops.append(op)
    ops = in_modules(ops)
    inputs = [tensors[name] for name in program.inputs if name in tensors]
    return Graph(path, inputs, list(program.outputs), tensors, ops, shares_weights=True)


def _stored(name: str, tensor: Tensor | None) -> Tensor:
    return Tensor(name, () if tensor is None else tensor.dims, BUFFER, None, True)


def _dims(sized: Sized) -> tuple[int | str, ...]:
    """The sides; an open one has its expression."""
    return tuple(sized.sizes)


def _leaves(calls: Sequence[Call]) -> set[str]:
    """Modules that are one layer: nothing is in them but calls of one operator."""
    targets: dict[str, set[str]] = {}
    outer: set[str] = set()
    for call in calls:
        names = [name for name, _ in call.modules]
        outer.update(names[:-1])
        if names:
            targets.setdefault(names[-1], set()).add(call.target)
    return {name for name, kinds in targets.items() if len(kinds) == 1 and name not in outer}


def _op(call: Call, number: int, leaves: set[str]) -> Op:
    inputs: list[str] = []
    attributes = {name: _argument(given, inputs) for name, given in call.args.items()}
    outputs = ["" if one is None else one.name for one in call.outputs]
    kind = operator(call.target)
    name, scope = _named(call, kind, leaves)
    return Op(kind, inputs, outputs, attributes, name, scope, number)


def _argument(given: Argument, inputs: list[str]) -> Any:
    """What a call reads goes to its inputs; the argument is then its number there."""
    if isinstance(given, Name):
        inputs.append(given.name)
        return Place(len(inputs) - 1)
    if isinstance(given, list):
        return [_argument(one, inputs) for one in given]
    return given


def operator(target: str) -> str:
    """aten.relu for aten.relu_.default: an operator, in place or not, by whatever arguments."""
    parts = target.split(".")
    name = parts[1] if len(parts) > 1 else target
    in_place = name.endswith("_") and not name.endswith("__")
    return f"{parts[0]}.{name.rstrip('_') if in_place else name}"


def _named(call: Call, kind: str, leaves: set[str]) -> tuple[str, tuple[str, ...]]:
    """The name of a call, and the modules around it; a module that is one layer names it."""
    if not call.modules:
        return call.name, ()
    inner = call.modules[-1][0]
    parts = tuple(inner.split("."))
    if inner in leaves:
        return parts[-1], parts[:-1]
    return kind.rpartition(".")[2], parts
