"""SARIF: a result for each limit that failed or warns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from costcalc.budgets.result import Report
from costcalc.project.discovery import repository_path
from costcalc.reports.check.findings import issues
from costcalc.reports.issues import sarif


def lines(report: Report, relative: Callable[[str], str] = repository_path) -> Iterator[str]:
    return sarif.lines(issues(report, relative), "costcalcLimit/v1")
