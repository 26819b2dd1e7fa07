"""Formulas as JSON: texts for people, Python for programs, and the terms of polynomials."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import singledispatch
from typing import Any

from costcalc.explore.plan import Plan
from costcalc.formulas import (
    ExactFormula,
    Interval,
    Largest,
    LayerFormulas,
    NetworkLaw,
    Piece,
    Seed,
    deviations,
)
from costcalc.language.library import shown_path
from costcalc.numeric.polynomial import Polynomial
from costcalc.reports.formula.definitions import written
from costcalc.reports.formula.notation import Python, formula
from costcalc.reports.formula.page import TEXT
from costcalc.units import fraction_text


@singledispatch
def records(result: Any) -> dict[str, Any]:
    """The records of each kind of formula."""
    raise TypeError(result)


@records.register(Seed)
def seed_records(seed: Seed) -> dict[str, Any]:
    return {
        part: {name: formula(form, TEXT) for name, form in getattr(seed, part).items()}
        for part in Seed._fields
    }


@records.register(NetworkLaw)
def law_records(law: NetworkLaw) -> dict[str, Any]:
    result = _head(law.plan)
    found = deviations(law)
    result["symbols"] = {symbol: fraction_text(own) for symbol, own in law.values.items()}
    for metric in law.metrics:
        result[metric] = {"pieces": [_piece(piece, metric, law.symbols) for piece in law.pieces]}
    result["decisions"] = [
        {
            "left": formula(decision.left, TEXT),
            "comparison": decision.comparison,
            "right": formula(decision.right, TEXT),
            "outcome": _exact_value(decision.outcome),
        }
        for decision in law.decisions
    ]
    result["differences"] = {
        metric: {
            "relative": fraction_text(worst.relative),
            "relative_float": float(worst.relative),
            "alpha": fraction_text(worst.alpha),
            "resolution": worst.resolution,
            "law": fraction_text(worst.law),
            "exact": worst.exact,
        }
        for metric, worst in found.metrics.items()
    }
    result["invalid_settings"] = found.invalid
    return result


@records.register(ExactFormula)
def exact_records(exact: ExactFormula) -> dict[str, Any]:
    text = written(exact, Python(exact.symbols))
    result = _head(exact.plan)
    result["symbols"] = exact.symbols
    result["definitions"] = [{"name": n, "python": meaning} for n, meaning in text.definitions]
    for metric in exact.metrics:
        result[metric] = {"python": " + ".join(text.forms[metric]).replace("+ -", "- ")}
    return result


@records.register(LayerFormulas)
def layers_records(formulas: LayerFormulas) -> dict[str, Any]:
    analysis, layers = formulas
    result = {
        "network": analysis.variant or analysis.name,
        "path": shown_path(analysis.path),
        "alpha": fraction_text(analysis.alpha),
        "input": analysis.input.dims,
    }
    result["layers"] = [
        {
            "name": layer.name,
            "type": layer.type,
            "line": layer.line,
            "formulas": [
                {
                    "metric": line.metric,
                    "formula": formula(line.form, TEXT),
                    "python": formula(line.form, Python()),
                    "symbols": line.numbers,
                    "value": line.value,
                }
                for line in layer.lines
            ],
        }
        for layer in layers
    ]
    return result


def _head(plan: Plan) -> dict[str, Any]:
    head: dict[str, Any] = {
        "network": plan.name,
        "path": shown_path(plan.file.path),
    }
    if plan.setting.batch is not None:
        head["batch"] = plan.setting.batch
    return head | ({"set": plan.fixed_texts} if plan.setting.params else {})


def _piece(piece: Piece, metric: str, symbols: Sequence[Any]) -> dict[str, Any]:
    form = piece.forms[metric]
    return {
        "where": {symbol: _interval(interval) for symbol, interval in piece.where.items()},
        "formula": formula(form, TEXT),
        "python": formula(form, Python(symbols)),
        "terms": _terms(form, symbols),
    }


def _exact_value(value: Any) -> Any:
    """Fractions as text; ints and bools unchanged."""
    return fraction_text(value) if isinstance(value, Fraction) else value


def _interval(interval: Interval) -> dict[str, Any]:
    return {
        "from": None if interval.low is None else fraction_text(interval.low),
        "to": None if interval.high is None else fraction_text(interval.high),
        "from_open": not interval.low_closed,
        "to_open": not interval.high_closed,
    }


def _terms(form: Polynomial | Largest, symbols: Sequence[str]) -> list[dict[str, Any]] | None:
    """Exponents by symbol and the coefficient; None of a maximum, or where a term has a divisor."""
    if isinstance(form, Largest):
        return None
    if any(power < 0 for monomial in form.terms for _, power in monomial):
        return None
    return [
        {"coefficient": fraction_text(coefficient), **dict(zip(symbols, powers, strict=True))}
        for powers, coefficient in form.ordered(symbols)
    ]
