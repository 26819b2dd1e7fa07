"""A computation over traced numbers, by every road, against the same one in plain numbers."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError
from costcalc.explore.filling import Costs, Filling
from costcalc.explore.traces import Bounds
from costcalc.graph.tracing import NetworkTrace, trace_network
from costcalc.numeric.exact import Number
from costcalc.numeric.point import at_point
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.products import everything
from costcalc.numeric.tables import INT64, Served, Table, serve
from costcalc.numeric.trace import Knob, OpenTrace, StructureError, Trace
from costcalc.numeric.traced import knobs_of, polynomial_of
from costcalc.numeric.work import UNLIMITED

FAULT = "a fault"
"""What a computation is at a point at which it raises."""
FAULTS = (CostcalcError, ZeroDivisionError)

Lists = Sequence[Sequence[Number]]
"""The values of each knob, one knob along each axis."""
Compute = Callable[..., Any]
"""Of the knobs' numbers a number, or a dict of them."""


def named(result: Any) -> dict[str, Number]:
    return result if isinstance(result, dict) else {"value": result}


def plainly(compute: Compute, point: Sequence[Number]) -> Any:
    """The numbers at a point, or FAULT."""
    try:
        return named(compute(*point))
    except FAULTS:
        return FAULT


def trace_of(compute: Compute, knobs: dict[str, Knob], is_open: bool) -> NetworkTrace:
    """The computation traced as a network is: restarted where a condition cannot stay open."""

    def build(numbers: Any, _: Any) -> Any:
        try:
            return SimpleNamespace(nodes=(), results=named(compute(*numbers.values())))
        except ZeroDivisionError as error:  # as the expressions of a network do
            raise CostcalcError(str(error)) from None

    closed: Any = set() if is_open else None
    return trace_network(build, lambda network: network.results, knobs, closed)


def knobs_at(lists: Lists, point: Sequence[Number]) -> dict[str, Knob]:
    return {
        f"k{axis}": Knob(value, *Bounds.of(values))
        for axis, (values, value) in enumerate(zip(lists, point, strict=True))
    }


def tables_of(lists: Lists) -> list[Table]:
    return [Table.along(axis, len(lists), values) for axis, values in enumerate(lists)]


def is_served(served: Served, index: tuple[int, ...]) -> bool:
    return all(mask[n] for mask, n in zip(served.along, index, strict=True)) and (
        served.across is None or bool(served.across[index])
    )


def check(lists: Lists, compute: Compute, plain: Compute | None = None) -> None:
    """Traced, open and closed, what is computed is at each point what plain numbers give there."""
    check_points(lists, range(len(lists)), compute, plain)


def check_points(
    lists: Lists, along: Sequence[int], compute: Compute, plain: Compute | None = None
) -> None:
    """The same, with each knob along an axis that it may share with others."""
    lengths = dict(zip(along, map(len, lists), strict=True))
    shape = tuple(lengths.get(axis, 1) for axis in range(max(along, default=0) + 1))
    points = {
        index: tuple(values[index[axis]] for axis, values in zip(along, lists, strict=True))
        for index in np.ndindex(shape)
    }
    tables = [
        Table.along(axis, len(shape), values) for axis, values in zip(along, lists, strict=True)
    ]
    found = {point: plainly(plain or compute, point) for point in points.values()}
    for is_open in (False, True):
        _check(lists, points, tables, compute, found, is_open)


def _check(
    lists: Lists,
    places: dict[tuple[int, ...], Any],
    tables: list[Table],
    compute: Compute,
    plain: dict[Any, Any],
    is_open: bool,
) -> None:
    shape = tuple(n + 1 for n in max(places))
    fine = [numbers for numbers in plain.values() if numbers != FAULT]
    common = math.lcm(*(Fraction(n).denominator for numbers in fine for n in numbers.values()))

    def scaled(*numbers: Number) -> dict[str, Number]:
        """Tables of what a network costs are of whole numbers."""
        return {name: n * common for name, n in named(compute(*numbers)).items()}

    filling, traces = Filling(shape, UNLIMITED), 0
    while (place := filling.first_left()) is not None:
        traced = trace_of(scaled, knobs_at(lists, places[place]), is_open)
        traces += 1
        with np.errstate(divide="ignore", invalid="ignore"):
            served = serve(traced.trace, tables, shape, UNLIMITED)
        for index, point in places.items():
            values = at_point(traced.trace, dict(zip(traced.trace.knobs, point, strict=True)))
            assert (values is not None) == is_served(served, index), point
            if values is None:
                continue
            assert (traced.error is not None) == (plain[point] == FAULT), point
            if traced.error is None:
                for name, number in plain[point].items():
                    assert Fraction(traced.metrics[name].at(values)) == number * common, point
        filling.add(traced, tables)
        if filling.is_left(place):  # a trace serves its own setting, unless a value is too large
            assert traced.error is not None
            assert "100 digits" in str(traced.error)
            filling.put(place, traced.error)
    costs = filling.costs()
    for index, point in places.items():
        is_fine = costs.valid is None or bool(costs.valid[index])
        assert is_fine == (plain[point] != FAULT), point
        if is_fine:
            for name, number in plain[point].items():
                assert costs.metrics[name][index] == number * common, point
    assert all(plain[places[index]] == FAULT for index in costs.faults)
    if traces == 1 and fine:
        check_kinds(costs)


def check_kinds(costs: Costs) -> None:
    for array in costs.metrics.values():
        check_array(array, array.reshape(-1).tolist())


def check_array(array: np.ndarray, expected: list[int]) -> None:
    """int64 where that holds all values, else Python's ints."""
    fits = all(abs(value) <= INT64 for value in expected)
    assert array.dtype == (np.int64 if fits else object)
    assert array.reshape(-1).tolist() == expected
    if not fits:
        assert {type(value) for value in array.flat} == {int}


# By hand, where a test looks at the trace itself


def numbers_of(
    point: Sequence[Number], lists: Lists | None = None, kind: type[Trace] = Trace
) -> tuple[Trace, list[Any]]:
    """A trace at a point, and the numbers of its knobs."""
    knobs = knobs_at(lists or [[value] for value in point], point)
    trace = OpenTrace(knobs, set()) if kind is OpenTrace else Trace(knobs)
    return trace, list(knobs_of(trace).values())


def over(trace: Trace, lists: Lists, number: Number) -> np.ndarray:
    """A whole number over a grid that its trace serves everywhere."""
    served = serve(trace, tables_of(lists), tuple(map(len, lists)), UNLIMITED)
    assert served.is_everywhere
    polynomial: Polynomial = polynomial_of(number)
    return everything({"value": polynomial}, served, UNLIMITED)["value"]


def served_at(trace: Trace, lists: Lists) -> list[bool]:
    """At which points of a grid a trace serves, in order; the tables and the points agree."""
    shape = tuple(map(len, lists))
    served = serve(trace, tables_of(lists), shape, UNLIMITED)
    found = [is_served(served, index) for index in np.ndindex(shape)]
    points = (dict(zip(trace.knobs, point, strict=True)) for point in product(*lists))
    assert found == [at_point(trace, point) is not None for point in points]
    return found


def restarts(act: Callable[[], Any]) -> bool:
    """Whether it asks for the network to be traced anew."""
    try:
        act()
    except StructureError:
        return True
    return False
