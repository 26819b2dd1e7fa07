"""The law of a network: MACs and params by alpha and rho, as if nothing were rounded."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

from costcalc.arithmetic import Number
from costcalc.errors import CostcalcError
from costcalc.formulas.build import knob_symbols, over_symbols, sums
from costcalc.kinds import NumberKind
from costcalc.law import Decision, Law, LawBook, number, sympify
from costcalc.plan import Plan
from costcalc.symbolic import SymbolicBuilder

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
        return isinstance(count, Law) and bool(count.own >= 1)


def network_law(plan: Plan, free: Sequence[str] = ()) -> NetworkLaw:
    """MACs and params by alpha and rho (and free params), unrounded.

    MobileNet paper (arXiv:1704.04861), equation 7, summed over the layers of any network.
    """
    own = knob_symbols(plan, free)
    symbols = list(own)
    points: dict[Any, list[Any]] = {symbol: [] for symbol in symbols}
    while True:
        cells = [
            dict(zip(symbols, c, strict=True))
            for c in product(*(_cells(points[s]) for s in symbols))
        ]
        books = [_derive(plan, own, _inside(cell, own), free) for cell in cells]
        found = {
            symbol: sorted(
                {
                    *points[symbol],
                    *(r for book, _ in books for r in book.breakpoints.get(symbol, ())),
                }
            )
            for symbol in symbols
        }
        if found == points:
            break
        if _count(found) > MAX_PIECES:
            raise CostcalcError(
                f"the law has more than {MAX_PIECES} pieces: max, min and conditions make too many",
                hint="--exact keeps them as they are",
            )
        points = found
    pieces = []
    for cell, (_, forms) in zip(cells, books, strict=True):
        where = {
            symbol: _closed(plan, own, cell, symbol, forms, free)
            for symbol in symbols
            if cell[symbol] != (None, None)
        }
        pieces.append(Piece(where, forms))
    decisions = {key: d for book, _ in books for key, d in book.decisions.items()}
    return NetworkLaw(plan, symbols, own, _joined(pieces), list(decisions.values()))


def _derive(
    plan: Plan, own: dict[Any, Number], here: dict[Any, Any], free: Sequence[str]
) -> tuple[LawBook, dict[str, Any]]:
    """The law as it is around one place, and what was decided on the way."""
    alpha, rho, *others = own
    book = LawBook({symbol: 1 if symbol in (alpha, rho) else own[symbol] for symbol in own}, here)
    network = over_symbols(
        plan,
        {symbol.name: book.symbol(symbol, value) for symbol, value in own.items()},
        functools.partial(LawBuilder, free=frozenset(others)),
    )
    return book, sums(network)


def _cells(points: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The intervals between breakpoints."""
    return list(zip([None, *points], [*points, None], strict=True))


def _count(points: dict[Any, list[Any]]) -> int:
    count = 1
    for own in points.values():
        count *= len(own) + 1
    return count


def _inside(cell: dict[Any, tuple[Any, Any]], own: dict[Any, Number]) -> dict[Any, Any]:
    """A value of each symbol inside a cell: the network's own, if that is."""
    here = {}
    for symbol, (low, high) in cell.items():
        value = sympify(own[symbol])
        if not ((low is None or value > low) and (high is None or value < high)):
            value = (low + 1) if high is None else ((low or 0) + high) / 2
        here[symbol] = value
    return here


def _closed(
    plan: Plan,
    own: dict[Any, Number],
    cell: dict[Any, tuple[Any, Any]],
    symbol: Any,
    forms: dict[str, Any],
    free: Sequence[str],
) -> Interval:
    """The interval of a cell, with the ends at which its own formulas hold."""
    low, high = cell[symbol]
    ends = []
    for end in (low, high):
        here = {**_inside(cell, own), symbol: end}
        ends.append(end is not None and _derive(plan, own, here, free)[1] == forms)
    return Interval(
        None if low is None else number(low), None if high is None else number(high), *ends
    )


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Pieces along one symbol, with neighbours of the same formulas made one."""
    if len({symbol for piece in pieces for symbol in piece.where}) != 1:
        return pieces
    joined = pieces[:1]
    for piece in pieces[1:]:
        if piece.forms == joined[-1].forms:
            (symbol,) = piece.where
            before, after = joined[-1].where[symbol], piece.where[symbol]
            interval = Interval(before.low, after.high, before.low_closed, after.high_closed)
            where = {} if interval.low is interval.high is None else {symbol: interval}
            joined[-1] = Piece(where, piece.forms)
        else:
            joined.append(piece)
    return joined
