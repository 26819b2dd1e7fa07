"""The costs of a network over a grid, filled in by one trace after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costcalc.costs.totals import ratio_of
from costcalc.errors import CostcalcError
from costcalc.graph.tracing import NetworkTrace
from costcalc.numeric.exact import Number
from costcalc.numeric.products import everything, multiple, plus
from costcalc.numeric.tables import INT64, Table, run_of, serve
from costcalc.numeric.work import UNLIMITED, Work

if TYPE_CHECKING:
    from costcalc.numeric.tables import Array


class Costs(NamedTuple):
    """What a network costs over a grid."""

    metrics: dict[str, Array]
    faults: dict[tuple[int, ...], CostcalcError]
    """By their first points, the parts of the grid at which there is no network, and why."""
    valid: Array | None
    """Where there is one; None is everywhere."""

    def multiplied(
        self, bases: Mapping[str, tuple[int, tuple[str, ...]]], divisors: Mapping[str, str]
    ) -> Costs:
        """The same, with each metric as a multiple of one of these, or of several together, and
        some divided by another.
        """
        if not self.metrics:
            return self
        made = {
            name: multiple(reduce(plus, map(self.metrics.__getitem__, parts)), n)
            for name, (n, parts) in bases.items()
        }
        for name, over in divisors.items():
            made[name] = np.frompyfunc(ratio_of, 2, 1)(made[name], self.metrics[over])
        return self._replace(metrics=made)

    def first_fault(self) -> tuple[int, ...]:
        """The first point at which there is no network."""
        assert self.valid is not None
        return _first(~self.valid)


class Filling:
    """The points of a grid, as traces fill them in."""

    def __init__(self, shape: tuple[int, ...], work: Work) -> None:
        self.shape = shape
        self.work = work
        self.metrics: dict[str, Array] = {}
        self.faults: dict[tuple[int, ...], CostcalcError] = {}
        self._left: Array | None = None
        """Where nothing is known yet; None is everywhere."""
        self._valid: Array | None = None
        """Where there is a network, once that is not everywhere."""

    def first_left(self) -> tuple[int, ...] | None:
        """The first point of which nothing is known yet."""
        if self._left is None:
            return (0,) * len(self.shape)
        place = _first(self._left)
        return place if self._left[place] else None

    def is_left(self, place: tuple[int, ...]) -> bool:
        return self._left is None or bool(self._left[place])

    def add(self, traced: NetworkTrace, tables: Sequence[Table]) -> int:
        """Fill in what a trace serves; returns at how many points that had been left."""
        with np.errstate(divide="ignore", invalid="ignore"):
            served = serve(traced.trace, tables, self.shape, self.work)
        if self._left is None and served.is_everywhere:
            self._left = np.zeros(self.shape, dtype=bool)
            if traced.error is None:
                self.metrics = everything(traced.metrics, served, self.work)
            else:
                self._fault(np.ones(self.shape, dtype=bool), traced.error)
            return self._left.size
        if not all(mask.any() for mask in served.along):
            return 0
        if self._left is None:
            self._left = np.ones(self.shape, dtype=bool)
        where = tuple(run_of(np.nonzero(mask)[0]) for mask in served.along)
        part = (
            where
            if sum(not isinstance(own, slice) for own in where) <= 1
            else np.ix_(*(np.nonzero(mask)[0] for mask in served.along))
        )
        new = self._left[part].copy()
        if served.across is not None:
            new &= served.across[part]
        count = int(new.sum())
        if not count:
            return 0
        self._left[part] &= ~new
        if traced.error is not None:
            here = np.zeros(self.shape, dtype=bool)
            here[part] = new
            self._fault(here, traced.error)
            return count
        for name, found in everything(traced.metrics, served, self.work).items():
            whole = self._array(name, found.dtype)
            whole[part] = np.where(new, found, whole[part])
        return count

    def put(self, place: tuple[int, ...], costs: Mapping[str, Number] | CostcalcError) -> None:
        """Fill in one point."""
        if self._left is None:
            self._left = np.ones(self.shape, dtype=bool)
        self._left[place] = False
        if isinstance(costs, CostcalcError):
            here = np.zeros(self.shape, dtype=bool)
            here[place] = True
            self._fault(here, costs)
            return
        for name, cost in costs.items():
            is_small = type(cost) is int and abs(cost) <= INT64
            self._array(name, np.int64 if is_small else object)[place] = cost

    def put_part(self, part: Any, costs: Costs) -> None:
        """Fill in a part, which starts with its first point."""
        for name, found in costs.metrics.items():
            self._array(name, found.dtype)[part] = found
        if costs.valid is not None:
            if self._valid is None:
                self._valid = np.ones(self.shape, dtype=bool)
            self._valid[part] = costs.valid
        start = [int(places.reshape(-1)[0]) for places in part]
        for place, fault in costs.faults.items():
            self.faults[tuple(a + b for a, b in zip(start, place, strict=True))] = fault

    def costs(self) -> Costs:
        return Costs(self.metrics, self.faults, self._valid)

    def _array(self, name: str, kind: Any) -> Array:
        if name not in self.metrics:
            self.metrics[name] = np.zeros(self.shape, dtype=kind)
        if kind == np.object_ and self.metrics[name].dtype != kind:
            self.metrics[name] = self.metrics[name].astype(object)
        return self.metrics[name]

    def _fault(self, here: Array, error: CostcalcError) -> None:
        if self._valid is None:
            self._valid = np.ones(self.shape, dtype=bool)
        self._valid &= ~here
        self.faults[_first(here)] = error


def joined(shape: tuple[int, ...], parts: Sequence[tuple[Any, Costs]]) -> Costs:
    """Costs over a grid from those over parts of it, each with its places along the axes."""
    filling = Filling(shape, UNLIMITED)
    for places, costs in parts:
        filling.put_part(np.ix_(*places), costs)
    return filling.costs()


def _first(where: Array) -> tuple[int, ...]:
    return tuple(int(n) for n in np.unravel_index(int(np.argmax(where)), where.shape))
