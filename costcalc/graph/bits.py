"""In how many bits weights and maps are held, where an item or an option says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.errors import CostcalcError

MOST = 64


class Bits(NamedTuple):
    """Of each weight, and of each element of the maps that a layer reads; None is the dtype's."""

    weights: int | None = None
    activations: int | None = None

    def text(self) -> str:
        """Write them as `read_bits` reads them."""
        weights = "" if self.weights is None else str(self.weights)
        return weights if self.activations is None else f"{weights}/{self.activations}"

    def over(self, outer: Bits) -> Bits:
        """With what these leave open from around them."""
        return Bits(
            outer.weights if self.weights is None else self.weights,
            outer.activations if self.activations is None else self.activations,
        )


UNSAID = Bits()


def bits_by_pattern(texts: Mapping[str, str]) -> tuple[tuple[str, Bits], ...]:
    """Read the bits of layers by their patterns. Raises CostcalcError."""
    found = []
    for pattern, text in texts.items():
        try:
            found.append((pattern, read_bits(text)))
        except ValueError as error:
            raise CostcalcError(
                f"bits of {pattern}: {error}",
                hint="4/8 is weights and activations, 4 weights alone",
            ) from None
    return tuple(found)


def read_bits(text: str) -> Bits:
    """Read `4/8`, weights and activations, or `4`, weights alone. Raises ValueError."""
    weights, slash, activations = text.partition("/")
    return Bits(
        _whole(weights) if weights.strip() else None, _whole(activations) if slash else None
    )


def _whole(text: str) -> int:
    if not (text.strip().isdigit() and text.isascii() and 1 <= int(text[:9]) <= MOST):
        raise ValueError(f"{text.strip()[:20]!r} is not a number of bits from 1 to {MOST}")
    return int(text)
