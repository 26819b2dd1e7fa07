"""The law of a network: MACs and params by alpha and rho, as if nothing were rounded.

A max, a min or a condition cuts the law into pieces. The network is derived at one point of each
cell between the known breakpoints; each derivation (`numeric.unrounded`) reports the places
where its own decisions change. These cut the cells further, until no derivation finds a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import prod
from typing import Any, NamedTuple

from costcalc.costs.totals import Costs
from costcalc.errors import CostcalcError
from costcalc.explore.plan import Plan
from costcalc.formulas.largest import Largest, largest
from costcalc.formulas.symbols import FORMULA_METRICS, knob_symbols, over_symbols
from costcalc.graph.builder import Builder
from costcalc.graph.unrounded import UnroundedBuilder
from costcalc.numeric.exact import Number, whole
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.traced import knobs_of, polynomial_of
from costcalc.numeric.unrounded import Decision, UnroundedTrace

MAX_PIECES = 64


class Interval(NamedTuple):
    """A range of one symbol in which a piece of a law holds; an end of None is infinite."""

    low: Number | None
    high: Number | None
    low_closed: bool
    high_closed: bool

    def holds(self, value: Number) -> bool:
        """Whether a value lies in it."""
        above = self.low is None or value > self.low or (self.low_closed and value == self.low)
        below = self.high is None or value < self.high or (self.high_closed and value == self.high)
        return bool(above and below)


class Piece(NamedTuple):
    """The ranges of the symbols in which a piece of the law holds, and its formula by metric."""

    where: dict[str, Interval]
    forms: dict[str, Polynomial | Largest]


class NetworkLaw(NamedTuple):
    plan: Plan
    symbols: list[str]
    """alpha, rho, and the params that stay symbols."""
    values: dict[str, Number]
    """The value that the network itself gives each symbol."""
    pieces: list[Piece]
    decisions: list[Decision]

    @property
    def metrics(self) -> Sequence[str]:
        return list(self.pieces[0].forms)


def network_law(
    plan: Plan, free: Sequence[str] = (), metrics: Sequence[str] = FORMULA_METRICS
) -> NetworkLaw:
    """Metrics by alpha and rho (and free params), unrounded.

    MobileNet paper (arXiv:1704.04861), equation 7, summed over the layers of any network.
    """
    own = knob_symbols(plan, free)
    over_symbols(plan, own, Builder)  # it must meet its own conditions, which cut no law
    symbols = list(own)
    points: dict[str, list[Fraction]] = {symbol: [] for symbol in symbols}
    while True:
        cells = [
            dict(zip(symbols, cell, strict=True))
            for cell in product(*(_cells(points[symbol]) for symbol in symbols))
        ]
        derived = [_derive(plan, own, _inside(cell, own), metrics) for cell in cells]
        found = {
            symbol: sorted(
                {
                    *points[symbol],
                    *(p for one, _ in derived for p in one.breakpoints.get(symbol, ())),
                }
            )
            for symbol in symbols
        }
        if found == points:
            break
        if prod(len(own_points) + 1 for own_points in found.values()) > MAX_PIECES:
            raise CostcalcError(
                f"max, min and conditions cut the law into more than {MAX_PIECES} pieces",
                hint="--exact keeps them in one formula",
            )
        points = found
    pieces = [Piece(cell, forms) for cell, (_, forms) in zip(cells, derived, strict=True)]
    for symbol in symbols:
        pieces = _joined(pieces, symbol)
    decisions = {key: d for one, _ in derived for key, d in one.decisions.items()}
    bounded = [
        Piece({s: i for s, i in where.items() if i != EVERYWHERE}, forms) for where, forms in pieces
    ]
    return NetworkLaw(plan, symbols, own, bounded, list(decisions.values()))


def _derive(
    plan: Plan, own: dict[str, Number], here: dict[str, Number], metrics: Sequence[str]
) -> tuple[UnroundedTrace, dict[str, Polynomial | Largest]]:
    """The law as it is around one place, and what was decided on the way."""
    reference = {**own, "alpha": 1, "rho": 1}
    free = [name for name in own if name not in ("alpha", "rho")]
    trace = UnroundedTrace(reference, own, here, free, plan.work)
    try:
        network = over_symbols(plan, knobs_of(trace), UnroundedBuilder)
        terms = {metric: _terms(Costs(network), metric) for metric in metrics}
    except ZeroDivisionError:
        # A piece that alpha 1 does not lie in: its expressions need have no value there.
        raise CostcalcError(
            "the law has a piece whose expressions divide by 0 at alpha 1",
            hint="--exact has no pieces; or let a condition that does not read alpha choose "
            "between the expressions, instead of min or max",
        ) from None
    return trace, {
        metric: largest(trace.form(polynomial_of(term)).polynomial for term in own)
        for metric, own in terms.items()
    }


def _terms(costs: Costs, metric: str) -> list[Number]:
    """The numbers of which a metric is the largest: itself, but for the peak of memory.

    To compare them while the network is built would cut the law into pieces.
    """
    return costs.memory.peak_terms if metric == "peak_memory" else [costs[metric]]


EVERYWHERE = Interval(None, None, False, False)


def _cells(points: Sequence[Fraction]) -> list[Interval]:
    """The breakpoints, and the open intervals before, between and after them."""
    ends = [None, *map(whole, points), None]
    cells = [Interval(None, ends[1], False, False)]
    for low, high in pairwise(ends[1:]):
        cells += [Interval(low, low, True, True), Interval(low, high, False, False)]
    return cells


def _inside(cell: dict[str, Interval], own: dict[str, Number]) -> dict[str, Number]:
    """A value of each symbol in a cell: the network's own where that is inside."""
    point = {}
    for symbol, interval in cell.items():
        value = own[symbol]
        if interval.low is not None and interval.low == interval.high:
            value = interval.low
        elif not interval.holds(value):
            low = interval.low or Fraction(0)
            value = low + 1 if interval.high is None else (low + interval.high) / Fraction(2)
        point[symbol] = value
    return point


def _joined(pieces: list[Piece], symbol: str) -> list[Piece]:
    """The pieces, with neighbours along a symbol joined where their formulas are the same."""
    joined: dict[Any, list[Piece]] = {}
    for piece in pieces:
        row = joined.setdefault(tuple(i for s, i in piece.where.items() if s != symbol), [])
        if row and row[-1].forms == piece.forms:
            before, after = row[-1].where[symbol], piece.where[symbol]
            where = before._replace(high=after.high, high_closed=after.high_closed)
            row[-1] = Piece({**piece.where, symbol: where}, piece.forms)
        else:
            row.append(piece)
    return [piece for row in joined.values() for piece in row]
