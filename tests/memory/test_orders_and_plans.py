"""Peaks, orders and plans are those that trying everything finds."""

import pytest
from hypothesis import given, settings
from memory.drawn_networks import Drawn, Op, drawn, least_arena, orders, peak_of

import costcalc
from costcalc.api import Model
from costcalc.language.network_file import NetworkFile
from costcalc.memory.arena import largest_first, overlaps, placed, top
from costcalc.memory.deployment import Deployed
from costcalc.memory.figures import Figures
from costcalc.memory.lifetimes import Lifetimes
from costcalc.memory.order import Search
from costcalc.memory.peak import live_bytes, peak, terms
from costcalc.memory.plan import best_plan, greedy_plan

FEW = settings(deadline=None, max_examples=60)


RUNTIMES = [
    {"in_place": in_place, "zero_copy_concat": zero_copy}
    for in_place in (False, True)
    for zero_copy in (False, True)
]


@FEW
@given(drawn())
def test_a_peak_is_what_a_walk_through_the_order_finds(network):
    for runtime in RUNTIMES:
        lifetimes = Lifetimes(Deployed(network.network(**runtime)))
        assert peak(lifetimes) == peak_of(network, network.ops, **runtime)
        assert peak(lifetimes) == max(terms(lifetimes))


@FEW
@given(drawn())
def test_the_best_order_is_the_best_of_all(network):
    for runtime in RUNTIMES:
        program = Deployed(network.network(**runtime, order="best"))
        least = min(peak_of(network, order, **runtime) for order in orders(network))
        found = Search(program, [map_.size for map_ in program.maps]).best()
        assert found.is_best
        assert found.peak == least == Figures(program).peak
        assert peak(Lifetimes(program, found.operations)) == least


@FEW
@given(drawn(most=5))
def test_plans_lie_between_the_bound_and_the_greedy_one(network):
    lifetimes = Lifetimes(Deployed(network.network(alignment=1, planner="best")))
    plan, greedy = best_plan(lifetimes), greedy_plan(lifetimes)
    sizes = [buffer.size for buffer in lifetimes.buffers]
    firsts = [buffer.first for buffer in lifetimes.buffers]
    lasts = [buffer.last for buffer in lifetimes.buffers]
    assert plan.bound == max(live_bytes(lifetimes.buffers, lifetimes.steps)) == peak(lifetimes)
    assert plan.bound <= plan.arena <= greedy.arena
    assert plan.arena == least_arena(sizes, firsts, lasts)
    for a in range(len(sizes)):
        for b in range(a):
            apart = firsts[a] > lasts[b] or firsts[b] > lasts[a]
            below = plan.offsets[a] + sizes[a] <= plan.offsets[b]
            assert apart or below or plan.offsets[b] + sizes[b] <= plan.offsets[a]


def test_the_greedy_planner_places_of_two_alike_the_later_first():
    near = overlaps([0, 1, 2], [1, 2, 2])
    assert largest_first([16, 16, 32]) == [2, 1, 0]
    assert placed([16, 16, 32], near, [2, 1, 0]) == [0, 32, 0]


def test_the_greedy_planner_takes_the_lowest_gap_that_is_large_enough():
    # Two are placed, at 0 and at 64: 48 bytes are free between them.
    near = overlaps([0, 0, 0, 0], [3, 3, 3, 3])
    assert placed([64, 16, 48, 32], near, [0, 1, 2, 3]) == [0, 64, 80, 128]
    near = overlaps([0, 1, 2], [1, 3, 3])
    sizes = [64, 48, 32]
    assert placed(sizes, near, [0, 1, 2]) == [0, 64, 0]
    assert top([0, 64, 0], sizes) == 112


def test_a_limit_of_states_leaves_the_order_of_the_text_and_says_so():
    items = "".join(
        f"  - pointwise_conv2d: {{name: {a}, from: [input], out_channels: {n}}}\n"
        f"  - pointwise_conv2d: {{name: {a}2, from: [{a}], out_channels: 1}}\n"
        for a, n in (("a", 9), ("b", 7), ("c", 8))
    )
    # All three are wide at once, as they are written.
    lines = items.splitlines(keepends=True)
    text = "input: [2, 1, 1]\noutputs: [a2, b2, c2]\nlayers:\n" + "".join(lines[::2] + lines[1::2])
    program = Deployed(Model(NetworkFile(text, "net.yaml"), None).cost().network)
    search = Search(program, [map_.size for map_ in program.maps])
    few = search.best(most_sets=1)
    assert (few.peak, few.is_best, [*few.operations]) == (26, False, [0, 1, 2, 3, 4, 5])
    assert few.least == 9  # the input and the narrowest, by which it would begin
    assert (search.best().peak, search.best().is_best) == (
        12,
        True,
    )


@pytest.mark.parametrize("net", ["densenet", "nasnet", "googlenet"])
def test_the_best_order_of_shipped_networks_is_found(net):
    program = Deployed(costcalc.load(net).cost().network)
    sizes = [map_.size for map_ in program.maps]
    found = Search(program, sizes).best()
    assert found.is_best
    assert peak(Lifetimes(program, found.operations)) == found.peak <= peak(Lifetimes(program))


def test_a_concat_without_copies_is_there_from_its_first_part_on():
    network = Drawn(
        4,
        [
            Op("pointwise_conv2d", (0,), 1, 10),
            Op("pointwise_conv2d", (0,), 2, 20),
            Op("concat", (1, 2), 3, 30),
            Op("pointwise_conv2d", (3,), 4, 5),
        ],
        [4],
    )
    with_copies = Lifetimes(Deployed(network.network()))
    assert live_bytes(with_copies.buffers, 4) == [4, 14, 34, 60, 35]
    without = Lifetimes(Deployed(network.network(zero_copy_concat=True)))
    assert live_bytes(without.buffers, 4) == [4, 34, 34, 30, 35]
    assert [buffer.maps[-1].name for buffer in without.buffers] == ["input", "concat", "m4"]


def test_only_an_input_that_ends_is_overwritten():
    """In place, what is read again later keeps its memory, and so does what is handed on."""
    ops = [Op("relu", (0,), 1, 8), Op("relu", (1,), 2, 8), Op("add", (1, 2), 3, 8)]
    assert peak(Lifetimes(Deployed(Drawn(8, ops, [3]).network(in_place=True)))) == 16
    assert peak(Lifetimes(Deployed(Drawn(8, ops[:2], [1, 2]).network(in_place=True)))) == 16
    assert peak(Lifetimes(Deployed(Drawn(8, ops[:2], [2]).network(in_place=True)))) == 8
