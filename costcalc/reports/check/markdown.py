"""Markdown that fits into a comment or into the summary of a job."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.budgets.result import Report
from costcalc.budgets.verdict import PASS
from costcalc.render import markdown
from costcalc.reports.check.page import network, summary, worst_first

MAX_COMMENT = 60_000
"""Bytes; a comment on GitHub may have 65,536 characters."""
MAX_SUMMARY = 900 * 1024
"""Bytes; the summary of a step on GitHub may have 1 MiB."""
_MAX_END = 4_000
"""Bytes of the lines below the networks."""


def lines(report: Report) -> Iterator[str]:
    """Report the worst networks, as many as fit, and say how many are left out."""
    end = "".join(markdown.lines(["", *summary(report)]))
    end = end if _size(end) < _MAX_END else _cut(end)
    room = (MAX_SUMMARY if report.is_summary else MAX_COMMENT) - _size(end) - 200
    shown = [
        n for n in worst_first(report.networks) if not (report.hide_passed and n.status == PASS)
    ]
    for number, checked in enumerate(shown):
        _, *parts = network(checked)  # the empty line before it
        text = "".join(markdown.lines(parts))
        room -= _size(text)
        if room < 0:
            yield f"**{len(shown) - number} more networks are left out for lack of room.**\n\n"
            break
        yield text
    yield end


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _cut(text: str) -> str:
    data = text.encode("utf-8", "backslashreplace")[: _MAX_END - 10]
    return data.decode("utf-8", "ignore") + "...\n"
