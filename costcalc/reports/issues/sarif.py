"""SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from costcalc import __version__
from costcalc.reports.issues import Issue

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def lines(issues: Sequence[Issue], identity: str) -> Iterator[str]:
    """identity: the name of what fingerprints tell apart, with its version."""
    rules = {one.rule: one.about for one in issues}
    driver = {
        "name": "costcalc",
        "semanticVersion": __version__,
        "rules": [
            {"id": f"costcalc/{rule}", "shortDescription": {"text": about}}
            for rule, about in rules.items()
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, identity) for one in issues],
    }
    yield json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(one: Issue, identity: str) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quote(one.path, errors="surrogateescape")},
        "region": {"startLine": one.line},
    }
    return {
        "ruleId": f"costcalc/{one.rule}",
        "level": "error" if one.failed else "warning",
        "message": {"text": one.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {identity: one.fingerprint},
    }
