"""What `costcalc sweep` reports to programs, as JSON: the axes, and all points."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

from costcalc.explore.sweep import Swept
from costcalc.language.library import shown_path
from costcalc.render import columns
from costcalc.render.json import SEPARATOR, Encoded
from costcalc.reports.runtimes import runtime_text
from costcalc.reports.sweep.rows import named
from costcalc.reports.values import RATIOS, accounting_keys
from costcalc.units import fraction_text


def records(swept: Swept) -> dict[str, Any]:
    """The axes, and a point a line; a swept param stands under its name."""
    sweep = swept.sweep
    document: dict[str, Any] = {
        "network": sweep.name,
        "path": shown_path(sweep.plan.file.path),
        "axes": {
            name: [_knob(name, value) for value in values]
            for name, values in sweep.all_axes.items()
        },
    }
    if sweep.plan.setting.params:
        document["set"] = sweep.plan.fixed_texts
    plan = sweep.plan
    document |= accounting_keys(plan.setting.accounting, runtime_text(plan.file, plan.setting))
    if sweep.limits:
        document["limits"] = sweep.limits
    if sweep.accuracy is not None:
        document["source"] = sweep.accuracy.source
    return document | {"points": _points(swept)}


def _points(swept: Swept) -> Iterator[Encoded]:
    for table in swept.tables:
        before = "{"
        cells = []
        for name, column in named(swept.sweep, table.distinct()).items():
            if name in ("alpha", "rho", *swept.sweep.plan.params):
                column = column.map(partial(_knob, name))
            cells.append((f"{before}{json.dumps(name)}: ", column))
            before = ", "
        for piece in columns.lines(cells, "}" + SEPARATOR, json.dumps):
            if piece:
                yield Encoded(piece.decode().removesuffix(SEPARATOR))


def _knob(name: str, value: Any) -> Any:
    """alpha and rho are exact ratios, as text; a param that is a whole number is a number."""
    ratio = isinstance(value, Fraction) or (name in RATIOS and value is not None)
    return fraction_text(value) if ratio else value
