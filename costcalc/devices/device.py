"""What is known of a device: its memory, and how long it takes for each kind of layer."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.errors import Position


class Figure(NamedTuple):
    """What is known of a device, a number mostly, and where that is from."""

    value: Any
    source: str


class Rate(NamedTuple):
    """How long a kind of layer takes: the sum of what its MACs, its bytes and a call of it take.

    In seconds; 0 where the device names none, because its measurements gave none.
    """

    per_mac: Fraction = Fraction(0)
    per_byte: Fraction = Fraction(0)
    overhead: Fraction = Fraction(0)
    source: str = ""

    @property
    def is_included(self) -> bool:
        """Whether its time is in that of other layers, as of a batch norm that is folded."""
        return not (self.per_mac or self.per_byte or self.overhead)


class Calibration(NamedTuple):
    """What rates rest on, and how far off they were on a network that they were not fitted to."""

    measured: int
    of: str
    """What was measured: networks, or blocks of them."""
    error: Fraction
    """The mean, as a part of the measured time."""
    worst: Fraction | None
    source: str


class Memory(NamedTuple):
    """Bytes; None is not known, and then nothing is said of it."""

    sram: Figure | None = None
    sram_block: Figure | None = None
    """The largest piece of SRAM with addresses in one row, which an arena must fit into."""
    reserved: Figure | None = None
    """SRAM that the program beside the network takes."""
    flash: Figure | None = None
    code: tuple[int, int] | None = None
    """The least and the most flash that programs took, without the weights."""
    align: Figure | None = None
    """Bytes of which every offset in the arena is a multiple."""
    planner: Figure | None = None
    """Who finds a place for each map in the arena: of `words.PLANNERS`."""


class Device(NamedTuple):
    """A board with a runtime, as its file describes it."""

    name: str
    """What the file is called: the name that options take, or its path."""
    title: str
    runtime: str
    position: Position
    clock: Figure | None
    """Hertz."""
    memory: Memory
    rates: Mapping[str, Mapping[str, Rate]]
    """By data type, and then by the kind, type or family of layers."""
    calibrations: Mapping[str, Calibration]
    """By data type."""
    vector: Figure | None = None
    """Channels that its kernels take at a time."""
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def dtype(self) -> str | None:
        """The data type that it is described for first."""
        return next(iter(self.rates), None)

    @property
    def own_runtime(self) -> dict[str, Any]:
        """What is known of its runtime, by the names of `graph.runtime.Runtime`."""
        known = {} if self.dtype is None else {"dtype": self.dtype}
        for name, figure in (("planner", self.memory.planner), ("alignment", self.memory.align)):
            if figure is not None:
                known[name] = figure.value
        return known
