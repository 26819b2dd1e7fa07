"""Sizes of memory: bytes with a unit, and ranges of them."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc import units
from costcalc.language.yaml_nodes import Entries, MappingNode, ScalarNode, YamlNode


def bytes_of(text: str) -> int:
    return units.limit(text, is_bytes=True)


def range_of(text: str) -> tuple[int, int]:
    """The least and the most. Raises ValueError."""
    first, dots, last = text.partition("..")
    if not dots:
        raise ValueError(f"'{text}' is not a range such as 50KiB..90KiB")
    least, most = bytes_of(first), bytes_of(last)
    if least > most:
        raise ValueError(f"'{text}' ends before it begins")
    return least, most


def mixed_units(sizes: Entries) -> Iterator[tuple[YamlNode, str]]:
    """The first size in thousands beside one in 1,024s, or the reverse: usually a slip."""
    first: dict[bool, str] = {}
    for key, (_, node) in sizes.items():
        for scalar in _scalars(node):
            unit = str(scalar.value).strip().lstrip("0123456789.,e+- ")
            if unit not in ("", "B"):
                first.setdefault("i" in unit, key)
            if len(first) > 1:
                yield (
                    scalar,
                    f"{first[True]} is in units of 1,024 bytes, and {first[False]} of 1,000",
                )
                return


def _scalars(node: YamlNode) -> Iterator[ScalarNode]:
    """The size in a node, alone or as the value beside its source."""
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, MappingNode):
        yield from (
            value
            for key, value in node.value
            if key.value == "value" and isinstance(value, ScalarNode)
        )
