"""What a rule is, what it looks at, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from costcalc.costs.latency import Estimate
from costcalc.costs.totals import Costs
from costcalc.devices.device import Device
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network, Node
from costcalc.memory.deployment import Deployed
from costcalc.memory.program import Operation, Program

WARNING, INFO = "warning", "info"
SEVERITIES = (WARNING, INFO)


class Found(NamedTuple):
    """A layer that a rule finds fault with."""

    node: Node
    message: str
    """What is the matter, with its numbers."""
    remedy: str
    """What would help."""
    bytes: int | None = None
    """That it moves or holds in vain; None where the fault is in time."""
    seconds: Fraction | None = None
    """That it takes in vain, estimated; None without a device."""


class Subject:
    """A network with what rules need to know of it."""

    def __init__(self, network: Network, device: Device | None) -> None:
        self.network = network
        self.device = device
        self.costs = Costs(network)

    @property
    def width(self) -> int:
        """Bytes of an element."""
        return self.network.setting.deployed.width

    @cached_property
    def program(self) -> Program:
        return Deployed(self.network)

    @cached_property
    def traffic(self) -> Mapping[Node, int]:
        """The bytes that each operation moves, by its layer."""
        return {one.node: int(self.program.traffic_of(one)) for one in self.program.operations}

    @cached_property
    def total_traffic(self) -> int:
        return sum(self.traffic.values())

    @cached_property
    def macs(self) -> int:
        return int(self.costs.macs)

    @property
    def operations(self) -> list[Operation]:
        return self.program.operations

    @cached_property
    def estimate(self) -> Estimate | None:
        """How fast the device runs layers; None where nothing is known of it."""
        if self.device is None:
            return None
        try:
            return Estimate(self.network, self.device)
        except CostcalcError:
            return None

    def seconds(self, node: Node) -> Fraction | None:
        """How long a layer takes; None where that is not known."""
        if self.estimate is None or not self.estimate.knows(node):
            return None
        return Fraction(self.estimate.of(node).seconds * node.times)

    def moving(self, node: Node, bytes_: int) -> Fraction | None:
        """How long a layer's device takes to move so many bytes; None where that is not known."""
        rate = None if self.estimate is None else self.estimate.rate(node)
        return rate.per_byte * bytes_ if rate is not None and rate.per_byte else None

    @cached_property
    def total_seconds(self) -> Fraction | None:
        found = [self.seconds(node) for node in self.network.nodes]
        known = [seconds for seconds in found if seconds is not None]
        return sum(known, Fraction(0)) if len(known) == len(found) else None


class Rule(NamedTuple):
    """What to look for."""

    severity: str
    check: Callable[[Subject], Iterator[Found]]


class Finding(NamedTuple):
    """What a rule found, and where it stands."""

    rule: str
    severity: str
    found: Found

    @property
    def line(self) -> int | None:
        return self.found.node.origin.line

    @property
    def weight(self) -> tuple[bool, Fraction | int, int]:
        """The gravest first: warnings, then by time, then by bytes."""
        return (
            self.severity != WARNING,
            -(self.found.seconds or 0),
            -(self.found.bytes or 0),
        )
