"""GitHub's workflow commands: annotations on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from costcalc.checks import Report
from costcalc.report.check.findings import findings

MOST = 10
"""Annotations that GitHub shows of a step."""


def check(report: Report, relative: Callable[[str], str]) -> Iterator[str]:
    found = list(findings(report, relative))
    for one in found[:MOST]:
        level = "error" if one.failed else "warning"
        properties = {"file": one.path, "line": str(one.line), "title": f"costcalc: {one.title}"}
        said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        yield f"::{level} {said}::{_data(one.message)}\n"
    if len(found) > MOST:
        yield f"costcalc: {len(found) - MOST} more are not annotated; the worst {MOST} are.\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
