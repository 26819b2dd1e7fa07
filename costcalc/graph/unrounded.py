"""Build a network without its roundings, for its law."""

from __future__ import annotations

from typing import Any

from costcalc.graph.tracing import SymbolicBuilder
from costcalc.language.item import Fields, Item
from costcalc.numeric.exact import Number
from costcalc.numeric.traced import Traced, atom_of
from costcalc.numeric.unrounded import UnroundedTrace
from costcalc.shapes import TensorShape


class UnroundedBuilder(SymbolicBuilder):
    """Settles the sides of maps; a repeat stays open where it depends on a free param.

    Builds over the numbers of an UnroundedTrace.
    """

    def _as_seen(self, out: TensorShape) -> TensorShape:
        return TensorShape(_settled(out.channels), map(_settled, out.sides), out.batch)

    def _require(self, item: Item, fields: Fields, scope: dict[str, Any]) -> None:
        """Pass: a law is of settings with a network; that of the file is built before."""

    def _keeps(self, count: Traced) -> bool:
        trace = _unrounded(count)
        return bool(trace.form(count.polynomial).polynomial.variables & trace.free)

    def _present(self, count: Traced) -> bool:
        """Without any copy at the network's own setting, the law is without it everywhere."""
        return _unrounded(count).is_above_0(count.polynomial)

    def _is_zero(self, difference: Number) -> bool:
        if not isinstance(difference, Traced):
            return super()._is_zero(difference)
        return not _unrounded(difference).form(difference.polynomial).polynomial


def _unrounded(number: Traced) -> UnroundedTrace:
    assert isinstance(number.trace, UnroundedTrace)
    return number.trace


def _settled(side: Number) -> Number:
    if not isinstance(side, Traced):
        return side
    atom = _unrounded(side).settle(side.polynomial)
    return side if atom is None else atom_of(side.trace, atom)
