"""The formulas of layers in the letters of the MobileNet paper, as a page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.formulas import layer_formula
from costcalc.graph.nodes import Experts, Input, Node
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.trace import Trace
from costcalc.numeric.traced import Traced
from costcalc.reports.formula.notation import letter_order, term_order
from costcalc.shapes import TensorShape

OF_SHAPES = frozenset("M N D_F F_d F_h F_w D_I I_d I_h I_w n n_I B".split())
"""Letters whose numbers are those of the row's maps."""


class Kinds:
    """Formulas in letters, each once."""

    def __init__(self, places: Mapping[str, str]) -> None:
        """places: how each metric is called."""
        self._places = places
        self._known: dict[Any, int | None] = {}
        self.found: list[Any] = []

    def of(self, node: Node, trace: Trace) -> int | None:
        """The place of a layer's formulas, at the setting of the trace; None where it has none."""
        plain = _plain(node, trace)
        key = repr((_described(plain), plain.weights and _described(plain.weights)))
        if key not in self._known:
            self._known[key] = self._formulas(plain)
        return self._known[key]

    def moving(self, kind: int, node: Node, trace: Trace) -> dict[str, Polynomial]:
        """The letters that are fields of the layer and depend on a knob, such as groups."""
        traced = {}
        for value in vars(node.layer).values():
            for own in value if isinstance(value, tuple) else [value]:
                if isinstance(own, Traced):
                    traced[trace.at(own.polynomial)] = own.polynomial
        own, _ = self.found[kind]
        return {letter: traced[number] for letter, number in own.items() if number in traced}

    def _formulas(self, node: Node) -> int | None:
        try:
            lines = layer_formula(node).lines
        except (CostcalcError, ZeroDivisionError, ArithmeticError):
            return None  # under a condition that does not hold it need have no numbers
        forms = {self._places[line.metric]: _terms(line.form) for line in lines}
        forms = {name: form for name, form in forms.items() if form is not None}
        if not forms:
            return None
        own = {
            letter: value
            for line in lines
            for letter, value in line.numbers.items()
            if letter not in OF_SHAPES
        }
        made = [own, forms]
        if made not in self.found:
            self.found.append(made)
        return self.found.index(made)


def _terms(form: Polynomial) -> list[list[Any]] | None:
    """Terms of a coefficient and letters, one for each power; `/G` divides by G."""
    terms = []
    for monomial, coefficient in sorted(form, key=lambda term: term_order(term[0])):
        letters: list[str] = []
        for base, n in sorted(monomial, key=lambda factor: letter_order(str(factor[0]))):
            if not isinstance(base, str):
                return None
            letters += [base if n > 0 else f"/{base}"] * abs(n)
        terms.append([str(coefficient), *letters])
    return terms


def _described(node: Node) -> Any:
    shapes = [(*source.shape.dims, source.shape.batch) for source in node.inputs]
    own = node.layer.type, node.layer.values(), node.shape.dims, node.shape.batch, shapes
    return *own, node.trainable, node.experts


def _plain(node: Node, trace: Trace) -> Node:
    """The layer with the numbers that it has at the setting of the trace."""

    def value(own: Any) -> Any:
        if isinstance(own, Traced):
            return trace.at(own.polynomial)
        if isinstance(own, tuple) and type(own) is tuple:
            return tuple(map(value, own))
        return own

    def shape(own: TensorShape) -> TensorShape:
        return TensorShape(value(own.channels), map(value, own.sides), value(own.batch))

    layer = node.layer
    if vars(layer):
        layer = type(layer)({name: value(own) for name, own in vars(layer).items()})
    sources: list[Any] = [Input("", shape(source.shape)) for source in node.inputs]
    plain = Node(layer, sources, shape(node.shape), node.label, node.group, node.origin)
    plain.trainable = node.trainable
    if node.experts is not None:
        plain.experts = Experts(*map(value, node.experts))
    if node.weights is not None:
        plain.weights = _plain(node.weights, trace)
    return plain
