"""The points of a sweep as columns.

A knob takes few values over many points. Its column holds each value once, and for each point the
place of its value, so that whatever is made of a value, such as its text, is made once. Columns of
many points hold NumPy arrays. Columns of few points hold lists, and then NumPy is not imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from costcalc.numeric.tables import Array


class Column:
    """One value for each point: `values[places[n]]` at point n; without places, `values[n]`."""

    __slots__ = ("places", "values")

    def __init__(self, values: Any, places: Any = None) -> None:
        self.values = values
        self.places = places

    @property
    def is_array(self) -> bool:
        """Whether a NumPy array has one element for each point."""
        return not isinstance(self.values if self.places is None else self.places, list)

    def __len__(self) -> int:
        return len(self.values if self.places is None else self.places)

    def __getitem__(self, point: int) -> Any:
        return self.values[point if self.places is None else self.places[point]]

    def __iter__(self) -> Iterator[Any]:
        values = self.listed()
        if self.places is None:
            return iter(values)
        return map(values.__getitem__, _listed(self.places))

    def listed(self) -> Sequence[Any]:
        """List the values as Python objects."""
        return _listed(self.values)

    def map(self, change: Callable[[Any], Any]) -> Column:
        """Change each value once; the places stay."""
        return Column([change(value) for value in self.listed()], self.places)


def _listed(values: Sequence[Any] | Array) -> Sequence[Any]:
    return values if isinstance(values, (list, tuple)) else values.tolist()  # type: ignore[union-attr]


class Chunk(NamedTuple):
    """A part of a sweep: all points over parts of its axes, of which the last runs fastest."""

    axes: list[list[Any]]
    """The values of each axis in this part."""
    counts: dict[str, list[int] | Array]
    """Each metric at every point: an array in the shape of the axes, or a flat list."""

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(map(len, self.axes))

    @property
    def points(self) -> int:
        return prod(self.shape)

    @property
    def is_array(self) -> bool:
        return any(not isinstance(counts, list) for counts in self.counts.values())

    def metrics(self) -> dict[str, Column]:
        """Make a column of each metric."""
        return {
            name: Column(counts if isinstance(counts, list) else counts.reshape(-1))
            for name, counts in self.counts.items()
        }

    def stride(self, axis: int | None) -> int:
        """Count the points from one value of an axis to the next; 0 without an axis."""
        return 0 if axis is None else prod(self.shape[axis + 1 :])

    def places(self, axis: int | None) -> Any:
        """List the position of each point along an axis; 0 without an axis."""
        count = 1 if axis is None else len(self.axes[axis])
        inner = self.points if axis is None else self.stride(axis)
        outer = self.points // (count * inner)
        if not self.is_array:
            return [n for n in range(count) for _ in range(inner)] * outer
        import numpy as np

        return np.tile(np.repeat(np.arange(count, dtype=np.intp), inner), outer)

    def joint_places(self, axes: Iterable[int | None]) -> Any:
        """Number each point by its values along several axes, the last of which runs fastest."""
        places = self.places(None)
        for axis in axes:
            if axis is not None:
                count, own = len(self.axes[axis]), self.places(axis)
                if isinstance(own, list):
                    places = [a * count + b for a, b in zip(places, own, strict=True)]
                else:
                    places = places * count + own
        return places

    def marked(self, values: Mapping[int, Any]) -> Column:
        """Make a column of a few values by point; all other points have None."""
        places: Any = [0] * self.points
        if self.is_array:
            import numpy as np

            places = np.zeros(self.points, np.intp)
        for place, point in enumerate(values, 1):
            places[point] = place
        return Column([None, *values.values()], places)


class SweepTable(dict[str, Column]):
    """Columns by name, all of the same length."""

    shape: tuple[int, ...] = ()
    """The shape of the grid, where the points are those of a whole grid."""

    @property
    def points(self) -> int:
        return len(next(iter(self.values())))

    def taken(self, points: Iterable[int]) -> SweepTable:
        """Take some of the points, in the order given."""
        places = list(points)
        return SweepTable(
            (name, Column([column[place] for place in places])) for name, column in self.items()
        )

    def distinct(self) -> SweepTable:
        """Make the same table without repetitions along the axes.

        Cost is a step function: sizes are whole numbers, so neighbouring values of a knob often
        come to the same network. Where at most three quarters of the points differ from their
        neighbours in any array, all arrays keep only those, with the same places.
        """
        arrays = {name: column.values for name, column in self.items() if column.places is None}
        if not self.shape or any(isinstance(values, list) for values in arrays.values()):
            return self
        import numpy as np

        grids = {name: values.reshape(self.shape) for name, values in arrays.items()}
        steps = [_steps(grids.values(), axis, length) for axis, length in enumerate(self.shape)]
        kept = [np.flatnonzero(changes) for changes in steps]
        if 4 * prod(map(len, kept)) > 3 * self.points:
            return self
        places: Array = np.zeros((), np.intp)
        for changes, own in zip(steps, kept, strict=True):
            along = np.cumsum(changes, dtype=np.intp) - 1
            places = places[..., np.newaxis] * np.intp(len(own)) + along
        part, places = np.ix_(*kept), places.reshape(-1)
        found = {name: Column(grid[part].reshape(-1), places) for name, grid in grids.items()}
        return SweepTable({**self, **found})


def _steps(grids: Iterable[Array], axis: int, length: int) -> Array:
    """Find the positions of an axis at which any array differs from the position before."""
    import numpy as np

    changes = np.zeros(length, bool)
    changes[0] = True
    for grid in grids:
        lines = np.moveaxis(grid, axis, 0)
        changes[1:] |= (lines[1:] != lines[:-1]).any(axis=tuple(range(1, grid.ndim)))
        if changes.all():
            break
    return changes


def joined(tables: Iterable[SweepTable]) -> SweepTable:
    """Put the points of tables into one table."""
    columns: dict[str, list[Any]] = {}
    for table in tables:
        for name, column in table.items():
            columns.setdefault(name, []).extend(column)
    return SweepTable((name, Column(values)) for name, values in columns.items())
