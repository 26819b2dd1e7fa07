"""Traces over grids: exact to the last number, in parts, and where guards let them serve."""

import operator
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.drawn_formulas import axes, naturals, numbers, quick
from support.traced_numbers import check, check_array, numbers_of, over, served_at, tables_of

from costcalc.explore.filling import Filling
from costcalc.explore.traces import Bounds
from costcalc.numeric import products
from costcalc.numeric.exact import floor, holds, maximum
from costcalc.numeric.polynomial import as_polynomial
from costcalc.numeric.products import everything, multiple, totals
from costcalc.numeric.tables import INT64, Table, run_of, serve
from costcalc.numeric.trace import Knob, Trace
from costcalc.numeric.traced import knobs_of, polynomial_of
from costcalc.numeric.work import UNLIMITED

Lists = list[list[Any]]


def start(lists: Lists) -> tuple[Trace, list[Any]]:
    return numbers_of([values[0] for values in lists], lists)


def check_total(lists: Lists, formula: Callable[..., Any]) -> Any:
    """A polynomial of the axes over the whole grid."""
    trace, numbers = start(lists)
    array = over(trace, lists, formula(*numbers))
    assert array.shape == tuple(map(len, lists))
    check_array(array, [formula(*point) for point in product(*lists)])
    return array


# int64 and floats, to their last number


def check_products(*terms: tuple[list[int], list[int]], plus: int = 0) -> list[int]:
    """The sum of products of one number of each axis, over 2 x 2 points."""
    knobs, own = {}, []
    for place, (first, second) in enumerate(terms):
        for axis, values in enumerate((first, second)):
            knobs[f"k{place}{axis}"] = Knob(values[0], *Bounds.of(values))
            own.append(Table.along(axis, 2, values))
    trace = Trace(knobs)
    numbers = list(knobs_of(trace).values())
    total = sum(map(operator.mul, numbers[::2], numbers[1::2])) + plus
    served = serve(trace, own, (2, 2), UNLIMITED)
    array = everything({"total": polynomial_of(total)}, served, UNLIMITED)["total"]
    expected = [
        sum(first[i] * second[j] for first, second in terms) + plus
        for i, j in product(range(2), range(2))
    ]
    check_array(array, expected)
    return expected


