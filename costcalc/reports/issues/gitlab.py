"""GitLab's code quality report: JSON with an entry for each issue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from costcalc.reports.issues import Issue


def lines(issues: Iterable[Issue]) -> Iterator[str]:
    found = [
        {
            "description": one.message,
            "check_name": f"costcalc-{one.rule}",
            "fingerprint": one.fingerprint,
            "severity": "major" if one.failed else "minor",
            "location": {"path": one.path, "lines": {"begin": one.line}},
        }
        for one in issues
    ]
    yield json.dumps(found, indent=1) + "\n"
