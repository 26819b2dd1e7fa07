"""Networks of a space by number: the first is 1, and the last as many as there are."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.errors import CostcalcError
from costcalc.spaces.paths import Edge, PathGraph


class Numbers:
    """The order of networks: that of the options, the choice that is drawn first counting most."""

    def __init__(self, graph: PathGraph) -> None:
        self.graph = graph
        self._rest = [0] * len(graph.out)
        self._rest[graph.end] = 1
        for state in range(graph.end - 1, -1, -1):
            self._rest[state] = sum(self._rest[edge.target] for edge in graph.out[state])

    @property
    def total(self) -> int:
        return self._rest[0]

    def path(self, number: int) -> list[Edge]:
        """The path of a network. Raises CostcalcError where there is none of that number."""
        if not 1 <= number <= self.total:
            raise CostcalcError(
                f"the space has no network {number:,}",
                hint=f"they have numbers 1 to {self.total:,}",
            )
        left, state = number - 1, 0
        path: list[Edge] = []
        while state != self.graph.end:
            for edge in self.graph.out[state]:
                own = self._rest[edge.target]
                if left < own:
                    break
                left -= own
            path.append(edge)
            state = edge.target
        return path

    def number(self, path: Sequence[Edge]) -> int:
        """The number of the network of a path."""
        before = 0
        for own in path:
            for edge in self.graph.out[own.source]:
                if edge is own:
                    break
                before += self._rest[edge.target]
        return before + 1
