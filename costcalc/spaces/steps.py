"""The steps that lead on from a state: one for every way to draw what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.graph.evaluate import condition, repeat_count, resolve_type
from costcalc.language.block import Block
from costcalc.language.expressions import INDEX
from costcalc.language.item import PARAM, SEQUENCE, Fields, Item
from costcalc.language.network_file import NetworkFile
from costcalc.language.values import Choice
from costcalc.spaces.draws import Draw, Draws, Path
from costcalc.spaces.joined import Joined
from costcalc.spaces.params import Params
from costcalc.spaces.reading import Reading
from costcalc.spaces.states import Spot, State, frozen
from costcalc.spaces.units import Costs, Maps, Outcome, unknown
from costcalc.spaces.ways import OPEN, WHOLE, Ways


class Step(NamedTuple):
    """A step, and the state that it leads to; None where the network is complete."""

    prefix: Path
    draws: Draws
    costs: Costs
    error: CostcalcError | None
    state: State | None
    is_faulty: bool = False
    """Whether something was wrong before; so it is with an error."""


class Steps(Ways):
    """Finds the steps that lead on from states of a space."""

    def __init__(
        self, file: NetworkFile, reading: Reading, params: Params, joined: Joined, zero: Costs
    ) -> None:
        super().__init__(file, reading, params, joined)
        self.zero = zero
        self._known: dict[Any, list[Outcome]] = {}

    def of(self, state: State) -> Iterator[Step]:
        spot = state.spot
        if spot.at == len(spot.items):
            left = [choice for choice in self.params.choices if choice not in state.drawn]
            if left:
                yield from self._drawing(state, left[0])
            else:
                yield Step((), (), self.zero, None, None, state.is_faulty)
            return
        if spot.outer is None and self.joined.body(spot.items):
            yield from self._network(state)
            return
        item = spot.item
        how, undrawn = self._how(state, item)
        if undrawn:
            yield from self._drawing(state, undrawn[0])
        elif spot.copy:
            yield from self._row(state, how, ())
        else:
            yield from self._item(state, item, how)

    def _network(self, state: State) -> Iterator[Step]:
        """Build all items in one step, where they use weights of one another."""
        left = [choice for choice in self.params.choices if choice not in state.drawn]
        if left:
            yield from self._drawing(state, left[0])
            return
        spot = state.spot
        new = state._replace(spot=spot._replace(at=len(spot.items)))
        values = self.params.values(state.head, state.drawn)
        for outcome in state.head.outcomes(None, None, state.maps, spot.named, values, {}, True):
            error = None if state.is_faulty else outcome.error
            faulty = state.is_faulty or outcome.error is not None
            costs = self.zero if faulty else outcome.costs
            ended = new._replace(maps=outcome.maps, is_faulty=faulty)
            yield Step((), outcome.draws, costs, error, ended)

    def _drawing(self, state: State, choice: Choice) -> Iterator[Step]:
        """Draw a choice of a param, once for all that read it."""
        for option in range(len(choice.options)):
            drawn = {**state.drawn, choice: option}
            error = None if state.is_faulty else self.params.fault(state.head, drawn)
            new = state._replace(drawn=drawn, is_faulty=state.is_faulty or error is not None)
            yield Step((), (Draw((), choice, option),), self.zero, error, new)

    # An item

    def _item(self, state: State, item: Item, how: int) -> Iterator[Step]:
        spot = state.spot
        try:
            maps = _sources(item, spot, state.maps)
        except CostcalcError as error:
            yield self._failed(state, (), error)
            return
        state = state._replace(maps=maps)
        if how == WHOLE:
            for outcome in self._outcomes(state, item, None):
                yield self._made(state, (), outcome, self._done)
            return
        for draws, on in self._when(state, item):
            if isinstance(on, CostcalcError):
                yield self._failed(state, draws, on)
            elif on:
                for counts in self._counts(state, item):
                    if isinstance(counts, Step):
                        yield counts._replace(draws=draws + counts.draws)
                    else:
                        row = state._replace(spot=spot._replace(counts=counts))
                        yield from self._row(row, how, draws)
            else:
                yield self._step(state, draws, *self._done(state, maps))

    def _when(self, state: State, item: Item) -> list[tuple[Draws, Any]]:
        when = item.when
        if when is None:
            return [((), True)]
        path = item.file.path
        return self._evaluated(state, lambda scope: condition(when, scope, path, "when"))

    def _counts(self, state: State, item: Item) -> Iterator[Step | tuple[tuple[int, Draws], ...]]:
        """The numbers of copies, together; and a step for each that is faulty."""
        repeat = item.repeat
        if repeat is None:
            yield ((1, ()),)
            return
        counts = []
        for draws, count in self._evaluated(state, lambda scope: repeat_count(item, repeat, scope)):
            if isinstance(count, CostcalcError):
                yield self._failed(state, draws, count)
            else:
                counts.append((count, draws))
        if counts:
            yield tuple(counts)

    def _evaluated(self, state: State, value: Any) -> list[tuple[Draws, Any]]:
        spot = state.spot
        return state.head.values(
            value, state.maps, self._values(state), spot.values, spot.sees_params
        )

    def _row(self, state: State, how: int, before: Draws) -> Iterator[Step]:
        """End the row of copies where it may end, and build the next copy where it may go on."""
        spot = state.spot
        for count, draws in spot.counts:
            if count == spot.copy:
                yield self._step(state, before + draws, *self._done(state, state.maps))
        if any(count > spot.copy for count, _ in spot.counts):
            if how == OPEN:
                yield from self._opened(state, before)
            else:
                for outcome in self._outcomes(state, spot.item, spot.copy):
                    yield self._made(state, before, outcome, self._next)

    def _opened(self, state: State, before: Draws) -> Iterator[Step]:
        """Go into a copy of a sequence or a block."""
        spot = state.spot
        item, copy = spot.item, spot.copy
        path = (*spot.path, (item, copy))
        if item.kind == SEQUENCE:
            named = {**spot.named, "input": state.maps}
            values = {**spot.values, INDEX: copy} if item.indexed else spot.values
            inside = Spot(item.layers, named, values, spot.sees_params, path, spot)
            yield self._step(state, before, *self._settled(state._replace(spot=inside)))
            return
        fields = item.first if item.first is not None and copy == 0 else item.fields
        target: Any = item.type
        if item.kind == PARAM:
            try:
                target, fields = resolve_type(item, self._scope(state)[target], fields)
            except CostcalcError as error:
                yield self._failed(state, before, error)
                return
        named = {"input": state.maps}
        if target.inputs is not None:
            named.update(
                {name: (one,) for name, one in zip(target.inputs, state.maps, strict=False)}
            )
        for draws, values in self._entries(state, target, fields):
            if isinstance(values, CostcalcError):
                yield self._failed(state, before + draws, values)
                continue
            own = target.file is self.file
            inside = Spot(target.items, named, values, own, path, spot, target)
            yield self._step(state, before + draws, *self._settled(state._replace(spot=inside)))

    def _entries(self, state: State, block: Block, fields: Fields) -> list[tuple[Draws, Any]]:
        spot = state.spot
        values = spot.values
        if spot.item.indexed:
            values = {**values, INDEX: spot.copy}
        every_param = self.params.values(state.head, state.drawn)
        return state.head.entered(
            spot.item, block, fields, spot.copy, state.maps, every_param, values, spot.sees_params
        )

    def _outcomes(self, state: State, item: Item, copy: int | None) -> list[Outcome]:
        """Build an item or a copy of it, unless it was built alike before."""
        spot = state.spot
        reads = self.reading.whole(item)
        values = self._scope(state)
        alike = copy if item.indexed or copy is None else min(copy, 1)
        key = (
            *(item, alike, state.head.base["alpha"], state.head.base.get("rho"), state.maps),
            tuple(spot.named.get(name) for name in sorted(reads.maps)),
            tuple(frozen(values.get(name)) for name in sorted(reads.values)),
        )
        if key not in self._known:
            self._known[key] = state.head.outcomes(
                *(item, copy, state.maps, spot.named),
                *(self.params.values(state.head, state.drawn), spot.values, spot.sees_params),
            )
        found = self._known[key]
        if copy and found and found[0].draws:  # the paths of its draws have the number of the copy
            return [outcome.of_copy(item, copy) for outcome in found]
        return found

    # What follows

    def _made(self, state: State, before: Draws, outcome: Outcome, then: Any) -> Step:
        error = None if state.is_faulty else outcome.error
        faulty = state.is_faulty or outcome.error is not None
        state = state._replace(is_faulty=faulty)
        made, other = then(state, outcome.maps)
        costs = self.zero if made.is_faulty else outcome.costs
        return Step(state.spot.path, before + outcome.draws, costs, error or other, made)

    def _failed(self, state: State, draws: Draws, error: CostcalcError) -> Step:
        """Go on behind an item that is faulty, so that all that is drawn later is counted."""
        new = state._replace(is_faulty=True)
        new, _ = self._done(new, unknown(state.maps))
        return self._step(state, draws, new, error)

    def _step(self, state: State, draws: Draws, new: State, error: CostcalcError | None) -> Step:
        error = None if state.is_faulty else error
        return Step(state.spot.path, draws, self.zero, error, new)

    def _next(self, state: State, maps: Maps) -> tuple[State, CostcalcError | None]:
        """The state behind a copy."""
        spot = state.spot
        copies = spot.copy + 1
        if all(count <= copies for count, _ in spot.counts) and not spot.counts[-1][1]:
            return self._done(state, maps)
        return state._replace(maps=maps, spot=spot._replace(copy=copies)), None

    def _done(self, state: State, maps: Maps) -> tuple[State, CostcalcError | None]:
        """The state behind an item."""
        spot = state.spot
        names = spot.item.names
        named = spot.named
        error = None
        if names and (state.is_faulty or len(names) == 1):
            named = {**named, **dict.fromkeys(names, maps)}
        elif names and len(names) != len(maps):
            error = CostcalcError(f"{len(names)} names for {len(maps)} maps")
            named = {**named, **dict.fromkeys(names, unknown(maps))}
        elif names:
            named = {**named, **{name: (one,) for name, one in zip(names, maps, strict=True)}}
        spot = spot._replace(at=spot.at + 1, copy=0, counts=(), named=named)
        new = state._replace(spot=spot, maps=maps, is_faulty=state.is_faulty or error is not None)
        settled, other = self._settled(new)
        return settled, error or other

    def _settled(self, state: State) -> tuple[State, CostcalcError | None]:
        """Behind the last item of a body, the state behind the copy that the body is of."""
        spot = state.spot
        if spot.at < len(spot.items) or spot.outer is None:
            return state, None
        maps = state.maps
        error = None
        if spot.block is not None and spot.block.outputs is not None:
            try:
                maps = tuple(one for name in spot.block.outputs for one in _named(spot, name))
            except CostcalcError as missing:
                error, maps = missing, unknown(maps)
                state = state._replace(is_faulty=True)
        new, other = self._next(state._replace(spot=spot.outer), maps)
        return new, error or other


def _sources(item: Item, spot: Spot, maps: Maps) -> Maps:
    if item.sources is None:
        return maps
    return tuple(
        one for name in item.sources for one in (maps if name == "previous" else _named(spot, name))
    )


def _named(spot: Spot, name: str) -> Maps:
    if name not in spot.named:
        raise CostcalcError(f"there is no map '{name}' at this setting")
    return spot.named[name]
