"""Exact values, knobs and conventions as JSON documents have them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from costcalc.accounting.convention import Accounting
from costcalc.units import decimal_text, fraction_text


def ratio_text(ratio: Fraction | None) -> str | None:
    """Write an exact ratio such as `6/7`."""
    return None if ratio is None else fraction_text(ratio)


def figure(value: Any) -> Any:
    """Write a metric for programs: a count as it is, a ratio as a decimal."""
    return float(value) if isinstance(value, Fraction) else value


def knobs_as_given(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """Write knobs as options take them: ratios as text, sizes as pairs, numbers as they are."""
    return {
        name: decimal_text(value) if isinstance(value, Fraction) or name in RATIOS else value
        for name, value in knobs.items()
    }


RATIOS = ("alpha", "rho")
"""Knobs whose values are ratios, even if they are whole numbers."""


def accounting_keys(counted: Accounting, runtime: str | None = None) -> dict[str, Any]:
    """Say how totals are counted, as far as options or a project say so, and on which runtime."""
    said: dict[str, Any] = {}
    if counted.convention is not None:
        said |= {"convention": counted.name, "unit": counted.unit}
    if counted.fold_batch_norm:
        said["fold_batch_norm"] = True
    if runtime is not None:
        said["runtime"] = runtime
    return said
