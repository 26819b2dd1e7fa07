"""The shipped spaces of networks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.language.library import shown_path
from costcalc.language.network_file import NetworkFile
from costcalc.render.sheet import Column, Part, Sheet
from costcalc.reports import keys
from costcalc.reports.keys import Schema
from costcalc.text import escaped


def page(files: Sequence[NetworkFile]) -> Iterator[Part]:
    yield "Shipped spaces of networks"
    columns = [Column(head, left=True) for head in ("name", "what it is", "source")]
    rows = [[_name(file), escaped(file.name), escaped(file.source or "")] for file in files]
    yield Sheet(columns, rows)
    yield "costcalc space NAME says what is in one; --pick takes a network of it in other commands."


def schema() -> Schema:
    return keys.document(
        "The shipped spaces of networks.",
        {"spaces": keys.array(keys.record(_SPACE), "By name.")},
    )


_SPACE = {
    "name": keys.text("What commands call it."),
    "title": keys.text("What it is called."),
    "path": keys.text("Its file."),
    "source": keys.or_null(keys.text("The publication that it follows.")),
}


def records(files: Sequence[NetworkFile]) -> dict[str, Any]:
    return {"spaces": rows(files)}


def rows(files: Sequence[NetworkFile]) -> Iterator[dict[str, Any]]:
    for file in files:
        yield {
            "name": _name(file),
            "title": file.name,
            "path": shown_path(file.path),
            "source": file.source,
        }


def _name(file: NetworkFile) -> str:
    return os.path.basename(file.path).removesuffix(".yaml")
