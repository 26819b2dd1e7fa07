"""Numbers over a grid, against Python's ints and fractions at each of its points."""

import gc
import math
import operator
from fractions import Fraction
from functools import reduce
from itertools import product

import numpy as np
import pytest
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st
from support.rounding import make_divisible

from costcalc.errors import CostcalcError
from costcalc.numeric import exact as arithmetic
from costcalc.numeric.exact import (
    ceil,
    ceil_div,
    divides,
    divisible,
    equal,
    floor,
    holds,
    maximum,
    minimum,
    nearest_integer,
)
from costcalc.numeric.grid import Grid, GridNumber, SplitError, Sum, split

LARGEST = 2**63 - 1
ZERO = "division by zero"

quick = settings(deadline=None, phases=[phase for phase in Phase if phase is not Phase.explain])

# Numbers of every size: what an int64 holds, and a float, ends within.

EDGES = [2**31, 2**53 - 1, 2**53, 2**53 + 1, 2**62, LARGEST, 2**63, 10**18 + 9, 10**30 + 7]
naturals = st.integers(1, 9) | st.integers(1, 2000) | st.sampled_from(EDGES)
integers = st.integers(-3, 3) | naturals | naturals.map(operator.neg)
fractions = st.fractions(-4, 4, max_denominator=12) | st.builds(Fraction, integers, naturals)
numbers = integers | fractions.map(arithmetic.whole)


@st.composite
def axes(draw, of=numbers, most=3):
    """The values along 1 to 3 axes."""
    count = draw(st.integers(1, most))
    return [draw(st.lists(of, min_size=1, max_size=4)) for _ in range(count)]


# Formulas: trees of operators, functions and choices over the numbers of the axes


def divided(left, right):
    """As the network language divides: ints make a fraction."""
    return Fraction(left, right) if type(left) is type(right) is int else left / right


BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divided,
    "//": operator.floordiv,
    "%": operator.mod,
}
COMPARED = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
OURS = {
    "neg": operator.neg,
    "floor": floor,
    "ceil": ceil,
    "nearest": nearest_integer,
    "divisible": divisible,
    "divisible by 3": lambda value: divisible(value, 3),
    "min": minimum,
    "max": maximum,
    "ceil_div": ceil_div,
    **BINARY,
}
PLAIN = {
    "neg": operator.neg,
    "floor": math.floor,
    "ceil": math.ceil,
    "nearest": lambda value: math.floor(value + Fraction(1, 2)),
    "divisible": lambda value: make_divisible(Fraction(value), 8),
    "divisible by 3": lambda value: make_divisible(Fraction(value), 3),
    "min": min,
    "max": max,
    "ceil_div": lambda left, right: math.ceil(divided(left, right)),
    **BINARY,
}
ONE_OPERAND = ["neg", "floor", "ceil", "nearest", "divisible", "divisible by 3"]
TWO_OPERANDS = [*BINARY, *"+-***", "min", "max", "ceil_div"]


@st.composite
def formulas(draw, count, depth=3):
    kind = draw(st.integers(0, 9)) if depth else 0
    if kind <= 1:
        return draw(st.integers(0, count - 1)) if draw(st.integers(0, 3)) else (draw(numbers),)
    deeper = formulas(count, depth - 1)
    if kind == 2:
        return (draw(st.sampled_from(ONE_OPERAND)), draw(deeper))
    if kind == 3:
        return (draw(st.sampled_from(["min", "max"])), draw(deeper), draw(deeper), draw(deeper))
    if kind == 4:
        test = (draw(st.sampled_from(list(COMPARED))), draw(deeper), draw(deeper))
        return ("if", test, draw(deeper), draw(deeper))
    return (draw(st.sampled_from(TWO_OPERANDS)), draw(deeper), draw(deeper))


def evaluate(formula, values, functions):
    if isinstance(formula, int):
        return values[formula]
    if len(formula) == 1:
        return formula[0]
    name, *operands = formula
    if name == "if":
        (relation, *sides), then, otherwise = operands
        left, right = (evaluate(side, values, functions) for side in sides)
        chosen = then if holds(COMPARED[relation](left, right)) else otherwise
        return evaluate(chosen, values, functions)
    return functions[name](*(evaluate(operand, values, functions) for operand in operands))


