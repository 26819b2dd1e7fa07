"""A score for each option of the choices of a space, such as a user's own proxy of accuracy.

    stage_1.kernel_size: {3: 0, 5: 0.4, 7: 0.5}       # of every copy
    stage_1[2].kernel_size: {3: 0, 5: 0.3, 7: 0.4}    # of the second copy

The score of a network is the sum over what is drawn. Options and choices that are left out add 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from costcalc import units
from costcalc.errors import Faults, Problems, nearest
from costcalc.language.files import read_text
from costcalc.language.yaml_nodes import compose, entries, problem, text_of
from costcalc.spaces.draws import Draw
from costcalc.spaces.labels import Labels, option_text
from costcalc.spaces.paths import Edge, PathGraph


class Score(NamedTuple):
    """What each edge adds, in parts of one."""

    values: Mapping[int, list[int]]
    """By the state that edges leave, beside `PathGraph.out`."""
    parts: int
    """How many parts are 1."""
    of_edges: Mapping[int, int]
    """The values by the identities of edges."""

    def of(self, path: Sequence[Edge]) -> Fraction:
        return Fraction(sum(self.of_edges[id(edge)] for edge in path), self.parts)


def read_score(graph: PathGraph, labels: Labels, path: str) -> Score:
    """Read a score file, and add up what each edge of a space draws. Raises Problems."""
    text = read_text(path)
    found = Faults()
    root = compose(text, path, found, "score")
    known: dict[str, set[str]] = {}
    for edges in graph.out:
        for edge in edges:
            for draw in edge.draws:
                for name in (labels.of(draw), labels.of(draw, copies=False)):
                    options = known.setdefault(name, set())
                    options.update(text_of(option.node) for option in draw.choice.options)
    given: dict[str, dict[str, Fraction]] = {}
    for name, (key, node) in entries(path, root, "a score", found).items():
        if name not in known:
            hint = nearest(name, known) or "names are those of --sample 1"
            found.append(problem(path, key, f"the space has no choice '{name}'", hint))
            continue
        own = given[name] = {}
        for option, (option_key, value) in entries(path, node, name, found).items():
            if option not in known[name]:
                hint = f"its options are {', '.join(sorted(known[name])[:20])}"
                found.append(problem(path, option_key, f"{name} has no option '{option}'", hint))
            try:
                own[option] = Fraction(units.number(getattr(value, "value", "")))
            except (ValueError, TypeError) as error:
                found.append(problem(path, value, f"a score is a number: {error}"))
    if found:
        raise Problems(found)
    parts = lcm(*(score.denominator for own in given.values() for score in own.values()))
    values: dict[int, list[int]] = {}
    of_edges: dict[int, int] = {}
    for state, edges in enumerate(graph.out):
        values[state] = [
            int(sum((_score(given, labels, draw) for draw in edge.draws), Fraction(0)) * parts)
            for edge in edges
        ]
        of_edges.update(zip(map(id, edges), values[state], strict=True))
    return Score(values, parts, of_edges)


def _score(given: Mapping[str, Mapping[str, Fraction]], labels: Labels, draw: Draw) -> Fraction:
    for name in (labels.of(draw), labels.of(draw, copies=False)):
        if name in given:
            return given[name].get(option_text(draw), Fraction(0))
    return Fraction(0)
