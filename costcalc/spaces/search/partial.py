"""Partial networks, state by state: which may still become one of the best within limits.

A label is what the path of a partial network loses and costs. Labels that others of their state
beat are left out, and so are those that prices prove to lose more than networks that are known: a
label-setting algorithm for the resource constrained shortest path problem, with Lagrange's bounds.

First only a few labels of each state are kept, so that good networks are known soon, and then more
and more, until none had to be left out that might have become better.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from costcalc.spaces.draws import TooManyError
from costcalc.spaces.levels import Array
from costcalc.spaces.search.dominance import unbeaten, unbeaten_by
from costcalc.spaces.search.prices import Bound, Problem, best_bound

FEW = 1 << 6
"""Labels of a state that are kept the first time."""
MORE = 4
"""Times as many are kept the next time."""
MAX_KEPT = 4_000_000
"""Labels of all states."""
MAX_MADE = 60_000_000
"""Labels that are looked at one time: some six seconds'."""
CHUNK = 1 << 19
"""Labels that are made at a time."""
COMPARED = 24
"""Labels that others are compared with, where there are several limits."""


class Found(NamedTuple):
    """A network: its loss and the edges of its path, by their numbers."""

    loss: int
    path: tuple[int, ...]


class _Labels(NamedTuple):
    """The labels of a state."""

    columns: Sequence[Array]
    """Losses, and the costs by each limit."""
    edge: Array
    """The last edge of each path."""
    before: Array
    """The place of the label before it, among those of the state where the edge begins."""

    def at(self, places: Array) -> _Labels:
        columns = [column[places] for column in self.columns]
        return _Labels(columns, self.edge[places], self.before[places])


def least(problem: Problem, count: int) -> list[Found]:
    """So many paths within the limits that lose least. Raises TooManyError."""
    if min(problem.limits, default=0) < 0:
        return []
    bound = best_bound(problem)
    found: list[Found] = []
    kept = FEW
    while True:
        search = _Pass(problem, bound, count, kept, found)
        found = sorted({*found, *search.run()})[:count]
        is_full = len(found) == count
        if search.is_whole or (is_full and found[-1].loss <= bound.least):
            return found
        kept *= MORE


