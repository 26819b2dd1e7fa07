"""What `costcalc sweep` reports to programs: the axes, and a point a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from costcalc.render.json import SEPARATOR, Encoded
from costcalc.reports.points import Found, mapped, point_columns
from costcalc.reports.values import RATIOS, accounting_keys
from costcalc.units import fraction_text


def records(found: Found) -> dict[str, Any]:
    """A swept param stands under its name in each point."""
    sweep = found.sweep
    head: dict[str, Any] = {
        "network": sweep.name,
        "path": sweep.plan.file.path,
        "axes": {
            name: [_knob(name, value) for value in values]
            for name, values in sweep.all_axes.items()
        },
    }
    if sweep.plan.fixed:
        head["set"] = sweep.plan.fixed_texts
    head |= accounting_keys(sweep.plan.accounting)
    if sweep.limits:
        head["limits"] = sweep.limits
    if sweep.accuracy is not None:
        head["source"] = sweep.accuracy.source
    return {**head, "points": _points(found)}


def _points(found: Found) -> Iterator[Encoded]:
    """The points of a chunk at a time: encoding each by itself would take most of the time."""
    for chunk in found.chunks:
        columns = point_columns(found.sweep, chunk, _knob, None)
        keys = [json.dumps(key) for key in columns]
        texts = [
            map(str, column) if type(column[0]) is int else mapped(column, json.dumps)
            for column in columns.values()
            if column
        ]
        line = "{{" + ", ".join(f"{key}: {{}}" for key in keys) + "}}"
        rows = SEPARATOR.join(line.format(*row) for row in zip(*texts, strict=True))
        if rows:
            yield Encoded(rows)


def _knob(name: str, value: Any) -> Any:
    """alpha and rho are exact ratios, as text; a param that is a whole number is a number."""
    ratio = isinstance(value, Fraction) or (name in RATIOS and value is not None)
    return fraction_text(value) if ratio else value
