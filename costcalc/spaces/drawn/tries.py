"""Networks of a space that are drawn choice by choice and built whole, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from random import Random
from typing import NamedTuple

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.numeric.exact import whole
from costcalc.spaces.drawn.whole_builder import KeptBlocks, WholeBuilder
from costcalc.spaces.draws import Draw, Draws, RandomDice, check_countable
from costcalc.spaces.paths import Cost
from costcalc.spaces.reading import Reading
from costcalc.spaces.subject import Subject


class Tried(NamedTuple):
    """A network that was drawn, or why it is none."""

    draws: Draws
    weight: int
    costs: dict[str, Cost] | None
    error: CostcalcError | None

    @property
    def fault(self) -> CostcalcError:
        """Why it is no network."""
        assert self.error is not None
        return self.error


class Drawing:
    """Draws networks of a space."""

    def __init__(self, space: Subject) -> None:
        self.space = space
        self._reading = Reading(space.file)
        self._kept = KeptBlocks()
        self._draws: dict[Draw, Draw] = {}

    def draw(self, random: Random) -> Tried:
        """Draw a network."""
        dice = RandomDice(random)
        found = self._built(dice)
        check_countable(found.weight)
        return found

    def _built(self, dice: RandomDice) -> Tried:
        try:
            network = build(
                *(self.space.file, self.space.setting),
                lambda file, setting: WholeBuilder(file, setting, dice, self._reading, self._kept),
            )
            costs = measure(network, self.space.metrics)
        except CostcalcError as error:
            return Tried(dice.draws, dice.weight, None, error.problems[0])
        values = {name: whole(own) for name, own in costs.items()}
        return Tried(dice.draws, dice.weight, values, None)

    def kept(self, draws: Draws) -> Draws:
        """The same draws; equal ones of several networks take memory once."""
        return tuple(self._draws.setdefault(draw, draw) for draw in draws)


class FaultMet(NamedTuple):
    """What makes no network, and how many draws met it first."""

    error: CostcalcError
    draws: int


class Numbers:
    """The numbers of all draws; the networks themselves are not kept."""

    def __init__(self, metrics: Sequence[str]) -> None:
        self.weights: list[int] = []
        self.is_network: list[bool] = []
        self.costs: dict[str, list[Cost]] = {name: [] for name in metrics}
        """Of the draws that make a network."""
        self.faults: dict[object, FaultMet] = {}
        self._known: dict[int, int] = {}

    def add(self, tried: Tried) -> None:
        self.weights.append(self._known.setdefault(tried.weight, tried.weight))
        self.is_network.append(tried.costs is not None)
        for name, cost in (tried.costs or {}).items():
            self.costs[name].append(cost)
        if tried.error is not None:
            met = self.faults.get(tried.error.key, FaultMet(tried.error, 0))
            self.faults[tried.error.key] = met._replace(draws=met.draws + 1)

    @cached_property
    def of_networks(self) -> list[int]:
        """The weights of the draws that make a network."""
        return [own for own, made in zip(self.weights, self.is_network, strict=True) if made]
