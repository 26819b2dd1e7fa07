"""The roofline of a network on a device: how fast each layer runs, and what it cannot pass.

A layer is a point: MACs for each byte that it moves, against MACs a second (Williams et al. 2009).
The roofs of a kind of layer are what its MACs alone and its bytes alone would allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import BinaryIO

from costcalc.costs.deployment import Deployment
from costcalc.costs.latency import LayerLatency, bytes_of, macs_of
from costcalc.devices.device import Rate
from costcalc.devices.kinds import kind_of
from costcalc.devices.words import BYTES
from costcalc.errors import CostcalcError
from costcalc.reports.plot import cells, image
from costcalc.reports.plot.picture import Picture, Series, Spot
from costcalc.reports.plot.scale import Scale, brief, logarithmic
from costcalc.text import escaped, shortened

NAME_HEIGHT = 0.035
"""Of a roof's name, as a part of the axis."""


def in_terminal(one: Deployment, width: int, height: int, color: bool) -> str:
    return cells.draw(roofline(one), width, height, color)


def to_file(one: Deployment, file: BinaryIO, format: str) -> None:
    image.draw(roofline(one), file, format)


def roofline(one: Deployment) -> Picture:
    """Raises CostcalcError where no latency is known."""
    if one.refusal is not None:
        raise CostcalcError(f"there is no roofline to draw: {one.refusal}")
    width = BYTES[one.dtype]
    points = [
        (layer, Fraction(macs_of(layer.node)) / bytes_of(layer.node, width), _speed(layer))
        for layer in one.layers
        if layer.seconds and macs_of(layer.node)
    ]
    if not points:
        raise CostcalcError("there is no roofline to draw: no layer has MACs")
    rates = {kind_of(layer.node): one.rate(layer.node) for layer, _, _ in points}
    x = _axis([intensity for _, intensity, _ in points])
    ends = [x.low, x.high]
    tops = [value for rate in rates.values() for value in _heights(rate, ends)]
    y = _axis([*(speed for _, _, speed in points), *tops])
    kinds: dict[str, list[Spot]] = {}
    longest = {layer.node for layer in one.largest(5)}
    for layer, intensity, speed in points:
        label = f"line {layer.node.origin.line}" if layer.node in longest else ""
        spot = Spot(x.at(intensity), y.at(speed), label)
        kinds.setdefault(kind_of(layer.node), []).append(spot)
    roofs = [Series(", ".join(same), [*_roof(rate, x, y)]) for rate, same in _shared(rates)]
    title = f"{_name(one)} on {escaped(one.device.name)}: what bounds its layers"
    return Picture(
        "points",
        title,
        f"{one.dtype}; labels are of the layers that take longest",
        x,
        "MACs a byte",
        y,
        "MACs a second",
        [Series(kind, spots) for kind, spots in kinds.items()],
        None,
        [],
        _named_apart(roofs),
    )


def _shared(rates: Mapping[str, Rate]) -> Iterator[tuple[Rate, list[str]]]:
    """Each rate once, with the kinds that have it."""
    found: dict[tuple[Fraction, Fraction], list[str]] = {}
    for kind, rate in rates.items():
        found.setdefault((rate.per_mac, rate.per_byte), []).append(kind)
    for same in found.values():
        yield rates[same[0]], same


def _named_apart(roofs: list[Series]) -> list[Series]:
    """The roofs from below, of which those that end at nearly one height have one name together."""
    found: list[Series] = []
    for roof in sorted(roofs, key=lambda roof: roof.spots[-1].y):
        if found and roof.spots[-1].y - found[-1].spots[-1].y < NAME_HEIGHT:
            roof = roof._replace(name=f"{found[-1].name}, {roof.name}")
            found[-1] = found[-1]._replace(name="")
        found.append(roof)
    return found


def _name(one: Deployment) -> str:
    return shortened(escaped(one.network.setting.variant or one.network.name), 40)


def _speed(layer: LayerLatency) -> Fraction:
    speed: Fraction = Fraction(macs_of(layer.node)) / layer.seconds
    return speed


def _axis(values: list[Fraction]) -> Scale:
    low, high = min(values), max(values)
    return logarithmic([low / 2, high * 2])


def _heights(rate: Rate, intensities: list[Fraction | int]) -> Iterator[Fraction]:
    """How fast a kind of layer could run at most, at some intensities."""
    for intensity in intensities:
        allowed = [1 / rate.per_mac] if rate.per_mac else []
        if rate.per_byte:
            allowed.append(Fraction(intensity) / rate.per_byte)
        yield from [min(allowed)] if allowed else []


def _roof(rate: Rate, x: Scale, y: Scale) -> Iterator[Spot]:
    places: list[Fraction | int] = [x.low, x.high]
    if rate.per_mac and rate.per_byte:
        places.append(rate.per_byte / rate.per_mac)  # where both take as long
    kept = sorted(place for place in places if x.low <= place <= x.high)
    for place, height in zip(kept, _heights(rate, kept), strict=True):
        yield Spot(x.at(place), y.at(height), brief(height))
