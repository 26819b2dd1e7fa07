"""Budgets while a network is typed: how far it is within each."""

from __future__ import annotations

from costcalc.budgets.cost_cache import CostCache
from costcalc.budgets.network_check import limits_of
from costcalc.budgets.result import Options
from costcalc.budgets.verdict import FAIL, PASS, WARN, Verdict, judge
from costcalc.editor.examination import Examination
from costcalc.editor.line_costs import share
from costcalc.errors import CostcalcError
from costcalc.metrics import METRICS
from costcalc.project.project_file import Projects
from costcalc.units import short_count

_STATUS = {PASS: "within", WARN: "near the limit", FAIL: "over"}


def verdicts(found: Examination) -> list[Verdict]:
    """Each limit of a network and of the projects around it, compared with the network.

    How much a metric may grow is left out: there is nothing to compare with.
    """
    file, analysis = found.file, found.analysis
    if file is None or analysis is None:
        return []
    try:
        limits = limits_of(file, None, Options(), Projects())
    except CostcalcError:
        return []  # it is among the faults of the file that says them
    is_first = analysis.variant == file.variant(None)[0]
    costs = CostCache(analysis.network if is_first else file)
    judged = []
    for limit in limits:
        try:
            judged.append(judge(limit._replace(growth=None), costs, None))
        except CostcalcError:
            continue
    costs.dismantle_built()
    return judged


def said(verdict: Verdict) -> str:
    """`569 M of 600 M MACs, 94.8 %: within`."""
    metric = METRICS[verdict.limit.metric]
    value = short_count(verdict.value)
    if verdict.max is None:
        return f"{value} {metric.title}"
    return (
        f"{value} of {short_count(verdict.max)} {metric.title}, "
        f"{share(verdict.value, verdict.max)}: {_STATUS[verdict.status]}"
    )
