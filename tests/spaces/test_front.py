"""Fronts of graphs of paths, against all their paths."""

import pytest
from support.path_graphs import costs_of, every_path, graph_of, random_paths

from costcalc.errors import CostcalcError
from costcalc.spaces.draws import TooManyError
from costcalc.spaces.limits import Limits
from costcalc.spaces.search import front
from costcalc.spaces.search.front import pareto
from costcalc.spaces.weights import live

METRICS = ("macs", "params", "activations")


def beats(some, other):
    return some != other and all(a <= b for a, b in zip(some, other, strict=True))


@pytest.mark.parametrize("metrics", [("macs",), ("params", "macs"), METRICS])
@pytest.mark.parametrize("limits", [{}, {"activations": 0.4}, {"macs": 0.3, "params": 0.7}])
@pytest.mark.parametrize("has_values", [False, True])
def test_a_front_is_what_no_other_path_beats(metrics, limits, has_values):
    for seed in range(8):
        graph = graph_of(random_paths(seed, unit=10**30 if seed > 5 else 1))
        values = {
            state: [(7 * place + 3 * state) % 5 - 2 for place in range(len(edges))]
            for state, edges in enumerate(graph.out)
        }
        value_of = {
            id(edge): value
            for state, edges in enumerate(graph.out)
            for edge, value in zip(edges, values[state], strict=True)
        }

        def numbers(path, value_of=value_of):
            own = dict(zip(METRICS, costs_of(path), strict=True))
            asked = tuple(own[name] for name in metrics)
            return (*asked, -sum(value_of[id(edge)] for edge in path)) if has_values else asked

        every = list(every_path(live(graph)))
        sums = [dict(zip(METRICS, costs_of(path), strict=True)) for path in every]
        most = {
            name: sorted(own[name] for own in sums)[int(part * (len(sums) - 1))]
            for name, part in limits.items()
        }
        fitting = {
            numbers(path) for path, own in zip(every, sums, strict=True) if Limits(most).fits(own)
        }
        by_hand = sorted(own for own in fitting if not any(beats(o, own) for o in fitting))
        found = pareto(graph, metrics, Limits(most), values if has_values else None)
        assert [numbers(path) for path in found] == by_hand
        assert all(
            Limits(most).fits(dict(zip(METRICS, costs_of(path), strict=True))) for path in found
        )


def test_what_a_front_cannot_take_is_said(monkeypatch):
    graph = graph_of(random_paths(0))
    with pytest.raises(CostcalcError, match="a front takes limits from above alone"):
        pareto(graph, ["macs"], Limits({}, {"macs": 3}))
    monkeypatch.setattr(front, "MAX_POINTS", 3)
    with pytest.raises(TooManyError, match="more than 3 partial networks may be on the front"):
        pareto(graph, METRICS, Limits({}))


def test_fewer_are_compared_where_they_have_more_than_three_numbers(monkeypatch):
    graph = graph_of(random_paths(0))
    values = {state: [0] * len(edges) for state, edges in enumerate(graph.out)}
    monkeypatch.setattr(front, "MAX_COMPARED", 3)
    assert pareto(graph, METRICS, Limits({}))
    with pytest.raises(TooManyError, match="more than 3 partial networks may be on the front"):
        pareto(graph, METRICS, Limits({}), values)
