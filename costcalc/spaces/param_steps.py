"""Steps that draw params of the network, once for all that read them, or put that off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from costcalc.language.item import Item
from costcalc.language.values import Choice
from costcalc.spaces.draws import Draw, TooManyError
from costcalc.spaces.following import Following
from costcalc.spaces.later import MAX_TOGETHER, Table, added, settings, size, split
from costcalc.spaces.states import State, Step
from costcalc.spaces.units import Costs
from costcalc.spaces.ways import WHOLE

MANY_SETTINGS = 1_000
"""Of params: with more of them, it is tried first to draw params behind the items; see `later`."""


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
        is_behind = state.spot.outer is None and state.spot.at == len(state.spot.items)
        if self.draws_later and not is_behind and size(state.drawn) > MANY_SETTINGS:
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

    def _later(self, state: State, item: Item) -> Step | None:
        """Build an item whatever params are; None where what comes behind depends on them."""
        if not self.draws_later or state.is_faulty or state.spot.copy:
            return None
        choices = self._undrawn(state, self.reading.whole(item).values)
        if size(choices) > MAX_TOGETHER:
            return None
        step, costs = self._alike_but_costs(state, item, choices)
        if step is None or step.state is None:
            return None
        least, rest = split(Table(tuple(choices), tuple(costs)), self.summed)
        tables: frozenset[Table] | None = state.later
        if rest is not None:
            tables = added(state.later, rest, self.params.choices, self.summed)
        if tables is None:
            return None
        return step._replace(costs=least, state=step.state._replace(later=tables))

    def _alike_but_costs(
        self, state: State, item: Item, choices: Sequence[Choice]
    ) -> tuple[Step | None, list[Costs]]:
        """The step over an item, and what it costs for each setting of choices; None where not
        costs alone depend on them.
        """
        found = None
        all_costs = []
        for options in settings(choices):
            drawn = {**state.drawn, **options}
            if self.params.fault(state.head, drawn) is not None:
                return None, []
            steps = list(islice(self._item(state._replace(drawn=drawn), item, WHOLE), 2))
            step = steps[0]
            if len(steps) > 1 or step.draws or step.is_faulty or step.error or step.state is None:
                return None, []
            made = step._replace(costs=self.zero, state=step.state._replace(drawn=state.drawn))
            if found is not None and made != found:
                return None, []
            found = made
            all_costs.append(step.costs)
        return found, all_costs
