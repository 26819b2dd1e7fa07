"""The comments of an Ultralytics model that state what its scales cost."""

from __future__ import annotations

import re

from costcalc.importers.nodes import place
from costcalc.language.foreign import Claim
from costcalc.language.yaml_nodes import Entries, MappingNode, ScalarNode

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""As YAML counts lines."""
_PARAMS = re.compile(r"([0-9][0-9,]{0,19}) parameters")
_TOTAL = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) GFLOPS", re.IGNORECASE)


def claims(text: str, parts: Entries) -> dict[str | None, Claim]:
    """Return the figures in the comments behind scales, such as 2,624,080 parameters, 6.6 GFLOPs.

    They are of the version that wrote them, or of the file that this one is a copy of.
    """
    scales = parts["scales"][1] if "scales" in parts else None
    if not isinstance(scales, MappingNode):
        return {}
    lines = _LINE_BREAK.split(text)
    found: dict[str | None, Claim] = {}
    for key, value in scales.value:
        line = value.end_mark.line
        comment = lines[line][value.end_mark.column :] if line < len(lines) else ""
        start = comment.find("#")
        params, total = _PARAMS.search(comment), _TOTAL.search(comment)
        if start >= 0 and isinstance(key, ScalarNode) and (params or total):
            at = place(line + 1, value.end_mark.column + start + 1)
            figures = params and params[1].replace(",", ""), total and total[1]
            found[key.value] = Claim(at, *figures)
    return found
