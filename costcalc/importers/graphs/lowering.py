"""Make a network of a graph: ops in order, each by its format's table, shapes as they go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from costcalc.errors import CostcalcError, CostcalcWarning, Problems, nearest
from costcalc.importers.graphs.call import Call, Table
from costcalc.importers.graphs.drafts import Drafts
from costcalc.importers.graphs.inputs import input_maps
from costcalc.importers.graphs.model import MAX_RUN, Graph, Op, Undecided
from costcalc.importers.graphs.options import Options, current
from costcalc.importers.graphs.sharing import note_weights
from costcalc.importers.graphs.values import Constant, Draft, Map, Out, Value

MAX_FAULTS = 50
MAX_BODIES = 30
"""Levels of bodies within bodies."""


class Lowered(NamedTuple):
    """The items of a graph."""

    graph: Graph
    inputs: list[Draft]
    drafts: list[Draft]
    outputs: list[Out]
    warnings: list[CostcalcWarning]


def lowered(graph: Graph, table: Table) -> Lowered:
    """Make the items of a graph. Raises Problems with all ops that have none."""
    lowering = Lowering(graph, table, current())
    maps = input_maps(graph, lowering.options, lowering.found)
    if lowering.found:
        raise Problems(lowering.found)
    lowering.values.update(maps)
    lowering.run(graph)
    outputs = [lowering.values.get(name) for name in graph.outputs]
    lowering.report_unknown()
    lowering.report_bounds()
    if lowering.found:
        raise Problems(lowering.found)
    outs = [value.out for value in outputs if isinstance(value, Map)]
    outs = outs or lowering.drafts.unread()  # where what is chosen of them is the output
    if not outs or not graph.ops:
        raise graph.fault("the model computes nothing of its inputs")
    if not lowering.drafts.found:  # what only moves elements leaves no layer
        op = graph.ops[-1]
        outs = [lowering.drafts.add("identity", {}, [out], op) for out in outs]
    inputs = [one.out.draft for one in maps.values()]
    return Lowered(graph, inputs, lowering.drafts.found, outs, lowering.warnings)


class Lowering:
    """The values of tensors so far, and what is wrong."""

    def __init__(self, graph: Graph, table: Table, options: Options) -> None:
        self.graph = graph
        self.table = table
        self.options = options
        self.drafts = Drafts(graph)
        self.values: dict[str, Value] = {}
        self.found: list[CostcalcError] = []
        self.warnings: list[CostcalcWarning] = []
        self.unknown: dict[str, list[Op]] = {}
        """Ops that have no layer, by their types."""
        self.undecided: dict[str, list[Op]] = {}
        """Ops that are left out since their shapes depend on values, by their types."""
        self._depth = 0
        self._ran = 0
        self._broken: set[str] = set()
        """Tensors that a faulty op ought to make: what reads them is not at fault."""
        self._vague: set[str] = set()
        """Tensors that follow from an op that was left out, so that their shapes may be others."""

    def run(self, graph: Graph) -> None:
        for name, tensor in graph.tensors.items():
            if tensor.is_stored:
                self.drafts.tensors[name] = tensor
                dims = tuple(dim if isinstance(dim, int) else 0 for dim in tensor.dims or ())
                self.values[name] = Constant(dims, tensor.type, tensor.values, name)
        for op in graph.ops:
            if any(name in self._broken for name in op.inputs):
                if op.type not in self.table:
                    self.unknown.setdefault(op.type, []).append(op)
                self._broken.update(op.outputs)
                continue
            try:
                self._run(op, graph)
            except CostcalcError as error:
                self._report(error, op, graph)
            if self._is_vague(op):
                self._vague.update(op.outputs)

    def _is_vague(self, op: Op) -> bool:
        """Whether what an op makes follows from what was left out."""
        made = (name for body in op.bodies.values() for name in body.outputs)
        return any(name in self._vague for name in (*op.inputs, *made))

    def _report(self, error: CostcalcError, op: Op, graph: Graph) -> None:
        """Note what is wrong with an op, or leave it out where its shapes are not known."""
        if self.options.skip_unknown and (isinstance(error, Undecided) or self._is_vague(op)):
            self.undecided.setdefault(op.type, []).append(op)
            given = [self.values.get(name) for name in op.inputs]
            self._skip(Call(op, graph, given, self.drafts))
            return
        for problem in error.problems:  # a layer that refuses its fields knows no place
            problem.position = problem.position or graph.fault("", op).position
        self.found += error.problems
        self._broken.update(op.outputs)
        if len(self.found) >= MAX_FAULTS:
            raise Problems(self.found) from None

    def _run(self, op: Op, graph: Graph) -> None:
        inputs = [self._input(name, op) if name else None for name in op.inputs]
        handler = self.table.get(op.type)
        call = Call(op, graph, inputs, self.drafts, self._body)
        if handler is None:
            self.unknown.setdefault(op.type, []).append(op)
            self._skip(call)
            return
        before = len(self.drafts.found)
        made = handler(call)
        for draft in self.drafts.found[before:]:
            if draft.op is not None and draft.op.title:  # it was made as part of this one
                draft.op = op
        note_weights(inputs, self.drafts.found[before:], self.drafts.tensors)
        values = [made] if isinstance(made, (Constant, Map)) else made
        for name, value in zip(op.outputs, values, strict=False):
            if name:
                self._check(name, value, call)
                self.values[name] = value

    def _body(self, graph: Graph, inputs: Sequence[Value]) -> list[Value]:
        """Run the body of an op, which sees the tensors around it."""
        self._depth += 1
        self._ran += len(graph.ops)
        if self._ran > MAX_RUN:
            raise self.graph.fault(f"loops run more than {MAX_RUN:,} nodes, each time counted")
        if len(inputs) != len(graph.inputs) or self._depth > MAX_BODIES:
            raise self.graph.fault(
                f"a body with {len(graph.inputs)} inputs, and {len(inputs)} are given"
                if self._depth <= MAX_BODIES
                else f"bodies are nested more than {MAX_BODIES} deep"
            )
        self.values.update(
            (tensor.name, value) for tensor, value in zip(graph.inputs, inputs, strict=True)
        )
        before = len(self.found)
        self.run(graph)
        self._depth -= 1
        if len(self.found) > before:
            raise Problems(self.found[before:])
        missing = next((name for name in graph.outputs if name not in self.values), None)
        if missing is not None:
            raise self.graph.fault(f"nothing makes the output '{missing[:60]}' of a body")
        return [self.values[name] for name in graph.outputs]

    def _input(self, name: str, op: Op) -> Value:
        if name not in self.values:
            hint = nearest(name, self.values)
            raise self.graph.fault(
                f"{op.type}: no op before it makes the tensor '{name[:60]}'", op, hint
            )
        return self.values[name]

    def _check(self, name: str, value: Value, call: Call) -> None:
        """Compare a shape with what the file says of it."""
        stated = call.graph.tensors.get(name)
        if stated is None or stated.dims is None:
            return
        dims = value.dims
        agrees = len(dims) == len(stated.dims) and all(
            not isinstance(said, int) or said in (0, own)
            for said, own in zip(stated.dims, dims, strict=True)
        )
        if not agrees:
            said = "x".join(str(dim or "?") for dim in stated.dims) or "a scalar"
            own = "x".join(map(str, dims)) or "a scalar"
            raise call.fault(f"it makes {own}, and the file says {said} of '{name[:60]}'")

    def _skip(self, call: Call) -> None:
        """Leave an op out: what it makes are numbers that cost nothing."""
        self._vague.update(call.op.outputs)
        for name in call.op.outputs:
            stated = call.graph.tensors.get(name)
            dims = None if stated is None else stated.dims
            if not self.options.skip_unknown:
                self._broken.add(name)
            elif dims is not None and all(isinstance(dim, int) and dim for dim in dims):
                sizes = tuple(dim for dim in dims if isinstance(dim, int))
                self.values[name] = self._instead(sizes, call)
            elif any(isinstance(value, Map) for value in call.inputs):
                first = next(value for value in call.inputs if isinstance(value, Map))
                self.values[name] = self._instead(first.dims, call)
            else:
                self._broken.add(name)

    def _instead(self, dims: tuple[int, ...], call: Call) -> Value:
        return self.drafts.stored(Constant(dims, "skipped"), call.op)

    def report_unknown(self) -> None:
        """Report ops that have no layer, each type once: as errors, or where they are skipped."""
        for type_, ops in self.unknown.items():
            times = _times(ops)
            if self.options.skip_unknown:
                self._warn(f"{type_} is skipped{times}: its cost is not known", ops[0])
                continue
            hint = nearest(type_, self.table, 0.8) or "--skip-unknown leaves it out, with a warning"
            self.found.append(
                self.graph.fault(f"no layer is known for the op {type_}{times}", ops[0], hint)
            )

    def report_bounds(self) -> None:
        """Warn of what depends on the inputs' values: it is left out, or counted as the most."""
        for type_, ops in self.undecided.items():
            what = f"{type_} is skipped{_times(ops)}: what it makes depends on the input's values"
            self._warn(what, ops[0])
        for (type_, what), ops in self.drafts.at_most.items():
            message = f"{type_}{_times(ops)}: what it makes depends on the input's values"
            self._warn(f"{message}, and {what} are counted", ops[0])

    def _warn(self, message: str, op: Op) -> None:
        place = self.graph.fault(message, op).position
        self.warnings.append(CostcalcWarning(message, position=place))


def _times(ops: Sequence[Op]) -> str:
    return f" ({len(ops)} times)" if len(ops) > 1 else ""
