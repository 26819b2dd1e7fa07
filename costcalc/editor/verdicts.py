"""Budgets while a network is typed: how far it is within each."""

from __future__ import annotations

from costcalc.budgets.cost_cache import CostCache
from costcalc.budgets.verdict import FAIL, PASS, WARN, Verdict, judge
from costcalc.editor.examination import Examination
from costcalc.editor.line_costs import share
from costcalc.errors import CostcalcError
from costcalc.metrics import METRICS
from costcalc.metrics.metric import Metric
from costcalc.numeric.exact import Number
from costcalc.project.limits import Limit
from costcalc.units import bytes_text, duration_text, fixed, short_count

_STATUS = {PASS: "within", WARN: "near the limit", FAIL: "over"}


class Judgement:
    """A network beside its limits and those of the projects around it, compared one by one: limits
    of other variants take a network each.

    How much a metric may grow is left out: there is nothing to compare with. So are the limits of a
    space of networks, which must be walked for them.
    """

    def __init__(self, found: Examination) -> None:
        self.verdicts: list[Verdict] = []
        self.faults: list[CostcalcError] = []
        """Of limits that the network cannot be compared with."""
        self._left: list[Limit] = []
        """The limits that are not compared yet, the next one last."""
        file, analysis = found.file, found.analysis
        if file is None or analysis is None or found.is_space:
            return
        from costcalc.budgets.network_check import limits_of  # much that a start does not need
        from costcalc.budgets.result import Options
        from costcalc.project.project_file import Projects

        try:
            self._left = limits_of(file, None, Options(), Projects())[::-1]
        except CostcalcError as error:
            self.faults += error.problems
        is_first = analysis.variant == file.variant(None)[0]
        self._costs = CostCache(analysis.network if is_first else file)

    @property
    def is_done(self) -> bool:
        return not self._left

    def step(self) -> None:
        """Compare one limit more."""
        if self._left:
            limit = self._left.pop()
            try:
                self.verdicts.append(judge(limit._replace(growth=None), self._costs, None))
            except CostcalcError as error:
                for fault in error.problems:
                    fault.position = limit.position
                    self.faults.append(fault)
            if not self._left:
                self._costs.dismantle_built()

    def finish(self) -> Judgement:
        """Compare all limits."""
        while self._left:
            self.step()
        return self

    def dismantle(self) -> None:
        """Leave it as it is; see `Examination.dismantle`."""
        if self._left:
            self._left.clear()
            self._costs.dismantle_built()


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
