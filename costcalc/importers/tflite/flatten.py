"""The graph of a file: its first subgraph, and in their places the bodies of what it calls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from costcalc.errors import CostcalcError
from costcalc.importers.graphs.model import Graph, Op
from costcalc.importers.graphs.model import Tensor as GraphTensor
from costcalc.importers.graphs.modules import in_modules
from costcalc.importers.tflite.loops import trips
from costcalc.importers.tflite.model import Model, Operator, Subgraph, Tensor
from costcalc.importers.tflite.states import STATE

MAX_RUN = 12_000
"""Operators, those in loops as often as they run."""
MAX_NAMED = 1_000_000
"""Tensors of all subgraphs, each as often as it runs."""
MAX_DEPTH = 16
"""Subgraphs within one another: one may not call itself."""


def flattened(model: Model, path: str) -> Graph:
    """The graph of the first signature, or of the first subgraph."""
    number = model.signatures[0].subgraph if model.signatures else 0
    main = model.subgraphs[number]
    flat = _Flat(model)
    names = flat.tensors(number)
    flat.run(number, names, 0)
    inputs = [_graph_tensor(names[at], main.tensors[at]) for at in main.inputs]
    outputs = [names[at] for at in main.outputs]
    return Graph(
        path,
        inputs,
        outputs,
        flat.known,
        in_modules(flat.ops, strip=True),
        channels_last=True,
    )


class _Flat:
    """The ops so far, with what is known of tensors."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.ops: list[Op] = []
        self.known: dict[str, GraphTensor] = {}
        self.variables: dict[str, str] = {}
        """The tensor that has the value of a variable, once something has been put into it."""
        self.named = 0
        self._used: dict[str, int] = {}
        """How often each name of a tensor has been given."""
        self._stored: dict[tuple[object, ...], str] = {}
        """The names of constants, by where they lie: several tensors may be of one buffer."""

    def tensors(self, number: int) -> dict[int, str]:
        """Name the tensors of a subgraph; known are constants, and states, which nothing makes."""
        self.named += 1 + len(self.model.subgraphs[number].tensors)
        if self.named > MAX_NAMED:
            raise CostcalcError("its loops run through too many tensors")
        names: dict[int, str] = {}
        graph = self.model.subgraphs[number]
        made = {at for operator in graph.operators for at in operator.outputs} | {*graph.inputs}
        for at, tensor in enumerate(graph.tensors):
            is_constant = tensor.buffer is not None and at not in made and not tensor.is_variable
            names[at] = self._constant(tensor) if is_constant else self._fresh(tensor.name)
            if tensor.buffer is not None or at not in made:
                values = self.model.integers(tensor)
                self.known[names[at]] = GraphTensor(
                    names[at],
                    tensor.shape,
                    STATE if tensor.buffer is None else _type(tensor),
                    None if values is None else tuple(values),
                    is_stored=True,
                    raw=self.model.raw(tensor),
                )
        return names

    def _constant(self, tensor: Tensor) -> str:
        """The name of a constant, the same one wherever its bytes are read."""
        key = (tensor.buffer, tensor.shape, _type(tensor))
        if key not in self._stored:
            self._stored[key] = self._fresh(tensor.name)
        return self._stored[key]

    def _fresh(self, name: str) -> str:
        """A name that no tensor has yet: a body that runs again has tensors of its own."""
        times = self._used[name] = self._used.get(name, 0) + 1
        return f"{name or 'tensor'}" if times == 1 else self._fresh(f"{name or 'tensor'}#{times}")

    def run(self, number: int, names: dict[int, str], depth: int) -> None:
        """Add the ops of a subgraph, whose tensors have names."""
        if depth > MAX_DEPTH:
            raise CostcalcError(f"subgraphs call one another more than {MAX_DEPTH} deep")
        graph = self.model.subgraphs[number]
        for operator in graph.operators:
            if len(self.ops) >= MAX_RUN:
                raise CostcalcError(
                    f"the file runs more than {MAX_RUN:,} operators, those of loops each time"
                )
            if operator.kind == "VAR_HANDLE":
                self._variable(operator, names)
            elif operator.kind in ("ASSIGN_VARIABLE", "READ_VARIABLE"):
                self._use(graph, operator, names)
            elif operator.kind == "WHILE":
                self._loop(graph, operator, names, depth)
            elif operator.kind == "CALL":
                self._call(operator.option("graph"), operator, names, depth)
            elif operator.kind == "IF":
                self._branch(graph, operator, names, depth)
            elif operator.kind != "CALL_ONCE":  # which fills variables before the first step
                self._add(graph, operator, names)

    def _add(self, graph: Subgraph, operator: Operator, names: Mapping[int, str]) -> None:
        for at in operator.outputs:
            made = graph.tensors[at]
            self.known[names[at]] = _graph_tensor(names[at], made)
        first = graph.tensors[operator.outputs[0]].name if operator.outputs else ""
        name, scope = named(first)
        self.ops.append(
            Op(
                operator.kind,
                ["" if at < 0 else names[at] for at in operator.inputs],
                [names[at] for at in operator.outputs],
                operator.all_options(),
                name,
                scope,
                operator.number,
                folds_norm=says_folded(first),
            )
        )

    # Variables, which live from step to step

    def _variable(self, operator: Operator, names: dict[int, str]) -> None:
        own = "" if operator.options is None else operator.options.text(1)
        for at in operator.outputs:
            names[at] = f"variable {own or names[at]}"

    def _use(self, graph: Subgraph, operator: Operator, names: dict[int, str]) -> None:
        variable = names[operator.inputs[0]] if operator.inputs else ""
        if operator.kind == "ASSIGN_VARIABLE" and len(operator.inputs) > 1:
            self.variables[variable] = names[operator.inputs[1]]
        elif variable in self.variables:
            names.update(dict.fromkeys(operator.outputs, self.variables[variable]))
        else:
            self._add(graph, operator._replace(inputs=[]), names)

    # Subgraphs

    def _call(self, number: int, operator: Operator, names: dict[int, str], depth: int) -> None:
        outputs = self._inlined(number, [names.get(at, "") for at in operator.inputs], depth)
        names.update(zip(operator.outputs, outputs, strict=False))

    def _inlined(self, number: int, inputs: Sequence[str], depth: int) -> list[str]:
        """Run a subgraph with inputs; return the names of its outputs."""
        graph = self._subgraph(number)
        if len(inputs) != len(graph.inputs):
            raise CostcalcError(
                f"{graph.name[:60]} takes {len(graph.inputs)} inputs, not {len(inputs)}"
            )
        inner = self.tensors(number)
        inner.update(zip(graph.inputs, inputs, strict=True))
        self.run(number, inner, depth + 1)
        return [inner[at] for at in graph.outputs]

    def _subgraph(self, number: int) -> Subgraph:
        if not 0 <= number < len(self.model.subgraphs):
            raise CostcalcError(f"there is no subgraph {number} of {len(self.model.subgraphs)}")
        return self.model.subgraphs[number]

    def _loop(self, graph: Subgraph, operator: Operator, names: dict[int, str], depth: int) -> None:
        """As often as the body runs, where that does not depend on what is read."""
        body = operator.option("body")
        initial = [self._number(names.get(at, "")) for at in operator.inputs]
        condition = self._subgraph(operator.option("condition"))
        count = trips(self.model, condition, self._subgraph(body), initial)
        if count is None:
            raise CostcalcError(
                f"WHILE {_label(graph, operator)}: how often it runs depends on its input"
            )
        values = [names.get(at, "") for at in operator.inputs]
        for _ in range(count):
            before = len(self.ops)
            values = self._inlined(body, values, depth)
            if len(self.ops) == before:
                break  # a body that does nothing, however often
        names.update(zip(operator.outputs, values, strict=False))

    def _branch(
        self, graph: Subgraph, operator: Operator, names: dict[int, str], depth: int
    ) -> None:
        first = names.get(operator.inputs[0], "") if operator.inputs else ""
        condition = self._number(first)
        if condition is None:
            raise CostcalcError(
                f"IF {_label(graph, operator)}: which branch runs depends on its input"
            )
        number = operator.option("then" if condition else "otherwise")
        self._call(number, operator._replace(inputs=operator.inputs[1:]), names, depth)

    def _number(self, name: str) -> int | None:
        """The one number of a constant."""
        found = self.known.get(name)
        values = None if found is None else found.values
        return int(values[0]) if values is not None and len(values) == 1 else None


