"""How far the law of a network is from the exact integers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore.plan import Axis, Plan
from costcalc.explore.ranges import listed
from costcalc.formulas.piecewise import EVERYWHERE, NetworkLaw
from costcalc.formulas.symbols import FORMULA_METRICS
from costcalc.numeric.polynomial import variable


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

    inputs = law.plan.declared.inputs or {}
    own = next((shape[1] for shape in inputs.values() if len(shape) == 3), 1)
    least = min(LEAST_HEIGHT, own)
    rhos = [Fraction(height, own) for height in range(least, own + 1)]
    plan = law.plan.having([Axis("alpha", listed(ALPHAS)), Axis("rho", listed(rhos))])
    values = [axis.slice(0, axis.count) for axis in plan.axes]
    shape = len(ALPHAS), len(rhos)
    valid = np.zeros(shape, dtype=bool)
    exact = {metric: np.zeros(shape) for metric in FORMULA_METRICS}

    def counts(some: list[list[Any]]) -> dict[str, Any] | None:
        grid = Grid(list(map(len, some)))
        try:
            sums = measure(plan.over(some, grid), FORMULA_METRICS)
        except CostcalcError:
            return None
        return {metric: grid.values(total) for metric, total in sums.items()}

    for places, found in plan.parts(values, counts):
        if found is not None:
            part = np.ix_(*places[:2])
            valid[part] = True
            for metric, array in found.items():
                exact[metric][part] = array.astype(float).reshape(array.shape[:2])
    worst = {}
    for metric in FORMULA_METRICS:
        compared = valid & (exact[metric] > 0)
        if compared.any():
            computed = np.array(_law_values(law, metric, ALPHAS, rhos))
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
    point = {**law.own, "alpha": alpha, "rho": rho}
    piece = next(p for p in law.pieces if all(w.holds(point[s]) for s, w in p.where.items()))
    computed = Fraction(piece.forms[metric].at(point))
    size = network.inputs[0].shape[1:]
    return Difference((computed - exact) / exact, computed, exact, alpha, size)


def _law_values(law: NetworkLaw, metric: str, alphas: list[Fraction], rhos: list[Fraction]) -> Any:
    """The law in floats at all combinations of alphas and rhos."""
    rows = []
    for alpha in alphas:
        pieces = []
        for where, forms in law.pieces:
            ranges = {**where}
            along_rho = ranges.pop("rho", EVERYWHERE)
            if all(own.holds({**law.own, "alpha": alpha}[name]) for name, own in ranges.items()):
                form = forms[metric].substitute({**law.own, "alpha": alpha, "rho": variable("rho")})
                pieces.append((along_rho, form))
        rows.append(
            [
                next(float(f.at({"rho": float(rho)})) for i, f in pieces if i.holds(rho))
                for rho in rhos
            ]
        )
    return rows
