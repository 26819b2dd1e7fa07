"""What is wrong in a space: settings that make no network, by what they meet first."""

from __future__ import annotations

from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.spaces.paths import PathGraph


class Fault(NamedTuple):
    """What makes no network, and how many settings it is met in first."""

    error: CostcalcError
    settings: int


def faults_of(graph: PathGraph) -> list[Fault]:
    """What makes no network, the most frequent first."""
    rest = [0] * len(graph.out)
    rest[graph.faulty] = 1
    for state in range(graph.end - 1, -1, -1):
        rest[state] = sum(rest[edge.target] for edge in graph.out[state])
    before = [0] * len(graph.out)
    before[0] = 1
    found: dict[object, Fault] = {}
    for state, edges in enumerate(graph.out):
        for edge in edges:
            before[edge.target] += before[state]
            if edge.error is not None:
                many = before[state] * rest[edge.target]
                known = found.get(edge.error.key)
                found[edge.error.key] = Fault(
                    known.error if known else edge.error,
                    many + (known.settings if known else 0),
                )
    return sorted(found.values(), key=lambda fault: -fault.settings)
