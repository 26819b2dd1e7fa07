"""The search over graphs of paths, against all their paths."""

from collections import Counter
from random import Random

import numpy as np
import pytest
from support.path_graphs import costs_of, every_path, random_paths

from costcalc.spaces.draws import TooManyError
from costcalc.spaces.levels import Levels
from costcalc.spaces.paths import Edge
from costcalc.spaces.search import attained, partial
from costcalc.spaces.search.attained import TooManySumsError, largest_within
from costcalc.spaces.search.dominance import unbeaten, unbeaten_by
from costcalc.spaces.search.one_by_one import one_by_one
from costcalc.spaces.search.prices import Problem, best_bound
from costcalc.spaces.weights import Live

UNITS = [1, 10**30]
"""Of costs: such as fit in 64 bits, and such as do not."""
SEEDS = range(12)


def problem_of(paths, limits):
    """Paths with most of the last cost are looked for, with limits on the others.

    Returns the largest sum, and what a step of its loss is, beside the problem.
    """
    levels = Levels(paths)
    costs = [
        levels.reduced(levels.array(sign * edge.costs[place] for edge in levels.edges))
        for place, sign in enumerate([1] * len(limits))
    ]
    loss = levels.reduced(levels.array(-edge.costs[-1] for edge in levels.edges))
    most = [own.steps_within(limit) for own, limit in zip(costs, limits, strict=True)]
    numbers = [own.numbers for own in costs]
    return Problem(levels, loss.numbers, numbers, most), -loss.base, loss.step


def limits_of(sums, count, part):
    """Such that a part of all paths is within each."""
    columns = zip(*sums, strict=True)
    return [sorted(column)[int(part * (len(sums) - 1))] for column in list(columns)[:count]]


def fits(sums, limits):
    return all(own <= limit for own, limit in zip(sums, limits, strict=False))


def best_of(sums, limits):
    return sorted((own[-1] for own in sums if fits(own, limits)), reverse=True)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("limited", [0, 1, 2])
def test_the_best_paths_are_found(unit, count, limited, monkeypatch):
    """Also where but one partial path of each state is kept at first."""
    monkeypatch.setattr(partial, "FEW", 1)
    for seed in SEEDS:
        paths = random_paths(seed, unit=unit)
        sums = [costs_of(path) for path in every_path(paths)]
        for part in (0, 0.2, 0.6):
            limits = limits_of(sums, limited, part)
            problem, most, step = problem_of(paths, limits)
            found = partial.least(problem, count)
            chosen = [tuple(problem.levels.edges[n] for n in own.path) for own in found]
            assert len({own.path for own in found}) == len(found)
            values = [costs_of(path)[-1] for path in chosen]
            assert values == best_of(sums, limits)[:count]
            assert values == [most - own.loss * step for own in found]
            assert all(fits(costs_of(path), limits) for path in chosen)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("limited", [0, 1, 2])
def test_all_paths_are_found_one_by_one(unit, limited):
    for seed in SEEDS:
        paths = random_paths(seed, unit=unit)
        sums = [costs_of(path) for path in every_path(paths)]
        limits = limits_of(sums, limited, 0.6)
        problem, most, step = problem_of(paths, limits)
        found = list(one_by_one(problem))
        assert len({path for _, path in found}) == len(found)
        assert [most - loss * step for loss, _ in found] == best_of(sums, limits)
        edges = problem.levels.edges
        assert [costs_of(tuple(edges[n] for n in path))[-1] for _, path in found] == [
            most - loss * step for loss, _ in found
        ]


