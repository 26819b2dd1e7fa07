"""Pieces of Markdown that GitHub and mkdocs read alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape


def prose(text: str) -> str:
    """A text in which nothing is markup but code between backticks."""
    return re.sub(r"`([^`]+)`|[^`]+|`", lambda match: _run(match[0], match[1]), text)


def _run(text: str, quoted: str | None) -> str:
    if quoted:
        return code(quoted)
    marked = re.sub(r"([\\`*_\[\]])", r"\\\1", text)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")


def code(text: str) -> str:
    """Code, within a table too: there a plain bar would end the cell for one of the two."""
    if not re.search(r"[|`]", text):
        return f"`{text}`"
    return f"<code>{escape(text, quote=False).replace('|', '&#124;')}</code>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def block(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.strip(chr(10))}\n```"


def page(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)
