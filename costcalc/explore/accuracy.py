"""Published top-1 accuracies at the settings of a sweep."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.costs.published import figures_of, setting_of
from costcalc.errors import CostcalcError, nearest
from costcalc.explore.plan import Plan
from costcalc.language.published import Figures


class Accuracy(NamedTuple):
    """The accuracies of one source, by setting."""

    source: str
    top1: dict[Any, Fraction]
    others: list[str]
    """The other sources that the network's file names."""


def accuracies(plan: Plan, source: str | None) -> Accuracy | None:
    """Find the accuracies of a source by its name or a part of it, or of the first source.

    None where none are published, or where params are given: they make another network of it.
    """
    found: dict[str, list[Figures]] = {}
    for figures in figures_of(plan.file, plan.setting.variant):
        if figures.top1 is not None:
            found.setdefault(figures.source or "published", []).append(figures)
    chosen = list(found)[:1]
    if source is not None:
        chosen = [name for name in found if source.lower() in name.lower()]
        if source in found:
            chosen = [source]
        if len(chosen) != 1:
            what = "is in the names of several sources" if chosen else "is no source of accuracy"
            raise CostcalcError(
                f"'{source}' {what} of {plan.file.name}",
                hint=nearest(source, found)
                or (f"it has: {'; '.join(found)}" if found else "it has none"),
            )
    if not chosen or plan.setting.params or plan.params:
        return None
    top1 = {
        setting_of(figures, plan.setting.variant, plan.file): figures.top1
        for figures in found[chosen[0]]
        if figures.top1 is not None
    }
    return Accuracy(chosen[0], top1, [name for name in found if name != chosen[0]])
