"""Labels beside marks, on nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from costcalc.reports.plot.labels import Box, place

FRAME = Box(0, 0, 80, 24)


def cell(column, row):
    return Box(column, row, column + 1, row + 1)


def test_to_the_right_if_nothing_is_there():
    assert place([cell(10, 5)], [(4, 1)], FRAME) == [Box(11, 5, 15, 6)]


def test_to_the_left_at_the_right_end():
    assert place([cell(78, 5)], [(4, 1)], FRAME) == [Box(74, 5, 78, 6)]


def test_below_and_above_between_neighbours():
    marks = [cell(8, 5), cell(10, 5), cell(12, 5)]
    left, middle, right = place(marks, [(4, 1)] * 3, FRAME)
    assert left == Box(4, 5, 8, 6)
    assert right == Box(13, 5, 17, 6)
    assert middle == Box(8, 4, 12, 5)


def test_none_without_room():
    assert place([cell(0, 0)], [(4, 1)], Box(0, 0, 3, 1)) == [None]
    assert place([cell(10, 5)], [(4, 1)], FRAME, taken=[FRAME]) == [None]


def test_what_is_avoided_is_crossed_for_want_of_room():
    right = Box(13, 0, 14, 24)
    assert place([cell(10, 5)], [(4, 1)], FRAME, avoided=[right]) == [Box(6, 5, 10, 6)]
    assert place([cell(0, 0)], [(4, 1)], Box(0, 0, 80, 1), avoided=[FRAME]) == [Box(1, 0, 5, 1)]


def test_a_gap_to_what_it_does_not_name():
    # Right of the first, the label would touch the second mark.
    assert place([cell(10, 5), cell(15, 5)], [(4, 1)] * 2, FRAME, gap=1)[0] == Box(6, 5, 10, 6)
    assert place([cell(10, 5), cell(15, 5)], [(4, 1)] * 2, FRAME)[0] == Box(11, 5, 15, 6)


@given(
    st.lists(st.tuples(st.integers(0, 79), st.integers(0, 23)), max_size=30),
    st.integers(1, 10),
    st.integers(0, 2),
)
def test_no_label_meets_anything(cells, width, gap):
    marks = [cell(*at) for at in cells]
    boxes = place(marks, [(width, 1)] * len(marks), FRAME, gap=gap, reach=3)
    found = [box for box in boxes if box is not None]
    for number, box in enumerate(found):
        assert box.within(FRAME)
        assert not any(box.meets(other) for other in (*marks, *found[:number]))
