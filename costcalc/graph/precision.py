"""Which layers and maps are held in how many bits, by items and by patterns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.bits import MOST, UNSAID, Bits
from costcalc.graph.evaluate import evaluate
from costcalc.graph.nodes import Input, Network, Node
from costcalc.graph.patterns import matching
from costcalc.language.item import Item
from costcalc.language.yaml_nodes import position
from costcalc.numeric.base import AbstractNumber

_PASSING = ("activations", "normalizations", "regularizations", "reshapes", "poolings", "merges")
"""Families that read and hand on a map in the bits that its next reader takes it in."""


def bits_of(item: Item, scope: Mapping[str, Any]) -> Bits:
    """The bits that an item says, evaluated. Raises CostcalcError."""
    found = {}
    for name, value in (item.bits or {}).items():
        bits = evaluate(value, scope, item.file.path)
        if isinstance(bits, AbstractNumber):
            bits = bits.single()
        if type(bits) is not int or not 1 <= bits <= MOST:
            raise CostcalcError(
                f"bits of {name} must be a whole number from 1 to {MOST}, not {bits}",
                position=position(item.file.path, value.node),
            )
        found[name] = bits
    return Bits(**found)


def apply_bits(network: Network, given: Iterable[tuple[str, Bits]]) -> None:
    """Set the bits of the layers that patterns match, later ones over earlier ones.

    Raises CostcalcError for a pattern that matches no layer.
    """
    for pattern, bits in given:
        for node in matching(network, pattern):
            node.bits = bits.over(node.bits)
    if any(node.bits is not UNSAID for node in network.nodes):
        _hold(network)


def _hold(network: Network) -> None:
    """Say of each map in how many bits it is held: as many as the reader that takes most needs.

    Where a reader says nothing, the map is held as the dtype says; what only passes a map on takes
    it as its own readers do.
    """
    held: dict[Input | Node, int | None] = {}
    sources: Sequence[Input | Node] = [*network.inputs, *network.nodes]
    for source in reversed(sources):
        wanted = [
            None if reader is None else _wanted(reader, held)
            for reader in network.consumers.get(source, [None])
        ]
        held[source] = None if None in wanted else max(bits for bits in wanted if bits)
        if held[source] is not None:
            source.element_bits = held[source]


def _wanted(reader: Node, held: Mapping[Input | Node, int | None]) -> int | None:
    if reader.bits.activations is not None:
        return reader.bits.activations
    return held.get(reader) if reader.layer.family in _PASSING else None
