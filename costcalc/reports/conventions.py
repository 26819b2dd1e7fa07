"""What `costcalc conventions` reports: what each convention counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.accounting.convention import Convention
from costcalc.accounting.rules import Rules
from costcalc.render import markdown as markdown_
from costcalc.render.sheet import Column, Part, Sheet
from costcalc.reports import keys
from costcalc.reports.keys import Schema


def page(conventions: Sequence[Convention]) -> Iterator[Part]:
    """A paragraph per convention, since their rules are too long for a table in a terminal."""
    yield "Conventions: what other tools count"
    for convention in conventions:
        yield ""
        yield f"{convention.name}, in {convention.unit}s: {convention.about}"
        yield f"  counts   {_rules(convention.count)}"
        if convention.params:
            yield f"  params   {_rules(convention.params, nothing=True)}"
        for quirk in convention.quirks:
            yield f"  quirk    {quirk}"


def markdown(conventions: Sequence[Convention]) -> Iterator[str]:
    """One table, for which a web page has room."""
    columns = [
        Column("convention", left=True),
        Column("unit", left=True),
        Column("counts", left=True),
        Column("params", left=True),
        Column("quirks", left=True),
    ]
    rows = [
        [
            convention.name,
            convention.unit,
            _rules(convention.count),
            _rules(convention.params, nothing=True) or "trainable",
            "; ".join(convention.quirks),
        ]
        for convention in conventions
    ]
    return markdown_.lines([Sheet(columns, rows)])


_WEIGHTS = keys.mapping(
    keys.mapping({"type": "integer"}, "How many times each quantity of a layer counts."),
    "By layer type.",
)


def schema() -> Schema:
    return keys.document(
        "The conventions of other tools.",
        {
            "conventions": keys.array(
                keys.record(
                    {
                        "name": keys.text("As --convention takes it."),
                        "unit": keys.word(("MAC", "FLOP"), "The unit of its total."),
                        "about": keys.text("The tool and its version."),
                        "count": {
                            **_WEIGHTS,
                            "description": "What counts in the total, by layer type.",
                        },
                        "params": {
                            **_WEIGHTS,
                            "description": "What counts in the params, unless all do.",
                        },
                        "quirks": keys.texts("What a reader of its totals should know."),
                    }
                ),
                "A convention each.",
            )
        },
    )


def records(conventions: Sequence[Convention]) -> dict[str, Any]:
    return {"conventions": map(_convention, conventions)}


def _convention(convention: Convention) -> dict[str, Any]:
    return {
        "name": convention.name,
        "unit": convention.unit,
        "about": convention.about,
        "count": convention.count.by_type(),
        "params": convention.params.by_type(),
        "quirks": convention.quirks,
    }


def _rules(rules: Rules, *, nothing: bool = False) -> str:
    """`macs: conv2d, linear; 2 output: batch_norm`."""
    grouped = rules.grouped(nothing=nothing)
    return "; ".join(f"{text}: {', '.join(kinds)}" for text, kinds in grouped.items())
