"""What only a whole network costs, such as its arena: networks of a space are built by themselves.

Where so few are within the limits on all else that each can be built, answers are exact. Among more
of them, those that are drawn, or that come first, are built, and refused where they are over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeAlias

from costcalc.costs.totals import metric_of
from costcalc.graph.builder import build
from costcalc.graph.collection import uncollected
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import METRICS
from costcalc.spaces.draws import Draw, TooManyError
from costcalc.spaces.limits import Limits, is_of_parts
from costcalc.spaces.paths import Cost, Edge, PathGraph
from costcalc.spaces.reading import says_bits
from costcalc.spaces.search.best import best_first
from costcalc.spaces.units import DrawingBuilder
from costcalc.spaces.walk.walking import walk
from costcalc.spaces.written.recorder import Given

FEW = 500
"""Networks that are all built."""
MAX_BUILT = 2_000
"""Networks that are built while hardly any is within the limits."""

Path: TypeAlias = Sequence[Edge]


def walk_by_items(file: NetworkFile, setting: Setting, metrics: Sequence[str]) -> PathGraph:
    """Walk through a space for the metrics that networks have by their items.

    Also for what others are never below, where that makes no more states than can be followed.
    """
    has_bits = bool(setting.bits) or says_bits(file)
    parts = [name for name in metrics if is_of_parts(name, setting, has_bits=has_bits)]
    below = {METRICS[name].at_least for name in metrics if name not in parts} - {None, *parts}
    bounds = [name for name in below if name and is_of_parts(name, setting, has_bits=has_bits)]
    parts = parts or ["macs"]
    with uncollected():
        if bounds:
            with suppress(TooManyError):
                return walk(file, setting, [*parts, *bounds])
        return walk(file, setting, parts)


class WholeNetworks:
    """Networks of a space as they are built by themselves, and what they cost by some metrics."""

    def __init__(self, graph: PathGraph, metrics: Sequence[str]) -> None:
        self.graph = graph
        self.metrics = metrics
        self._known: dict[tuple[int, ...], dict[str, Cost]] = {}
        """By the edges of paths, which are there for as long as the graph."""

    def costs(self, path: Path) -> dict[str, Cost]:
        """What a network costs by the metrics. It is built, unless it was before."""
        if not self.metrics:
            return {}
        key = tuple(map(id, path))
        if key not in self._known:
            draws = [draw for edge in path for draw in edge.draws]
            self._known[key] = self._built(draws)
        return self._known[key]

    def _built(self, draws: Sequence[Draw]) -> dict[str, Cost]:
        def drawing(file: NetworkFile, setting: Setting) -> DrawingBuilder:
            return DrawingBuilder(file, setting, Given(draws))

        network = build(self.graph.file, self.graph.setting, drawing)
        return {name: metric_of(network, name) for name in self.metrics}

    def fitting(self, paths: Iterable[Path], limits: Limits) -> Iterator[Path]:
        """Yield the networks within limits on the metrics.

        Raises TooManyError where none of many is.
        """
        over = 0
        for path in paths:
            if limits.fits(self.costs(path)):
                over = 0
                yield path
            else:
                over += 1
            if over >= MAX_BUILT:
                raise TooManyError(
                    f"none of the first {over:,} networks within the other limits is within those "
                    f"on {' and '.join(limits.metrics)}, for which each is built by itself",
                    hint="limit other metrics further, or draw samples: --sample",
                )

    def all_within(self, parts: Limits, limits: Limits) -> Iterator[Path]:
        """Yield the networks within limits on what is made of parts, and on the metrics."""
        zero = {state: [0] * len(edges) for state, edges in enumerate(self.graph.out)}
        paths = (own.path for own in best_first(self.graph, zero, parts))
        return self.fitting(paths, limits)


def too_many_to_build(metrics: Sequence[str], networks: int, what: str) -> TooManyError:
    """The error where an answer takes building all networks, and they are too many."""
    return TooManyError(
        f"a network has to be built for its {' and '.join(metrics)}: {what} would take building "
        f"{networks:,} networks, and at most {FEW} are",
        hint="limit other metrics further, or estimate: costcalc space --draws 2000",
    )