def at_point(formula, point):
    try:
        return evaluate(formula, point, PLAIN)
    except ZeroDivisionError:
        return ZERO


def grid_of(lists):
    """A grid, and its axes as numbers."""
    grid = Grid([len(values) for values in lists])
    return grid, [grid.axis(place, values) for place, values in enumerate(lists)]


def check_array(array, expected):
    """int64 where that holds all values, else Python's ints."""
    fits = all(abs(value) <= LARGEST for value in expected)
    assert array.dtype == (np.int64 if fits else object)
    assert array.reshape(-1).tolist() == expected
    if not fits:
        assert {type(value) for value in array.flat} == {int}


def check_number(grid, number, expected):
    """A number over a grid has these values, all points in order."""
    expected = [Fraction(value) for value in expected]
    common = math.lcm(*(value.denominator for value in expected))
    whole = [value.denominator == 1 for value in expected]
    array = grid.values(arithmetic.whole(number * common))
    assert array.shape == grid.shape
    if common == 1 or isinstance(number, (GridNumber, Sum)):
        check_array(array, [int(value * common) for value in expected])
    if isinstance(number, (GridNumber, Sum)) and not all(whole):
        with pytest.raises(SplitError if any(whole) else CostcalcError) as raised:
            grid.values(number)
        if any(whole):
            labels = np.broadcast_to(raised.value.labels, grid.shape)
            assert labels.reshape(-1).tolist() in (whole, [not one for one in whole])


def check_formula(lists, formula):
    """Every part of the grid on which the formula has one course, and there are no others."""
    waiting = [lists]
    points = 0
    while waiting:
        some = waiting.pop()
        expected = [at_point(formula, point) for point in product(*some)]
        grid, values = grid_of(some)
        try:
            result = evaluate(formula, values, OURS)
            if ZERO in expected:
                pytest.fail("a division by zero was not found")
            check_number(grid, result, expected)
        except ZeroDivisionError:
            assert set(expected) == {ZERO}
        except SplitError as error:
            axis, groups = split(error.labels)
            assert len(groups) > 1
            for group in groups:
                own = [some[axis][place] for place in group]
                waiting.append([*some[:axis], own, *some[axis + 1 :]])
            continue
        points += len(expected)
    assert points == math.prod(map(len, lists))


@pytest.mark.slow
@settings(quick, max_examples=400)
@given(st.data())
def test_a_formula_over_a_grid_is_the_formula_at_each_point(data):
    lists = data.draw(axes())
    check_formula(lists, data.draw(formulas(len(lists))))


@pytest.mark.parametrize("name", [*BINARY, "min", "max", "ceil_div"])
@settings(quick, max_examples=60)
@given(lists=axes(most=2), number=numbers)
def test_each_operator(name, lists, number):
    """Axis with axis, with itself, and with a number on either side."""
    last = len(lists) - 1
    for operands in ((0, last), (last, 0), (0, 0), (0, (number,)), ((number,), last)):
        check_formula(lists, (name, *operands))


@pytest.mark.parametrize("name", ONE_OPERAND)
@settings(quick, max_examples=60)
@given(lists=axes(most=2))
def test_each_function(name, lists):
    check_formula(lists, (name, 0))
    check_formula(lists, (name, ("/", ("*", 0, len(lists) - 1), (6,))))


@settings(quick, max_examples=100)
@given(st.data())
def test_sums_of_products_over_three_axes(data):
    """What a network's cost is: terms with factors of each axis, some of several."""
    lists = data.draw(axes(integers))
    count = st.integers(0, len(lists) - 1)
    factor = count | st.tuples(st.just("+"), count, count) | st.tuples(numbers)
    total = (0,)
    for _ in range(data.draw(st.integers(1, 5))):
        term = ("*", ("*", data.draw(factor), data.draw(factor)), data.draw(factor))
        total = (data.draw(st.sampled_from("+-*")), total, term)
    check_formula(lists, total)


