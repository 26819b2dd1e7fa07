"""Tracked numbers, which know how fast they grow: what makes breakpoints exact.

A network's widths are affine in alpha until something rounds them, so the value and the tangent of
a width at one position give its value anywhere near, as a fraction. Whenever a tracked number is
rounded or compared, the grid records a RoundingEvent; value and tangent say at which alpha the
outcome changes (`explore.breakpoints`). The rounded number is constant between those places, so it
is not tracked.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from costcalc.numeric.exact import Number


class NotAffineError(Exception):
    """A tracked number was multiplied by another, or divides: its breakpoints are not fractions."""


def tangents_of(operator: str, left: Any, right: Any) -> dict[int, Number] | None:
    """The tangents of an outcome, where an operand is tracked."""
    a = getattr(left, "tangents", None)
    b = getattr(right, "tangents", None)
    if a is None and b is None:
        return None
    tangents: dict[int, Any]
    if operator in "+-":
        tangents = dict(a or {})
        for axis, tangent in (b or {}).items():
            tangents[axis] = tangents.get(axis, 0) + (tangent if operator == "+" else -tangent)
    elif operator == "*" and (a is None or b is None):
        factor = right if b is None else left
        tangents = {axis: tangent * factor for axis, tangent in (a or b or {}).items()}
    elif operator in ("/", "//") and b is None and a is not None:
        tangents = {axis: tangent * Fraction(1) / right for axis, tangent in a.items()}
    else:
        raise NotAffineError
    return {axis: getattr(tangent, "dense", tangent) for axis, tangent in tangents.items()}
