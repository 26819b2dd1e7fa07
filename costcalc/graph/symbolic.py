"""Build networks over symbols, whose layers count as often as a symbol says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.builder import Builder
from costcalc.graph.evaluate import evaluate
from costcalc.graph.frame import Frame
from costcalc.graph.nodes import Group, Input, Node, Nodes, Origin
from costcalc.language.item import Item
from costcalc.language.yaml_nodes import position
from costcalc.layers import Layer
from costcalc.numeric.base import AbstractNumber
from costcalc.numeric.exact import Number, maximum
from costcalc.shapes import FeatureMap


class SymbolicBuilder(Builder):
    """Builds over symbols: a condition switches a layer on, and a number repeats it."""

    times: Number = 1
    """How often the layers that are being built count."""

    @contextmanager
    def _counting(self, times: Number) -> Iterator[None]:
        before = self.times
        self.times = before * times
        try:
            yield
        finally:
            self.times = before

    def _node(self, layer: Layer, maps: Nodes, item: Item, group: Group, origin: Origin) -> Node:
        node = super()._node(layer, maps, item, group, origin)
        node.times = self.times
        return node

    def _where(self, outcome: Any, build: Callable[[], Nodes], otherwise: Nodes) -> Nodes:
        if isinstance(outcome, bool):
            return build() if outcome else otherwise
        with self._counting(outcome.select(1, 0)):
            made = build()
        if len(made) != len(otherwise):
            raise CostcalcError(
                "an open condition decides the number of maps, so there is no one formula"
            )
        return [_merged(outcome, a, b) for a, b in zip(made, otherwise, strict=True)]

    def _copies(self, item: Item, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        if item.repeat is None:
            return super()._copies(item, maps, frame, origin)
        repeat = item.repeat
        count = evaluate(repeat, frame.scope, item.file.path)
        if not isinstance(count, AbstractNumber) or not self._keeps(count):
            return super()._copies(item, maps, frame, origin)
        present = self._at_all(count)
        given = maps

        def build() -> Nodes:
            first = self._nth_copy(item, 0, given, frame, origin)
            with self._counting(maximum(count - 1, 0)):
                further = self._nth_copy(item, 1, first, frame, origin)
            if not _same_shapes(first, further):
                raise CostcalcError(
                    "repeat depends on a symbol, and its copies change the shape",
                    position=position(item.file.path, repeat.node),
                    hint="its count depends on a symbol; only copies that leave the map as it is "
                    "can be counted so",
                )
            return further

        return self._where(present, build, maps)

    def _keeps(self, count: AbstractNumber) -> bool:
        """Whether a number of copies is kept as a formula."""
        return True

    def _at_all(self, count: AbstractNumber) -> Any:
        """Whether there is at least one copy: a bool, or a condition that stays open."""
        present = count >= 1
        return present if isinstance(present, bool) else present.decide()


def _merged(outcome: Any, made: Input | Node, otherwise: Input | Node) -> Input | Node:
    sides = [outcome.select(a, b) for a, b in zip(made.shape, otherwise.shape, strict=True)]
    return Input("", FeatureMap(*sides))


def _same_shapes(left: Nodes, right: Nodes) -> bool:
    """Whether maps have the same shape for all values of the symbols."""
    return len(left) == len(right) and all(
        _identical(a, b)
        for one, other in zip(left, right, strict=True)
        for a, b in zip(one.shape, other.shape, strict=True)
    )


def _identical(left: Number, right: Number) -> bool:
    if isinstance(left, AbstractNumber) or isinstance(right, AbstractNumber):
        difference = left - right
        return not isinstance(difference, AbstractNumber) and difference == 0
    return bool(left == right)
