"""A PyTorch module that is in memory, exported: the program that its file would hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.importers.pt2.program import Argument, Call, Name, Program, Size, Tensor


def program_of(module: Any, examples: Sequence[Any]) -> Program:
    """Export a module as it is at inference; nothing is computed, and the module stays as it is.

    examples: what it is called with: tensors, or shapes of float32. Raises CostcalcError where
    PyTorch is missing or cannot export it.
    """
    try:
        torch: Any = import_module("torch")
    except ImportError:
        raise CostcalcError("from_torch needs PyTorch", hint="pip install torch") from None
    if not isinstance(module, torch.nn.Module):
        raise CostcalcError(f"from_torch takes a torch.nn.Module, not a {type(module).__name__}")
    weights = [*module.parameters(), *module.buffers()]
    device = weights[0].device if weights else None
    given = tuple(
        one if isinstance(one, torch.Tensor) else torch.empty(_shape(one), device=device)
        for one in examples
    )
    with _evaluating(module), torch.no_grad():
        try:
            exported = torch.export.export(module, given)
        except Exception as error:  # whatever code of the module raises
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise CostcalcError(
                f"torch.export cannot export {type(module).__name__}: {reason[:200]}",
                hint="the shapes are those that it is called with: from_torch(m, (1, 3, 224, 224))",
            ) from None
    return _read(exported, torch.__version__)


def _shape(given: Any) -> tuple[int, ...]:
    sides = tuple(given) if isinstance(given, (tuple, list)) else ()
    if not sides or not all(type(side) is int and side > 0 for side in sides):
        raise CostcalcError(
            f"{given!r:.80} is no shape", hint="from_torch(module, (1, 3, 224, 224))"
        )
    return sides


@contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Bring a module and all in it to inference, and back."""
    flags = {one: one.training for one in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for one, training in flags.items():
            one.training = training


def _read(exported: Any, version: str) -> Program:
    """The program of an ExportedProgram, by its graph of torch.fx."""
    signature = exported.graph_signature
    tensors: dict[str, Tensor] = {}
    hints: dict[str, int] = {}
    calls: list[Call] = []
    for node in exported.graph.nodes:
        value = node.meta.get("val")
        parts = list(value) if isinstance(value, (tuple, list)) else [value]
        outputs = [f"{node.name}.{n}" for n in range(len(parts))] if len(parts) > 1 else [node.name]
        for name, part in zip(outputs, parts, strict=True):
            if hasattr(part, "shape"):
                tensors[name] = _tensor(part, hints)
        if node.op == "call_function" and node.target.__name__ != "getitem":
            calls.append(_call(node, [Name(name) for name in outputs]))
    params = {
        spec.arg.name: (spec.target, spec.kind.name == "PARAMETER")
        for spec in signature.input_specs
        if spec.kind.name in ("PARAMETER", "BUFFER", "CONSTANT_TENSOR")
    }
    names = {node.name: _source(node) for node in exported.graph.nodes}
    return Program(
        f"PyTorch {version}",
        tensors,
        [name for name in signature.user_inputs if name in tensors],
        params,
        [names.get(name, name) for name in signature.user_outputs if isinstance(name, str)],
        calls,
        hints,
    )


def _tensor(value: Any, hints: dict[str, int]) -> Tensor:
    return Tensor(
        tuple(_size(side, hints) for side in value.shape),
        str(value.dtype).removeprefix("torch."),
    )


def _size(side: Any, hints: dict[str, int]) -> Size:
    if isinstance(side, int):
        return side
    text, hint = str(side), getattr(side.node, "hint", None)
    if isinstance(hint, int):
        hints[text] = hint
    return text


def _source(node: Any) -> str:
    """The name of what a node makes: one of several maps has that of the call with a number."""
    if node.op == "call_function" and node.target.__name__ == "getitem":
        of, number = node.args
        return f"{of.name}.{number}" if len(of.meta["val"]) > 1 else str(of.name)
    return str(node.name)


def _call(node: Any, outputs: Sequence[Name]) -> Call:
    schema = getattr(node.target, "_schema", None)
    known = [] if schema is None else [one.name for one in schema.arguments]
    names = [*known, *(f"argument {n}" for n in range(len(known), len(node.args)))]
    args = {name: _argument(given) for name, given in zip(names, node.args, strict=False)}
    args.update({name: _argument(given) for name, given in node.kwargs.items()})
    stack = [(name.partition("@")[0], type_) for name, type_ in _stack(node) if name]
    return Call(node.name, str(node.target), args, outputs, stack)


def _stack(node: Any) -> Iterator[tuple[str, str]]:
    for name, type_ in (node.meta.get("nn_module_stack") or {}).values():
        text = type_ if isinstance(type_, str) else type_.__name__
        yield name, text.rpartition(".")[2]


def _argument(given: Any) -> Argument:
    if isinstance(given, (list, tuple)):
        return [_argument(one) for one in given]
    if isinstance(given, (bool, int, float, str)) or given is None:
        return given
    return Name(_source(given)) if hasattr(given, "meta") else None
