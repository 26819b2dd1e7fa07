"""A network built over traced numbers: what it costs as steps and polynomials."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from operator import sub
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.graph.builder import Builder
from costcalc.graph.evaluate import evaluate
from costcalc.graph.frame import Frame
from costcalc.graph.limits import MAX_ITEMS, RefusedError
from costcalc.graph.nodes import Group, Input, Network, Node, Nodes, Origin
from costcalc.language.item import Item
from costcalc.language.yaml_nodes import position
from costcalc.layers import Layer
from costcalc.numeric.exact import Number, holds, maximum
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.trace import Knob, OpenTrace, Predicate, Step, StructureError, Trace
from costcalc.numeric.traced import Traced, knobs_of, polynomial_of
from costcalc.shapes import TensorShape

MAX_CLOSED = 32
"""Conditions of a network that are closed one by one, a trace each; then all of them are."""


class NetworkTrace(NamedTuple):
    """The trace of a network, and each metric as a polynomial over it."""

    trace: Trace
    metrics: dict[str, Polynomial]
    layers: int
    """How many were built: of copies that are alike only one."""
    error: CostcalcError | None
    """What is wrong with the network wherever the trace serves."""
    terms: int
    """Of all polynomials in it: what running it at a point takes."""


Build = Callable[[Mapping[str, Number], type[Builder]], Network]
"""A network over numbers of knobs, by a builder."""
Measure = Callable[[Network], Mapping[str, Number]]


def trace_network(
    build: Build,
    measure: Measure,
    knobs: Mapping[str, Knob],
    closed: set[Predicate] | None,
    builder: type[Builder] | None = None,
) -> NetworkTrace:
    """The network traced at the values of the knobs.

    closed: conditions that must not stay open, which grows; None leaves none open, as it must be
    for what counts layers by their neighbours (`standard_macs`, folding, conventions).
    Raises CostcalcError only for what refuses the network whatever its numbers are.
    """
    while closed is not None and len(closed) <= MAX_CLOSED:
        try:
            found = run_traced(build, measure, OpenTrace(knobs, closed), builder or OpenBuilder)
        except StructureError as error:
            closed.add(error.test)
            continue
        if found.error is None:
            return found
        break  # a fault may lie under a condition that is open: only guards say where it holds
    return run_traced(build, measure, Trace(knobs), Builder)


def run_traced(
    build: Build, measure: Measure, trace: Trace, builder: type[Builder]
) -> NetworkTrace:
    """The network built over the numbers of a trace, by a builder that suits it."""
    try:
        network = build(knobs_of(trace), builder)
        sums = {name: polynomial_of(total) for name, total in measure(network).items()}
    except CostcalcError as error:
        return NetworkTrace(trace, {}, 0, error, _terms(trace, ()))
    finally:
        trace.memo.clear()
    return NetworkTrace(trace, sums, len(network.nodes), None, _terms(trace, sums.values()))


def _terms(trace: Trace, sums: Iterable[Polynomial]) -> int:
    own: list[Step | Predicate] = [*trace.steps, *(guard.test for guard in trace.guards.values())]
    parts = [part for one in own for part in one.parts()]
    return sum(1 + len(polynomial.terms) for polynomial in chain(parts, sums))


class OpenBuilder(Builder):
    """Counts a layer as often as a condition or a repeat that stays open says."""

    copies_blocks = False  # copies of a block are counted
    decides_training = True  # a condition is closed that decides which maps have a gradient

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.times: Number = 1
        """How often what is being built counts."""
        self.copies: Number = 0
        """How many copies of items there are: they are limited, however they are counted."""

    def build(self) -> Network:
        network = super().build()
        if not holds(self.copies <= MAX_ITEMS):
            raise RefusedError(f"the network has more than {MAX_ITEMS:,} items")
        return network

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

    def _nth_copy(self, item: Item, copy: int, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        self.copies = self.copies + self.times
        return super()._nth_copy(item, copy, maps, frame, origin)

    def _row(self, item: Item, count: int, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        """Build copies up to the first that leaves the shapes as they are: all behind it are alike.

        A copy sees nothing of the one before but its shapes, unless it uses the weights of the
        first, or sees its number. So MobileOne with 269 units in a stage costs 2 units and 267
        times the second. The first alone may read what nothing trained has made.
        """
        if self.paired or item.indexed:
            return super()._row(item, count, maps, frame, origin)
        for copy in range(count):
            start, meter, copies = len(self.nodes), self.meter.now(), self.copies
            made = self._nth_copy(item, copy, maps, frame, origin)
            more = count - copy - 1
            is_typical = copy or not (item.first or item.shares)
            is_typical = is_typical and _gradients(maps) == _gradients(made)
            if more and is_typical and self._have_same_shapes(maps, made):
                for node in self.nodes[start:]:
                    node.times = node.times * (more + 1)
                self.meter.again(meter, more)
                self.copies = self.copies + (self.copies - copies) * more
                return made
            maps = made
        return maps

    def _where(self, outcome: Any, build: Callable[[], Nodes], otherwise: Nodes) -> Nodes:
        if self.paired and not isinstance(outcome, bool):
            outcome = outcome.single()
        if isinstance(outcome, bool):
            return build() if outcome else otherwise
        trace, faults = outcome.trace, len(self.faults)
        trace.within.append(outcome.test)
        try:
            with self._counting(outcome.as_number()):
                made = build()
        except CostcalcError:
            if self._is_dead(trace):
                raise StructureError(outcome.test) from None
            raise
        finally:
            is_dead = self._is_dead(trace)
            trace.within.pop()
        if len(made) != len(otherwise):
            raise trace.refused(outcome.test, "an open condition decides the number of maps")
        if not all(_are_alike(a.shape, b.shape) for a, b in zip(made, otherwise, strict=True)):
            raise trace.refused(outcome.test, "an open condition decides the sides of a map")
        if self.decides_training and _gradients(made) != _gradients(otherwise):
            raise StructureError(outcome.test)
        if is_dead and len(self.faults) > faults:
            raise StructureError(outcome.test)
        return [_merged(outcome, a, b) for a, b in zip(made, otherwise, strict=True)]

    def _is_dead(self, trace: Trace) -> bool:
        """Whether what is being built does not count at the setting of the trace."""
        return not all(test.holds(trace.at) for test in trace.within)

    def _copies(self, item: Item, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        if item.repeat is None:
            return super()._copies(item, maps, frame, origin)
        count = evaluate(item.repeat, frame.scope, item.file.path)
        is_open = isinstance(count, Traced) and not (self.paired or item.indexed)
        if not is_open or not self._keeps(count):
            return super()._copies(item, maps, frame, origin)
        given = maps

        def build() -> Nodes:
            first = self._nth_copy(item, 0, given, frame, origin)
            further = self._others(item, maximum(count - 1, 0), first, frame, origin)
            if not self._have_same_shapes(first, further):
                raise self._changing(item, count)
            return further

        return self._where(self._present(count), build, maps)

    def _others(self, item: Item, times: Number, maps: Nodes, frame: Frame, of: Origin) -> Nodes:
        """Build one copy that stands for all behind the first."""
        with self._counting(times):
            return self._nth_copy(item, 1, maps, frame, of)

    def _keeps(self, count: Traced) -> bool:
        """Whether a number of copies stays open."""
        if _changes_the_map(count) in count.trace.closed or count.whole() is None:
            return False
        return holds(count >= 0) and holds(count <= MAX_ITEMS)

    def _present(self, count: Traced) -> Any:
        """Whether there is one copy at least: a bool, or a condition that stays open."""
        present = count >= 1
        return present if isinstance(present, bool) else present.decide()

    def _changing(self, item: Item, count: Traced) -> Exception:
        """What to raise where the copies of an item change the map."""
        return StructureError(_changes_the_map(count))

    def _have_same_shapes(self, left: Nodes, right: Nodes) -> bool:
        """Whether maps have one and the same shape, whatever the knobs are."""
        return len(left) == len(right) and all(
            len(one.shape.sides) == len(other.shape.sides)
            and all(map(self._is_zero, map(sub, one.shape.dims, other.shape.dims)))
            and self._is_zero(one.shape.samples - other.shape.samples)
            for one, other in zip(left, right, strict=True)
        )

    def _is_zero(self, difference: Number) -> bool:
        return type(difference) is int and difference == 0


class SymbolicBuilder(OpenBuilder):
    """Builds what stands for all settings: nothing is left out at the setting of the trace."""

    decides_training = False

    def _is_dead(self, trace: Trace) -> bool:
        return False

    def _keeps(self, count: Traced) -> bool:
        return True

    def _changing(self, item: Item, count: Traced) -> Exception:
        assert item.repeat is not None
        return CostcalcError(
            "repeat depends on a symbol, and its copies change the shape",
            position=position(item.file.path, item.repeat.node),
            hint="only copies that leave the map as it is can be counted by a symbol",
        )


def _changes_the_map(count: Traced) -> Predicate:
    """Stands for a repeat whose copies change the map among the conditions that are closed."""
    return Predicate("repeat", (count.polynomial,))


def _gradients(maps: Nodes) -> list[bool]:
    return [source.has_gradient for source in maps]


def _are_alike(one: TensorShape, other: TensorShape) -> bool:
    """Whether maps have equally many sides and samples: what reads them costs by the same rule."""
    same = one.batch is other.batch
    if not same and one.batch is not None and other.batch is not None:
        difference = one.batch - other.batch
        same = type(difference) is int and difference == 0
    return same and len(one.sides) == len(other.sides)


def _merged(outcome: Any, made: Input | Node, otherwise: Input | Node) -> Input | Node:
    channels, *sides = map(outcome.select, made.shape, otherwise.shape)
    shape = TensorShape(channels, sides, made.shape.batch)
    return Input("", shape, has_gradient=made.has_gradient)
