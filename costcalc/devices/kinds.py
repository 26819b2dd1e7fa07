"""The kinds of layers that a device may be fast or slow at.

Runtimes have a kernel for each of the convolutions below, with rates that differ by a factor of
ten, so a device names them apart. Of all other layers the kind is the type.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from costcalc.layers import FAMILIES, LAYERS
from costcalc.layers.convolution import ConvTranspose
from costcalc.numeric.exact import equal

CONVOLUTIONS = {
    "standard": "convolutions with one group and a kernel larger than 1",
    "pointwise": "convolutions with one group and a kernel of 1",
    "depthwise": "convolutions with as many groups as input channels",
    "grouped": "convolutions with other numbers of groups",
    "transposed": "transposed convolutions",
}
"""Kinds of convolutions, by what a kernel of a runtime is written for."""


def kinds() -> tuple[str, ...]:
    """Everything that a device may have a rate for."""
    types = dict.fromkeys(layer.type for layer in LAYERS.values())
    return (*CONVOLUTIONS, *(name for name in types if name not in CONVOLUTIONS), *FAMILIES)


def kind_of(node: Any) -> str:
    """The kind of a layer in a network (`graph.nodes.Node`)."""
    layer = node.layer
    if layer.family != "convolutions":
        return str(layer.type)
    if isinstance(layer, ConvTranspose):
        return "transposed"
    x = node.inputs[0].shape
    groups = layer.groups_of(x)
    if equal(groups, 1):
        return "pointwise" if all(equal(side, 1) for side in layer.kernel_size) else "standard"
    return "depthwise" if equal(groups, x.channels) else "grouped"


def names_of(node: Any) -> Iterator[str]:
    """What a device may call a layer, the most exact name first."""
    yield kind_of(node)
    yield node.layer.type
    yield node.layer.family


def family_of(kind: str) -> str:
    """The family of a kind, as far as that is the type of a layer; else the kind itself."""
    return LAYERS[kind].family if kind in LAYERS else kind
