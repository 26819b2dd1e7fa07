"""Walk through the items of a space, state by state, for all that may be drawn.

A step builds the next copy of an item, by the ordinary builder, for every way to draw its choices.
Steps that lead to states from which all goes on alike lead to one state. So the walk is as long as
there are items and different maps between them, however many networks there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from contextlib import suppress
from heapq import heappop, heappush

from costcalc.errors import CostcalcError
from costcalc.graph.setting import Setting, replace
from costcalc.language.network_file import NetworkFile
from costcalc.language.overrides import read_overrides
from costcalc.spaces.draws import Dice, Draws, TooManyError, every
from costcalc.spaces.paths import Edge, PathGraph, in_whole_parts
from costcalc.spaces.reading import Reading, output_names
from costcalc.spaces.units import Maps, UnitBuilder
from costcalc.spaces.walk.expected import states_at_least
from costcalc.spaces.walk.fans import Fan, FanningSteps
from costcalc.spaces.walk.joined import Joined
from costcalc.spaces.walk.later import size
from costcalc.spaces.walk.param_steps import MANY_SETTINGS
from costcalc.spaces.walk.params import Params
from costcalc.spaces.walk.states import Spot, State, Step, key_of, position

MAX_EDGES = 400_000
"""Steps of a walk."""
WITHOUT_A_WALK = (
    "costcalc space --draws 2000 estimates without a walk; --set decides a param, or leaves it "
    "fewer options"
)


class _Found:
    """A state that waits for its turn: those that lead to it have all had theirs by then."""

    def __init__(self, state: State | None, key: Hashable = None) -> None:
        self.state = state
        self.key = key
        self.number = 0
        """Its final number, once it has had its turn."""


def walk(file: NetworkFile, setting: Setting, metrics: Sequence[str]) -> PathGraph:
    """Find all that may be drawn, with its costs. Raises TooManyError."""
    whole = _Walk(file, setting, tuple(metrics))
    if size(whole.params.choices) > MANY_SETTINGS:
        with suppress(TooManyError):
            return _Walk(file, setting, tuple(metrics), draws_later=True).graph()
    return whole.graph()


class _Walk:
    def __init__(
        self,
        file: NetworkFile,
        setting: Setting,
        metrics: tuple[str, ...],
        draws_later: bool = False,
    ) -> None:
        self.most = MAX_EDGES // 10 if draws_later else MAX_EDGES
        self.file = file
        self.setting = setting
        self.metrics = metrics
        variant, declared = file.variant(setting.variant)
        given = read_overrides(file, setting.params)
        self.setting = replace(setting, variant=variant, params=given)
        self.params = Params(file.in_order({**declared.params, **given}), file.path)
        self.reading = Reading(file)
        self.last = output_names(file.outputs)
        joined = Joined(self.reading, self.setting, metrics)
        self.steps = FanningSteps(file, self.reading, self.params, joined, metrics, draws_later)
        self._waiting: list[tuple[tuple[int, ...], int, _Found]] = []
        self._known: dict[Hashable, _Found] = {}
        self._pushed = 0
        self._end, self._faulty = _Found(None), _Found(None)
        self._last: tuple[State | None, _Found] = (None, self._end)
        self._steps: list[list[tuple[Step, _Found]]] = []
        self._edges = 0
        self._front_spot = Spot(file.items, {}, {}, True, ())
        self._front_size = 1

    def graph(self) -> PathGraph:
        if not self.steps.draws_later:
            self._check_size()
        zero = self.steps.zero
        self._steps.append([])
        for draws, made in every(self._head):
            if isinstance(made, CostcalcError):
                self._lead(Step((), draws, zero, made, None, True))
            else:
                self._lead(self._start(made, draws))
        while self._waiting:
            self._pass(self._front())
        self._end.number = len(self._steps)
        self._faulty.number = len(self._steps) + 1
        out = [
            [
                Edge(source, found.number, step.prefix, step.draws, step.costs, step.error)
                for step, found in steps
            ]
            for source, steps in enumerate([*self._steps, [], []])
        ]
        parts, whole = in_whole_parts(self.metrics, out)
        return PathGraph(self.file, self.setting, self.metrics, whole, parts)

    def _pass(self, front: Sequence[tuple[_Found, State]]) -> None:
        """Find the steps from all states at a place."""
        states = [state for _, state in front]
        self._front_spot, self._front_size = states[0].spot, len(states)
        fans = list(self.steps.fans(states, self._key))
        fanned = {place for fan in fans for place in fan.sources}
        self.steps.prepare([own for place, own in enumerate(states) if place not in fanned])
        for place, (found, state) in enumerate(front):
            found.number = len(self._steps)
            self._steps.append([])
            if place not in fanned:
                for step in self.steps.of(state):
                    self._lead(step)
            found.state = None
        for fan in fans:
            self._spread(fan, [found for found, _ in front])

    def _spread(self, fan: Fan, front: Sequence[_Found]) -> None:
        """Add the steps of a fan, and the states between."""
        between = [_Found(None) for _ in fan.steps]
        for place, into in zip(fan.sources, fan.into, strict=True):
            self._count(len(into))
            self._steps[front[place].number] = [
                (Step((), (), costs, None, None), found)
                for costs, found in zip(into, between, strict=True)
            ]
        for found, steps in zip(between, fan.steps, strict=True):
            found.number = len(self._steps)
            self._steps.append([])
            for step in steps:
                self._lead(step)

    def _front(self) -> list[tuple[_Found, State]]:
        """Take the states at the next place: all of them are known by then."""
        place = self._waiting[0][0]
        front = []
        while self._waiting and self._waiting[0][0] == place:
            found = heappop(self._waiting)[2]
            assert found.state is not None
            del self._known[found.key]  # all steps lead further: none will lead here
            found.key = None
            front.append((found, found.state))
        return front

    def _head(self, dice: Dice) -> UnitBuilder | CostcalcError:
        """What is drawn before the first item: alpha, and what the shapes of inputs depend on."""
        try:
            head = UnitBuilder(self.file, self.setting, dice, self.metrics)
            head.faults.raise_any()
        except CostcalcError as error:
            return error.problems[0]
        return head

    def _start(self, head: UnitBuilder, draws: Draws) -> Step:
        own = set(self.params.choices)
        drawn = {draw.choice: draw.option for draw in draws if draw.choice in own}
        maps = tuple(head.sources.values())
        named: dict[str, Maps] = {name: (shape,) for name, shape in head.sources.items()}
        named["input"] = maps
        error = self.params.fault(head, drawn)
        spot = Spot(self.file.items, named, {}, True, ())
        state = State(spot, maps, head, drawn, error is not None)
        return Step((), draws, self.steps.zero, error, state)

    def _lead(self, step: Step) -> None:
        """Add a step to those of the last state, and the state that it leads to."""
        self._count(1)
        state = step.state
        if state is None:
            found = self._faulty if step.is_faulty else self._end
        else:
            found = self._found(state)
        self._steps[-1].append((step._replace(state=None), found))

    def _found(self, state: State) -> _Found:
        if state is self._last[0]:  # several steps in a row lead to it
            return self._last[1]
        key = self._key(state)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _Found(state, key)
            self._pushed += 1
            heappush(self._waiting, (position(state), self._pushed, found))
        self._last = state, found
        return found

    def _key(self, state: State) -> Hashable:
        return key_of(state, self.reading, self.params.roots, self.last)

    def _count(self, steps: int) -> None:
        self._edges += steps
        if self._edges > self.most:
            raise self._too_many()

    def _check_size(self) -> None:
        """Refuse at once what is known to have more states than there may be steps."""
        states, place = states_at_least(self.file.items, self.reading, self.params)
        if states > MAX_EDGES:
            line = self.file.items[place].node.start_mark.line + 1
            raise TooManyError(
                f"the space has at least {states:,} states, and a walk through it at most "
                f"{MAX_EDGES:,} steps: so many settings of params are read from line {line} on",
                hint=WITHOUT_A_WALK,
            )

    def _too_many(self) -> TooManyError:
        spot = self._front_spot
        while spot.outer is not None:
            spot = spot.outer
        item = spot.items[min(spot.at, len(spot.items) - 1)]
        line = item.node.start_mark.line + 1
        return TooManyError(
            f"the walk through the space has more than {MAX_EDGES:,} steps: in line {line}, "
            f"{self._front_size:,} states differ in maps and params that are still to be read",
            hint=WITHOUT_A_WALK,
        )
