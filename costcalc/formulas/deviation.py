"""How far the law of a network is from the exact integers.

All settings that are compared are costed at once: by the trace of the exact formula, which needs no
NumPy, or over a grid where the trace does not serve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from operator import mul
from typing import Any, NamedTuple, TypeAlias

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore.axes import Axis
from costcalc.explore.plan import Plan
from costcalc.explore.ranges import Range
from costcalc.formulas.largest import Largest
from costcalc.formulas.piecewise import EVERYWHERE, NetworkLaw
from costcalc.numeric.exact import Number
from costcalc.numeric.point import NotSeparableError, along
from costcalc.numeric.polynomial import Monomial, Polynomial
from costcalc.numeric.work import MOST, TERM, TooMuchWorkError, Work


class Deviation(NamedTuple):
    """The largest relative difference between a law and the exact integers, and where it is."""

    relative: Fraction
    """Law minus exact, over exact."""
    law: Fraction
    exact: int
    alpha: Fraction
    resolution: tuple[int, int]


class Deviations(NamedTuple):
    metrics: dict[str, Deviation]
    heights: tuple[int, int]
    """The smallest and the largest height of the input; (1, 1) where it is a vector."""
    step: int
    """From one height to the next: 1, unless there are more than MAX_HEIGHTS."""
    points: int
    invalid: int
    """Points at which the network cannot be built."""


LEAST_HEIGHT = 96
MAX_HEIGHTS = 1_000
"""Of larger inputs, so many heights are compared, evenly spaced."""
ALPHAS = [Fraction(hundredth, 100) for hundredth in range(25, 101)]

Table: TypeAlias = "list[list[Any]]"
"""A number at each alpha (a row) and rho (a column)."""


def deviations(law: NetworkLaw) -> Deviations:
    """Compare at alpha 0.25 to 1.0 by 0.01 and every height from 96 to the network's own.

    Of more than MAX_HEIGHTS heights, some are left out. Where the comparison takes too much work,
    none is made: there are no points then.
    """
    inputs = law.plan.inputs.values()
    own = next((shape[-2] for shape in inputs if len(shape) > 2), 1)
    least = min(LEAST_HEIGHT, own)
    step = -(-(own - least) // MAX_HEIGHTS) or 1
    rhos = [Fraction(height, own) for height in range(own, least - 1, -step)][::-1]
    heights = own - step * (len(rhos) - 1), own
    try:
        exact = _exact(law.plan.within(Work(MOST)), ALPHAS, rhos, law.metrics)
    except TooMuchWorkError:
        return Deviations({}, heights, step, 0, 0)
    worst = {}
    for metric in law.metrics:
        computed = _law_table(law, metric, ALPHAS, rhos)
        off = [
            (abs(value / count - 1), -row, -column)
            for row, (values, counts) in enumerate(zip(computed, exact[metric], strict=True))
            for column, (value, count) in enumerate(zip(values, counts, strict=True))
            if count
        ]
        if off:
            _, row, column = max(off)
            worst[metric] = _deviation(law, metric, ALPHAS[-row], rhos[-column])
    invalid = sum(count is None for row in exact[law.metrics[0]] for count in row)
    return Deviations(worst, heights, step, len(ALPHAS) * len(rhos), invalid)


def _exact(
    plan: Plan, alphas: Sequence[Number], rhos: Sequence[Number], metrics: Sequence[str]
) -> dict[str, Table]:
    """The integers; None where there is no network."""
    try:
        return _by_trace(plan, alphas, rhos, metrics)
    except (CostcalcError, NotSeparableError):
        return _by_grid(plan, alphas, rhos, metrics)


def _deviation(law: NetworkLaw, metric: str, alpha: Fraction, rho: Fraction) -> Deviation:
    """The deviation at one point, exactly."""
    plan = law.plan.with_axes([Axis("alpha", Range.of([alpha])), Axis("rho", Range.of([rho]))])
    network = plan.at([alpha, rho])
    exact = int(measure(network, [metric])[metric])
    point = {**law.values, "alpha": alpha, "rho": rho}
    piece = next(p for p in law.pieces if all(w.holds(point[s]) for s, w in p.where.items()))
    computed = Fraction(piece.forms[metric].at(point))
    size = network.inputs[0].shape.resolution
    return Deviation((computed - exact) / exact, computed, exact, alpha, size)


def _law_table(
    law: NetworkLaw, metric: str, alphas: Sequence[Fraction], rhos: Sequence[Fraction]
) -> Table:
    """The law's values in floats."""
    table: Table = [[0.0] * len(rhos) for _ in alphas]
    others = {name: float(own) for name, own in law.values.items() if name not in ("alpha", "rho")}
    for where, forms in law.pieces:
        if not all(where[name].holds(law.values[name]) for name in where if name in others):
            continue
        rows = [n for n, a in enumerate(alphas) if where.get("alpha", EVERYWHERE).holds(a)]
        columns = [n for n, r in enumerate(rhos) if where.get("rho", EVERYWHERE).holds(r)]
        by_row = [{**others, "alpha": float(alphas[row])} for row in rows]
        by_column = [{"rho": float(rhos[column])} for column in columns]
        form = forms[metric]
        each = [
            _table(one, by_row, by_column)
            for one in (form.of if isinstance(form, Largest) else (form,))
        ]
        for row, values in zip(rows, _largest(each), strict=True):
            for column, value in zip(columns, values, strict=True):
                table[row][column] = value
    return table


