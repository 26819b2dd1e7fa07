"""Write a network in another form that follows alpha as it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TypeAlias

from costcalc.decompile.decompiler import decompiled
from costcalc.decompile.fitted import File, Fitted
from costcalc.decompile.law import KnownAlphas
from costcalc.decompile.wanted import Wanted
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network
from costcalc.importers.lines import pair
from costcalc.language.declared import Rounding
from costcalc.units import decimal_text

AtAlpha: TypeAlias = Callable[[Fraction | None], Network]
"""Builds a network at an alpha; None is its own."""
ALPHAS = tuple(Fraction(n, 100) for n in (100, 25, 35, 50, 75, 125, 140, 200))
"""Those at which the text is compared with the network; the first is that of its widths."""


def decompiled_at_any_alpha(build: AtAlpha, head: Sequence[str], wanted: Wanted) -> str:
    """The text of a network, which is it at any alpha; where none is found, at its own alone.

    Raises CostcalcError where the text would differ from the network in a layer or a total.
    """
    network = build(None)
    own = network.setting.alpha or Fraction(1)
    alphas = tuple(dict.fromkeys([*ALPHAS, own]))
    try:
        files = {alpha: _at(build(alpha), alpha, wanted) for alpha in alphas}
        first = files[Fraction(1)]
        alike = {alpha: file for alpha, file in files.items() if file.is_like(first)}
        known = KnownAlphas((*alike,), network.declared.rounding or Rounding())
        notes = [f"Compared with the network at alpha {_listed(alike)}."]
        others = [alpha for alpha in alphas if alpha not in alike]
        if others:
            notes.append(f"At alpha {_listed(others)} the network has another structure than this.")
        extra = [] if own == 1 else [pair("alpha", decimal_text(own))]
        return Fitted([*alike.values()], known).text([*head, *first.comments, *notes], extra)
    except CostcalcError as error:
        reason = next(iter(error.problems)).message
        note = f"Widths are those at alpha {decimal_text(own)}, as no text follows alpha: {reason}."
        return decompiled(network, [*head, note], wanted)


def _at(network: Network, alpha: Fraction, wanted: Wanted) -> File:
    return File(network, wanted, f"the network at alpha {decimal_text(alpha)}")


def _listed(alphas: Iterable[Fraction]) -> str:
    return ", ".join(map(decimal_text, sorted(alphas)))
