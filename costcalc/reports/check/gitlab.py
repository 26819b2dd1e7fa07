"""GitLab's code quality report: an issue for each limit that failed or warns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from costcalc.budgets.result import Report
from costcalc.project.discovery import repository_path
from costcalc.reports.check.findings import issues
from costcalc.reports.issues import gitlab


def lines(report: Report, relative: Callable[[str], str] = repository_path) -> Iterator[str]:
    return gitlab.lines(issues(report, relative))
