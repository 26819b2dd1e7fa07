"""How far the law of a network is from the exact integers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore.plan import Axis, Plan
from costcalc.explore.ranges import listed
from costcalc.formulas.piecewise import NetworkLaw
from costcalc.formulas.symbols import METRICS
from costcalc.numeric.relaxed import number


class Difference(NamedTuple):
    """The largest relative difference between a law and the exact integers, and where it is."""

    relative: Fraction
    """Law minus exact, over exact."""
    law: Fraction
    exact: int
    alpha: Fraction
    resolution: tuple[int, int]


class Differences(NamedTuple):
    metrics: dict[str, Difference]
    heights: tuple[int, int]
    """The smallest and the largest height of the input; (1, 1) where it is a vector."""
    points: int
    invalid: int
    """Points at which the network cannot be built."""


LEAST_HEIGHT = 96
ALPHAS = [Fraction(hundredth, 100) for hundredth in range(25, 101)]


def differences(law: NetworkLaw) -> Differences:
    """Over alpha 0.25 to 1.0 by 0.01, and every height from 96 to the network's own."""
    import numpy as np

    from costcalc.numeric.grid import Grid

    inputs = law.plan.settings.inputs or {}
    own = next((shape[1] for shape in inputs.values() if len(shape) == 3), 1)
    least = min(LEAST_HEIGHT, own)
    rhos = [Fraction(height, own) for height in range(least, own + 1)]
    plan = law.plan.having([Axis("alpha", listed(ALPHAS)), Axis("rho", listed(rhos))])
    values = [axis.slice(0, axis.count) for axis in plan.axes]
    shape = len(ALPHAS), len(rhos)
    valid = np.zeros(shape, dtype=bool)
    exact = {metric: np.zeros(shape) for metric in METRICS}

    def counts(some: list[list[Any]]) -> dict[str, Any] | None:
        grid = Grid(list(map(len, some)))
        try:
            sums = measure(plan.over(some, grid), METRICS)
        except CostcalcError:
            return None
        return {metric: grid.values(total) for metric, total in sums.items()}

    for places, found in plan.parts(values, counts):
        if found is not None:
            part = np.ix_(*places[:2])
            valid[part] = True
            for metric, array in found.items():
                exact[metric][part] = array.astype(float).reshape(array.shape[:2])
    along = dict(zip(law.symbols, (ALPHAS, rhos), strict=False))
    worst = {}
    for metric in METRICS:
        compared = valid & (exact[metric] > 0)
        if compared.any():
            computed = _law_values(law, metric, along, np)
            off = np.abs(np.divide(computed, exact[metric], where=compared, out=np.ones(shape)) - 1)
            off = np.where(compared, off, -1)
            row, column = (int(place) for place in np.unravel_index(np.argmax(off), shape))
            worst[metric] = _difference(law, plan, metric, ALPHAS[row], rhos[column])
    return Differences(worst, (least, own), len(ALPHAS) * len(rhos), int((~valid).sum()))


def _difference(
    law: NetworkLaw, plan: Plan, metric: str, alpha: Fraction, rho: Fraction
) -> Difference:
    """At one point, exactly."""
    network = plan.at([alpha, rho])
    exact = int(measure(network, [metric])[metric])
    point = {**law.own, law.symbols[0]: alpha, law.symbols[1]: rho}
    piece = next(p for p in law.pieces if all(w.holds(point[s]) for s, w in p.where.items()))
    computed = Fraction(value_of(piece.forms[metric], point))
    size = network.inputs[0].shape[1:]
    return Difference((computed - exact) / exact, computed, exact, alpha, size)


def _law_values(law: NetworkLaw, metric: str, along: dict[Any, list[Fraction]], np: Any) -> Any:
    """The law, piece by piece, at all combinations of the values of alpha and rho."""
    shapes = dict(zip(along, ((-1, 1), (1, -1)), strict=True))
    floats: dict[Any, Any] = {symbol: float(own) for symbol, own in law.own.items()}
    for symbol, values in along.items():
        floats[symbol] = np.array(list(map(float, values))).reshape(shapes[symbol])
    total: Any = 0.0
    for piece in law.pieces:
        inside: Any = True
        for symbol, interval in piece.where.items():  # exactly: a float may be beside a border
            held = [bool(interval.holds(v)) for v in along.get(symbol, [law.own[symbol]])]
            inside = inside & np.array(held).reshape(shapes.get(symbol, (1, 1)))
        total = np.where(inside, value_of(piece.forms[metric], floats, float), total)
    return total


def value_of(form: Any, values: dict[Any, Any], read: Any = number) -> Any:
    """A formula with numbers, or arrays, in the place of its symbols."""
    if form.is_Symbol:
        return values[form]
    if form.is_Number:
        return read(form)
    parts = [value_of(part, values, read) for part in form.args]
    if form.is_Pow:
        base, exponent = parts
        return base**exponent if read is float else Fraction(base) ** exponent
    result = parts[0]
    for part in parts[1:]:
        result = result + part if form.is_Add else result * part
    return result
