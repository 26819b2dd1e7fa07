"""A layer of a Keras model that is called, and what it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.importers.json_text import Entry
from costcalc.importers.nodes import Made

Fields: TypeAlias = dict[str, Made]
Layers: TypeAlias = Sequence[Mapping[str, Fields]]
"""Layers one behind the other, each with its fields."""


class Tensor(NamedTuple):
    """A map: the name of what makes it, and how its axes stand."""

    name: str
    sides: int
    """How many axes it has beside that of its channels."""
    first: bool = False
    """Whether its channels are Keras' first axis behind the batch; else they are the last."""
    looked_up: bool = False
    """Whether it holds numbers that an embedding looks up: all its axes are sides."""


class Call(NamedTuple):
    """A layer that is called: its class, its config and what it reads."""

    kind: str
    config: Entry
    at: Entry
    args: list[Tensor]
    named: Mapping[str, list[Tensor]]
    """Maps that are given by name, such as initial_state; no masks."""
    flags: Mapping[str, str]
    """What else is given by name, as the text has it."""

    @property
    def sources(self) -> list[Tensor]:
        return [*self.args, *(one for given in self.named.values() for one in given)]

    @property
    def sides(self) -> int:
        return self.sources[0].sides if self.sources else 0

    @property
    def first(self) -> bool:
        return bool(self.sources) and self.sources[0].first

    def fault(self, message: str, hint: str | None = None) -> CostcalcError:
        name = self.config.text("name") or self.at.text("name")
        return self.at.fault(f"{self.kind[:40]} {name[:60]}: {message}", hint)


class Result(NamedTuple):
    """What a call becomes."""

    layers: Layers
    sides: int
    """Of the map that they make."""
    more: Sequence[Layers] = ()
    """Of each further map, all of them vectors, the layers that make it of the first."""
    reads: Sequence[Tensor] | None = None
    """What they read, where it is not all sources in their order."""


def spread(type_: str, shape: Made) -> Mapping[str, Fields]:
    """A merge of a map with numbers that are known, such as a factor."""
    return {type_: {"branches": [[], [{"constant": shape}]]}}


FACTOR = spread("multiply", [1])
DIVISOR = spread("divide", [1])
OFFSET = spread("add", "in_shape")


def word(type_: str) -> Callable[[Call], Result]:
    """A class that is a layer without fields."""
    return lambda call: Result([{type_: {}}], call.sides)
