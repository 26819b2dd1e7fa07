"""Rates of kinds of layers, fitted to measured times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from costcalc.calibration.least_squares import solve_nonnegative
from costcalc.calibration.observation import Measurements, Observation, Work, group_of
from costcalc.errors import CostcalcError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

TERMS = ("macs", "bytes", "calls")
"""What a layer may take time for."""
LEAST_NETWORKS = 2
"""Below, no network can be left out, and nothing is known of the error."""

Key = tuple[str, str]
"""A group of kinds, and a term."""


class Left(NamedTuple):
    """A network, and what rates that were fitted to all others say of it."""

    network: str
    measured: float
    estimated: float | None
    """None where only this network has a kind of layer."""
    lacks: tuple[str, ...] = ()
    """The kinds that only this network has."""

    @property
    def error(self) -> float | None:
        """As a part of the measured time."""
        return None if self.estimated is None else self.estimated / self.measured - 1


class Fit:
    """Rates by kind, and their error on each network when it was left out."""

    def __init__(self, measured: Measurements, terms: Sequence[str]) -> None:
        if len(measured.networks) < LEAST_NETWORKS:
            raise CostcalcError(
                f"one network is measured, {measured.networks[0]}: nothing tells how far off the "
                "rates are on another",
                hint="measure a second network, of other sizes",
            )
        self.measured = measured
        self.terms = tuple(terms)

    @cached_property
    def seconds(self) -> dict[Key, float]:
        """The seconds for one of each term of each group."""
        return self._fitted(self.measured.observations)

    @property
    def kinds(self) -> list[str]:
        """All kinds that were measured."""
        return list(dict.fromkeys(kind for one in self.measured.observations for kind in one.work))

    def rate(self, kind: str) -> tuple[float, ...]:
        """The seconds for a MAC, a byte and a call of a kind of layer."""
        return tuple(self.seconds.get((group_of(kind), term), 0.0) for term in TERMS)

    @cached_property
    def left(self) -> list[Left]:
        """Each network, left out."""
        found = []
        for network in self.measured.networks:
            own = [one for one in self.measured.observations if one.network == network]
            others = [one for one in self.measured.observations if one.network != network]
            known = {group_of(kind) for one in others for kind in one.work}
            lacks = {kind for one in own for kind in one.work if group_of(kind) not in known}
            estimated = None
            if not lacks:
                seconds = self._fitted(others)
                estimated = sum(_estimate(one.work, seconds) for one in own)
            measured = sum(one.seconds for one in own)
            found.append(Left(network, measured, estimated, tuple(sorted(lacks))))
        return found

    @property
    def errors(self) -> list[float]:
        return [abs(one.error) for one in self.left if one.error is not None]

    @property
    def error(self) -> float | None:
        """The mean over networks; None where each has a kind of layer that no other has."""
        return sum(self.errors) / len(self.errors) if self.errors else None

    def _fitted(self, observations: Sequence[Observation]) -> dict[Key, float]:
        import numpy as np

        keys = self._keys(observations)
        matrix = np.array([[_amount(one.work, key) for key in keys] for one in observations], float)
        times = np.array([one.seconds for one in observations])
        weights = np.array([self._weight(one.seconds) for one in observations])
        found = solve_nonnegative(matrix * weights[:, None], times * weights)
        return {key: float(value) for key, value in zip(keys, found, strict=True) if value > 0}

    def _keys(self, observations: Sequence[Observation]) -> list[Key]:
        groups = dict.fromkeys(group_of(kind) for one in observations for kind in one.work)
        keys = [(group, term) for group in groups for term in self.terms]
        return [key for key in keys if any(_amount(one.work, key) for one in observations)]

    def _weight(self, seconds: float) -> float:
        """How much an observation matters.

        A network's error is a part of its time. The layers of a network add up to its time, so
        that the long ones matter more, but not so much that the rest is not seen.
        """
        return 1 / sqrt(seconds) if self.measured.of_layers else 1 / seconds


def _amount(work: dict[str, Work], key: Key) -> int:
    group, term = key
    return sum(getattr(own, term) for kind, own in work.items() if group_of(kind) == group)


def _estimate(work: dict[str, Work], seconds: dict[Key, float]) -> float:
    return sum(value * _amount(work, key) for key, value in seconds.items())
