"""What the GitHub action takes."""

from __future__ import annotations

import yaml
from support.paths import PROJECT

from .markdown import code, prose, table


def inputs() -> str:
    action = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
    rows = [[code(name), prose(one["description"])] for name, one in action["inputs"].items()]
    return table(["input", "meaning"], rows)