def _label(graph: Subgraph, operator: Operator) -> str:
    places = operator.outputs or operator.inputs
    return graph.tensors[places[0]].name[:60] if places and places[0] >= 0 else ""


def _graph_tensor(name: str, tensor: Tensor) -> GraphTensor:
    """What the file says of a map; a side of 1 that may differ is left open."""
    sides = tensor.shape
    open_ = tensor.signature if len(tensor.signature) == len(sides) else sides
    dims = [
        None if said < 0 and side <= 1 else side for said, side in zip(open_, sides, strict=True)
    ]
    return GraphTensor(name, dims, _type(tensor))


def _type(tensor: Tensor) -> str:
    """The type of the elements; q before it says that whole numbers stand for others."""
    return f"q{tensor.dtype.name}" if tensor.scales else tensor.dtype.name


def named(text: str) -> tuple[str, tuple[str, ...]]:
    """A layer's name and the modules around it, out of a tensor's name.

    A tensor that several operators were fused into has all their names, between semicolons.
    """
    first = text.partition(";")[0].partition(":")[0]
    *scope, name = [part for part in first.split("/") if part] or [""]
    return name, tuple(scope)


_NORM = re.compile(r"FusedBatchNorm|/batchnorm(_\d+)?/|/add_fold$")


def says_folded(text: str) -> bool:
    """Whether the name of a tensor says that a batch norm was folded into what makes it.

    Behind the activation's, the name of the norm comes first; later ones may be those of other
    operators, whose constants are equal.
    """
    return any(map(_NORM.search, text.split(";")[:2]))