class _Pass:
    """One way through all states, with at most so many labels kept of each."""

    def __init__(
        self, problem: Problem, bound: Bound, count: int, kept: int, known: Sequence[Found]
    ) -> None:
        """known: networks that were found before: only better ones are looked for."""
        self.problem = problem
        self.levels = problem.levels
        self.bound = bound
        self.count = count
        self.kept = kept
        self.most = known[-1].loss - 1 if len(known) == count else None
        """The largest loss that is of interest."""
        self.is_whole = True
        """Whether no label was left out that may be of interest."""
        self._made = self._total = 0
        self._random = np.random.default_rng(kept)
        self._labels: list[_Labels | None] = [None] * self.levels.states

    def run(self) -> list[Found]:
        edges = self._useful()
        ends = np.searchsorted(self.levels.target[edges], np.arange(self.levels.states + 1))
        zero = [np.zeros(1, dtype=own.dtype) for own in self._numbers]
        none = np.zeros(1, dtype=np.int32)
        self._labels[0] = _Labels(zero, none, none)
        for state in range(1, self.levels.states):
            own = edges[ends[state] : ends[state + 1]]
            if len(own):
                self._labels[state] = self._at(state, own)
        last = self._labels[-1]
        if last is None:
            return []
        order = np.lexsort(last.columns[::-1])[: self.count]
        return [Found(int(last.columns[0][place]), self._path(int(place))) for place in order]

    @property
    def _numbers(self) -> Sequence[Array]:
        return [self.problem.loss, *self.problem.costs]

    def _useful(self) -> Array:
        """The edges that a path of interest may have."""
        is_useful = np.ones(len(self.levels.edges), dtype=bool)
        ways = [(cost, limit) for cost, limit in zip(*self.problem[2:], strict=True)]
        if self.most is not None:
            ways.append((self.problem.loss, self.most))
            is_useful &= self.bound.through(self.levels) <= self.most
        for numbers, limit in ways:
            through = self.levels.ahead(numbers)[self.levels.source] + numbers
            is_useful &= (through <= limit).astype(bool)
        return np.flatnonzero(is_useful)

    def _at(self, state: int, edges: Array) -> _Labels | None:
        """The labels of a state that are kept."""
        labels: _Labels | None = None
        for made in self._reached(edges):
            labels = self._kept(state, made if labels is None else _joined(labels, made))
            if self._total + len(labels.edge) > MAX_KEPT or self._made > MAX_MADE:
                raise TooManyError(
                    f"more than {self._total:,} partial networks may still be among the best",
                    hint="tighter limits, or draw samples: --sample",
                )
        if labels is None:
            return None
        if len(labels.edge) > self.kept:
            labels = self._few(state, labels)
        self._total += len(labels.edge)
        return labels

    def _reached(self, edges: Array) -> Iterator[_Labels]:
        """The labels of all paths to a state by some edges, in chunks."""
        before = [self._labels[source] for source in self.levels.source[edges].tolist()]
        sizes = np.array([0 if own is None else len(own.edge) for own in before])
        ends = sizes.cumsum()
        self._made += int(ends[-1])
        starts = [0, *np.flatnonzero(np.diff(ends // CHUNK)) + 1, len(edges)]
        for start, stop in pairwise(starts):
            own = [labels for labels in before[start:stop] if labels is not None]
            if not own:
                continue
            size = sizes[start:stop]
            columns = [
                np.concatenate([labels.columns[place] for labels in own])
                + np.repeat(numbers[edges[start:stop]], size)
                for place, numbers in enumerate(self._numbers)
            ]
            place = np.arange(len(columns[0])) - np.repeat(size.cumsum() - size, size)
            yield _Labels(
                columns,
                np.repeat(edges[start:stop], size).astype(np.int32),
                place.astype(np.int32),
            )

    def _kept(self, state: int, labels: _Labels) -> _Labels:
        """Those labels that may be of interest, and that not so many others beat."""
        loss, *costs = labels.columns
        is_open = np.ones(len(loss), dtype=bool)
        for cost, limit in zip(costs, self.problem.limits, strict=True):
            is_open &= (cost <= limit).astype(bool)
        if self.most is not None:
            is_open &= (loss <= self.most).astype(bool)
            is_open &= self.bound.beyond(state, loss, costs) <= self.most
        if not is_open.all():
            labels = labels.at(np.flatnonzero(is_open))
        if len(costs) < 2:
            return labels.at(unbeaten(labels.columns, self.count))
        promise = self.bound.beyond(state, labels.columns[0], labels.columns[1:])
        some = np.argsort(promise, kind="stable")[:COMPARED]
        return labels.at(unbeaten_by(labels.columns, some, self.count))

    def _few(self, state: int, labels: _Labels) -> _Labels:
        """Those labels that promise most, of equal ones any."""
        self.is_whole = False
        loss, *costs = labels.columns
        promise = np.rint(self.bound.beyond(state, loss, costs))
        if promise.min() == promise.max():
            half = np.argsort(loss, kind="stable")[: self.kept // 2]
            rest = self._random.permutation(len(loss))[: self.kept - len(half)]
            return labels.at(np.union1d(half, rest))
        return labels.at(np.sort(np.lexsort((loss, promise))[: self.kept]))

    def _path(self, place: int) -> tuple[int, ...]:
        path: list[int] = []
        state = self.levels.states - 1
        while state:
            labels = self._labels[state]
            assert labels is not None
            path.append(int(labels.edge[place]))
            place = int(labels.before[place])
            state = int(self.levels.source[path[-1]])
        return tuple(reversed(path))


def _joined(some: _Labels, others: _Labels) -> _Labels:
    pairs = zip(some.columns, others.columns, strict=True)
    return _Labels(
        [np.concatenate(own) for own in pairs],
        np.concatenate([some.edge, others.edge]),
        np.concatenate([some.before, others.before]),
    )
