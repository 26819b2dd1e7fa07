"""A layer of a Keras model that is called."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.importers.json_text import Entry
from costcalc.importers.nodes import Made

Fields: TypeAlias = dict[str, Made]
Layers: TypeAlias = list[dict[str, Fields]]
"""Layers one behind the other, each with its fields."""


class Tensor(NamedTuple):
    """A map: the name of what makes it, and how many sides it has."""

    name: str
    sides: int


class Call(NamedTuple):
    """A layer that is called: its class, its config and what it reads."""

    kind: str
    config: Entry
    at: Entry
    sources: list[Tensor]

    @property
    def sides(self) -> int:
        return self.sources[0].sides if self.sources else 0

    def fault(self, message: str, hint: str | None = None) -> CostcalcError:
        name = self.config.text("name") or self.at.text("name")
        return self.at.fault(f"{self.kind[:40]} {name[:60]}: {message}", hint)
