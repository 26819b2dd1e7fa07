"""Traces, layers and trees as JSON, small and quick to evaluate in a browser.

A number stands for the polynomial that is one atom: a knob, or a step, by its place. A text is a
constant. A list is a sum: of terms [coefficient, atom, atom, ...], an atom once for each power.
Layers that cost by the same rule share a *pattern*, whose atoms are numbered by their first use; a
row is a pattern and the atoms that stand in its places. So are groups alike in all but their lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import chain, groupby
from typing import Any, TypeAlias

from costcalc.costs.separable import Comparison
from costcalc.graph.nodes import Group, Input, Network, Node
from costcalc.numeric.exact import Number
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.trace import Predicate, Trace
from costcalc.numeric.traced import polynomial_of
from costcalc.page.kinds import Kinds
from costcalc.page.rows import IN_PAGE, OF_OPERATIONS, Copies, Memory, Rows
from costcalc.text import escaped

Json: TypeAlias = Any
NAMES = [*(metric.name for metric in IN_PAGE), *OF_OPERATIONS]
PLACES = {name: str(place) for place, name in enumerate(NAMES)}
"""How a pattern names a metric: by its place among those of a page."""


def polynomial(form: Polynomial, name: Callable[[int], int] = lambda atom: atom) -> Json:
    """Encode a polynomial over the atoms of a trace, which `name` may number anew."""
    terms = [
        (coefficient, sorted(name(atom) for atom, n in sorted(monomial) for _ in range(n)))
        for monomial, coefficient in form
    ]
    if not terms:
        return "0"
    if len(terms) == 1:
        coefficient, atoms = terms[0]
        if not atoms:
            return str(coefficient)
        if atoms == [atoms[0]] and coefficient == 1:
            return atoms[0]
    return [[_coefficient(coefficient), *atoms] for coefficient, atoms in terms]


def _coefficient(value: int | Fraction) -> Json:
    """A number where JSON's numbers are exact, else a text."""
    return value if type(value) is int and abs(value) < 2**53 else str(value)


def number(value: Number, name: Callable[[int], int] = lambda atom: atom) -> Json:
    return polynomial(polynomial_of(value), name)


def _predicate(test: Predicate) -> Json:
    return [test.operation, *map(_operand, test.operands)]


def _operand(operand: Polynomial | Predicate) -> Json:
    return _predicate(operand) if isinstance(operand, Predicate) else polynomial(operand)


class Tables:
    """What the formulas of a page share: patterns, groups, and formulas in letters."""

    def __init__(self) -> None:
        self._patterns: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        self._comparisons: dict[str, int] = {}
        self._known: dict[Any, list[int]] = {}
        self.patterns: list[Json] = []
        self.groups: list[Json] = []
        self.comparisons: list[Json] = []
        self.kinds = Kinds(PLACES)

    def json(self) -> dict[str, Json]:
        return {
            "patterns": self.patterns,
            "groups": self.groups,
            "comparisons": self.comparisons,
            "kinds": self.kinds.found,
        }

    def pattern(self, node: Node, costs: Mapping[str, Polynomial], trace: Trace) -> list[int]:
        """The pattern of a layer, and the atoms in its places."""
        known = (
            *(node.layer.type, node.label, node.layer.kernel_size, node.layer.stride),
            *map(polynomial_of, (*node.shape.dims, node.shape.samples, node.times)),
            *costs.items(),
        )
        if known in self._known:
            return self._known[known]
        atoms: dict[int, int] = {}

        def place(atom: int) -> int:
            return atoms.setdefault(atom, len(atoms))

        layer, shape = node.layer, node.shape
        made: dict[str, Json] = {"t": layer.type}
        if node.label != layer.type:
            made["n"] = escaped(node.label)
        for key, sizes in (("k", layer.kernel_size), ("s", layer.stride)):
            if sizes is not None:
                made[key] = [number(size, place) for size in sizes]
        made["d"] = [number(side, place) for side in shape.dims]
        if type(shape.samples) is not int or shape.samples != 1:
            made["b"] = number(shape.samples, place)
        if type(node.times) is not int or node.times != 1:
            made["x"] = number(node.times, place)
        for source in node.inputs:  # so that layers of one rule name their atoms alike
            for side in source.shape.dims:
                number(side, place)
        made["m"] = {PLACES[name]: polynomial(cost, place) for name, cost in costs.items()}
        if node.experts is not None:
            made["e"] = [number(size, place) for size in node.experts]
        kind = self.kinds.of(node, trace)
        if kind is not None:
            made["f"] = kind
            letters = self.kinds.moving(kind, node, trace)
            if letters:
                made["l"] = {letter: polynomial(own, place) for letter, own in letters.items()}
        found = [_entry(self._patterns, self.patterns, made), *atoms]
        self._known[known] = found
        return found

    def comparison(self, row: Comparison) -> list[int]:
        """The pattern of a convolution in both forms, and the atoms in its places."""
        atoms: dict[int, int] = {}

        def encoded(*values: Number) -> list[Json]:
            return [
                number(value, lambda atom: atoms.setdefault(atom, len(atoms))) for value in values
            ]

        made = [
            encoded(row.in_channels, row.out_channels),
            encoded(*row.output_size),
            encoded(*row.kernel_size),
            encoded(row.standard_macs, row.depthwise_macs, row.pointwise_macs),
            int(row.written_as == "separable"),
        ]
        return [_entry(self._comparisons, self.comparisons, made), *atoms]

    def group(self, group: Group, children: list[Json]) -> int:
        return _entry(
            self._groups, self.groups, [escaped(group.label), escaped(group.type), *children]
        )


