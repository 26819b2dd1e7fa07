"""JUnit XML: a suite for each network, a case for each limit, passed ones included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.sax.saxutils import quoteattr

from costcalc.budgets.result import Checked, Report
from costcalc.budgets.verdict import FAIL, WARN
from costcalc.project.discovery import repository_path
from costcalc.reports.check.explanation import explanation, subject
from costcalc.text import escaped


def lines(report: Report, relative: Callable[[str], str] = repository_path) -> Iterator[str]:
    tests = sum(len(checked.verdicts) for checked in report.networks)
    failures = sum(len(checked.failures) for checked in report.networks)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="costcalc" tests="{tests}" failures="{failures}" errors="0">\n'
    for checked in report.networks:
        yield from _suite(checked, relative(checked.path))
    yield "</testsuites>\n"


def _suite(checked: Checked, path: str) -> Iterator[str]:
    counts = f'tests="{len(checked.verdicts)}" failures="{len(checked.failures)}" errors="0"'
    yield f"  <testsuite name={_quoted(path)} {counts}>\n"
    for verdict, line in zip(checked.verdicts, checked.lines, strict=True):
        name = f"{subject(verdict)} ({verdict.limit.source})"
        head = (
            f"    <testcase name={_quoted(name)} classname={_quoted(path)} "
            f'file={_quoted(path)} line="{line}"'
        )
        if verdict.status not in (FAIL, WARN):
            yield f"{head}/>\n"
            continue
        said = _quoted(explanation(verdict))
        inner = (
            f"<failure message={said} type={_quoted(verdict.limit.metric)}/>"
            if verdict.status == FAIL
            else f"<system-out>{said[1:-1]}</system-out>"
        )
        yield f"{head}>\n      {inner}\n    </testcase>\n"
    yield "  </testsuite>\n"


def _quoted(text: str) -> str:
    """Quote an attribute's value, without what XML does not allow or a reader would not see."""
    return quoteattr(escaped(text))
