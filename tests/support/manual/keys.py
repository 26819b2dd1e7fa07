"""The keys of a network file, as an editor is told them."""

from __future__ import annotations

from costcalc.reference.json_schema import schema

from .markdown import code, prose, table


def keys() -> str:
    required = ("input", "layers")
    found = {
        name: key.get("description") or schema()["$defs"][name]["description"]
        for name, key in schema()["properties"].items()
    }
    ordered = sorted(found, key=lambda name: name not in required)
    return table(
        ["key", "meaning"],
        [
            [code(name), prose(found[name]) + (" *Required.*" * (name in required))]
            for name in ordered
        ],
    )
