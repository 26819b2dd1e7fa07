"""Warnings in JSON: values with their places, as errors have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from costcalc.errors import CostcalcWarning
from costcalc.language.library import shown_path
from costcalc.reports import keys
from costcalc.reports.keys import Schema


def schema() -> Schema:
    warning = {
        "message": keys.text("What may not be meant."),
        "path": keys.or_null(keys.text("The file; null in a network that comes from no text.")),
        "line": keys.line("The line of the item."),
        "column": keys.line("The column of the item."),
        "node": keys.node(),
        "hint": keys.or_null(keys.text("What to write instead; null without a hint.")),
    }
    return keys.array(keys.record(warning), "What may not be meant, though it is costed.")


def records(warnings: Iterable[CostcalcWarning]) -> list[dict[str, Any]]:
    return [_record(warning) for warning in warnings]


def _record(warning: CostcalcWarning) -> dict[str, Any]:
    place = warning.position
    in_text = None if place is None or place.node is not None else place
    return {
        "message": warning.message,
        "path": None if place is None else shown_path(place.path),
        "line": in_text and in_text.line,
        "column": in_text and in_text.column,
        "node": place and place.node,
        "hint": warning.hint,
    }