@pytest.mark.parametrize("unit", UNITS)
def test_no_path_within_limits_is_better_than_prices_prove(unit):
    gaps = Counter()
    for seed in SEEDS:
        paths = random_paths(seed, unit=unit)
        every = list(every_path(paths))
        sums = [costs_of(path) for path in every]
        for limited in (1, 2):
            limits = limits_of(sums, limited, 0.4)
            problem, most, step = problem_of(paths, limits)
            bound = best_bound(problem)
            through = bound.through(problem.levels)
            fitting = {
                p: (most - costs_of(p)[-1]) // step for p in every if fits(costs_of(p), limits)
            }
            least = min(fitting.values(), default=None)
            if least is None:
                continue
            assert bound.least <= least
            gaps[(least - bound.least) * step // unit] += 1
            for number, edge in enumerate(problem.levels.edges):
                own = [loss for path, loss in fitting.items() if edge in path]
                assert not own or through[number] <= min(own)
            for path, loss in fitting.items():
                check_bounds_behind(problem, bound, path, loss)
    assert gaps[0] + gaps[1] > sum(gaps.values()) / 3


@pytest.mark.parametrize("limited", [1, 2])
def test_prices_prove_half_of_what_limits_take(limited):
    """Along a chain, where each state adds options of its own."""
    random = Random(3)
    into = [[]] + [
        [Edge(state, state + 1, (), (), (*random.choices(range(40), k=3),)) for _ in range(4)]
        for state in range(6)
    ]
    paths = Live(None, into)
    sums = [costs_of(path) for path in every_path(paths)]
    limits = limits_of(sums, limited, 0.2)
    problem, most, step = problem_of(paths, limits)
    lost = (most - best_of(sums, limits)[0]) // step
    assert lost / 2 < best_bound(problem).least <= lost


def check_bounds_behind(problem, bound, path, loss):
    """No part of a path is proven to lose more than the path does."""
    numbers = [problem.levels.edges.index(edge) for edge in path]
    for length in range(1, len(path)):
        own, *costs = (
            np.array([column[numbers[:length]].sum()]) for column in (problem.loss, *problem.costs)
        )
        assert bound.beyond(path[length - 1].target, own, costs)[0] <= loss


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("times", [1, 3])
def test_rows_that_others_beat(columns, times):
    random = Random(columns)
    for size in (1, 7, 40, 400):
        rows = [tuple(random.choices(range(size // 4 + 2), k=columns)) for _ in range(size)]
        beaten = [
            sum(
                all(a <= b for a, b in zip(other, own, strict=True))
                and (other != own or at < place)
                for at, other in enumerate(rows)
            )
            for place, own in enumerate(rows)
        ]
        arrays = [np.array(column) for column in zip(*rows, strict=True)]
        kept = unbeaten(arrays, times)
        assert sorted(rows[place] for place in kept) == [rows[place] for place in kept]
        by_hand = {place for place, many in enumerate(beaten) if many < times}
        # Of two columns, layers are kept: they have all that is unbeaten, and some more.
        assert set(kept) == by_hand or (columns == 2 and times > 1 and set(kept) > by_hand)
        assert len(kept) < 4 * len(by_hand) + 2
        assert set(unbeaten_by(arrays, np.arange(size), times)) == by_hand


def test_sums_over_levels_are_those_over_all_paths():
    for seed in SEEDS:
        paths = random_paths(seed)
        levels = Levels(paths)
        own = levels.array(edge.costs[0] for edge in levels.edges)
        least = min(costs_of(path)[0] for path in every_path(paths))
        assert levels.ahead(own)[-1] == levels.back(own)[0] == least
        reduced = levels.reduced(own)
        for path in every_path(paths):
            numbers = sum(int(reduced.numbers[levels.edges.index(edge)]) for edge in path)
            assert reduced.base + reduced.step * numbers == costs_of(path)[0]
        shortest = levels.shortest(own, levels.back(own))
        assert sum(int(own[edge]) for edge in shortest) == least


def test_numbers_become_larger_than_64_bits_where_their_sums_do():
    levels = Levels(random_paths(1))
    edges = len(levels.edges)
    assert levels.array([2**62 // levels.length - 1] * edges).dtype == np.int64
    assert levels.array([2**62 // levels.length + 1] * edges).dtype == object
    assert levels.array([-(2**63)] * edges).dtype == object


@pytest.mark.parametrize("others", [False, True])
def test_the_largest_sums_that_are_attained(others):
    for seed in SEEDS:
        paths = random_paths(seed)
        sums = [costs_of(path) for path in every_path(paths)]
        for part in (0, 0.3, 1):
            most, other, _ = limits_of(sums, 3, part)
            found = list(largest_within(paths, 0, most, {1: other} if others else {}))
            within = [own for own in sums if fits(own, (most, other) if others else (most,))]
            assert [cost for _, cost in found] == sorted((own[0] for own in within), reverse=True)
            assert Counter(costs_of(path) for path, _ in found) == Counter(within)


def test_too_many_sums_are_said(monkeypatch):
    paths = random_paths(0)
    monkeypatch.setattr(attained, "MAX_BITS", 30)
    with pytest.raises(TooManySumsError, match="different sizes are too many to keep"):
        next(largest_within(paths, 0, 30, {}))
    monkeypatch.setattr(attained, "MAX_BITS", 10**6)
    monkeypatch.setattr(attained, "MAX_FOLLOWED", 3)
    with pytest.raises(TooManyError, match="more than 3 partial networks of the largest size"):
        list(largest_within(paths, 0, 30, {1: 10**6}))


@pytest.mark.parametrize("limit", ["MAX_KEPT", "MAX_MADE"])
def test_too_many_partial_networks_are_said(monkeypatch, limit):
    monkeypatch.setattr(partial, limit, 10)
    monkeypatch.setattr("costcalc.spaces.search.one_by_one.MAX_WAITING", 10)
    paths = random_paths(0, states=9)
    sums = [costs_of(path) for path in every_path(paths)]
    problem, _, _ = problem_of(paths, limits_of(sums, 1, 0.5))
    with pytest.raises(
        TooManyError, match="partial networks may still be among the best"
    ) as caught:
        partial.least(problem, 50)
    assert "--sample" in caught.value.hint
