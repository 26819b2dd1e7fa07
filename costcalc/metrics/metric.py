"""What a metric is: one record of the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple, TypeAlias

from costcalc.numeric.exact import Number

Unit: TypeAlias = Literal["mac", "flop", "op", "param", "element", "byte", "mac/byte", "second"]
FRACTIONS = ("mac/byte", "second")
"""The units in which a value need not be whole: it is an exact fraction until it is shown."""


class Metric(NamedTuple):
    """One thing that can be counted, computed in one of three ways.

    `of` gives the number of one layer from its node in the graph (`graph.nodes.Node`: its `layer`,
    the `shape` of its output, its `inputs`), and `reduce` that of several. `multiple` takes it from
    another metric. Without either, only a network has it, by a function in `costs.totals`.
    """

    name: str
    """In JSON, CSV, options, limits and Python."""
    title: str
    """In pages for people: above a column, or behind a number."""
    unit: Unit
    about: str
    """What it counts, in the manual and in the schema's descriptions."""
    of: Callable[[Any], Number] | None = None
    reduce: Callable[[Iterable[Number]], Number] = sum
    multiple: tuple[int, tuple[str, ...]] | None = None
    """(2, ("macs",)): twice as many as another metric, or as several together."""
    over: str | None = None
    """The metric that it is divided by, so that it need be no whole number."""
    at_least: str | None = None
    """A metric that it is never below and that is computed much faster: a search looks at that one
    first, and computes this where it must."""
    needs_runtime: bool = False
    """Whether it depends on the runtime (`graph.runtime`), so that it is shown only where a command
    asks for memory."""
    needs_device: bool = False
    """Whether it is of a device, so that it exists only where one is given."""
    needs_optimizer: bool = False
    """Whether it is of training, so that it is shown only where an optimizer is named."""
    of_parts: bool = False
    """Whether the function in `costs.totals` also gives it of some layers of a network."""
    of_items: bool = False
    """Whether it is of what a runtime executes, and that of a network is the sum (or by `reduce`
    the largest) of those of items that are executed one after another."""
    needs_convention: bool = False
    """Whether it depends on the convention that is asked for, so that it is shown only then."""
    shown: bool = True
    """Whether pages for people show it without being asked."""
    mostly: int | str | None = None
    """A number or a metric that it mostly equals: pages show it where it does not."""

    def tells(self, value_of: Callable[[str], Number | None]) -> bool:
        """Whether pages show it: whether it is not what it mostly is, by the values of metrics."""
        value = value_of(self.name)
        mostly = value_of(self.mostly) if isinstance(self.mostly, str) else self.mostly
        return self.shown and value is not None and value != mostly

    @property
    def is_of_layers(self) -> bool:
        """Whether a layer, and so a part of a network, has it."""
        own = bool(self.of or self.multiple) and not self.over
        return own or self.of_parts or self.needs_convention

    @property
    def is_asked_for(self) -> bool:
        """Whether reports have it only where an option asks for what it depends on."""
        return self.needs_runtime or self.needs_device or self.needs_optimizer

    @property
    def is_whole(self) -> bool:
        """Whether its values are whole numbers."""
        return self.unit not in FRACTIONS