def _entry(known: dict[str, int], entries: list[Json], made: Json) -> int:
    key = repr(made)
    if key not in known:
        known[key] = len(entries)
        entries.append(made)
    return known[key]


class _Tree:
    """Encodes the tree of a network: rows in the order of its leaves."""

    def __init__(self, rows: Rows, tables: Tables) -> None:
        self.rows = rows
        self.tables = tables
        self.nodes: list[Node] = []
        self.places: dict[Node | Input, int] = {}
        self.lines: list[int | str | None] = []
        assert rows.network is not None
        self.network: Network = rows.network
        for place, source in enumerate(self.network.inputs, 1):
            self.places[source] = -place
        self._place(self.network.root)
        self.root = self._group(self.network.root)

    def _place(self, group: Group) -> None:
        for child in group.children:
            if isinstance(child, Group):
                self._place(child)
            else:
                self.places[child] = len(self.nodes)
                self.nodes.append(child)

    def _group(self, group: Group) -> int:
        return self.tables.group(group, self._children(group))

    def _children(self, group: Group) -> list[Json]:
        """What is in a group, in order.

        A count of leaves; -1 - the place of a group; or copies: their number, what the first reads,
        what each makes, and what is in each.
        """
        found: list[Json] = []
        for is_leaf, children in groupby(group.children, lambda child: isinstance(child, Node)):
            listed = list(children)
            if is_leaf:
                self.lines += [_place(child) for child in listed]
                found.append(len(listed))
                continue
            for child in listed:
                assert isinstance(child, Group)
                if isinstance(child, Copies):
                    given, made = (list(map(self.source, own)) for own in (child.given, child.made))
                    count = number(child.count)
                    found.append([count, given, made, *self._children(child)])
                    continue
                self.lines.append(_place(child))
                found.append(-1 - self._group(child))
        return found

    def source(self, source: Node | Input) -> int:
        """The place of a row; -1 - that of an input."""
        return self.places[source]


def _place(child: Group | Node) -> int | str | None:
    """The line of its item; of what comes from a model file, the name of its node."""
    origin = child.origin
    return origin.line if origin.line or origin.node is None else escaped(origin.node)


def form(rows: Rows, tables: Tables) -> dict[str, Json]:
    """Encode a traced network: its steps, guards, and rows; or why there is no network."""
    trace = rows.trace
    made: dict[str, Json] = {
        "steps": [[step.operation, *map(_operand, step.operands)] for step in trace.steps],
        "guards": [[_predicate(g.test), int(g.outcome), g.after] for g in trace.guards.values()],
    }
    if rows.error is not None:
        made["error"] = [escaped(problem.message) for problem in rows.error.problems]
        return made
    tree = _Tree(rows, tables)
    costs = dict(zip(tree.network.nodes, rows.costs, strict=True))
    distinct: dict[str, int] = {}
    listed: list[Json] = []
    order = [_entry(distinct, listed, tables.pattern(n, costs[n], trace)) for n in tree.nodes]
    sources = {}
    for place, node in enumerate(tree.nodes):
        read = list(map(tree.source, node.inputs))
        if read != [place - 1]:  # not simply the row before
            sources[place] = read
    shared = {tree.places[node]: tree.places[node.weights] for node in tree.nodes if node.weights}
    return {
        **made,
        "inputs": [
            [escaped(source.name), *map(number, source.shape.dims)]
            for source in tree.network.inputs
        ],
        "distinct": listed,
        "rows": order,
        "lines": _runs(tree.lines),
        "sources": sources,
        **({"shared": shared} if shared else {}),
        "memory": rows.memory and _memory(rows.memory, tree.places),
        "compared": [
            [[tree.places[node] for node in nodes], *tables.comparison(row)]
            for row, nodes in rows.comparison
        ],
        "root": tree.root,
        "outputs": list(map(tree.source, tree.network.outputs)),
    }


def _memory(memory: Memory, places: Mapping[Any, int]) -> Json:
    """The rows that are executed; the sizes of buffers, each once; and the buffers with theirs.

    Then the alignment of the arena, and what lies in it besides.
    """
    sizes: dict[Polynomial, int] = {}
    buffers, scratch = (
        [
            [one.first, one.last, sizes.setdefault(polynomial_of(one.size), len(sizes))]
            for one in own
        ]
        for own in (memory.buffers, memory.scratch)
    )
    rows = [places[node] for node in memory.operations]
    return [rows, list(map(polynomial, sizes)), buffers, memory.alignment, scratch]


def _runs(values: Iterable[Any]) -> list[Any]:
    """Each value, and how often it stands there in a row."""
    return list(chain(*((value, len(list(same))) for value, same in groupby(values))))
