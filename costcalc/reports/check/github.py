"""GitHub's workflow commands: annotations on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from costcalc.budgets.result import Report
from costcalc.errors import CostcalcError
from costcalc.project.discovery import repository_path
from costcalc.reports.check.findings import findings
from costcalc.text import escaped

MAX_ANNOTATIONS = 10
"""GitHub shows no more of one step."""


def lines(report: Report, relative: Callable[[str], str] = repository_path) -> Iterator[str]:
    found = list(findings(report, relative))
    for one in found[:MAX_ANNOTATIONS]:
        level = "error" if one.failed else "warning"
        properties = {"file": one.path, "line": str(one.line), "title": f"costcalc: {one.title}"}
        said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        yield f"::{level} {said}::{_data(one.message)}\n"
    if len(found) > MAX_ANNOTATIONS:
        more = len(found) - MAX_ANNOTATIONS
        yield f"costcalc: {more} more are not annotated; the worst {MAX_ANNOTATIONS} are.\n"


def faults(problems: Sequence[CostcalcError]) -> Iterator[str]:
    """Annotate errors in files on the lines where they are."""
    placed = [problem for problem in problems if problem.position is not None]
    for problem in placed[:MAX_ANNOTATIONS]:
        assert problem.position is not None
        path, line, column = problem.position
        node = problem.position.node
        of_text = {} if node is not None else {"line": str(line), "col": str(column)}
        properties = {
            "file": repository_path(path),
            **of_text,
            "title": "costcalc: nothing was checked",
        }
        said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        hint = f" (hint: {problem.hint})" if problem.hint else ""
        where = f"node {node}: " if node else ""
        yield f"::error {said}::{_data(where + problem.message + hint)}\n"


def _data(text: str) -> str:
    return escaped(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