@pytest.mark.parametrize("top", [2**53, 2**63])
@pytest.mark.parametrize("more", [-2, -1, 0, 1, 2, 3])
@pytest.mark.parametrize("sign", [1, -1])
def test_sums_of_products_to_the_edge(top: int, more: int, sign: int) -> None:
    """One product, two of them, and a number beside one, each with exactly this largest sum."""
    root = 2 ** (top.bit_length() // 2)  # a little below, to leave room for a second term
    rest = top + more - (root - 1) * (root // 2 - 1)
    one = check_products(([1, sign * (top + more)], [0, 1]))
    two = check_products(([3, root - 1], [5, sign * (root // 2 - 1)]), ([1, rest], [2, sign]))
    for expected in (one, two):
        assert max(map(abs, expected)) == top + more
    check_products(([0, top + more - 9], [0, sign]), plus=9 * sign)


def test_large_terms_that_cancel_are_exact() -> None:
    """The sums are small, and fit a float; what they are made of does not."""
    n = 2**31 + 1
    expected = check_products(
        ([1, n], [2, n]), ([-1, -n], [2, n - 1]), ([n, 1], [1, n]), ([-n, -1], [1, n])
    )
    assert max(map(abs, expected)) < 2**32


@pytest.fixture
def in_floats(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Grows with each tile of a sum of products that is made in floats."""
    made: list[bool] = []
    matmul = np.matmul

    def spy(*arguments: Any, **named: Any) -> Any:
        made.append(True)
        return matmul(*arguments, **named)

    monkeypatch.setattr(products.np, "matmul", spy)
    return made


def test_floats_serve_below_2_to_the_53_only(in_floats: list[bool]) -> None:
    for top, served in ((2**53 - 1, [True]), (2**53, []), (2**53 + 1, []), (2**64, [])):
        in_floats.clear()
        check_products(([1, top - 6], [0, 1]), ([2, 3], [1, 2]))
        assert in_floats == served, top


def test_bounds_are_of_the_differences_themselves(in_floats: list[bool]) -> None:
    """The bound of a difference is no sum of two: factors are tables, with their own sizes."""
    check_total([[2**60, 2**60 + 1], [5, 7]], lambda x, y: (x - 2**60) * y)
    assert in_floats == [True]


@pytest.mark.parametrize("large", [2**63, 10**30, 10**400])
def test_what_is_large_is_multiplied_by_0(large: int) -> None:
    check_products(([0, 0], [1, 2]), ([0, 0], [large, 5]))
    check_products(([large, 7], [0, 0]), ([1, 2], [3, 4]))
    check_total([[0, 0], [3, 4]], lambda x, y: x * large + y * x * (large - 1) + y)


@quick
@given(lists=axes(naturals | naturals.map(operator.neg), 3), factor=naturals)
@example(lists=[[1, 2], [3]], factor=2**62)
@example(lists=[[3], [-3]], factor=2**63)
def test_multiples(lists: Lists, factor: int) -> None:
    array = check_total(lists, lambda *values: sum(values))
    check_multiple = [value * factor for value in array.reshape(-1).tolist()]
    found = multiple(array, factor)
    assert found.reshape(-1).tolist() == check_multiple
    assert found.dtype == object or max(map(abs, check_multiple)) <= INT64


@pytest.mark.parametrize("value", [0, -7, INT64, 2**63, 10**40])
def test_plain_numbers_over_a_grid(value: int) -> None:
    check_array(totals(as_polynomial(value), tables_of([[1, 2], [3]]), (2, 1)), [value, value])
    check_array(totals(as_polynomial(value), [], (1,)), [value])


# Shapes


@pytest.mark.parametrize(
    "shape", [(3, 4), (1, 3, 4), (3, 1, 4), (3, 4, 1), (2, 3, 4), (1, 4), (5,)]
)
@pytest.mark.parametrize(
    ("tile", "elements", "most"),
    [(1, 1, 99), (2, 7, 10**6), (1 << 11, 1 << 17, 1 << 22), (9, 9, 0)],
)
def test_a_matrix_product_of_any_shape(
    shape: tuple[int, ...], tile: int, elements: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the first axis that is longer than 1 with all others, a few elements at a time too."""
    monkeypatch.setattr(products, "TILE", tile)
    monkeypatch.setattr(products, "TILE_ELEMENTS", elements)
    monkeypatch.setattr(products, "MAX_TAILS", most)

    def formula(*point: Any) -> Any:
        total = 2 + point[0] * point[-1]
        for value in point:
            total = total * value + point[0]
        return total

    check_total([[7**axis + 3 * n for n in range(own)] for axis, own in enumerate(shape)], formula)


@pytest.mark.parametrize(
    "formula",
    [
        lambda i, j, k: j + k,
        lambda i, j, k: i * j + j * k + k * i,
        lambda i, j, k: (i + j) * (j + k) * (k + i),
        lambda i, j, k: (i + j) * (i + j) - i * j * k,
        lambda i, j, k: (j + k) * i + j // 2 * k,
        lambda i, j, k: i * j + j * k // 2,
        lambda i, j, k: i * (j * k // 2) + i * j,
        lambda i, j, k: floor(j * k) + i * (j + k),
        lambda i, j, k: i * (i * j // 2) + k,
        lambda i, j, k: k * (i * k // 2) + j * (i * j // 2),
        lambda i, j, k: maximum(j * k - 12, 0) * i * i + maximum(i, j, k),
    ],
)
def test_axes_are_not_taken_for_each_other(formula: Callable[..., Any]) -> None:
    """Of one length; and later ones with as many elements as the first has positions."""
    for first in ([1, 10, 100], [1, 10, 100, 1000], [7]):
        for second, third in (([2, 3, 5], [7, 11, 13]), ([2, 3], [5, 7])):
            check([first, second, third], formula)
            check([second, first, third], formula)
            check([second, third, first], formula)


def test_knobs_of_one_axis() -> None:
    """As height and width have theirs."""
    first, second, third = [1, 5], [2, 7], [3, 4, 9]
    trace, (x, y, z) = start([first, second, third])
    own = [Table.along(0, 2, first), Table.along(0, 2, second), Table.along(1, 2, third)]
    polynomial = polynomial_of(x * y * z + y // 2 * z + x)
    total = everything({"total": polynomial}, serve(trace, own, (2, 3), UNLIMITED), UNLIMITED)[
        "total"
    ]
    expected = [
        a * b * c + b // 2 * c + a for a, b in zip(first, second, strict=True) for c in third
    ]
    check_array(total, expected)


def test_layers_of_one_map_size_are_one_term(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    sum_of_products = products._sum_of_products

    def spy(factors: Any, *rest: Any) -> Any:
        made.append(len(factors))
        return sum_of_products(factors, *rest)

    monkeypatch.setattr(products, "_sum_of_products", spy)
    check_total(
        [[1, 2], [3, 4]], lambda x, y: reduce(operator.add, [(x + n) * (y * y) for n in range(50)])
    )
    assert made == [1]


# Fractions and parts


@quick
@given(st.lists(numbers, min_size=1, max_size=5), st.data())
def test_a_table_is_its_values_and_may_be_cut(values: list[Any], data: st.DataObject) -> None:
    def read(table: Table) -> list[Fraction]:
        dens = np.broadcast_to(np.asarray(table.den, dtype=object), table.num.shape)
        pairs = zip(table.num.reshape(-1).tolist(), dens.reshape(-1).tolist(), strict=True)
        return [Fraction(num, den) for num, den in pairs]

    axis, count = data.draw(st.sampled_from([(0, 1), (0, 2), (1, 2), (2, 3)]))
    table = Table.along(axis, count, values)
    assert table.num.shape == tuple(len(values) if n == axis else 1 for n in range(count))
    assert read(table) == values
    assert (type(table.den) is int) == all(isinstance(value, int) for value in values)
    sizes = [abs(part) for v in values for part in (v.numerator, v.denominator)]
    assert table.bound == max(sizes)
    kept = sorted(data.draw(st.sets(st.sampled_from(range(len(values))), min_size=1)))
    places = [run_of(np.array(kept, dtype=int)) if n == axis else slice(None) for n in range(count)]
    assert read(table.cut(places)) == [values[place] for place in kept]


def test_neighbours_are_a_slice() -> None:
    assert run_of(np.array([3])) == slice(3, 4)
    assert run_of(np.array([2, 3, 4])) == slice(2, 5)
    assert run_of(np.array([2, 4])).tolist() == [2, 4]


# Where a trace serves


@pytest.mark.parametrize(
    ("need", "across"),
    [
        (lambda x, y: x * 2 > 6, False),
        (lambda x, y: y * 2 != 6, False),
        (lambda x, y: x + y > 6, True),
        (lambda x, y: x * y == 9, True),
        (lambda x, y: (x - 2) * (x - 4) <= 0, False),
        (lambda x, y: x // 2 * 2 == x, False),
        (lambda x, y: (x + y) % 3 == 0, True),
        (lambda x, y: holds(x > 2) and holds(x + y < 8) and holds(y != 3), True),
    ],
)
def test_guards_along_one_axis_and_across_two(need: Callable[..., Any], across: bool) -> None:
    lists: Lists = [[1, 2, 3, 4, 5], [1, 3, 4, 6]]
    expected = [bool(need(*point)) for point in product(*lists)]
    assert any(expected)
    for place, point in enumerate(product(*lists)):
        trace, numbers = numbers_of(point, lists)
        outcome = holds(need(*numbers))
        assert outcome is expected[place]
        served = served_at(trace, lists)
        assert served[place]
        assert all(own is outcome for own, is_met in zip(expected, served, strict=True) if is_met)
        if outcome:
            assert served == expected
        found = serve(trace, tables_of(lists), (5, 4), UNLIMITED)
        assert (found.across is not None) == across or not outcome
    check(lists, lambda x, y: x * y * 7 if holds(need(x, y)) else x + y)


@quick
@given(axes(st.integers(-4, 9)), st.data())
def test_parts_make_up_the_grid(lists: Lists, data: st.DataObject) -> None:
    """Each with a formula of its own, and with rows, columns or single points of it."""
    low, high = sorted(data.draw(st.tuples(st.integers(-9, 20), st.integers(-9, 20))))

    def formula(*values: Any) -> Any:
        x, y = values[0], values[-1]
        if holds(x + y < low):
            return x * y * 2**60
        if holds(x > 3):
            return x * y - 1
        return {"value": 10**20} if holds(x * y > high) else y

    check(lists, formula)


def test_a_part_in_python_ints_widens_the_others() -> None:
    lists: Lists = [[1, 2, 3], [4, 5]]
    filling = Filling((3, 2), UNLIMITED)
    filling.put((0, 0), {"value": 10**30})
    for place in list(np.ndindex(3, 2))[1:]:
        assert filling.first_left() == place
        filling.put(place, {"value": place[0]})
    assert filling.first_left() is None
    check_array(filling.costs().metrics["value"], [10**30, 0, 1, 1, 2, 2])
    check(lists, lambda x, y: x * 10**30 if holds(x * y > 9) else y)
