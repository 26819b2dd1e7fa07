"""GitLab's code quality report: JSON with an issue for each limit that failed or warns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from costcalc.budgets.result import Report
from costcalc.project.discovery import repository_path
from costcalc.reports.check.findings import findings, numbered


def lines(report: Report, relative: Callable[[str], str] = repository_path) -> Iterator[str]:
    issues = [
        {
            "description": one.message,
            "check_name": f"costcalc-{one.verdict.limit.metric}",
            "fingerprint": fingerprint,
            "severity": "major" if one.failed else "minor",
            "location": {"path": one.path, "lines": {"begin": one.line}},
        }
        for fingerprint, one in numbered(list(findings(report, relative)))
    ]
    yield json.dumps(issues, indent=1) + "\n"
