"""Faults and warnings as an editor marks them: with a range, and with what mends them."""

from __future__ import annotations

import re
from typing import Any

from costcalc.budgets.verdict import FAIL, WARN, Verdict
from costcalc.editor.document import Document
from costcalc.editor.positions import Range, Text
from costcalc.editor.verdicts import said
from costcalc.errors import CostcalcError, CostcalcWarning, suggestion

ERROR, WARNING, INFORMATION = 1, 2, 3
OVER = "over-budget"
"""The code of a limit that does not hold."""
QUICK_FIX = "quickfix"
MAX_MESSAGE = 2_000
_WORD = re.compile(r"[\w$./-]+")
_QUOTED = re.compile(r"'(?:[^'\n]|'')*'|\"(?:[^\"\\\n]|\\.)*\"")


def diagnostics(document: Document) -> list[dict[str, Any]]:
    """Everything that is wrong with the text as it is, at its place."""
    found = []
    for fault in [*document.faults, *document.now.warnings]:
        place, elsewhere = range_of(fault, document)
        message = "\n".join([fault.message, *fault.notes])
        if elsewhere:
            message = f"{elsewhere}: {message}"
        if fault.hint:
            message += f"\nhint: {fault.hint}"
        found.append(
            {
                "range": place,
                "severity": WARNING if isinstance(fault, CostcalcWarning) else ERROR,
                "source": "costcalc",
                "message": message[:MAX_MESSAGE],
            }
        )
    over = (over_budget(verdict, document) for verdict in document.verdicts)
    return [*found, *(one for one in over if one is not None)]


def over_budget(verdict: Verdict, document: Document) -> dict[str, Any] | None:
    """The mark on a limit that does not hold; None where it holds or its line is being typed."""
    severity = {WARN: INFORMATION, FAIL: WARNING}.get(verdict.status)
    line = document.line_of(verdict)
    if severity is None or line is None:
        return None
    limit = verdict.limit
    place, text = limit.position, document.text
    start = text.starts[line]
    notes = [limit.setting.text(), f"layers {limit.layers}" if limit.layers else ""]
    if place is not None and document.is_own(place):
        start += min(place.column - 1, len(text.lines[line]))
    else:
        notes.append(limit.source)
    notes = [note for note in notes if note]
    message = said(verdict) + (f" ({', '.join(notes)})" if notes else "")
    if limit.message:
        message += f"\n{limit.message}"
    return {
        "range": text.range(start, _end_of_word(text, start)),
        "severity": severity,
        "source": "costcalc",
        "code": OVER,
        "message": message[:MAX_MESSAGE],
    }


def range_of(fault: CostcalcError, document: Document) -> tuple[Range, str | None]:
    """The range of a fault in the text; for one in another file, the first line and its place."""
    position = fault.position
    text = document.text
    if position is None or position.node is not None:
        return text.range(0, _end_of_word(text, 0)), None
    if not document.is_own(position):
        return text.range(*_including(text, position.path)), str(position)
    start = text.of_yaml(position.line, position.column)
    return text.range(start, _end_of_word(text, start)), None


def _end_of_word(text: Text, start: int) -> int:
    """Where the name, number or quoted text ends that begins at a place; at least one further."""
    for pattern in (_QUOTED, _WORD):
        match = pattern.match(text.text, start)
        if match:
            return match.end()
    return min(start + 1, len(text.text))


def _including(text: Text, path: str) -> tuple[int, int]:
    """Where a text names a file that it includes, as far as that is seen; else its beginning."""
    name = path.replace("\\", "/").rpartition("/")[2]
    start = text.text.find(name) if name else -1
    return (0, _end_of_word(text, 0)) if start < 0 else (start, start + len(name))


def fixes(document: Document, uri: str, asked: Range) -> list[dict[str, Any]]:
    """Edits that put what a hint suggests in the place of a misspelt name, within a range."""
    found = []
    for fault in document.faults:
        meant = suggestion(fault)
        if meant is None:
            continue
        place, elsewhere = range_of(fault, document)
        if elsewhere or not _meet(place, asked):
            continue
        found.append(
            {
                "title": f"Write '{meant}'",
                "kind": QUICK_FIX,
                "isPreferred": True,
                "edit": {"changes": {uri: [{"range": place, "newText": meant}]}},
            }
        )
    return found


def _meet(one: Range, other: Range) -> bool:
    return _key(one["start"]) <= _key(other["end"]) and _key(other["start"]) <= _key(one["end"])


def _key(position: Any) -> tuple[int, int]:
    return position["line"], position["character"]
