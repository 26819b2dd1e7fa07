"""Tables of sums over graphs of paths, against all their paths."""

from itertools import product
from math import comb, prod

import pytest
from support.path_graphs import costs_of, every_path, graph_of, random_paths

from costcalc.spaces.limits import Box
from costcalc.spaces.paths import Edge
from costcalc.spaces.tables import count, tables
from costcalc.spaces.tables.buckets import Buckets
from costcalc.spaces.tables.numbers import Numbers
from costcalc.spaces.weights import Live, excess, live, rounded, weigh

SEEDS = range(6)
WAYS = {
    "dictionaries": {"MAX_ENTRIES": 10**9},
    "arrays": {"MAX_ENTRIES": -1},
    "arrays in chunks": {"MAX_ENTRIES": -1, "CHUNK": 3},
    "larger arrays": {"MAX_ENTRIES": -1, "INT32": 4},
    "residues": {"MAX_ENTRIES": -1, "INT64": 4},
}
"""Each way to count, forced by what is allowed."""


def sums_of(paths):
    return [costs_of(path) for path in every_path(paths)]


@pytest.mark.parametrize("way", WAYS)
def test_sums_within_any_limit_are_counted(way, monkeypatch):
    for name, value in WAYS[way].items():
        monkeypatch.setattr(tables, name, value)
    for seed in SEEDS:
        paths = random_paths(seed)
        own = [sums[0] for sums in sums_of(paths)]
        axis = excess(paths, 0)
        weighed = weigh(paths, axis.numbers)
        assert (axis.base, weighed.total) == (min(own), len(own))
        for limit in range(min(own) - 2, max(own) + 3):
            counted = tables.count(weighed, axis.steps_within(limit))
            assert counted == sum(value <= limit for value in own)


def test_what_counting_takes_is_planned():
    for seed in SEEDS:
        paths = random_paths(seed)
        weighed = weigh(paths, excess(paths, 0).numbers)
        for limit in (weighed.most[-1] // 4, weighed.most[-1] // 2):
            found = tables.plan(weighed, limit)
            for state, band in enumerate(found.bands):
                before = [
                    sum(excess_of(paths, edge) for edge in path)
                    for path in every_path(paths, state)
                ]
                behind = weighed.rest_least[state], weighed.rest_most[state]
                is_open = [
                    own
                    for own in before
                    if own + behind[0] <= limit and (state == 0 or own + behind[1] > limit)
                ]
                assert all(band.low <= own < band.low + band.size for own in is_open)
            assert found.paths <= max(weighed.paths)
            assert found.bytes <= 8 * sum(band.size for band in found.bands)
            for state, edges in enumerate(paths.into):
                at_once = {state, *(edge.source for edge in edges)}
                assert found.bytes >= 8 * sum(found.bands[own].size for own in at_once)


def excess_of(paths, edge):
    """What an edge costs more than it must, in steps."""
    state = edge.target
    return excess(paths, 0).numbers[state][paths.into[state].index(edge)]


@pytest.mark.parametrize("length", [14, 20, 40, 70, 120])
def test_more_paths_than_numbers_of_some_bits_hold(length, monkeypatch):
    """Of 32 bits, of 64, and more: each step has 3 edges that cost nothing, and 2 that cost 1."""
    monkeypatch.setattr(tables, "MAX_ENTRIES", -1)
    paths = Live(
        None,
        [[], *([Edge(at, at + 1, (), (), (n % 2,)) for n in range(5)] for at in range(length))],
    )
    weighed = weigh(paths, excess(paths, 0).numbers)
    assert weighed.total == 5**length
    for limit in (0, length // 4, length // 2, length - 1):
        exact = sum(
            comb(length, ones) * 2**ones * 3 ** (length - ones) for ones in range(limit + 1)
        )
        assert tables.count(weighed, limit) == exact


def test_residues_join_to_the_number_that_leaves_them():
    number = 10**40 + 12345
    primes = tables._primes(number)
    assert primes[:3] == [2**31 - 1, 2**31 - 19, 2**31 - 61]
    assert 2**64 * prod(primes[:-1]) <= number < 2**64 * prod(primes)
    moduli = [2**64, *primes]
    assert tables._joined([(own, number % own) for own in moduli]) == number


def test_counts_are_bounded_where_tables_would_be_too_large(monkeypatch):
    """By rounded sums of one metric, and of two."""
    monkeypatch.setattr(count, "MAX_ENTRIES", -1)
    monkeypatch.setattr(count, "BUCKETS", (4,))
    monkeypatch.setattr(tables, "MAX_ENTRIES", -1)
    monkeypatch.setattr(tables, "MAX_ADDITIONS", -1)
    monkeypatch.setattr(
        Buckets.__init__, "__kwdefaults__", {"up": False, "most": 4, "by_chance": 0}
    )
    apart = 0
    for seed in SEEDS:
        paths = random_paths(seed)
        sums = sums_of(paths)
        for part, places in product((0, 0.3, 0.8), ((0,), (0, 1))):
            most = {
                at: sorted(own[at] for own in sums)[int(part * (len(sums) - 1))] for at in places
            }
            exact = sum(all(own[at] <= limit for at, limit in most.items()) for own in sums)
            found = count._count(Box(1, paths, most))
            assert found.least <= exact <= found.most
            apart += not found.is_exact
    assert apart > 5


def test_edges_on_no_path_to_a_network_are_left_out():
    for seed in SEEDS:
        paths = random_paths(seed)
        graph = graph_of(paths)
        assert [set(edges) for edges in live(graph).into] == [set(edges) for edges in paths.into]
        kept = live(graph, lambda edge: edge.costs[1] != 0)
        every = {path for path in every_path(paths) if all(edge.costs[1] for edge in path)}
        assert set(every_path(kept)) == every
        assert {edge for edges in kept.into for edge in edges} == {
            e for path in every for e in path
        }


def test_numbers_are_of_one_path_each_in_the_order_of_options():
    for seed in SEEDS:
        graph = graph_of(random_paths(seed))
        numbers = Numbers(graph)
        places = {id(edge): place for edges in graph.out for place, edge in enumerate(edges)}
        found = [numbers.path(number) for number in range(1, numbers.total + 1)]
        order = [[places[id(edge)] for edge in path] for path in found]
        assert order == sorted(order)
        assert len(set(map(tuple, order))) == len(sums_of(live(graph))) == numbers.total
        assert [numbers.number(path) for path in found] == list(range(1, numbers.total + 1))


def test_numbers_are_rounded_to_whole_buckets():
    assert rounded([[0, 1, 3, 4, 5]], 4, up=False) == [[0, 0, 0, 1, 1]]
    assert rounded([[0, 1, 3, 4, 5]], 4, up=True) == [[0, 1, 1, 1, 2]]
