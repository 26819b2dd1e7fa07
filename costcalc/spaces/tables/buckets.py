"""Tables of rounded sums, for any number of metrics: they bound counts, and samples are drawn from
them.

What an edge costs more than it must is rounded down to whole buckets, or up. Sums that are rounded
down fit at least as often as the true ones do, and those that are rounded up at most as often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from costcalc.spaces.paths import Edge
from costcalc.spaces.tables.tables import INT64
from costcalc.spaces.weights import Excess, Live, excess, rounded

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

CELLS = 8_000_000
"""Of all tables that are kept at once."""
WIDE = 24
"""Edges to a state that are looked at in arrays."""
MAX_BUCKETS = 4096
"""Of a metric, where it is limited."""


class Buckets:
    """The tables of all states: how many paths lead there by their rounded sums.

    Sums are cut off where no path on to the end would be within the limits.
    """

    def __init__(
        self,
        paths: Live,
        metrics: Sequence[int],
        limits: Sequence[int],
        *,
        up: bool = False,
        most: int = MAX_BUCKETS,
        by_chance: bool = False,
    ) -> None:
        """metrics: their places in the costs of edges; limits: the largest costs, one for each.

        by_chance: the probability of paths, each choice drawn by itself, instead of their number.
        """
        self.paths = paths
        self.by_chance = by_chance
        self.axes: list[Excess] = [excess(paths, place) for place in metrics]
        steps = [axis.steps_within(limit) for axis, limit in zip(self.axes, limits, strict=True)]
        self.is_empty = min(steps, default=0) < 0
        size = len(paths.into)
        buckets = min(most, max(2, int((CELLS / size) ** (1 / max(1, len(metrics))))))
        self.widths = [max(1, -(-(own + 1) // buckets)) for own in steps]
        """Steps of a bucket."""
        self.limits = [own // width for own, width in zip(steps, self.widths, strict=True)]
        """The last bucket within the limit."""
        self.numbers = [
            rounded(axis.numbers, width, up)
            for axis, width in zip(self.axes, self.widths, strict=True)
        ]
        if not metrics:  # one axis, along which nothing differs
            self.numbers, self.limits = [[[0] * len(edges) for edges in paths.into]], [0]
        self.is_exact = all(width == 1 for width in self.widths)
        self._known: dict[int, tuple[Array, list[Array], Array | None]] = {}

    def number_of(self, state: int, place: int) -> tuple[int, ...]:
        """The rounded numbers of an edge."""
        return tuple(own[state][place] for own in self.numbers)

    @cached_property
    def tables(self) -> list[Array]:
        """The table of each state: an axis for each metric, from 0 to its limit."""
        import numpy as np

        shape = tuple(limit + 1 for limit in self.limits)
        stacked = np.zeros((len(self.paths.into), *shape), self._kind)
        tables: list[Array] = []
        counts = [0] * len(self.paths.into)
        counts[0] = 1
        for state, edges in enumerate(self.paths.into):
            arcs: Counter[tuple[int, tuple[int, ...]]] = Counter()
            for place, edge in enumerate(edges):
                arcs[edge.source, self.number_of(state, place)] += self._weight(edge)
                counts[state] += counts[edge.source]
            is_large = not self.by_chance and counts[state] > INT64
            own = np.zeros(shape, dtype=object) if is_large else stacked[state]
            if state == 0:
                own[(0,) * len(shape)] = 1
            for (source, numbers), many in arcs.items():
                before = tables[source]
                into = tuple(slice(number, None) for number in numbers)
                target = own[into]
                if target.size:
                    part = before[tuple(slice(None, length) for length in target.shape)]
                    part = part.astype(own.dtype)  # in which the products fit
                    own[into] += part * many if many != 1 else part
            tables.append(own)
        self._stacked = stacked.reshape(-1)
        return tables

    @property
    def _kind(self) -> Any:
        import numpy as np

        return np.float64 if self.by_chance else np.int64

    def before(
        self, state: int, sums: tuple[int, ...], drawn: Callable[[Any], int]
    ) -> tuple[int, tuple[int, ...]]:
        """The edge by which a state is reached with some sums, and the sums before it.

        drawn: draws a place by weights that are summed up.
        """
        edges = self.paths.into[state]
        if len(edges) >= WIDE and self._is_small(state):
            place = drawn(self._weights(state, sums).cumsum())
        else:
            place = drawn(
                list(accumulate(self._weight_of(state, own, sums) for own in range(len(edges))))
            )
        numbers = self.number_of(state, place)
        return place, tuple(own - number for own, number in zip(sums, numbers, strict=True))

    def _weight_of(self, state: int, place: int, sums: tuple[int, ...]) -> Any:
        edge = self.paths.into[state][place]
        numbers = self.number_of(state, place)
        before = tuple(own - number for own, number in zip(sums, numbers, strict=True))
        if min(before) < 0:
            return 0
        weight: Any = self.tables[edge.source].item(before)
        return weight * float(edge.chance) if self.by_chance else weight

    def _is_small(self, state: int) -> bool:
        """Whether its table holds machine numbers, and so those of all states before it."""
        return self.tables[state].dtype != object

    def _weights(self, state: int, sums: tuple[int, ...]) -> Array:
        """How many paths reach a state by each edge, with some sums."""
        import numpy as np

        sources, numbers, chances = self._arrays(state)
        place, is_within = sources, np.ones(len(sources), dtype=bool)
        for own, number, limit in zip(sums, numbers, self.limits, strict=True):
            left = own - number
            is_within = is_within & (left >= 0)
            place = place * (limit + 1) + left
        found: Array = np.where(is_within, self._stacked[np.where(is_within, place, 0)], 0)
        return found if chances is None else found * chances

    def _arrays(self, state: int) -> tuple[Array, list[Array], Array | None]:
        """Sources, numbers and chances of the edges that lead to a state."""
        import numpy as np

        if state not in self._known:
            edges = self.paths.into[state]
            chances = [float(edge.chance) for edge in edges] if self.by_chance else None
            self._known[state] = (
                np.array([edge.source for edge in edges]),
                [np.array(own[state]) for own in self.numbers],
                None if chances is None else np.array(chances),
            )
        return self._known[state]

    def _weight(self, edge: Edge) -> Any:
        return float(edge.chance) if self.by_chance else 1

    @property
    def total(self) -> Any:
        """How many paths are within the limits, by their rounded sums."""
        if self.is_empty:
            return 0
        own = self.tables[-1]
        return sum(own.ravel().tolist()) if own.dtype == object else own.sum().item()


def share(count: int, total: int) -> Fraction:
    return Fraction(count, total) if total else Fraction(0)