# Cases that have gone wrong, or could


@pytest.mark.parametrize(
    ("lists", "formula"),
    [
        ([[1, 1, 1]], ("//", (7,), 0)),
        ([[1, 1]], ("%", (Fraction(7, 2),), 0)),
        ([[1, 2, 1]], ("%", (7,), 0)),
        ([[2, 3], [5, 6]], ("*", ("*", ("/", 0, (2,)), 1), (2,))),
        ([[2, 3], [5, 6]], ("*", ("/", 0, (2,)), 1)),
        ([[2, 4], [5, 6]], ("*", ("/", 0, (2,)), 1)),
        ([[2, 3], [5, 6]], ("//", ("/", ("/", 0, (10**10,)), (10**10,)), (7,))),
        ([[2, 3], [5, 6]], ("//", ("+", (10**30,), ("*", 0, 1)), (7,))),
        ([[2, 3], [5, 6]], ("//", ("/", (10**19,), ("/", 0, (3,))), (10**19,))),
        ([[10**30, 10**30 + 7]], ("-", 0, (10**30,))),
        ([[2, 9], [5, 6]], ("-", ("+", ("*", 0, 1), (10**30,)), (10**30,))),
        (
            [[10**10, 10**10 + 1], [3, 4]],
            ("*", 0, ("*", ("-", ("+", 1, (10**30,)), (10**30,)), (10**7,))),
        ),
        # 0.9 of it is enough, and no less.
        ([[Fraction(160, 9), Fraction(159, 9), Fraction(161, 9), 20]], ("divisible", 0)),
        # What is large is multiplied by 0.
        ([[10**30, 7], [3, 4]], ("*", 0, ("-", 1, 1))),
        ([[10**30, 7], [3, 4], [1, 2]], ("*", ("floor", ("*", 0, 1)), ("-", 2, 2))),
        ([[2, 3], [10**30, 7], [1, 2]], ("*", ("*", ("-", 0, 0), 1), 2)),
        ([[0, 1, -1], [0, 2]], ("//", 0, 1)),
        ([[0, 1, -1], [0, 2]], ("/", 1, ("*", 0, 1))),
        ([[-7, 7], [-2, 2]], ("%", 0, 1)),
        ([[-1, 1], [-1, 1]], ("min", 0, 1, ("*", 0, 1))),
    ],
)
def test_formulas_on_the_edge(lists, formula):
    check_formula(lists, formula)


# Comparisons


@pytest.mark.parametrize("relation", COMPARED)
@settings(quick, max_examples=60)
@given(lists=axes(most=2), number=numbers)
@example(lists=[[10**30, 10**30 + 1], [10**30]], number=10**30)
@example(lists=[[Fraction(1, 3), Fraction(1, 2)], [Fraction(2, 6)]], number=Fraction(1, 3))
def test_a_comparison_holds_at_all_points_or_at_none_or_splits(relation, lists, number):
    compared = COMPARED[relation]
    last = len(lists) - 1
    grid, values = grid_of(lists)
    several = values[0] * values[last] + 1  # of two axes, a sum
    for left, right in (
        (lambda point, own: own[0], lambda point, own: own[last]),
        (lambda point, own: own[last], lambda point, own: number),
        (lambda point, own: number, lambda point, own: own[0]),
        (lambda point, own: own[0], lambda point, own: own[0]),
        (lambda point, own: point[0], lambda point, own: own[last]),
        (lambda point, own: number, lambda point, own: point[0]),
    ):
        expected = [
            compared(left((p[0] * p[last] + 1,), p), right((p[0] * p[last] + 1,), p))
            for p in product(*lists)
        ]
        outcome = compared(left((several,), values), right((several,), values))
        if all(expected) or not any(expected):
            assert outcome is expected[0]
            continue
        for ask in (bool, holds, lambda condition: condition.decide()):
            with pytest.raises(SplitError) as raised:
                ask(outcome)
            labels = np.broadcast_to(raised.value.labels, grid.shape)
            assert labels.reshape(-1).tolist() == expected


