"""The steps that lead on from a state: one for every way to draw what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.evaluate import condition, resolve_type
from costcalc.language.block import Block
from costcalc.language.expressions import INDEX
from costcalc.language.item import PARAM, SEQUENCE, Item
from costcalc.language.network_file import NetworkFile
from costcalc.spaces.draws import Draws
from costcalc.spaces.reading import Reading
from costcalc.spaces.units import Outcome
from costcalc.spaces.walk.joined import Joined
from costcalc.spaces.walk.outcomes import Entries, Outcomes, Repeats, leaves_all_alike, unit_of
from costcalc.spaces.walk.param_steps import ParamSteps
from costcalc.spaces.walk.params import Params
from costcalc.spaces.walk.states import Spot, State, Step, sources
from costcalc.spaces.walk.traced_units import FEW
from costcalc.spaces.walk.ways import OPEN, WHOLE


class Steps(ParamSteps):
    """Finds the steps that lead on from states of a space."""

    def __init__(
        self,
        file: NetworkFile,
        reading: Reading,
        params: Params,
        joined: Joined,
        metrics: Sequence[str],
        draws_later: bool = False,
    ) -> None:
        super().__init__(file, reading, params, joined, metrics)
        self.draws_later = draws_later
        self.outcomes = Outcomes(reading, params)
        self.entries = Entries(params)
        self.repeats = Repeats(params)

    def prepare(self, states: Sequence[State]) -> None:
        """Build together what states at one place build next, where it differs in numbers alone."""
        if len(states) < FEW:
            return
        places: list[tuple[State, Item, int | None]] = []
        for state in states:
            spot = state.spot
            if spot.at == len(spot.items) or state.is_faulty:
                continue
            how, undrawn = self._how(state, spot.item)
            if undrawn or how == OPEN:
                continue
            with suppress(CostcalcError):
                maps = state.maps if spot.copy else sources(spot.item, spot, state.maps)
                copy = None if how == WHOLE else spot.copy
                places.append((state._replace(maps=maps), spot.item, copy))
        self.outcomes.prepare(places)

    def of(self, state: State) -> Iterator[Step]:
        spot = state.spot
        if spot.at == len(spot.items):
            left = [choice for choice in self.params.choices if choice not in state.drawn]
            if left:
                yield from self._drawing(state, left[0])
            else:
                yield Step((), (), self.zero, None, None, state.is_faulty)
            return
        if state.is_faulty and not self._draws_on(state):
            yield Step((), (), self.zero, None, self._ended(state))
            return
        over = self._only_drawn(state)
        if over is not None:
            yield from self._drawing(state, over)
            return
        if spot.outer is None and self.joined.body(spot.items):
            yield from self._network(state)
            return
        item = spot.item
        how, undrawn = self._how(state, item)
        if undrawn:
            later = self._later(state, item)
            yield from self._drawing(state, undrawn[0]) if later is None else later
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
        for outcome in state.head.outcomes(unit_of(state, None, None, self.params)):
            error = None if state.is_faulty else outcome.error
            faulty = state.is_faulty or outcome.error is not None
            costs = self.zero if faulty else outcome.costs
            ended = new._replace(maps=outcome.maps, is_faulty=faulty)
            yield Step((), outcome.draws, costs, error, ended)

    # An item

    def _item(self, state: State, item: Item, how: int) -> Iterator[Step]:
        spot = state.spot
        try:
            maps = sources(item, spot, state.maps)
        except CostcalcError as error:
            yield self._failed(state, (), error)
            return
        if how != WHOLE or "previous" not in (item.sources or ()):  # else the builder looks it up
            state = state._replace(maps=maps)
        if how == WHOLE:
            for outcome in self.outcomes.of(state, item, None):
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
        return state.head.values(
            lambda scope: condition(when, scope, path, "when"),
            *(state.maps, self._values(state), state.spot.values, state.spot.sees_params),
        )

    def _counts(self, state: State, item: Item) -> Iterator[Step | tuple[tuple[int, Draws], ...]]:
        """The numbers of copies, together; and a step for each that is faulty."""
        if item.repeat is None:
            yield ((1, ()),)
            return
        counts = []
        for draws, count in self.repeats.of(state, item, item.repeat):
            if isinstance(count, CostcalcError):
                yield self._failed(state, draws, count)
            else:
                counts.append((count, draws))
        if counts:
            yield tuple(counts)

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
                outcomes = self.outcomes.of(state, spot.item, spot.copy)
                if spot.copy and leaves_all_alike(spot.item, state.maps, outcomes):
                    yield from self._alike(state, before, outcomes[0])
                    return
                for outcome in outcomes:
                    yield self._made(state, before, outcome, self._next)

    def _alike(self, state: State, before: Draws, outcome: Outcome) -> Iterator[Step]:
        """End the row behind each number of copies that there may be: all of them cost the same."""
        spot = state.spot
        made = self._made(state, before, outcome, self._done)
        for count, draws in spot.counts:
            more = count - spot.copy
            if more > 0:
                costs = tuple(
                    own * more if is_summed else own
                    for own, is_summed in zip(made.costs, self.summed, strict=True)
                )
                yield made._replace(costs=costs, draws=before + draws)

    def _opened(self, state: State, before: Draws) -> Iterator[Step]:
        """Go into a copy of a sequence or a block."""
        spot = state.spot
        item, copy = spot.item, spot.copy
        path = (*spot.path, (item, copy))
        if item.kind == SEQUENCE:
            named = {**spot.named, "input": state.maps}
            own = {**spot.values, INDEX: copy} if item.indexed else spot.values
            body = Spot(item.layers, named, own, spot.sees_params, path, spot)
            yield self._step(state, before, *self._settled(state._replace(spot=body)))
            return
        fields = item.first if item.first is not None and copy == 0 else item.fields
        target: Any = item.type
        if item.kind == PARAM:
            try:
                target, fields = resolve_type(item, self._scope(state)[target], fields)
            except CostcalcError as error:
                yield self._failed(state, before, error)
                return
        steps = []
        for draws, values in self.entries.of(state, target, fields):
            if isinstance(values, CostcalcError):
                steps.append(self._failed(state, before + draws, values))
            else:
                inside = self._inside(state, target, values)
                steps.append(self._step(state, before + draws, *self._settled(inside)))
        yield from self._followed(steps, target)

    def _followed(self, steps: list[Step], block: Block) -> list[Step]:
        """Steps into a block of which all is drawn by then, each made one with those behind it."""
        while True:
            inside = [
                (place, step.state)
                for place, step in enumerate(steps)
                if step.state
                and step.state.spot.block is block
                and self.is_settled(step.state.spot)
            ]
            if not inside:
                return steps
            self.prepare([state for _, state in inside])
            for place, state in inside:
                (behind,) = self.of(state)
                steps[place] = self._one(steps[place], behind)

    def _inside(self, state: State, block: Block, values: Mapping[str, Any]) -> State:
        """The state before the first item of a block."""
        spot = state.spot
        named = {"input": state.maps}
        if block.inputs is not None:
            named.update(
                {name: (one,) for name, one in zip(block.inputs, state.maps, strict=False)}
            )
        path, own = (*spot.path, (spot.item, spot.copy)), block.file is self.file
        return state._replace(spot=Spot(block.items, named, values, own, path, spot, block))
