"""A formula means the same for ints, integer arrays and symbols.

Shapes and costs of every layer type: an array holds at each of its points what ints give there, and
an expression of symbols gives it once numbers are put in. Ints are held against the oracle in
`test_oracle`.
"""

from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_oracle import TYPES, Case, Form, Numbers, by_class, forms, make, outcome, sides, widths

from costcalc.errors import CostcalcError
from costcalc.layers import LAYERS
from costcalc.shapes import FeatureMap

VALUES = ("channels", "height", "width", "macs", "other_ops", "params", "activations")
FROM_ZERO = ("before", "after", "more", "start")
"""What the names of numbers begin with that may be 0; all others are at least 1."""

Values = dict[str, Any]


def evaluate(type: str, case: Case) -> Values:
    """Output shape and costs, of whatever kind the case's numbers are."""
    layer = LAYERS[type](**case.fields)
    maps = [FeatureMap(*x) for x in case.maps]
    out = layer.output(*maps)
    costs = [getattr(layer, name)(out, *maps) for name in VALUES[3:]]
    return dict(zip(VALUES, (*out, *costs), strict=True))


def at_point(type: str, form: Form, numbers: Numbers) -> Values:
    """The values for ints, where the layer fits."""
    case = make(type, form, numbers)
    assume(outcome(by_class, type, case) is not None)
    values = evaluate(type, case)
    assert all(isinstance(value, int) for value in values.values())
    return values


def stacked(points: list[Numbers], shape: tuple[int, ...], dtype: Any) -> Numbers:
    """The same numbers as arrays over the points; a single point stays as it is."""
    if len(points) == 1:
        return points[0]
    return {
        name: np.array([point[name] for point in points], dtype=dtype).reshape(shape)
        for name in points[0]
    }


def check_arrays(
    type: str, form: Form, wide: list[Numbers], long: list[Numbers], dtype: Any
) -> None:
    """Widths along the first axis of the arrays, sides along the second: a grid by broadcasting."""
    grid = [[at_point(type, form, {**w, **s}) for s in long] for w in wide]
    numbers = {**stacked(wide, (-1, 1), dtype), **stacked(long, (1, -1), dtype)}
    values = evaluate(type, make(type, form, numbers))
    for name, value in values.items():
        assert np.asarray(value).dtype.kind in "iO", name
        array = np.broadcast_to(value, (len(wide), len(long)))
        for row, column in product(range(len(wide)), range(len(long))):
            here = array[row, column]
            assert here == grid[row][column][name], name
            assert isinstance(here, (int, np.integer)), name


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_an_array_is_its_points(type: str, data: st.DataObject) -> None:
    form = data.draw(forms(type))
    wide = data.draw(st.lists(widths(type, form), min_size=1, max_size=3))
    long = data.draw(st.lists(sides(type, form), min_size=1, max_size=3))
    check_arrays(type, form, wide, long, np.int64)


def symbol(name: str) -> sympy.Symbol:
    at_least = "nonnegative" if name.startswith(FROM_ZERO) else "positive"
    return sympy.Symbol(name, integer=True, **{at_least: True})


def check_symbols(type: str, form: Form, numbers: Numbers, names: list[str]) -> None:
    """Some of the numbers as symbols, the others as they are."""
    expected = at_point(type, form, numbers)
    symbols = {name: symbol(name) for name in names}
    values = evaluate(type, make(type, form, {**numbers, **symbols}))
    point = {symbols[name]: numbers[name] for name in names}
    for name, value in values.items():
        number = sympy.sympify(value).subs(point).doit()
        assert number.is_Integer, name
        assert number == expected[name], f"{name}: {value}"


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
    """Past the 53 bits of a float and the 63 of an int64, in ints, object arrays and symbols."""
    form = data.draw(forms(type))
    wide = data.draw(st.lists(widths(type, form, 10**10), min_size=2, max_size=2))
    long = [data.draw(sides(type, form))]
    check_arrays(type, form, wide, long, object)
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
    c, h, w = map(symbol, "chw")
    x, gate = FeatureMap(c, h, w), FeatureMap(c, 1, 1)
    for maps in ((x, gate), (gate, x)):
        assert LAYERS["multiply"]().output(*maps) == x


def test_a_side_of_one_spreads_point_by_point() -> None:
    x, y = FeatureMap(8, np.array([1, 3, 5]), 4), FeatureMap(1, np.array([7, 3, 1]), 4)
    out = LAYERS["multiply"]().output(x, y)
    assert (out.channels, out.height.tolist(), out.width) == (8, [7, 3, 5], 4)
    with pytest.raises(CostcalcError):
        LAYERS["multiply"]().output(x, FeatureMap(1, np.array([7, 3, 2]), 4))


def test_maps_with_equal_arrays_are_added() -> None:
    maps = [FeatureMap(np.array([8, 16]), 4, 4) for _ in range(2)]
    out = LAYERS["add"]().output(*maps)
    assert out.channels.tolist() == [8, 16]
    with pytest.raises(CostcalcError):
        LAYERS["add"]().output(maps[0], FeatureMap(np.array([8, 17]), 4, 4))


@pytest.mark.parametrize("one", [1, np.array([1, 1]), np.int64(1), sympy.Integer(1)])
def test_one_shared_slope_is_one_param(one: Any) -> None:
    layer, x = LAYERS["prelu"](num_parameters=one), FeatureMap(8, 2, 2)
    assert np.all(layer.params(layer.output(x), x) == 1)


@pytest.mark.parametrize("none", [0, np.array([0, 0]), symbol("more")])
def test_output_padding_that_may_be_zero_goes_with_same(none: Any) -> None:
    layer = LAYERS["conv_transpose2d"](out_channels=3, kernel_size=3, output_padding=none)
    assert layer.output(FeatureMap(3, 4, 4)) == (3, 4, 4)