def test_numbers_are_compared_with_numbers_only():
    _, (x,) = grid_of([[1, 2]])
    assert (x == "same") is False
    assert (x != None) is True  # noqa: E711
    with pytest.raises(TypeError):
        _ = x < "same"
    with pytest.raises(TypeError):
        _ = x + 0.5
    with pytest.raises(TypeError):
        _ = x * x * 1.5


def test_requirements_over_a_grid():
    grid, (x, y) = grid_of([[2, 4], [8, 16, 20]])
    assert equal(x * y, y * x)
    assert not equal(x, y)
    assert divides(2, x * y)
    assert not divides(3, x)
    with pytest.raises(SplitError) as raised:
        divides(8, y)
    assert np.broadcast_to(raised.value.labels, grid.shape).tolist() == [[True, True, False]] * 2
    with pytest.raises(SplitError):
        equal(y, 8)


# One whole number, and whole numbers


@settings(quick, max_examples=100)
@given(axes())
def test_a_number_that_must_be_one(lists):
    grid, values = grid_of(lists)
    for number, own in (
        (values[0], [p[0] for p in product(*lists)]),
        (values[0] * values[-1], [p[0] * p[-1] for p in product(*lists)]),
    ):
        whole = [Fraction(value).denominator == 1 for value in own]
        if all(whole) and len(set(own)) == 1:
            assert number.single() == operator.index(number) == own[0]
            assert type(number.single()) is int
            continue
        with pytest.raises(SplitError if any(whole) else CostcalcError) as raised:
            number.single()
        if isinstance(raised.value, SplitError):
            labels = np.broadcast_to(raised.value.labels, grid.shape).reshape(-1).tolist()
            assert labels == (own if all(whole) else whole)


@settings(quick, max_examples=100)
@given(axes(st.integers(1, 8).map(lambda n: Fraction(n, 2))))
@example([[Fraction(1, 2), Fraction(3, 2)], [Fraction(1), Fraction(3)]])
@example([[Fraction(1, 2), Fraction(3, 2)], [2, 4]])
def test_a_field_that_must_be_whole(lists):
    """`whole` is how a layer's field takes a number: None where it is no whole number."""
    grid, values = grid_of(lists)
    number = values[0] * values[-1]
    own = [p[0] * p[-1] for p in product(*lists)]
    whole = [Fraction(value).denominator == 1 for value in own]
    if all(whole):
        check_number(grid, number.whole(), own)
    elif any(whole):
        with pytest.raises(SplitError) as raised:
            number.whole()
        labels = np.broadcast_to(raised.value.labels, grid.shape)
        assert labels.reshape(-1).tolist() == whole
    else:
        assert number.whole() is None


def test_plain_numbers_over_a_grid():
    grid, _ = grid_of([[1, 2], [3]])
    for value in (0, -7, LARGEST, 2**63, 10**40):
        check_array(grid.values(value), [value, value])
    empty = Grid([])
    assert empty.values(5).shape == ()


# int64 and floats, to their last number


def products(*terms):
    """The sum of products of one number of each axis, and its grid."""
    grid = Grid((2, 2))
    total = 0
    for first, second in terms:
        total += grid.axis(0, first) * grid.axis(1, second)
    expected = [
        sum(first[i] * second[j] for first, second in terms) for i, j in product(range(2), range(2))
    ]
    return grid, total, expected


