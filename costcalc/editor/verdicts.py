"""Budgets while a network is typed: how far it is within each."""

from __future__ import annotations

from typing import NamedTuple

from costcalc.budgets.cost_cache import CostCache
from costcalc.budgets.verdict import FAIL, PASS, WARN, Verdict, judge
from costcalc.editor.examination import Examination
from costcalc.editor.line_costs import share
from costcalc.errors import CostcalcError
from costcalc.metrics import METRICS
from costcalc.metrics.metric import Metric
from costcalc.numeric.exact import Number
from costcalc.units import bytes_text, duration_text, fixed, short_count

_STATUS = {PASS: "within", WARN: "near the limit", FAIL: "over"}


class Judged(NamedTuple):
    """What came of the limits of a network."""

    verdicts: list[Verdict]
    faults: list[CostcalcError]
    """Of limits that the network cannot be compared with."""


def judged(found: Examination) -> Judged:
    """Compare a network with each limit of it and of the projects around it.

    How much a metric may grow is left out: there is nothing to compare with.
    """
    from costcalc.budgets.network_check import limits_of  # much that a start does not need
    from costcalc.budgets.result import Options
    from costcalc.project.project_file import Projects

    file, analysis = found.file, found.analysis
    if file is None or analysis is None:
        return Judged([], [])
    try:
        limits = limits_of(file, None, Options(), Projects())
    except CostcalcError as error:
        return Judged([], list(error.problems))
    is_first = analysis.variant == file.variant(None)[0]
    costs = CostCache(analysis.network if is_first else file)
    made = Judged([], [])
    for limit in limits:
        try:
            made.verdicts.append(judge(limit._replace(growth=None), costs, None))
        except CostcalcError as error:
            for fault in error.problems:
                fault.position = limit.position
                made.faults.append(fault)
    costs.dismantle_built()
    return made


def said(verdict: Verdict) -> str:
    """`569 M of 600 M MACs, 94.8 %: within`."""
    metric = METRICS[verdict.limit.metric]
    value = short(metric, verdict.value)
    if verdict.max is None:
        return f"{value} {metric.title}"
    return (
        f"{value} of {short(metric, verdict.max)} {metric.title}, "
        f"{share(verdict.value, verdict.max)}: {_STATUS[verdict.status]}"
    )


def short(metric: Metric, value: Number) -> str:
    """Write a value with three digits and its unit."""
    if metric.unit == "second":
        return duration_text(value)
    if not metric.is_whole:
        return fixed(value, 2)
    return bytes_text(int(value)) if metric.unit == "byte" else short_count(int(value))
