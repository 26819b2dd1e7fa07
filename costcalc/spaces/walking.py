"""Walk through the items of a space, state by state, for all that may be drawn.

A step builds the next copy of an item, by the ordinary builder, for every way to draw its choices.
Steps that lead to states from which all goes on alike lead to one state. So the walk is as long as
there are items and different maps between them, however many networks there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from heapq import heappop, heappush

from costcalc.errors import CostcalcError
from costcalc.graph.setting import Setting, replace
from costcalc.language.network_file import NetworkFile
from costcalc.language.overrides import read_override
from costcalc.language.values import Value
from costcalc.spaces.draws import Dice, Draws, TooManyError, every
from costcalc.spaces.joined import Joined
from costcalc.spaces.params import Params
from costcalc.spaces.paths import Edge, PathGraph, in_whole_parts
from costcalc.spaces.reading import Reading, output_names
from costcalc.spaces.states import Spot, State, key_of, position
from costcalc.spaces.steps import Step, Steps
from costcalc.spaces.units import Maps, UnitBuilder

MAX_EDGES = 400_000
"""Steps of a walk."""


class _Found:
    """A state that waits for its turn: those that lead to it have all had theirs by then."""

    def __init__(self, state: State | None) -> None:
        self.state = state
        self.number = 0
        """Its final number, once it has had its turn."""


def walk(file: NetworkFile, setting: Setting, metrics: Sequence[str]) -> PathGraph:
    """Find all that may be drawn, with its costs. Raises TooManyError."""
    return _Walk(file, setting, tuple(metrics)).graph()


class _Walk:
    def __init__(self, file: NetworkFile, setting: Setting, metrics: tuple[str, ...]) -> None:
        self.file = file
        self.setting = setting
        self.metrics = metrics
        variant, declared = file.variant(setting.variant)
        given = {
            name: value if isinstance(value, Value) else read_override(file, name, value)
            for name, value in setting.params.items()
        }
        self.setting = replace(setting, variant=variant, params=given)
        self.params = Params(file.in_order({**declared.params, **given}), file.path)
        self.reading = Reading(file)
        self.last = output_names(file.outputs)
        joined = Joined(self.reading, self.setting, metrics)
        self.steps = Steps(file, self.reading, self.params, joined, (0,) * len(metrics))
        self._waiting: list[tuple[tuple[int, ...], int, _Found]] = []
        self._known: dict[Hashable, _Found] = {}
        self._end, self._faulty = _Found(None), _Found(None)
        self._steps: list[list[tuple[Step, _Found]]] = []
        self._edges = 0

    def graph(self) -> PathGraph:
        zero = self.steps.zero
        self._steps.append([])
        for draws, made in every(self._head):
            if isinstance(made, CostcalcError):
                self._lead(Step((), draws, zero, made, None, True))
            else:
                self._lead(self._start(made, draws))
        while self._waiting:
            found = heappop(self._waiting)[2]
            found.number = len(self._steps)
            self._steps.append([])
            assert found.state is not None
            for step in self.steps.of(found.state):
                self._lead(step)
            found.state = None
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
        self._edges += 1
        if self._edges > MAX_EDGES:
            raise self._too_many()
        state = step.state
        if state is None:
            found = self._faulty if step.is_faulty else self._end
        else:
            key = key_of(state, self.reading, self.params.roots, self.last)
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = _Found(state)
                heappush(self._waiting, (position(state), len(self._known), known))
            found = known
        self._steps[-1].append((step._replace(state=None), found))

    def _too_many(self) -> TooManyError:
        state = self._waiting[0][2].state
        assert state is not None
        spot = state.spot
        while spot.outer is not None:
            spot = spot.outer
        item = spot.items[min(spot.at, len(spot.items) - 1)]
        line = item.node.start_mark.line + 1
        return TooManyError(
            f"the walk through the space has more than {MAX_EDGES:,} steps: in line {line}, "
            f"{len(self._waiting):,} states differ in maps and params that are still to be read",
            hint="fewer options of what many items read; --set decides a param",
        )
