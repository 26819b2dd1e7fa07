"""The law of a network: MACs and params by alpha and rho, as if nothing were rounded."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import prod
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.explore.plan import Plan
from costcalc.formulas.symbols import knob_symbols, over_symbols, sums
from costcalc.graph.symbolic import SymbolicBuilder
from costcalc.numeric.base import NumberKind
from costcalc.numeric.exact import Number
from costcalc.numeric.relaxed import Decision, Law, LawBook, number

MAX_PIECES = 64


class Interval(NamedTuple):
    """Where along a symbol a piece of a law holds; None is without end."""

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool

    def holds(self, value: Any) -> Any:
        """Whether a value lies in it, or at which places of an array one does."""
        inside = value == value
        if self.low is not None:
            inside = inside & ((value >= self.low) if self.low_closed else (value > self.low))
        if self.high is not None:
            inside = inside & ((value <= self.high) if self.high_closed else (value < self.high))
        return inside


class Piece(NamedTuple):
    """Where a piece of the law holds, by symbol, and its formulas."""

    where: dict[Any, Interval]
    forms: dict[str, Any]


class NetworkLaw(NamedTuple):
    plan: Plan
    symbols: list[Any]
    """alpha, rho, and the params that stay symbols."""
    own: dict[Any, Number]
    pieces: list[Piece]
    decisions: list[Decision]


class LawBuilder(SymbolicBuilder):
    """Builds over laws; a repeat stays open where it hangs on a param that is a symbol."""

    def __init__(self, *args: Any, free: frozenset[Any]) -> None:
        super().__init__(*args)
        self._free = free

    def _settled(self, out: Any) -> Any:
        return type(out)(*(side.settled() if isinstance(side, Law) else side for side in out))

    def _keeps(self, count: NumberKind) -> bool:
        return isinstance(count, Law) and bool(count.form.free_symbols & self._free)

    def _at_all(self, count: NumberKind) -> bool:
        assert isinstance(count, Law)
        if count.own < 1:  # the law is without any copy, whatever the symbol is
            count.note(">=", 1, False)
        return bool(count.own >= 1)


def network_law(plan: Plan, free: Sequence[str] = ()) -> NetworkLaw:
    """MACs and params by alpha and rho (and free params), unrounded.

    MobileNet paper (arXiv:1704.04861), equation 7, summed over the layers of any network.
    """
    own = knob_symbols(plan, free)
    symbols = list(own)
    points: dict[Any, list[Any]] = {symbol: [] for symbol in symbols}
    while True:
        cells = [
            dict(zip(symbols, cell, strict=True))
            for cell in product(*(_cells(points[symbol]) for symbol in symbols))
        ]
        derived = [_derive(plan, own, _inside(cell, own), free) for cell in cells]
        found = {
            symbol: sorted(
                {
                    *points[symbol],
                    *(p for book, _ in derived for p in book.breakpoints.get(symbol, ())),
                }
            )
            for symbol in symbols
        }
        if found == points:
            break
        if prod(len(own_points) + 1 for own_points in found.values()) > MAX_PIECES:
            raise CostcalcError(
                f"the law has more than {MAX_PIECES} pieces: max, min and conditions make too many",
                hint="--exact keeps them as they are",
            )
        points = found
    pieces = [Piece(cell, forms) for cell, (_, forms) in zip(cells, derived, strict=True)]
    for symbol in symbols:
        pieces = _joined(pieces, symbol)
    decisions = {key: d for book, _ in derived for key, d in book.decisions.items()}
    bounded = [
        Piece({s: i for s, i in where.items() if i != EVERYWHERE}, forms) for where, forms in pieces
    ]
    return NetworkLaw(plan, symbols, own, bounded, list(decisions.values()))


def _derive(
    plan: Plan, own: dict[Any, Number], here: dict[Any, Any], free: Sequence[str]
) -> tuple[LawBook, dict[str, Any]]:
    """The law as it is around one place, and what was decided on the way."""
    alpha, rho, *others = own
    anchor = {symbol: 1 if symbol in (alpha, rho) else own[symbol] for symbol in own}
    book = LawBook(anchor, here, at_home=here == own)
    network = over_symbols(
        plan,
        {symbol.name: book.symbol(symbol, value) for symbol, value in own.items()},
        functools.partial(LawBuilder, free=frozenset(others)),
    )
    return book, sums(network)


EVERYWHERE = Interval(None, None, False, False)


def _cells(points: Sequence[Any]) -> list[Interval]:
    """The breakpoints, and the open intervals before, between and behind them."""
    ends = [None, *map(number, points), None]
    cells = [Interval(None, ends[1], False, False)]
    for low, high in pairwise(ends[1:]):
        cells += [Interval(low, low, True, True), Interval(low, high, False, False)]
    return cells


def _inside(cell: dict[Any, Interval], own: dict[Any, Number]) -> dict[Any, Any]:
    """A value of each symbol inside a cell: the network's own, if that is."""
    here = {}
    for symbol, interval in cell.items():
        value = own[symbol]
        if interval.low is not None and interval.low == interval.high:
            value = interval.low
        elif not interval.holds(value):
            low = interval.low or Fraction(0)
            value = low + 1 if interval.high is None else (low + interval.high) / Fraction(2)
        here[symbol] = value
    return here


def _joined(pieces: list[Piece], symbol: Any) -> list[Piece]:
    """The pieces with neighbours along a symbol made one where their formulas are the same."""
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
