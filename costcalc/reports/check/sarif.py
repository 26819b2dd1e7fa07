"""SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from costcalc import __version__
from costcalc.budgets.result import Report
from costcalc.metrics import METRICS
from costcalc.project.discovery import repository_path
from costcalc.reports.check.findings import Finding, findings, numbered

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def lines(report: Report, relative: Callable[[str], str] = repository_path) -> Iterator[str]:
    found = numbered(list(findings(report, relative)))
    metrics = dict.fromkeys(one.verdict.limit.metric for _, one in found)
    driver = {
        "name": "costcalc",
        "semanticVersion": __version__,
        "rules": [_rule(metric) for metric in metrics],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, fingerprint) for fingerprint, one in found],
    }
    yield json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(metric: str) -> dict[str, Any]:
    text = f"A limit on the {METRICS[metric].title} of a network."
    return {"id": f"costcalc/{metric}", "shortDescription": {"text": text}}


def _result(one: Finding, fingerprint: str) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quote(one.path, errors="surrogateescape")},
        "region": {"startLine": one.line},
    }
    return {
        "ruleId": f"costcalc/{one.verdict.limit.metric}",
        "level": "error" if one.failed else "warning",
        "message": {"text": one.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"costcalcLimit/v1": fingerprint},
    }
