"""Steps that draw params of the network, once for all that read them, or put that off."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from costcalc.language.item import Item
from costcalc.language.values import Choice
from costcalc.spaces.draws import Draw, TooManyError
from costcalc.spaces.units import Costs
from costcalc.spaces.walk.following import Following
from costcalc.spaces.walk.later import (
    MAX_TOGETHER,
    Table,
    added,
    allowed,
    settings,
    size,
    split,
    without_costs,
)
from costcalc.spaces.walk.states import State, Step, live_choices
from costcalc.spaces.walk.ways import WHOLE

MANY_SETTINGS = 1_000
"""Of params: with more of them, it is tried first to draw params behind the items; see `later`."""
MAX_GROUPS = 16
"""States behind an item, by params that it reads; with more of them, the params are drawn."""


class Group(NamedTuple):
    """Settings of choices that lead over an item to the same state, and what each costs."""

    step: Step
    state: State
    costs: dict[tuple[int, ...], Costs]


class ParamSteps(Following):
    """Finds the steps that draw params."""

    draws_later = False
    """Whether params that maps do not depend on are drawn behind the items; see `later`."""

    def _item(self, state: State, item: Item, how: int) -> Iterator[Step]:
        raise NotImplementedError

    def _drawing(self, state: State, choice: Choice) -> Iterator[Step]:
        """Draw a choice of a param, once for all that read it.

        Raises TooManyError where most params are to be drawn later, and cannot.
        """
        if self.draws_later:
            live = live_choices(state, self.reading, self.params.roots)
            if size(live & state.drawn.keys()) > MANY_SETTINGS:
                raise TooManyError("what comes behind depends on too many params")
        alone = Table((choice,), (self.zero,) * len(choice.options))
        table = next((own for own in state.later if choice in own.choices), alone)
        for options, costs in table.rows():
            drawn = {**state.drawn, **options}
            error = None if state.is_faulty else self.params.fault(state.head, drawn)
            faulty = state.is_faulty or error is not None
            new = state._replace(drawn=drawn, is_faulty=faulty, later=state.later - {table})
            draws = tuple(Draw((), *pair) for pair in options.items())
            yield Step((), draws, self.zero if faulty else costs, error, new)

    def _only_drawn(self, state: State) -> Choice | None:
        """A choice of which some options lead here, and which nothing that comes reads any more."""
        partial = [table for table in state.later if table.is_partial]
        if not partial or state.spot.outer is not None:
            return None
        live = live_choices(state, self.reading, self.params.roots)
        over = {choice for own in partial if live.isdisjoint(own.choices) for choice in own.choices}
        return next((choice for choice in self.params.choices if choice in over), None)

    def _later(self, state: State, item: Item) -> list[Step] | None:
        """Build an item whatever params are; None where params are to be drawn before.

        The steps lead to the states behind: one for all settings that make the same maps, and one
        for all that the same is wrong with.
        """
        if not self.draws_later or state.spot.copy:
            return None
        choices = self._undrawn(state, self.reading.whole(item).values)
        groups = self._groups(state, item, choices) if size(choices) <= MAX_TOGETHER else None
        if groups is None:
            return None
        steps = []
        for group in groups:
            costs = tuple(group.costs.get(tuple(own.values())) for own in settings(choices))
            least, rest = split(Table(tuple(choices), costs), self.summed)
            is_needed = len(groups) > 1 or any(any(own) for _, own in rest.rows())
            tables: frozenset[Table] | None = group.state.later
            if is_needed:
                tables = added(group.state.later, rest, self.params.choices, self.summed)
            if tables is None:
                return None
            if all(any(table.rows()) for table in tables):
                new = group.state._replace(later=tables)
                steps.append(group.step._replace(costs=least, state=new))
        return steps

    def _groups(self, state: State, item: Item, choices: Sequence[Choice]) -> list[Group] | None:
        """The settings of choices by the state behind an item; None where that is too many."""
        groups: list[Group] = []
        by_maps: dict[Hashable, list[Group]] = {}
        for options in allowed(state.later, choices):
            step = self._only_step(state, item, options)
            if step is None or step.state is None:
                return None
            near = by_maps.setdefault((step.error and step.error.key, step.state.maps), [])
            group = next((own for own in near if own.state == step.state), None)
            if group is None:
                group = Group(step, step.state, {})
                groups.append(group)
                near.append(group)
            if len(groups) > MAX_GROUPS:
                return None
            group.costs[tuple(options.values())] = step.costs
        return groups

    def _only_step(self, state: State, item: Item, options: dict[Choice, int]) -> Step | None:
        """The step over an item at a setting of choices, as if these were still to be drawn.

        None where the item draws.
        """
        drawn = {**state.drawn, **options}
        fault = None if state.is_faulty else self.params.fault(state.head, drawn)
        before = state._replace(drawn=drawn, is_faulty=state.is_faulty or fault is not None)
        step, *more = islice(self._item(before, item, WHOLE), 2)
        if more or step.draws or step.state is None:
            return None
        new = step.state._replace(drawn=state.drawn)
        if new.is_faulty:
            new = new._replace(later=without_costs(new.later))
        return step._replace(error=fault or step.error, state=new)
