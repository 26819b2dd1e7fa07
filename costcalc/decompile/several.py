"""Decompile files of one network at several widths: one text, with its alpha."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.decompile.fitted import File, Fitted
from costcalc.decompile.wanted import Wanted
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network

LEAST_TO_HOLD_OUT = 3


def decompiled_law(networks: Sequence[Network], head: str, *, unfold: bool = False) -> str:
    """The text of a network, by which each of some networks is it at an alpha.

    unfold: with the batch norms that were folded. Raises CostcalcError where the networks differ
    in more than widths, where a width follows no rule, and where the text would differ from one of
    them.
    """
    files = [File(network, Wanted(unfold=unfold)) for network in networks]
    if len(files) < LEAST_TO_HOLD_OUT:
        note = "A third file would check the law: two do not tell it from coincidences."
    else:
        note = _checked(files)
    fitted = Fitted(files)
    return fitted.text([head, note, *fitted.said])


def _checked(files: Sequence[File]) -> str:
    """A line that says whether the law of the other files gives the one in the middle."""
    held = _held_out(files)
    try:
        predicted = Fitted([file for file in files if file is not held]).predicts(held)
    except CostcalcError:
        predicted = False
    said = f"{held.name} was left out of the search for the law and is"
    return f"{said} what it says." if predicted else f"{said} not what the others say alone."


def _held_out(files: Sequence[File]) -> File:
    """The file whose width is in the middle."""
    ordered = sorted(files, key=lambda file: file.totals["params"])
    return ordered[(len(ordered) - 1) // 2]
