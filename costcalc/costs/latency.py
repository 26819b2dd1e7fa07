"""How long a network takes on a device: an estimate, as exact as the device's own numbers are.

A layer takes as long as its MACs, its bytes and the call of it take together: not the longest of
them, because measured layers fit a sum better. The largest part is its bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.costs.sums import summed
from costcalc.devices.device import Calibration, Device, Rate
from costcalc.devices.kinds import kind_of, names_of
from costcalc.devices.words import BYTES
from costcalc.errors import CostcalcError, Position
from costcalc.graph.nodes import Input, Network, Node
from costcalc.language.library import shown_path
from costcalc.language.yaml_nodes import position
from costcalc.layers.reshape import Identity
from costcalc.metrics.of_nodes import held, numbers_of, of_samples
from costcalc.numeric.exact import Number, ceil_div, sum_of

macs_of = of_samples("macs")

BOUNDS = ("compute", "memory", "overhead")
"""What a layer takes its time for: its MACs, its bytes, or the call of it."""


class LayerLatency(NamedTuple):
    """The seconds of one layer, by what takes them."""

    node: Node
    compute: Number
    memory: Number
    overhead: Number

    @property
    def seconds(self) -> Number:
        return sum_of(self[1:])

    @property
    def bound(self) -> str | None:
        """The largest part; None where its time is in that of other layers."""
        parts = self[1:]
        return BOUNDS[parts.index(max(parts))] if any(parts) else None


def latency(network: Network, nodes: Sequence[Node] | None = None) -> Number:
    """The seconds of a network on the device of its setting, or those of some of its layers.

    Raises CostcalcError without a device, and where the device knows nothing of a kind of layer.
    """
    device = network.setting.device
    if device is None:
        raise CostcalcError("latency is of a device, and none is given", hint="--device stm32h747")
    estimate = Estimate(network, device)
    return summed(lambda node: estimate.of(node).seconds, network.nodes if nodes is None else nodes)


class Estimate:
    """How long the layers of a network take on a device, in the data type that is asked for.

    Raises CostcalcError where the device knows nothing of that type.
    """

    def __init__(self, network: Network, device: Device) -> None:
        self.device = device
        dtype = network.setting.deployed.dtype
        if dtype not in device.rates:
            raise _not_known(device, dtype)
        self.dtype = dtype
        self.rates = device.rates[self.dtype]

    @property
    def calibration(self) -> Calibration:
        """What it rests on, and how far off it is."""
        return self.device.calibrations[self.dtype]

    def rate(self, node: Node) -> Rate | None:
        """How fast the device runs a layer; None where it was not calibrated on its kind."""
        if node.layer.family == "regularizations" or isinstance(node.layer, Identity):
            return Rate()  # nothing is executed
        return next((self.rates[name] for name in names_of(node) if name in self.rates), None)

    def knows(self, node: Node) -> bool:
        return self.rate(node) is not None

    def of(self, node: Node) -> LayerLatency:
        """Raises CostcalcError where the device was not calibrated on the kind of layer."""
        rate = self.rate(node)
        if rate is None:
            raise _not_calibrated(self.device, self.dtype, node)
        compute, memory = Fraction(0), Fraction(0)
        if rate.per_mac:
            compute = rate.per_mac * macs_of(node)
        if rate.per_byte:
            memory = rate.per_byte * bytes_of(node, BYTES[self.dtype])
        return LayerLatency(node, compute, memory, rate.overhead)


def _not_known(device: Device, dtype: str) -> CostcalcError:
    if not device.rates:
        return CostcalcError(
            f"{device.name} has no rates: nothing is known of how fast it is",
            position=device.position,
            hint="costcalc calibrate makes them of your own measurements",
        )
    known = ", ".join(device.rates)
    return CostcalcError(
        f"{device.name} has no rates in {dtype}: no latency is known", hint=f"--dtype {known}"
    )


def _not_calibrated(device: Device, dtype: str, node: Node) -> CostcalcError:
    kind = kind_of(node)
    what = kind if kind == node.layer.type else f"{kind} convolutions"
    item, line = node.origin.item, node.origin.line
    place = None if line is None else Position(shown_path(node.origin.path), line, 1)
    if item is not None and item.file.path == node.origin.path:
        place = position(item.file.path, item.node)
    return CostcalcError(
        f"{device.name} was not calibrated on {what} in {dtype}: {node.name} has no latency",
        position=place,
        hint=f"it knows {', '.join(device.rates[dtype])}",
    )


def work_of(node: Node, dtype: str) -> tuple[str, Number, Number]:
    """What rates are fitted to: the kind of a layer, its MACs and its bytes."""
    return kind_of(node), macs_of(node), bytes_of(node, BYTES[dtype])


def bytes_of(node: Node, width: int) -> Number:
    """The bytes that a layer moves: its inputs, its output and its weights."""
    maps = sum_of(_map_bytes(source, width) for source in (node, *node.inputs))
    return maps + held(node, numbers_of(node), width)


def _map_bytes(source: Input | Node, width: int) -> Number:
    elements = source.shape.elements * source.shape.samples
    bits = source.element_bits
    return elements * width if bits is None else ceil_div(elements * bits, 8)
