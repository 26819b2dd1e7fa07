"""What memory is described by: bytes with a unit, ranges of them, and the arena's planner."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc import units
from costcalc.devices.words import PLANNERS
from costcalc.errors import CostcalcError, nearest
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


def alignment_of(text: str) -> int:
    """Bytes, with a unit or without: 16, 16 B. Raises ValueError."""
    found = units.whole_count(text.strip().removesuffix("B").rstrip())
    if found.bit_count() != 1:
        raise ValueError(f"'{text}' is not a power of 2, such as 16")
    return found


def planner_of(text: str) -> str:
    """One of PLANNERS. Raises CostcalcError."""
    if text not in PLANNERS:
        hint = nearest(text, PLANNERS) or f"one of {', '.join(PLANNERS)}"
        raise CostcalcError(f"unknown planner '{text}'", hint=hint)
    return text


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
