"""JSON: raw integers, exact ratios as text, one layer a line. Pieces are yielded as they come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from costcalc.explore.plan import Plan
from costcalc.explore.solve import Solution, Solved
from costcalc.explore.sweep import Sweep
from costcalc.render.json import SCHEMA_VERSION, lines
from costcalc.reports.points import Chunk, mapped, point_columns
from costcalc.units import decimal_text, fraction_text


def _text(ratio: Fraction | None) -> str | None:
    return None if ratio is None else fraction_text(ratio)


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
    head |= _accounting(result.plan)
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


def solved(result: Solved) -> Iterator[str]:
    """The solutions, most MACs first; where there is none, the nearest miss."""
    plan = result.plan
    head: dict[str, Any] = {
        "network": plan.variant or plan.file.name,
        "path": plan.file.path,
        "limits": result.limits,
        **_accounting(plan),
    }
    given = {
        axis.name: _decimal(axis.name, axis.slice(0, 1)[0]) for axis in plan.axes
    } | plan.fixed_texts
    if given:
        head["set"] = given
    if result.nearest is not None:
        knobs, counts, misses = result.nearest
        head["nearest"] = {"knobs": _knobs(knobs), **counts, "misses": misses}
    yield from lines({**head, "solutions": map(_solution, result.solutions)})


def _accounting(plan: Plan) -> dict[str, Any]:
    """By whose convention totals are counted, where that was asked for."""
    counted = plan.accounting
    said: dict[str, Any] = {}
    if counted.convention is not None:
        said |= {"convention": counted.name, "unit": counted.unit}
    if counted.fold_batch_norm:
        said["fold_batch_norm"] = True
    return said


def _solution(solution: Solution) -> dict[str, Any]:
    plateaus = {
        name: {
            "from": fraction_text(plateau.low),
            "to": fraction_text(plateau.high),
            "from_open": plateau.low_open,
            "to_open": plateau.high_open,
        }
        for name, plateau in solution.plateaus.items()
    }
    above = solution.next
    return {
        "knobs": _knobs(solution.knobs),
        **solution.counts,
        "plateau": next(iter(plateaus.values())),
        "plateaus": plateaus,
        "next": above and {"knobs": _knobs(above.knobs), **above.counts, "exceeds": above.exceeds},
    }


def _knobs(knobs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _decimal(name, value) for name, value in knobs.items()}


def _decimal(name: str, value: Any) -> Any:
    """A knob's value as an option takes it: sizes as pairs, whole params as numbers."""
    ratio = isinstance(value, Fraction) or name in ("alpha", "rho")
    return decimal_text(value) if ratio else value


def _knob(name: str, value: Any) -> Any:
    """alpha and rho are exact ratios, as text; a param that is a whole number is a number."""
    ratio = isinstance(value, Fraction) or (name in ("alpha", "rho") and value is not None)
    return fraction_text(value) if ratio else value
