"""A formula of any kind in any format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.formulas import ExactFormula, LayerFormulas, NetworkLaw, Seed
from costcalc.render.sheet import Part
from costcalc.reports.formula import json, latex, page, python

Result: TypeAlias = "Seed | NetworkLaw | ExactFormula | LayerFormulas"


def as_page(result: Result) -> Iterator[Part]:
    if isinstance(result, Seed):
        return page.seed_page(result)
    if isinstance(result, NetworkLaw):
        return page.law_page(result)
    if isinstance(result, ExactFormula):
        return page.exact_page(result)
    return page.layer_page(result)


def as_latex(result: Result) -> Iterator[str]:
    if isinstance(result, Seed):
        return latex.seed_document(result)
    if isinstance(result, NetworkLaw):
        return latex.law_document(result)
    if isinstance(result, ExactFormula):
        return latex.exact_document(result)
    return latex.layer_document(result)


def as_records(result: Result) -> dict[str, Any]:
    if isinstance(result, Seed):
        return json.seed_records(result)
    if isinstance(result, NetworkLaw):
        return json.law_records(result)
    if isinstance(result, ExactFormula):
        return json.exact_records(result)
    return json.layers_records(result)


def as_python(result: Result) -> Iterator[str]:
    if isinstance(result, NetworkLaw):
        return python.law_source(result)
    if isinstance(result, ExactFormula):
        return python.exact_source(result)
    raise CostcalcError(
        "Python source defines macs and params of a whole network",
        hint="name a network, and leave --layer out",
    )