def _largest(tables: Sequence[Table]) -> Table:
    """Of several tables, the largest number in each place."""
    first, *others = tables
    if not others:
        return first
    return [[max(each) for each in zip(*rows, strict=True)] for rows in zip(*tables, strict=True)]


def _by_trace(
    plan: Plan, alphas: Sequence[Number], rhos: Sequence[Number], metrics: Sequence[str]
) -> dict[str, Table]:
    """The integers by a trace, where each step depends on alpha or on rho: without NumPy.

    Steps are run once for each value of one knob, and not for each pair.
    """
    plan = plan.with_axes([Axis("alpha", Range.of(alphas)), Axis("rho", Range.of(rhos))])
    traced = plan.traces([alphas, rhos], metrics).trace((plan.alpha, Fraction(1)))
    if traced.error is not None:
        raise traced.error
    plan.work.charge(TERM * traced.terms * (len(alphas) + len(rhos)))
    by_row = along(traced.trace, "alpha", alphas)
    by_column = along(traced.trace, "rho", rhos)
    return {metric: _table(form, by_row, by_column) for metric, form in traced.metrics.items()}


def _by_grid(
    plan: Plan, alphas: Sequence[Number], rhos: Sequence[Number], metrics: Sequence[str]
) -> dict[str, Table]:
    """The integers over a grid."""
    import numpy as np

    plan = plan.with_axes([Axis("alpha", Range.of(alphas)), Axis("rho", Range.of(rhos))])
    shape = len(alphas), len(rhos)
    costs = plan.over([alphas, rhos], metrics)
    valid = np.ones(shape, dtype=bool) if costs.valid is None else costs.valid.reshape(shape)
    found = {}
    for metric in metrics:
        exact = np.full(shape, None)
        if metric in costs.metrics:
            exact[valid] = costs.metrics[metric].reshape(shape)[valid]
        found[metric] = exact.tolist()
    return found


def _table(
    form: Polynomial, by_row: Sequence[Mapping[Any, Any]], by_column: Sequence[Mapping[Any, Any]]
) -> Table:
    """A polynomial at each row and column; each has the numbers of its own variables.

    Factors that depend on the column are taken out, as `numeric.tables` does, so a pair costs
    as many products as there are different ones.
    """
    if not by_row or not by_column:
        return [[] for _ in by_row]
    heads: dict[Monomial, dict[Monomial, Number]] = {}
    for monomial, c in form:
        tail = frozenset(factor for factor in monomial if not _within(factor, by_row[0]))
        heads.setdefault(tail, {})[monomial - tail] = c
    if not all(_within(factor, by_column[0]) for tail in heads for factor in tail):
        return [[form.at({**row, **column}) for column in by_column] for row in by_row]
    tails = [Polynomial({tail: 1}) for tail in heads]
    columns = [[tail.at(numbers) for tail in tails] for numbers in by_column]
    factors = [Polynomial(head) for head in heads.values()]
    rows = ([factor.at(numbers) for factor in factors] for numbers in by_row)
    return [[sum(map(mul, row, column)) for column in columns] for row in rows]


def _within(factor: tuple[Any, int], numbers: Mapping[Any, Any]) -> bool:
    """Whether the numbers have all variables of a factor, which may be a divisor with several."""
    base, _ = factor
    return base.variables <= numbers.keys() if isinstance(base, Polynomial) else base in numbers
