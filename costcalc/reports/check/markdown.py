"""Markdown for a comment or a job summary, cut where those are full."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.budgets.result import Report
from costcalc.budgets.verdict import PASS
from costcalc.render import markdown
from costcalc.reports.check.page import network, summary, worst_first

COMMENT = 60_000
"""Characters; a comment on GitHub takes 65,536."""
SUMMARY = 900 * 1024
"""Bytes; a step's summary on GitHub takes 1 MiB."""
_REST = 4_000


def lines(report: Report) -> Iterator[str]:
    """As many networks as there is room for, the worst first, and how many are left out."""
    end = "".join(markdown.lines(["", *summary(report)]))
    end = end if _size(end) < _REST else _cut(end)
    room = (SUMMARY if report.is_summary else COMMENT) - _size(end) - 200
    shown = [
        n for n in worst_first(report.networks) if not (report.hide_passed and n.status == PASS)
    ]
    for number, checked in enumerate(shown):
        _, *parts = network(checked)  # the empty line before it
        text = "".join(markdown.lines(parts))
        room -= _size(text)
        if room < 0:
            yield f"**{len(shown) - number} more networks are left out: there is no room.**\n\n"
            break
        yield text
    yield end


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _cut(text: str) -> str:
    data = text.encode("utf-8", "backslashreplace")[: _REST - 10]
    return data.decode("utf-8", "ignore") + "...\n"
