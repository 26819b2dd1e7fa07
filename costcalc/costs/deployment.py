"""Whether a network fits a device, how long it takes there, and what bounds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from costcalc.costs.latency import BOUNDS, Estimate, LayerLatency
from costcalc.costs.totals import Costs
from costcalc.devices.device import Device, Rate
from costcalc.devices.kinds import kind_of
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network, Node


class Need(NamedTuple):
    """Bytes that something needs, and how many there are; None is not known."""

    what: str
    bytes: int
    limit: int | None

    @property
    def fits(self) -> bool | None:
        return None if self.limit is None else self.bytes <= self.limit


class Deployment:
    """A network on a device."""

    def __init__(self, network: Network, device: Device) -> None:
        self.network = network
        self.device = device
        costs = Costs(network)
        self.arena = int(costs.arena)
        self.persistent = int(costs.persistent)
        self.flash = int(costs.flash)

    @property
    def sram(self) -> int | None:
        """The device's, in bytes."""
        figure = self.device.memory.sram
        return None if figure is None else int(figure.value)

    @property
    def flash_limit(self) -> int | None:
        figure = self.device.memory.flash
        return None if figure is None else int(figure.value)

    def needs(self) -> Iterator[Need]:
        """What must fit: all RAM, the arena in one piece, and flash with the least code."""
        memory = self.device.memory
        reserved = 0 if memory.reserved is None else int(memory.reserved.value)
        yield Need("RAM", self.arena + self.persistent + reserved, self.sram)
        if memory.sram_block is not None:
            yield Need("arena in one piece", self.arena, int(memory.sram_block.value))
        code = 0 if memory.code is None else memory.code[0]
        yield Need("flash", self.flash + code, self.flash_limit)

    @property
    def fits(self) -> bool | None:
        """Whether all that is known of the device's memory is enough; None where nothing is."""
        known = [need.fits for need in self.needs() if need.fits is not None]
        return all(known) if known else None

    @property
    def is_tight(self) -> bool:
        """Whether it fits with the least code that programs took, and not with the most."""
        code, limit = self.device.memory.code, self.flash_limit
        return bool(self.fits and code and limit and self.flash + code[1] > limit)

    # Latency

    def rate(self, node: Node) -> Rate:
        """How fast the device runs a layer."""
        rate = Estimate(self.network, self.device).rate(node)
        assert rate is not None
        return rate

    @property
    def dtype(self) -> str:
        """The data type in which latency is estimated."""
        return Estimate(self.network, self.device).dtype

    @cached_property
    def refusal(self) -> str | None:
        """Why no latency is known, if none is: the first layer of each kind without a rate."""
        try:
            estimate = Estimate(self.network, self.device)
        except CostcalcError as error:
            return error.message
        lacking: dict[str, str] = {}
        for node in self.network.nodes:
            if not estimate.knows(node):
                line = "" if node.origin.line is None else f", line {node.origin.line}"
                lacking.setdefault(kind_of(node), f"{kind_of(node)} ({node.name}{line})")
        if not lacking:
            return None
        return f"{self.device.name} was not calibrated on {', '.join(lacking.values())}"

    @cached_property
    def layers(self) -> Sequence[LayerLatency]:
        """How long each layer takes, as often as it counts; empty where that is not known."""
        if self.refusal is not None:
            return []
        return self._known

    @property
    def of_others(self) -> Fraction | None:
        """Seconds of all layers but those that are refused; None where none is known."""
        return self._seconds(self._known) if self.refusal is not None else None

    @cached_property
    def _known(self) -> Sequence[LayerLatency]:
        """How long each layer takes whose kind the device was calibrated on."""
        try:
            estimate = Estimate(self.network, self.device)
        except CostcalcError:
            return []
        return [estimate.of(node) for node in self.network.nodes if estimate.knows(node)]

    @property
    def latency(self) -> Fraction | None:
        """Seconds; None where they are not known."""
        return self._seconds(self.layers)

    @staticmethod
    def _seconds(layers: Sequence[LayerLatency]) -> Fraction | None:
        return Fraction(sum(layer.seconds for layer in layers)) if layers else None

    @property
    def error(self) -> Fraction | None:
        """How far off the latency is on average, as a part of it."""
        return Estimate(self.network, self.device).calibration.error if self.layers else None

    @property
    def bound(self) -> str | None:
        """What takes most of the time: compute, memory or overhead."""
        if not self.layers:
            return None
        sums = [sum(parts) for parts in zip(*(layer[1:] for layer in self.layers), strict=True)]
        return BOUNDS[sums.index(max(sums))]

    def largest(self, most: int) -> list[LayerLatency]:
        """The layers that take longest."""
        return sorted(self.layers, key=lambda layer: -layer.seconds)[:most]


class Deployments(NamedTuple):
    """Networks on devices."""

    found: Sequence[Deployment]
    """Every network on its devices, one network after another."""
    devices: int
    """On how many devices each network is."""
    top: int = 5
    """The layers of each that pages show."""

    @property
    def by_network(self) -> Iterator[Sequence[Deployment]]:
        """The devices of each network."""
        for start in range(0, len(self.found), self.devices):
            yield self.found[start : start + self.devices]

    @property
    def all_fit(self) -> bool:
        return all(one.fits is not False for one in self.found)
