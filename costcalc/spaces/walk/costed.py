"""What a unit costs on each of several maps, in each of several ways: computed in arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costcalc.numeric.exact import Number
from costcalc.spaces.units import Maps
from costcalc.spaces.walk.traced_units import (
    Case,
    TracedUnit,
    UnitTrace,
    map_numbers,
    numbers_of,
    rows_of,
    shapes_of,
    trace,
)

if TYPE_CHECKING:
    from costcalc.numeric.tables import Array

MAX_TRACES = 16


class Costed(NamedTuple):
    """The costs of a unit that draws nothing, and what it makes."""

    costs: Sequence[Array]
    """By metric: a row for each of the maps that it is built on, a column for each way."""
    maps: Sequence[Maps]
    """By way: they do not depend on what it is built on."""


def costed_units(case: Callable[[int, int], Case], sources: int, ways: int) -> Costed | None:
    """Compute a unit for all sources and ways.

    case: the unit on the maps of a source, in a way. None where it is faulty somewhere, or draws,
    or is not the same but for numbers, and where what it makes depends on the source.
    """
    columns = _columns(case, sources, ways)
    if columns is None:
        return None
    filling: _Filling | None = None
    for _ in range(MAX_TRACES):
        place = int(filling.left.argmax()) if filling else 0
        traced = trace(case(place // ways, place % ways), [numbers for _, numbers in columns])
        if traced is None or len(traced.ways) != 1 or traced.ways[0][0]:
            return None
        filling = filling or _Filling(traced.ways[0][1], (sources, ways))
        if not filling.add(traced, columns):
            return None
        if not filling.left.any():
            return filling.costed()
    return None


def _columns(
    case: Callable[[int, int], Case], sources: int, ways: int
) -> list[tuple[int, Sequence[Number]]] | None:
    """Each number that the unit reads: along axis 0 by source, or along axis 1 by way."""
    of_sources = [numbers_of(case(source, 0)) for source in range(sources)]
    of_ways = [numbers_of(case(0, way)) for way in range(ways)]
    forms = {own[0] if own else None for own in (*of_ways, *of_sources)}
    if len(forms) != 1 or None in forms:
        return None
    axes = [
        list(zip(*(own[1] for own in found if own), strict=True)) for found in (of_sources, of_ways)
    ]
    of_maps = map_numbers(case(0, 0))
    found = ((0 if place in of_maps else 1, place) for place in range(len(axes[0])))
    return [(axis, axes[axis][place]) for axis, place in found]


class _Filling:
    """The costs at all places, filled by one trace after the other."""

    def __init__(self, way: UnitTrace, shape: tuple[int, int]) -> None:
        self.left = np.ones(shape, dtype=bool)
        self.form = way.form
        self.costs = [np.zeros(shape, dtype=np.int64) for _ in way.costs]
        self.dims = [np.zeros(shape, dtype=np.int64) for own, _ in way.maps for _ in own]

    def add(self, traced: TracedUnit, columns: Sequence[tuple[int, Sequence[Number]]]) -> bool:
        """Fill where a trace serves; False where numbers are no whole numbers of 64 bits."""
        varying = [columns[place] for place in traced.varying]
        computed = traced.computed(varying, self.left.shape)
        if computed is None or traced.ways[0][1].form != self.form:
            return False
        served, ((costs, dims),) = computed
        new = served & self.left
        for target, own in zip((*self.costs, *self.dims), (*costs, *dims), strict=True):
            if own.dtype != np.int64:
                return False
            target[new] = own[new]
        self.left &= ~served
        return True

    def costed(self) -> Costed | None:
        if any((own != own[0]).any() for own in self.dims):
            return None
        return Costed(self.costs, shapes_of(self.form, rows_of([own[0] for own in self.dims])))
