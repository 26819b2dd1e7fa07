"""What was measured: how long something took, and what work it was."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from costcalc.devices import kinds

FUSED = ("batch_norm", "relu", "relu6", "dropout", "identity")
"""Layers that runtimes compute within the convolution before them, or leave out: their time is in
that of others."""


class Work(NamedTuple):
    """What layers of one kind do."""

    macs: int
    bytes: int
    calls: int = 1

    def plus(self, other: Work) -> Work:
        return Work(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Observation(NamedTuple):
    """A layer or a network that was measured."""

    network: str
    work: dict[str, Work]
    """By kind of layer; see `devices.kinds`."""
    seconds: float


class Measurements(NamedTuple):
    """All observations of some files, which are of layers or of whole networks."""

    observations: list[Observation]
    of_layers: bool
    runtime: str | None = None
    """What measured them, where the file says so."""
    dtype: str | None = None
    included: tuple[str, ...] = ()
    """Kinds whose time is in that of others, as the runtime fuses them."""

    @property
    def networks(self) -> list[str]:
        return list(dict.fromkeys(one.network for one in self.observations))


def total_work(parts: list[tuple[str, Work]]) -> dict[str, Work]:
    """The work of several layers, by kind."""
    found: dict[str, Work] = {}
    for kind, work in parts:
        found[kind] = found[kind].plus(work) if kind in found else work
    return found


CONVOLUTIONS = "convolutions"
"""The group of all convolutions but depthwise and transposed ones."""
_CONVOLUTIONS = ("standard", "pointwise", "grouped")
_ELEMENTWISE = (
    *("activations", "merges", "normalizations", "reshapes", "upsamplings", "embeddings"),
    "regularizations",
)


@cache
def group_of(kind: str) -> str:
    """The kinds that share one rate, by a name: what is measured of each is too little apart.

    Convolutions that are no depthwise ones share theirs: a network that alone has grouped ones
    would otherwise be unknown without it. So do families that only read and write elements.
    """
    if kind in _CONVOLUTIONS:
        return CONVOLUTIONS
    if kind in kinds.CONVOLUTIONS:
        return kind
    family = kinds.family_of(kind)
    return "elementwise" if family in _ELEMENTWISE else family
