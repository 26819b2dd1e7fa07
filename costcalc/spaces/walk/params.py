"""The params of a space: which choices each depends on, and their values once those are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.evaluate import evaluate
from costcalc.language.item import Fields
from costcalc.language.values import DRAW, Choice
from costcalc.numeric.exact import UNKNOWN
from costcalc.spaces.units import UnitBuilder

MAX_KNOWN = 100_000
"""Settings of params whose values are kept."""


class Params:
    """The params of a network, in the order in which they are evaluated."""

    def __init__(self, params: Fields, path: str) -> None:
        self.path = path
        self._params = params
        self.choices = [choice for value in params.values() for choice in value.choices]
        self.roots: dict[str, tuple[Choice, ...]] = {}
        """The choices that each param depends on, also through others; only where there are any."""
        for name, value in params.items():
            found = list(value.choices)
            for other in value.names:
                found += self.roots.get(other, ())
            if found:
                self.roots[name] = tuple(dict.fromkeys(found))
        self._known: dict[Any, tuple[dict[str, Any], CostcalcError | None]] = {}

    def behind(self, names: Iterable[str]) -> list[Choice]:
        """The choices that params depend on, in the order of the file."""
        found = {choice for name in names for choice in self.roots.get(name, ())}
        return [choice for choice in self.choices if choice in found] if found else []

    def values(self, head: UnitBuilder, drawn: Mapping[Choice, int]) -> dict[str, Any]:
        """The values that are decided once some choices are drawn."""
        return self._evaluated(head, drawn)[0]

    def fault(self, head: UnitBuilder, drawn: Mapping[Choice, int]) -> CostcalcError | None:
        """What is wrong with one of these."""
        return self._evaluated(head, drawn)[1]

    def _evaluated(
        self, head: UnitBuilder, drawn: Mapping[Choice, int]
    ) -> tuple[dict[str, Any], CostcalcError | None]:
        key = id(head), *(drawn.get(choice, -1) for choice in self.choices)
        if key not in self._known:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[key] = self._evaluate(head, drawn)
        return self._known[key]

    def _evaluate(
        self, head: UnitBuilder, drawn: Mapping[Choice, int]
    ) -> tuple[dict[str, Any], CostcalcError | None]:
        scope = head.scope({}, {}, tuple(head.sources.values()))
        scope[DRAW] = lambda choice: choice.options[drawn[choice]]
        values: dict[str, Any] = {}
        fault = None
        for name, value in self._params.items():
            if all(choice in drawn for choice in self.roots.get(name, ())):
                try:
                    values[name] = evaluate(value, scope, self.path)
                except CostcalcError as error:
                    values[name] = UNKNOWN
                    fault = fault or error.problems[0]
                scope[name] = values[name]
        return values, fault
