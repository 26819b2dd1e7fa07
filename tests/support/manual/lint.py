"""The rules of `costcalc lint`, whose pages are the docstrings of their files."""

from __future__ import annotations

from costcalc.lint.registry import rules

from .markdown import page, prose


def reference() -> str:
    return page(part for known in rules().values() for part in _rule(known))


def _rule(known):
    yield f"### {known.name}"
    yield f"*{known.rule.severity}*"
    for paragraph in known.page.split("\n\n"):
        yield prose(" ".join(paragraph.split()))
