"""Limits on the networks of a space: bounds on sums, and on maxima that each edge meets or not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from math import ceil, floor
from typing import Any, NamedTuple

from costcalc.graph.setting import Setting
from costcalc.metrics import METRICS
from costcalc.spaces.paths import Cost, Edge, PathGraph
from costcalc.spaces.weights import Live, live


def is_sum(metric: str) -> bool:
    """Whether a network's value is the sum of its parts'."""
    return METRICS[metric].reduce is sum


def is_of_parts(metric: str, setting: Setting, *, has_bits: bool) -> bool:
    """Whether a network's value is made of its items': their sum, or the largest of them.

    has_bits: whether bits are said of layers. Those that read a map decide in how many it is held.
    """
    record = METRICS[metric]
    convention = setting.accounting.convention
    if record.needs_convention and convention is not None:
        # Some params are added once where there is a layer of a type.
        is_once = metric == "convention_params" and bool(convention.once)
        if is_once or convention.is_of_neighbours:
            return False
    in_one_form = metric.endswith(("_macs", "_params"))
    if not (record.is_of_layers or record.of_items or in_one_form):
        return False
    if has_bits and (record.unit == "byte" or record.needs_runtime or record.needs_device):
        return False
    # The best order is one of all items.
    return not (record.of_items and record.reduce is max) or setting.deployed.order == "written"


class Limits(NamedTuple):
    """At most so much, and at least so much, by metric."""

    most: Mapping[str, Any]
    least: Mapping[str, Any] = {}
    """Values of metrics, or whole costs as a graph of paths adds them up: see `in_parts`."""

    @property
    def metrics(self) -> list[str]:
        return list(dict.fromkeys([*self.most, *self.least]))

    def __bool__(self) -> bool:
        return bool(self.most or self.least)

    def fits(self, costs: Mapping[str, Cost]) -> bool:
        """Whether costs by metric are within."""
        return all(costs[name] <= own for name, own in self.most.items()) and all(
            costs[name] >= own for name, own in self.least.items()
        )

    def split(self, walked: Collection[str]) -> tuple[Limits, Limits]:
        """Those on metrics that a walk adds up, and those on metrics of whole networks.

        What one of the latter is never below has its limit as well.
        """
        most = {name: own for name, own in self.most.items() if name in walked}
        for name, own in self.most.items():
            below = METRICS[name].at_least
            if name not in walked and below is not None and below in walked:
                most[below] = min(own, most.get(below, own))
        least = {name: own for name, own in self.least.items() if name in walked}
        return Limits(most, least), Limits(
            *(
                {name: own for name, own in limits.items() if name not in walked}
                for limits in (self.most, self.least)
            )
        )

    def in_parts(self, graph: PathGraph) -> Limits:
        """The same limits on costs as the graph adds them up."""
        parts = dict(zip(graph.metrics, graph.parts, strict=True))
        return Limits(
            {name: floor(own * parts[name]) for name, own in self.most.items()},
            {name: ceil(own * parts[name]) for name, own in self.least.items()},
        )


class Box(NamedTuple):
    """Paths of which each metric is at most so much: a term of a count."""

    sign: int
    paths: Live
    most: Mapping[int, int]
    """The largest sum by the metric's place in the costs of edges."""


def boxes(graph: PathGraph, limits: Limits) -> Iterator[Box]:
    """Terms whose counts, with their signs, add up to that of all within the limits.

    Those of at least so much are all but those of less.
    """
    terms: list[tuple[int, dict[str, int]]] = [(1, dict(limits.most))]
    for name, least in limits.least.items():
        for sign, most in list(terms):
            below = min(most.get(name, least - 1), least - 1)
            terms.append((-sign, {**most, name: below}))
    for sign, most in terms:
        sums = {graph.place(name): own for name, own in most.items() if is_sum(name)}
        yield Box(sign, within_maxima(graph, most), sums)


def within_maxima(graph: PathGraph, most: Mapping[str, int]) -> Live:
    """The paths on which no edge exceeds the limit of a metric that is a maximum."""
    maxima = {graph.place(name): own for name, own in most.items() if not is_sum(name)}

    def keeps(edge: Edge) -> bool:
        return all(edge.costs[place] <= own for place, own in maxima.items())

    return live(graph, keeps if maxima else None)
