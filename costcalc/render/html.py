"""HTML of a page, for the cell of a notebook."""

from __future__ import annotations

import io
from collections.abc import Iterable

from costcalc.render import terminal
from costcalc.render.sheet import Part


def page(parts: Iterable[Part], width: int = 120) -> str:
    console = terminal.console(io.StringIO(), record=True, width=width)
    terminal.print_page(console, parts)
    return console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")
