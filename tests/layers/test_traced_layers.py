"""A formula means the same for ints and for traced numbers.

Shapes and costs of every layer type: at each point that a trace serves, and over a grid, they are
what ints give there. Ints are compared with the counters of cases/ in `test_cases`.
"""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from layers.cases import TYPES
from layers.cases.asking import by_class, layer_of, outcome
from layers.cases.base import METRICS, Case, Form, Numbers
from layers.cases.drawing import forms, make, sides, widths
from support.traced_numbers import FAULT, check_points, numbers_of, over, plainly, served_at

from costcalc.errors import CostcalcError
from costcalc.layers import LAYERS
from costcalc.numeric.trace import Knob, OpenTrace, Trace
from costcalc.numeric.traced import knobs_of
from costcalc.shapes import TensorShape, axis_names

Values = dict[str, Any]


def sides_of(out):
    """The number of channels and of places along each side, by name."""
    return dict(zip(axis_names(len(out.sides)), out, strict=True))


def evaluate(type: str, case: Case) -> Values:
    """Output shape and costs, of whatever kind the case's numbers are."""
    layer = layer_of(type, case)
    maps = [TensorShape(x[0], x[1:]) for x in case.maps]
    out = layer.output(*maps)
    costs = {name: getattr(layer, name)(out, *maps) for name in METRICS}
    return {**sides_of(out), **costs}


def check_grid(type: str, form: Form, wide: list[Numbers], long: list[Numbers]) -> None:
    """Widths along the first axis, sides along the second, where all fit."""
    for numbers in ({**w, **s} for w in wide for s in long):
        assume(outcome(by_class, type, make(type, form, numbers)) is not None)
    check_any_grid(type, form, wide, long)


def check_any_grid(type: str, form: Form, wide: list[Numbers], long: list[Numbers]) -> None:
    """And where some do not fit: they are refused over the grid too."""
    knobs = [(name, axis) for axis, points in enumerate((wide, long)) for name in points[0]]
    lists = [[point[name] for point in (wide, long)[axis]] for name, axis in knobs]

    def compute(*numbers: Any) -> Values:
        named = {name: number for (name, _), number in zip(knobs, numbers, strict=True)}
        return evaluate(type, make(type, form, named))

    check_points(lists, [axis for _, axis in knobs], compute)


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_grid_is_its_points(type: str, data: st.DataObject) -> None:
    form = data.draw(forms(type))
    wide = data.draw(st.lists(widths(type, form), min_size=1, max_size=3))
    long = data.draw(st.lists(sides(type, form), min_size=1, max_size=3))
    check_grid(type, form, wide, long)


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_grid_on_which_some_do_not_fit(type: str, data: st.DataObject) -> None:
    """Widths and sides are drawn for themselves, and one of them is another number at one place."""
    form = data.draw(forms(type))
    wide = data.draw(st.lists(widths(type, form), min_size=1, max_size=3))
    long = data.draw(st.lists(sides(type, form), min_size=1, max_size=3))
    points = data.draw(st.sampled_from([wide, long]))
    point = data.draw(st.sampled_from(points))
    if point:
        point[data.draw(st.sampled_from(sorted(point)))] = data.draw(st.integers(1, 7))
    check_any_grid(type, form, wide, long)


def check_some(type: str, form: Form, numbers: Numbers, names: list[str]) -> None:
    """Some of the numbers are knobs, the others as they are."""
    assume(outcome(by_class, type, make(type, form, numbers)) is not None)

    def compute(*own: Any) -> Values:
        return evaluate(type, make(type, form, {**numbers, **dict(zip(names, own, strict=True))}))

    check_points([[numbers[name]] for name in names], [0] * len(names), compute)


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_what_is_traced_gives_the_number(type: str, data: st.DataObject) -> None:
    form = data.draw(forms(type))
    numbers = {**data.draw(widths(type, form)), **data.draw(sides(type, form))}
    known = data.draw(st.sets(st.sampled_from(sorted(numbers))) | st.just(set()))
    check_some(type, form, numbers, sorted(set(numbers) - known))


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_ten_thousand_million_channels_are_exact(type: str, data: st.DataObject) -> None:
    """Past the 53 bits of a float and the 63 of an int64, in ints, over a grid, and traced."""
    form = data.draw(forms(type))
    wide = data.draw(st.lists(widths(type, form, 10**10), min_size=2, max_size=2))
    long = [data.draw(sides(type, form))]
    check_grid(type, form, wide, long)
    check_some(type, form, {**wide[0], **long[0]}, sorted({**wide[0], **long[0]}))


