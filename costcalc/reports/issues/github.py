"""GitHub's workflow commands: annotations on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcalc.reports.issues import Issue
from costcalc.text import escaped

MAX_ANNOTATIONS = 10
"""GitHub shows no more of one step."""


def lines(issues: Sequence[Issue]) -> Iterator[str]:
    for one in issues[:MAX_ANNOTATIONS]:
        level = "error" if one.failed else "warning"
        properties = {"file": one.path, "line": str(one.line), "title": f"costcalc: {one.title}"}
        yield annotation(level, properties, one.message)
    if len(issues) > MAX_ANNOTATIONS:
        more = len(issues) - MAX_ANNOTATIONS
        yield f"costcalc: {more} more are not annotated; the worst {MAX_ANNOTATIONS} are.\n"


def annotation(level: str, properties: dict[str, str], message: str) -> str:
    """Write one workflow command."""
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {said}::{_data(message)}\n"


def _data(text: str) -> str:
    return escaped(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