@pytest.mark.parametrize("top", [2**53, 2**63])
@pytest.mark.parametrize("more", [-2, -1, 0, 1, 2, 3])
@pytest.mark.parametrize("sign", [1, -1])
def test_sums_of_products_to_the_edge(top, more, sign):
    """One product, two of them, and a number beside one, each with exactly this largest sum."""
    root = 2 ** (top.bit_length() // 2)  # a little below, to leave room for a second term
    rest = top + more - (root - 1) * (root // 2 - 1)
    one = products(([1, sign * (top + more)], [0, 1]))
    two = products(([3, root - 1], [5, sign * (root // 2 - 1)]), ([1, rest], [2, sign]))
    for grid, total, expected in (one, two):
        assert max(map(abs, expected)) == top + more
        check_array(grid.values(total), expected)
    grid, total, expected = products(([0, top + more - 9], [0, sign]))
    check_array(grid.values(total + 9 * sign), [value + 9 * sign for value in expected])


def test_large_terms_that_cancel_are_exact():
    """The sums are small, and fit a float; what they are made of does not."""
    n = 2**31 + 1
    grid, total, expected = products(
        ([1, n], [2, n]), ([-1, -n], [2, n - 1]), ([n, 1], [1, n]), ([-n, -1], [1, n])
    )
    assert max(map(abs, expected)) < 2**32
    check_array(grid.values(total), expected)


@pytest.fixture
def in_floats(monkeypatch):
    """Whether the last sum of products was made in floats."""
    made = []
    product_ = Sum._matrix_product

    def spy(self):
        made.append(product_(self) is not None)
        return product_(self)

    monkeypatch.setattr(Sum, "_matrix_product", spy)
    return made


def test_floats_serve_below_2_to_the_53_only(in_floats):
    for top, served in ((2**53 - 1, [True]), (2**53, []), (2**53 + 1, []), (2**64, [])):
        grid, total, expected = products(([1, top - 6], [0, 1]), ([2, 3], [1, 2]))
        in_floats.clear()
        check_array(grid.values(total), expected)
        assert in_floats == served, top


def test_bounds_are_made_tight_before_floats_are_given_up(in_floats):
    grid = Grid((2, 2))
    # The bound of a difference is that of a sum; the values are small.
    first = grid.axis(0, [2**60, 2**60 + 1]) - grid.axis(0, [2**60, 2**60])
    total = first * grid.axis(1, [5, 7])
    check_array(grid.values(total), [0, 0, 5, 7])
    assert in_floats == [True]


@pytest.mark.parametrize(
    "shape", [(3, 4), (1, 3, 4), (3, 1, 4), (3, 4, 1), (2, 3, 4), (1, 4), (5,)]
)
def test_a_matrix_product_of_any_shape(shape, monkeypatch):
    """Of the first axis that is longer than 1 with all others, a few elements at a time too."""
    lists = [[7**axis + 3 * place for place in range(n)] for axis, n in enumerate(shape)]
    for tile, elements, most in ((1, 1, 99), (2, 7, 10**6), (1 << 11, 1 << 17, 1 << 22), (9, 9, 0)):
        monkeypatch.setattr("costcalc.numeric.grid.sum_of_products.TILE", tile)
        monkeypatch.setattr("costcalc.numeric.grid.sum_of_products.PRODUCT", elements)
        monkeypatch.setattr("costcalc.numeric.grid.sum_of_products.MAX_TAILS", most)
        grid, values = grid_of(lists)
        total = 2 + values[0] * values[-1]
        for value in values:
            total = total * value + values[0]
        expected = []
        for point in product(*lists):
            here = 2 + point[0] * point[-1]
            for value in point:
                here = here * value + point[0]
            expected.append(here)
        array = grid.values(total)
        assert array.shape == shape
        check_array(array, expected)


def test_axes_of_one_length_are_not_taken_for_each_other():
    grid, (x, y, z) = grid_of([[1, 10, 100], [2, 3, 5], [7, 11, 13]])
    for total, formula in (
        (y + z, lambda i, j, k: j + k),
        (x * y + y * z + z * x, lambda i, j, k: i * j + j * k + k * i),
        ((x + y) * (y + z) * (z + x), lambda i, j, k: (i + j) * (j + k) * (k + i)),
        ((x + y) * (x + y) - x * y * z, lambda i, j, k: (i + j) ** 2 - i * j * k),
        ((y + z) * x + (y // 2) * z, lambda i, j, k: (j + k) * i + j // 2 * k),
    ):
        points = product([1, 10, 100], [2, 3, 5], [7, 11, 13])
        check_array(grid.values(total), [formula(*point) for point in points])


def test_a_number_of_later_axes_is_not_taken_for_one_of_the_first():
    """It has as many elements as the first axis has positions."""
    lists = [[1, 10, 100, 1000], [2, 3], [5, 7]]
    grid, (x, y, z) = grid_of(lists)
    for total, formula in (
        (x * y + y * z // 2, lambda i, j, k: i * j + j * k // 2),
        (x * (y * z // 2) + x * y, lambda i, j, k: i * (j * k // 2) + i * j),
        (floor(y * z) + x * (y + z), lambda i, j, k: j * k + i * (j + k)),
        (x * (x * y // 2) + z, lambda i, j, k: i * (i * j // 2) + k),
        (z * (x * z // 2) + y * (x * y // 2), lambda i, j, k: i * k // 2 * k + i * j // 2 * j),
    ):
        check_array(grid.values(total), [formula(*point) for point in product(*lists)])


def test_layers_of_one_map_size_are_one_term():
    grid, (x, y) = grid_of([[1, 2], [3, 4]])
    area = y * y
    total = reduce(operator.add, [(x + n) * area for n in range(50)])
    assert len(total.terms) == 1
    check_array(grid.values(total), [(50 * i + 1225) * j * j for i in (1, 2) for j in (3, 4)])


# What was computed is remembered


@pytest.mark.parametrize("name", [*BINARY])
def test_the_same_operation_is_the_same_number(name):
    _, (x, y) = grid_of([[6, 9], [4, 5]])
    operate = BINARY[name]
    for left, right in ((x, y), (y, x), (x, 4), (4, x), (x, Fraction(1, 3)), (x, x + 1)):
        first = operate(left, right)
        assert operate(left, right) is first
    assert operate(x, 4) is not operate(4, x)
    assert operate(x, 4) is not operate(x, 5)
    assert operate(x, y) is not operate(y, x)


def test_another_grid_remembers_nothing():
    (grid, (x,)), (other, (y,)) = grid_of([[6, 9]]), grid_of([[6, 9]])
    assert x + 1 is not y + 1
    assert grid.values(x + 1).tolist() == other.values(y + 1).tolist()


def test_a_number_that_is_gone_is_not_taken_for_a_new_one():
    """Ids are used again: who is remembered must stay."""
    grid = Grid((2,))
    for n in range(300):
        assert grid.values(grid.axis(0, [n, n + 1]) * 2 + 1).tolist() == [2 * n + 1, 2 * n + 3]
        if n % 100 == 0:
            gc.collect()


# Splitting


@st.composite
def labels_of_a_grid(draw):
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    count = math.prod(shape)
    kind, values = draw(
        st.sampled_from(
            [
                (bool, st.booleans()),
                (np.int64, st.integers(0, 2)),
                (object, st.sampled_from([10**30, 10**30 + 1, 0])),
            ]
        )
    )
    given_ = draw(st.lists(values, min_size=count, max_size=count))
    return np.array(given_, dtype=kind).reshape(shape)


@settings(quick, max_examples=200)
@given(labels_of_a_grid())
def test_a_split_puts_like_with_like(labels):
    assume(len(set(labels.reshape(-1).tolist())) > 1)
    axis, groups = split(labels)
    rows = np.moveaxis(labels, axis, 0).reshape(labels.shape[axis], -1).tolist()
    # All positions once, each group in order, and the groups by where they begin.
    assert sorted(place for group in groups for place in group) == list(range(len(rows)))
    assert all(group == sorted(group) for group in groups)
    assert [group[0] for group in groups] == sorted(group[0] for group in groups)
    assert len(groups) > 1
    kinds = [rows[group[0]] for group in groups]
    assert all(
        rows[place] == kind for group, kind in zip(groups, kinds, strict=True) for place in group
    )
    assert all(kinds[i] != kinds[j] for i in range(len(kinds)) for j in range(i))
    # Along the axes before it, the labels do not differ.
    for before in range(axis):
        assert (labels == labels.take([0], axis=before)).all()


def test_labels_that_do_not_differ_split_nothing():
    with pytest.raises(AssertionError):
        split(np.array([[True, True]]))
