"""One HTML file of a page: its data, style and script inside, and nothing fetched."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any

from costcalc import __version__

SCRIPTS = ("numbers", "formulas", "elements", "lanes", "layers", "details", "charts", "page")


@lru_cache(maxsize=32)
def asset(name: str) -> str:
    return files("costcalc.page").joinpath("assets", name).read_text(encoding="utf-8")


def document(
    data: Mapping[str, Any],
    name: str,
    totals: Mapping[str, int],
    more: Sequence[str] = (),
    static: str = "",
) -> str:
    """Write a page as HTML.

    data: what the scripts show. name, totals: what stands there before they run. more: further
    scripts, each one's style beside it. static: what is said where scripts do not run.
    """
    style = "\n".join(asset(f"{own}.css") for own in ("page", *more) if own != "live")
    program = "\n".join(asset(f"{own}.js") for own in (*SCRIPTS, *more, "start"))
    boot = asset("boot.js")
    connect = "connect-src 'self'; " if "live" in more else ""
    policy = (
        f"default-src 'none'; {connect}style-src '{_hash(style)}'; "
        f"script-src '{_hash(boot)}' '{_hash(program)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": escape(policy),
        "version": __version__,
        "title": escape(f"{name} · costcalc"),
        "name": f"<bdi>{escape(name)}</bdi>",
        "totals": "".join(
            f"<div><dt>{escape(title)}</dt><dd>{value:,}</dd></div>"
            for title, value in totals.items()
        ),
        "static": static and f"<pre>{escape(static)}</pre>",
        "style": deflated(style),
        "data": packed(data),
        "program": deflated(program),
        "boot": boot,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], asset("page.html"))


def packed(data: Mapping[str, Any]) -> str:
    """Data as JSON, deflated."""
    return deflated(json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def deflated(text: str) -> str:
    """A text deflated, in ASCII85 without a "<": a third of its size, and nothing that is HTML."""
    return base64.a85encode(zlib.compress(text.encode(), 9)).decode().replace("<", "v")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
