"""GitHub's workflow commands: annotations of limits that failed or warn, and of faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from costcalc.budgets.result import Report
from costcalc.errors import CostcalcError
from costcalc.project.discovery import repository_path
from costcalc.reports.check.findings import issues
from costcalc.reports.issues import github
from costcalc.reports.issues.github import MAX_ANNOTATIONS, annotation


def lines(report: Report, relative: Callable[[str], str] = repository_path) -> Iterator[str]:
    return github.lines(issues(report, relative))


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
        hint = f" (hint: {problem.hint})" if problem.hint else ""
        where = f"node {node}: " if node else ""
        yield annotation("error", properties, where + problem.message + hint)
