"""JSON: raw integers, exact ratios as text, one layer a line. Pieces are yielded as they come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from costcalc.explore.sweep import Sweep
from costcalc.render.json import SCHEMA_VERSION
from costcalc.reports.points import Chunk, mapped, point_columns
from costcalc.reports.values import RATIOS, accounting_keys
from costcalc.units import fraction_text


def sweep(result: Sweep, chunks: Iterable[Chunk]) -> Iterator[str]:
    """The axes, and a point a line; a swept param stands under its name."""
    head: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "network": result.name,
        "path": result.plan.file.path,
        "axes": {
            name: [_knob(name, value) for value in values]
            for name, values in result.all_axes.items()
        },
    }
    if result.plan.fixed:
        head["set"] = result.plan.fixed_texts
    head |= accounting_keys(result.plan.accounting)
    if result.limits:
        head["limits"] = result.limits
    if result.accuracy is not None:
        head["source"] = result.accuracy.source
    yield json.dumps(head)[:-1] + ',\n"points": ['
    first = True
    for chunk in chunks:
        columns = point_columns(result, chunk, _knob, None)
        keys = [json.dumps(key) for key in columns]
        texts = [
            map(str, column) if type(column[0]) is int else mapped(column, json.dumps)
            for column in columns.values()
            if column
        ]
        line = "{{" + ", ".join(f"{key}: {{}}" for key in keys) + "}}"
        rows = ",\n  ".join(line.format(*row) for row in zip(*texts, strict=True))
        if rows:
            yield f"{'' if first else ','}\n  {rows}"
            first = False
    yield "\n]}\n"


def _knob(name: str, value: Any) -> Any:
    """alpha and rho are exact ratios, as text; a param that is a whole number is a number."""
    ratio = isinstance(value, Fraction) or (name in RATIOS and value is not None)
    return fraction_text(value) if ratio else value
