"""Steps from many states into a block of which there are many ways to draw the params.

A stage of AnyNetX has 2,304 ways to draw width, bottleneck and groups, and is reached with 128
widths: 294,912 steps, all of them into its first copy, which alone reads the width before it. Their
costs are computed in arrays. Of most ways to draw, costs differ between the states by the same
numbers: such ways share a state between, which is reached from each of the states, and from which
each way leads on. So 49,152 and 2,304 steps do.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.language.block import Block
from costcalc.language.item import BLOCK, PARAM, Item
from costcalc.spaces.units import Costs
from costcalc.spaces.walk.costed import costed_units
from costcalc.spaces.walk.outcomes import unit_of
from costcalc.spaces.walk.states import State, Step
from costcalc.spaces.walk.steps import Steps
from costcalc.spaces.walk.traced_units import Case
from costcalc.spaces.walk.ways import COPIES, OPEN

if TYPE_CHECKING:
    from costcalc.numeric.tables import Array

MIN_STEPS = 10_000
"""Fewer are made one by one."""


class Fan(NamedTuple):
    """Steps from states, by way of states between, to what all of them lead to."""

    sources: Sequence[int]
    """The places of the states in their front."""
    into: Sequence[Sequence[Costs]]
    """For each source, what it costs to reach each of the states between."""
    steps: Sequence[Sequence[Step]]
    """The steps from each of the states between."""


class FanningSteps(Steps):
    """Finds the steps from all states of a front together where that is worth it."""

    def fans(self, front: Sequence[State], key: Callable[[State], Hashable]) -> Iterator[Fan]:
        """key: equal for states from which everything goes on alike."""
        if len(front) < 2:
            return
        groups: dict[Hashable, list[int]] = {}
        for place, state in enumerate(front):
            groups.setdefault(key(state._replace(maps=())), []).append(place)
        for places in groups.values():
            if len(places) > 1:
                fan = self._fan([front[place] for place in places], key)
                if fan is not None:
                    yield fan._replace(sources=places)

    def _fan(self, states: Sequence[State], key: Callable[[State], Hashable]) -> Fan | None:
        """The steps from states that differ in their maps alone; None where it is no such block."""
        entered = [self._entered(state) for state in states[:2]]
        if None in entered or len(states) * len(entered[0] or ()) < MIN_STEPS:
            return None
        ways, others = ([(draws, row) for draws, row in own or ()] for own in entered)
        item = ways[0][1].spot.item
        copy = 0 if ways[0][1].spot.counts else None
        reads = self.reading.whole(item)
        if reads.maps:
            return None

        def case(source: int, way: int) -> Case:
            state = ways[way][1]._replace(maps=states[source].maps)
            return state.head, unit_of(state, item, copy, self.params), reads

        costed = costed_units(case, len(states), len(ways))
        if costed is None:
            return None
        then = self._done if copy is None else self._next
        steps = []
        for (draws, row), (_, other), maps in zip(ways, others, costed.maps, strict=True):
            (made, error), (same, _) = then(row, maps), then(other, maps)
            if error is not None or key(made) != key(same):
                return None  # what comes later still reads the maps of the states
            steps.append(Step(states[0].spot.path, draws, self.zero, None, made))
        return self._factored(steps, costed.costs)

    def _entered(self, state: State) -> list[tuple[Any, State]] | None:
        """For each way to draw the params of a block, the state before its first item is built."""
        spot = state.spot
        if state.is_faulty or spot.at == len(spot.items) or not _is_plain_block(spot.item):
            return None
        item, block = spot.item, spot.item.type
        assert isinstance(block, Block)
        how, undrawn = self._how(state, item)
        inner = block.items[0] if block.items else None
        if how != OPEN or undrawn or inner is None or not _is_built_at_once(inner):
            return None
        row = state._replace(spot=spot._replace(counts=((1, ()),)))
        fields = item.first if item.first is not None else item.fields
        found = []
        for draws, values in self.entries.of(row, block, fields):
            if isinstance(values, CostcalcError):
                return None
            inside = self._inside(row, block, values)
            how, undrawn = self._how(inside, inner)
            if how == OPEN or undrawn:
                return None
            if how == COPIES:
                counts = list(self._counts(inside, inner))
                if len(counts) != 1 or isinstance(counts[0], Step) or counts[0][0][0] < 1:
                    return None
                inside = inside._replace(spot=inside.spot._replace(counts=counts[0]))
            found.append((draws, inside))
        return found

    def _factored(self, steps: Sequence[Step], costs: Sequence[Array]) -> Fan:
        """Share states between where costs differ between the sources by the same numbers."""
        import numpy as np

        pairs = list(zip(costs, self.summed, strict=True))
        alike = np.concatenate([own - own[0] if summed else own for own, summed in pairs])
        _, first, group = np.unique(alike.T, axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first)
        place = np.argsort(order)[group.reshape(-1)]
        into, rest = [], []
        for one, summed in pairs:
            columns = one[:, first[order]]
            least = columns.argmin(axis=0)
            into.append(columns - columns.min(axis=0) if summed else columns)
            own = one[least[place], range(len(steps))].tolist()
            rest.append(own if summed else [0] * len(steps))
        shared: list[list[Step]] = [[] for _ in first]
        for step, number, own_costs in zip(
            steps, place.tolist(), zip(*rest, strict=True), strict=True
        ):
            shared[number].append(step._replace(costs=own_costs))
        rows = zip(*(one.tolist() for one in into), strict=True)
        return Fan((), [list(zip(*row, strict=True)) for row in rows], shared)


def _is_plain_block(item: Item) -> bool:
    is_once = item.when is None and item.repeat is None and item.sources is None
    return item.kind == BLOCK and isinstance(item.type, Block) and is_once


def _is_built_at_once(item: Item) -> bool:
    return item.kind != PARAM and item.when is None and item.sources is None