def test_a_convolution_of_ten_thousand_million_channels() -> None:
    n = 10**10 + 1
    layer = LAYERS["conv2d"](out_channels=n, kernel_size=3)
    x = TensorShape(n, (5, 7))
    out = layer.output(x)
    assert layer.macs(out, x) == 9 * 35 * (10**20 + 2 * 10**10 + 1)
    assert layer.params(out, x) == 9 * (10**20 + 2 * 10**10 + 1) + 10**10 + 1
    assert layer.other_ops(out, x) == layer.activations(out, x) == 35 * 10**10 + 35


# Where a check or a choice once saw a kind of number that it did not expect.


KINDS = pytest.mark.parametrize("kind", [Trace, OpenTrace])


@KINDS
def test_a_gate_of_traced_sides_spreads_over_its_map(kind: type[Trace]) -> None:
    trace, numbers = numbers_of((8, 7, 7), [[8, 16], [7, 1], [7, 2]], kind)
    x = TensorShape(numbers[0], numbers[1:])
    gate = TensorShape(x.channels, (1, 1))
    for maps in ((x, gate), (gate, x)):
        out = LAYERS["multiply"]().output(*maps)
        assert all(a is b for a, b in zip(out, x, strict=True))
    assert all(served_at(trace, [[8, 16], [7, 1], [7, 2]]))


@KINDS
def test_a_side_of_one_spreads_point_by_point(kind: type[Trace]) -> None:
    trace, (one, other) = numbers_of((1, 7), [[1, 3, 5], [7, 3, 1]], kind)
    x, y = TensorShape(8, (one, 4)), TensorShape(1, (other, 4))
    out = LAYERS["multiply"]().output(x, y)
    assert (out.channels, out.width) == (8, 4)
    for pair in ((1, 7), (3, 3), (5, 1)):
        lists = [[side] for side in pair]
        assert over(trace, lists, out.height).tolist() == [[max(pair)]]
    # What does not fit is told apart.
    assert served_at(trace, [[1, 3, 5], [7, 3, 2]]) == [
        *(True, True, True),
        *(False, True, False),
        *(False, False, False),
    ]


def test_sides_that_spread_over_a_grid() -> None:
    def compute(one: Any, other: Any) -> Values:
        maps = TensorShape(8, (one, 4)), TensorShape(1, (other, 4))
        return sides_of(LAYERS["multiply"]().output(*maps))

    check_points([[1, 3, 5], [7, 3, 1]], [0, 0], compute)
    check_points([[1, 3, 5], [7, 3, 2]], [0, 0], compute)
    check_points([[1, 3, 5], [7, 3, 2]], [0, 1], compute)
    assert plainly(compute, (5, 2)) == FAULT


def test_maps_with_equal_widths_are_added() -> None:
    def compute(one: Any, other: Any) -> Values:
        return sides_of(
            LAYERS["add"]().output(TensorShape(one, (4, 4)), TensorShape(other, (4, 4)))
        )

    check_points([[8, 16], [8, 16]], [0, 0], compute)
    check_points([[8, 16], [8, 16]], [0, 1], compute)
    check_points([[8, 16], [9, 17]], [0, 0], compute)
    assert plainly(compute, (8, 9)) == FAULT
    _, numbers = numbers_of((8, 9), [[8, 16], [9, 17]])
    with pytest.raises(CostcalcError, match="add needs maps of one shape"):
        compute(*numbers)


def knob(value: int, least: int) -> Any:
    """A traced whole number that is never below `least`."""
    return knobs_of(Trace({"n": Knob(value, True, least, False)}))["n"]


@pytest.mark.parametrize("one", [1, knob(1, 1), knob(1, 0)])
def test_one_shared_slope_is_one_param(one: Any) -> None:
    layer, x = LAYERS["prelu"](num_parameters=one), TensorShape(8, (2, 2))
    params = layer.params(layer.output(x), x)
    assert str(params) == "1"


@pytest.mark.parametrize("none", [0, knob(0, 0)])
def test_output_padding_that_may_be_zero_goes_with_same(none: Any) -> None:
    layer = LAYERS["conv_transpose2d"](out_channels=3, kernel_size=3, output_padding=none)
    assert layer.output(TensorShape(3, (4, 4))).dims == (3, 4, 4)
