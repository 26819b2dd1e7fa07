"""What items make of the maps that they read, and what blocks make of their fields: built once for
all that is alike."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.graph.evaluate import repeat_count
from costcalc.language.block import Block
from costcalc.language.expressions import INDEX, MAP_VARIABLES
from costcalc.language.item import Fields, Item
from costcalc.language.values import Value
from costcalc.spaces.draws import Draws
from costcalc.spaces.reading import Reading, Reads
from costcalc.spaces.units import Maps, Outcome, Unit
from costcalc.spaces.walk.params import Params
from costcalc.spaces.walk.states import State, frozen
from costcalc.spaces.walk.traced_units import prepared

Entry: TypeAlias = "tuple[Draws, dict[str, Any] | CostcalcError]"


def unit_of(state: State, item: Item | None, copy: int | None, params: Params) -> Unit:
    """An item, or a copy of it, as it stands at a state."""
    spot = state.spot
    values = params.values(state.head, state.drawn)
    return Unit(item, copy, state.maps, spot.named, values, spot.values, spot.sees_params)


class Outcomes:
    """Builds units, unless they were built alike before."""

    def __init__(self, reading: Reading, params: Params) -> None:
        self.reading = reading
        self.params = params
        self._known: dict[Hashable, list[Outcome]] = {}

    def of(self, state: State, item: Item, copy: int | None) -> list[Outcome]:
        """What an item or a copy of it makes, for every way to draw its choices."""
        unit = unit_of(state, item, copy, self.params)
        key = self._key(state, item, copy, unit)
        if key not in self._known:
            self._known[key] = state.head.outcomes(unit)
        found = self._known[key]
        if copy and found and found[0].draws:  # the paths of its draws have the number of the copy
            return [outcome.of_copy(item, copy) for outcome in found]
        return found

    def prepare(self, places: Iterable[tuple[State, Item, int | None]]) -> None:
        """Build over traced numbers what differs in numbers alone."""
        units = {}
        for state, item, copy in places:
            unit = unit_of(state, item, copy, self.params)
            key = self._key(state, item, copy, unit)
            if key not in self._known:
                units[key] = state.head, unit, self._reads(item, copy)
        for key, outcomes in prepared(units):
            self._known[key] = outcomes

    def _reads(self, item: Item, copy: int | None) -> Reads:
        return self.reading.whole(item) if copy is None else self.reading.copy(item, copy)

    def _key(self, state: State, item: Item, copy: int | None, unit: Unit) -> Hashable:
        reads = self._reads(item, copy)
        values = {**(unit.params if unit.sees_params else {}), **unit.own}
        alike = copy if item.indexed or copy is None else min(copy, 1)
        return (
            *(item, alike, state.head.base["alpha"], state.head.base.get("rho"), state.maps),
            tuple(unit.named.get(name) for name in sorted(reads.maps)),
            tuple(frozen(values.get(name)) for name in sorted(reads.values)),
        )


def leaves_all_alike(item: Item, maps: Maps, outcomes: Sequence[Outcome]) -> bool:
    """Whether a copy that is not the first draws nothing and leaves the maps as they are.

    All copies behind it cost the same then.
    """
    if item.indexed or len(outcomes) != 1:
        return False
    (outcome,) = outcomes
    return not outcome.draws and outcome.error is None and outcome.maps == maps


class Entries:
    """The params of blocks where they are used."""

    def __init__(self, params: Params) -> None:
        self.params = params
        self._known: dict[Hashable, list[Entry]] = {}

    def of(self, state: State, block: Block, fields: Fields) -> list[Entry]:
        """The params of a block, or what is wrong with them, for every way to draw them."""
        spot = state.spot
        own = {**spot.values, INDEX: spot.copy} if spot.item.indexed else spot.values
        params = self.params.values(state.head, state.drawn)
        values = {**params, **own}
        names = {name for value in fields.values() for name in value.names}
        names.update(name for value in block.params.values() if value for name in value.names)
        reads_maps = not names.isdisjoint(MAP_VARIABLES)
        key = (
            *(spot.item, block, id(fields), spot.copy, id(state.head), spot.sees_params),
            state.maps if reads_maps else len(state.maps),
            tuple(frozen(values.get(name)) for name in sorted(names)),
        )
        if key not in self._known:
            self._known[key] = state.head.entered(
                *(spot.item, block, fields, spot.copy, state.maps, params, own, spot.sees_params)
            )
        return self._known[key]


class Repeats:
    """How many copies of items there may be."""

    def __init__(self, params: Params) -> None:
        self.params = params
        self._known: dict[Hashable, list[tuple[Draws, Any]]] = {}

    def of(self, state: State, item: Item, repeat: Value) -> list[tuple[Draws, Any]]:
        """The number of copies, or what is wrong with it, for every way to draw it."""
        spot = state.spot
        params = self.params.values(state.head, state.drawn) if spot.sees_params else {}
        names = set(repeat.names)
        values = tuple(
            frozen(spot.values[name] if name in spot.values else params.get(name))
            for name in sorted(names)
        )
        maps = () if names.isdisjoint(MAP_VARIABLES) else state.maps
        key = item, id(state.head), maps, values
        if key not in self._known:
            self._known[key] = state.head.values(
                lambda scope: repeat_count(item, repeat, scope),
                *(state.maps, params, spot.values, spot.sees_params),
            )
        return self._known[key]
