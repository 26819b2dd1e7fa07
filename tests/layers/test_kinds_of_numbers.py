"""A formula means the same for ints, over a grid, and for symbols.

Shapes and costs of every layer type: over a grid they are at each point what ints give there, and
formulas of symbols give it once numbers are put in. Ints are compared with the counters of cases/
in `test_cases`.
"""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from layers.cases import TYPES
from layers.cases.asking import by_class, outcome
from layers.cases.base import METRICS, Case, Form, Numbers
from layers.cases.drawing import forms, make, sides, widths
from support.formula_readers import with_steps
from support.polynomials import put_in

from costcalc.errors import CostcalcError
from costcalc.layers import LAYERS
from costcalc.numeric.grid import Grid, SplitError, split
from costcalc.numeric.traced import Trace, form_of
from costcalc.shapes import FeatureMap

FROM_ZERO = ("before", "after", "more", "start")
"""What the names of numbers begin with that may be 0; all others are at least 1."""

Values = dict[str, Any]


def evaluate(type: str, case: Case) -> Values:
    """Output shape and costs, of whatever kind the case's numbers are."""
    layer = LAYERS[type](**case.fields)
    maps = [FeatureMap(*x) for x in case.maps]
    out = layer.output(*maps)
    costs = {name: getattr(layer, name)(out, *maps) for name in METRICS}
    return {**out._asdict(), **costs}


def at_point(type: str, form: Form, numbers: Numbers) -> Values:
    """The values for ints, where the layer fits."""
    case = make(type, form, numbers)
    assume(outcome(by_class, type, case) is not None)
    values = evaluate(type, case)
    assert all(isinstance(value, int) for value in values.values())
    return values


def check_grid(type: str, form: Form, wide: list[Numbers], long: list[Numbers]) -> None:
    """Widths along the first axis, sides along the second; in parts, where the layer differs."""
    expected = [[at_point(type, form, {**w, **s}) for s in long] for w in wide]
    waiting = [(list(range(len(wide))), list(range(len(long))))]
    while waiting:
        places = waiting.pop()
        grid = Grid(list(map(len, places)))
        numbers = {
            name: grid.axis(axis, [points[place][name] for place in places[axis]])
            for axis, points in enumerate((wide, long))
            for name in points[0]
        }
        try:
            values = evaluate(type, make(type, form, numbers))
        except SplitError as error:
            axis, groups = split(error.labels)
            for group in groups:
                own = [places[axis][place] for place in group]
                waiting.append((own, places[1]) if axis == 0 else (places[0], own))
            continue
        for name, value in values.items():
            here = [[expected[row][column][name] for column in places[1]] for row in places[0]]
            assert grid.values(value).tolist() == here, name


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_grid_is_its_points(type: str, data: st.DataObject) -> None:
    form = data.draw(forms(type))
    wide = data.draw(st.lists(widths(type, form), min_size=1, max_size=3))
    long = data.draw(st.lists(sides(type, form), min_size=1, max_size=3))
    check_grid(type, form, wide, long)


def traced(names: list[str]) -> Trace:
    """A trace over symbols, which stand for whole numbers."""
    return Trace(names, [name for name in names if not name.startswith(FROM_ZERO)], ())


def check_symbols(type: str, form: Form, numbers: Numbers, names: list[str]) -> None:
    """Some of the numbers as symbols, the others as they are."""
    expected = at_point(type, form, numbers)
    trace = traced(names)
    case = make(type, form, {**numbers, **{name: trace.knob(name) for name in names}})
    values = evaluate(type, case)
    point = with_steps(trace, {name: numbers[name] for name in names})
    for name, value in values.items():
        assert put_in(form_of(value), point) == expected[name], f"{name}: {value}"


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_an_expression_gives_the_number(type: str, data: st.DataObject) -> None:
    form = data.draw(forms(type))
    numbers = {**data.draw(widths(type, form)), **data.draw(sides(type, form))}
    known = data.draw(st.sets(st.sampled_from(sorted(numbers))) | st.just(set()))
    check_symbols(type, form, numbers, sorted(set(numbers) - known))


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_ten_thousand_million_channels_are_exact(type: str, data: st.DataObject) -> None:
    """Past the 53 bits of a float and the 63 of an int64, in ints, over a grid, and for symbols."""
    form = data.draw(forms(type))
    wide = data.draw(st.lists(widths(type, form, 10**10), min_size=2, max_size=2))
    long = [data.draw(sides(type, form))]
    check_grid(type, form, wide, long)
    check_symbols(type, form, {**wide[0], **long[0]}, sorted({**wide[0], **long[0]}))


def test_a_convolution_of_ten_thousand_million_channels() -> None:
    n = 10**10 + 1
    layer = LAYERS["conv2d"](out_channels=n, kernel_size=3)
    x = FeatureMap(n, 5, 7)
    out = layer.output(x)
    assert layer.macs(out, x) == 9 * 35 * (10**20 + 2 * 10**10 + 1)
    assert layer.params(out, x) == 9 * (10**20 + 2 * 10**10 + 1) + 10**10 + 1
    assert layer.other_ops(out, x) == layer.activations(out, x) == 35 * 10**10 + 35


# Where a check or a choice once saw a kind of number that it did not expect.


def test_a_gate_of_symbols_spreads_over_its_map() -> None:
    x = FeatureMap(*map(traced(["c", "h", "w"]).knob, "chw"))
    gate = FeatureMap(x.channels, 1, 1)
    for maps in ((x, gate), (gate, x)):
        assert LAYERS["multiply"]().output(*maps) == x


def test_a_side_of_one_spreads_point_by_point() -> None:
    grid = Grid([3])
    x, y = FeatureMap(8, grid.axis(0, [1, 3, 5]), 4), FeatureMap(1, grid.axis(0, [7, 3, 1]), 4)
    out = LAYERS["multiply"]().output(x, y)
    assert (out.channels, out.width) == (8, 4)
    assert grid.values(out.height).tolist() == [7, 3, 5]
    with pytest.raises(SplitError) as caught:  # the last does not fit, and is told apart
        LAYERS["multiply"]().output(x, FeatureMap(1, grid.axis(0, [7, 3, 2]), 4))
    assert split(caught.value.labels) == (0, [[0, 1], [2]])


def test_maps_with_equal_widths_over_a_grid_are_added() -> None:
    grid = Grid([2])
    maps = [FeatureMap(grid.axis(0, [8, 16]), 4, 4) for _ in range(2)]
    assert grid.values(LAYERS["add"]().output(*maps).channels).tolist() == [8, 16]
    with pytest.raises(CostcalcError):
        LAYERS["add"]().output(maps[0], FeatureMap(grid.axis(0, [9, 17]), 4, 4))


@pytest.mark.parametrize("one", [1, Grid([2]).axis(0, [1, 1])])
def test_one_shared_slope_is_one_param(one: Any) -> None:
    layer, x = LAYERS["prelu"](num_parameters=one), FeatureMap(8, 2, 2)
    assert layer.params(layer.output(x), x) == 1


@pytest.mark.parametrize("none", [0, Grid([2]).axis(0, [0, 0]), traced(["more"]).knob("more")])
def test_output_padding_that_may_be_zero_goes_with_same(none: Any) -> None:
    layer = LAYERS["conv_transpose2d"](out_channels=3, kernel_size=3, output_padding=none)
    assert layer.output(FeatureMap(3, 4, 4)) == (3, 4, 4)
