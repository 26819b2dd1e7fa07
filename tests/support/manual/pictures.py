"""Pictures of a terminal, drawn from what the program prints into one."""

from __future__ import annotations

import io
import re
import tempfile
from html import unescape

from support.paths import PROJECT

PICTURES = {PROJECT / "docs/analyze.svg": ("costcalc analyze mobilenet.yaml", 100)}
"""Where each stands, what it shows, and how many columns the terminal has."""
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def printed(picture) -> str:
    """The command and what a terminal gets, with its escapes for weight and colour."""
    from . import run

    command, width = PICTURES[picture]
    with tempfile.TemporaryDirectory() as folder:
        shown = run(command, folder, FORCE_COLOR="1", COLUMNS=str(width), TERM="xterm-256color")
    return f"$ {command}\n{shown}"


def drawn(picture) -> str:
    from rich.console import Console
    from rich.text import Text

    _, width = PICTURES[picture]
    console = Console(record=True, width=width, file=io.StringIO(), highlight=False, markup=False)
    console.print(Text.from_ansi(printed(picture)))
    svg = console.export_svg(title="costcalc", unique_id="costcalc")
    # Rich names a font of a foreign host; a picture of the manual fetches nothing.
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"Fira Code, monospace", FONTS, svg)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def visible(text: str) -> str:
    """What a picture or a terminal's text says, without style and without spaces."""
    if text.startswith("<svg"):
        text = "".join(map(unescape, re.findall(r'<text class="costcalc-r.*?>(.*?)</text>', text)))
    return "".join(re.sub(r"\x1b\[[\d;]*m", "", text).split())
