"""Rates of kinds of layers, fitted to measured times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from costcalc.calibration.least_squares import solve_nonnegative
from costcalc.calibration.observation import (
    CONVOLUTIONS,
    Measurements,
    group_of,
)
from costcalc.errors import CostcalcError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Columns = dict["Key", npt.NDArray[np.float64]]

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
        return self._fitted(self._all_columns)

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Groups with MACs whose share of the times is too small to be told apart.

        Their time is not none, so that they run at the rate of convolutions.
        """
        columns = self._columns(group_of)
        timed = {group for group, _ in self._fitted(columns)}
        if CONVOLUTIONS not in timed:
            return frozenset()
        return frozenset(group for group, term in columns if term == "macs") - timed

    def group(self, kind: str) -> str:
        """The kinds that have one rate, by a name."""
        own = group_of(kind)
        return CONVOLUTIONS if own in self.hidden else own

    @cached_property
    def kinds(self) -> list[str]:
        """All kinds that were measured."""
        return list(dict.fromkeys(kind for one in self.measured.observations for kind in one.work))

    def rate(self, kind: str) -> tuple[float, ...]:
        """The seconds for a MAC, a byte and a call of a kind of layer."""
        return tuple(self.seconds.get((self.group(kind), term), 0.0) for term in TERMS)

    @cached_property
    def left(self) -> list[Left]:
        """Each network, left out."""
        return [self._without(network) for network in self.measured.networks]

    def _without(self, network: str) -> Left:
        observations = self.measured.observations
        own = [row for row, one in enumerate(observations) if one.network == network]
        others = [row for row, one in enumerate(observations) if one.network != network]
        known = {self.group(kind) for row in others for kind in observations[row].work}
        kinds = {kind for row in own for kind in observations[row].work}
        lacks = tuple(sorted(kind for kind in kinds if self.group(kind) not in known))
        measured = sum(observations[row].seconds for row in own)
        if lacks:
            return Left(network, measured, None, lacks)
        seconds = self._fitted(self._all_columns, others)
        parts = [value * float(self._all_columns[key][own].sum()) for key, value in seconds.items()]
        return Left(network, measured, sum(parts))

    @property
    def errors(self) -> list[float]:
        return [abs(one.error) for one in self.left if one.error is not None]

    @property
    def error(self) -> float | None:
        """The mean over networks; None where each has a kind of layer that no other has."""
        return sum(self.errors) / len(self.errors) if self.errors else None

    @cached_property
    def _all_columns(self) -> Columns:
        return self._columns(self.group)

    def _columns(self, group: Callable[[str], str]) -> Columns:
        """How much of each group's terms every observation has."""
        import numpy as np

        found: Columns = {}
        for row, one in enumerate(self.measured.observations):
            for kind, work in one.work.items():
                for term in self.terms:
                    amount = getattr(work, term)
                    if amount:
                        empty = np.zeros(len(self.measured.observations))
                        found.setdefault((group(kind), term), empty)[row] += amount
        return found

    def _fitted(self, columns: Columns, rows: Sequence[int] | None = None) -> dict[Key, float]:
        """The seconds for one of each column, by all observations or by some."""
        import numpy as np

        chosen = range(len(self.measured.observations)) if rows is None else rows
        times = np.array([self.measured.observations[row].seconds for row in chosen])
        weights = np.array([self._weight(seconds) for seconds in times])
        matrix = np.column_stack([*columns.values()])[list(chosen)]
        found = solve_nonnegative(matrix * weights[:, None], times * weights)
        return {key: float(value) for key, value in zip(columns, found, strict=True) if value > 0}

    def _weight(self, seconds: float) -> float:
        """How much an observation matters.

        A network's error is a part of its time. The layers of a network add up to its time, so
        that the long ones matter more, but not so much that the rest is not seen.
        """
        return 1 / sqrt(seconds) if self.measured.of_layers else 1 / seconds
