"""What follows a copy, an item and a body: the state behind, and the step that leads to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.language.library import is_library
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import position
from costcalc.spaces.draws import Draws
from costcalc.spaces.limits import is_sum
from costcalc.spaces.reading import Reading
from costcalc.spaces.units import Costs, Maps, Outcome, unknown
from costcalc.spaces.walk.joined import Joined
from costcalc.spaces.walk.later import without_costs
from costcalc.spaces.walk.params import Params
from costcalc.spaces.walk.states import Spot, State, Step, named_maps
from costcalc.spaces.walk.ways import Ways


class Following(Ways):
    """Makes steps, and the states that they lead to."""

    def __init__(
        self,
        file: NetworkFile,
        reading: Reading,
        params: Params,
        joined: Joined,
        metrics: Sequence[str],
    ) -> None:
        super().__init__(file, reading, params, joined)
        self.zero: Costs = (0,) * len(metrics)
        self.summed = [is_sum(name) for name in metrics]
        """Of each metric, whether a network's value is a sum, and not the largest."""

    def _one(self, step: Step, behind: Step) -> Step:
        """A step and the one behind it, that draws nothing, as one."""
        both = zip(step.costs, behind.costs, self.summed, strict=True)
        costs = tuple(a + b if summed else max(a, b) for a, b, summed in both)
        is_faulty = behind.state is None or behind.state.is_faulty
        return behind._replace(
            prefix=step.prefix,
            draws=step.draws,
            costs=self.zero if is_faulty else costs,
            error=step.error or behind.error,
        )

    def _made(self, state: State, before: Draws, outcome: Outcome, then: Any) -> Step:
        error = None if state.is_faulty else outcome.error
        faulty = state.is_faulty or outcome.error is not None
        state = state._replace(is_faulty=faulty)
        made, other = then(state, outcome.maps)
        costs = self.zero if made.is_faulty else outcome.costs
        error = _placed(error or other, state.spot)
        return Step(state.spot.path, before + outcome.draws, costs, error, made)

    def _failed(self, state: State, draws: Draws, error: CostcalcError) -> Step:
        """Go on behind an item that is faulty, so that all that is drawn later is counted."""
        new = state._replace(is_faulty=True)
        new, _ = self._done(new, unknown(state.maps))
        return self._step(state, draws, new, error)

    def _step(self, state: State, draws: Draws, new: State, error: CostcalcError | None) -> Step:
        error = None if state.is_faulty else _placed(error, state.spot)
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
                maps = tuple(one for name in spot.block.outputs for one in named_maps(spot, name))
            except CostcalcError as missing:
                error, maps = missing, unknown(maps)
                state = state._replace(is_faulty=True)
        new, other = self._next(state._replace(spot=spot.outer), maps)
        return new, error or other

    def _draws_on(self, state: State) -> bool:
        """Whether items that are still to be built may draw."""
        spot: Spot | None = state.spot
        while spot is not None:
            again = spot is state.spot or spot.goes_on
            left = spot.items[spot.at if again else spot.at + 1 :]
            if len(spot.counts) > 1 or self.reading.body_chooses(left):
                return True
            spot = spot.outer
        return False

    def _ended(self, state: State) -> State:
        """The state behind all items of the network, where nothing of them matters any more."""
        spot = state.spot
        while spot.outer is not None:
            spot = spot.outer
        spot = spot._replace(named={}, at=len(spot.items), copy=0, counts=())
        return state._replace(spot=spot, maps=(), later=without_costs(state.later))


def _placed(error: CostcalcError | None, spot: Spot) -> CostcalcError | None:
    """Give an error the place of the item that is built, or of the one that uses a shipped block.

    What is wrong with a whole item has no place of its own.
    """
    if error is not None and error.position is None:
        while is_library(spot.item.file.path) and spot.outer is not None:
            spot = spot.outer
        error.position = position(spot.item.file.path, spot.item.node)
    return error
