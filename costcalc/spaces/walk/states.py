"""A place in the walk through a space, and what still matters there of what came before."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.language.block import Block
from costcalc.language.item import Item
from costcalc.language.values import Choice
from costcalc.spaces.draws import Draws, Path
from costcalc.spaces.reading import Reading, Reads
from costcalc.spaces.units import Costs, Maps, UnitBuilder
from costcalc.spaces.walk.later import Table, without_costs


class Spot(NamedTuple):
    """A body of items, how far it is built, and what its items see."""

    items: Sequence[Item]
    named: Mapping[str, Maps]
    values: Mapping[str, Any]
    """The params of the block, and the number of a copy."""
    sees_params: bool
    """Whether its items see the network's params."""
    path: Path
    outer: Spot | None = None
    block: Block | None = None
    """The block whose body it is; None of a sequence and of the network."""
    at: int = 0
    """The next item."""
    copy: int = 0
    """The copies of it that are built."""
    counts: tuple[tuple[int, Draws], ...] = ()
    """How many copies there may be, with what is drawn for that; empty before the first."""

    @property
    def item(self) -> Item:
        return self.items[self.at]

    @property
    def goes_on(self) -> bool:
        """Whether copies may follow the one that is being built."""
        return any(count > self.copy + 1 for count, _ in self.counts)


class State(NamedTuple):
    """A way to have come to a spot; what differs without mattering is one state."""

    spot: Spot
    maps: Maps
    head: UnitBuilder
    """What was drawn before the first item: alpha, and the shapes of the inputs."""
    drawn: Mapping[Choice, int]
    """The choices of the network's params that are drawn so far."""
    is_faulty: bool = False
    """Whether something was drawn that makes no network."""
    later: frozenset[Table] = frozenset()
    """What choices of params will cost when they are drawn."""


class Step(NamedTuple):
    """A step, and the state that it leads to; None where the network is complete."""

    prefix: Path
    draws: Draws
    costs: Costs
    error: CostcalcError | None
    state: State | None
    is_faulty: bool = False
    """Whether something was wrong before; so it is with an error."""


def position(state: State) -> tuple[int, ...]:
    """Where it stands in the order of the walk: every step leads to a larger position."""
    places: list[int] = []
    spot: Spot | None = state.spot
    while spot is not None:
        places[:0] = [spot.at, spot.copy]
        spot = spot.outer
    return (*places, -1, len(state.drawn))


def key_of(
    state: State, reading: Reading, roots: Mapping[str, tuple[Choice, ...]], last: frozenset[str]
) -> Hashable:
    """Equal for states from which everything goes on alike.

    roots: the choices that each param of the network depends on. last: the maps that the network
    hands on.
    """
    live = live_choices(state, reading, roots)
    parts: list[Hashable] = [
        position(state),
        state.is_faulty,
        id(state.head),
        state.maps,
        without_costs(state.later) if state.is_faulty else state.later,
    ]
    for spot, reads in _rests(state, reading):
        outputs: Sequence[str] = ()
        if spot.block is not None:
            outputs = spot.block.outputs or ()
        maps = reads.maps | (last if spot.outer is None else frozenset(outputs))
        parts.append(tuple((name, spot.named[name]) for name in sorted(maps & spot.named.keys())))
        names = sorted(reads.values & spot.values.keys())
        parts.append(tuple((name, frozen(spot.values[name])) for name in names))
        parts.append(tuple(count for count, _ in spot.counts))
        parts.append(id(spot.items))
    parts.append(
        tuple(
            (id(choice), number if choice in live else -1)
            for choice, number in sorted(state.drawn.items(), key=lambda pair: id(pair[0]))
        )
    )
    return tuple(parts)


def live_choices(
    state: State, reading: Reading, roots: Mapping[str, tuple[Choice, ...]]
) -> set[Choice]:
    """The choices of the network's params that are still read."""
    return {
        choice
        for spot, reads in _rests(state, reading)
        if spot.sees_params
        for name in reads.values - spot.values.keys()
        for choice in roots.get(name, ())
    }


def _rests(state: State, reading: Reading) -> Iterator[tuple[Spot, Reads]]:
    """What is still to be built of every body, the innermost first."""
    spot: Spot | None = state.spot
    while spot is not None:
        again = spot is state.spot or spot.goes_on
        yield spot, reading.rest(spot.items, spot.at if again else spot.at + 1)
        spot = spot.outer


def frozen(value: Any) -> Hashable:
    """A value of a scope as a part of a key."""
    if isinstance(value, list):
        return ("list", *map(frozen, value))
    return type(value).__name__ == "bool", value


def sources(item: Item, spot: Spot, maps: Maps) -> Maps:
    """The maps that an item reads. Raises CostcalcError where one is missing."""
    if item.sources is None:
        return maps
    return tuple(
        one
        for name in item.sources
        for one in (maps if name == "previous" else named_maps(spot, name))
    )


def named_maps(spot: Spot, name: str) -> Maps:
    """The maps of a name at a spot. Raises CostcalcError."""
    if name not in spot.named:
        raise CostcalcError(f"there is no map '{name}' at this setting")
    return spot.named[name]
