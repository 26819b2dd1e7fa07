"""What `costcalc conventions` reports of the conventions themselves: what each of them counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from costcalc.accounting.convention import Convention
from costcalc.costs.convention_counts import rule_text
from costcalc.render import markdown as markdown_
from costcalc.render.sheet import Column, Part, Sheet
from costcalc.reports.schema import Schema, array, document, mapping, record, text, texts, word


def page(conventions: Sequence[Convention]) -> Iterator[Part]:
    """A paragraph each: their rules are too long for a table on a terminal."""
    yield "Conventions: what other tools count"
    for convention in conventions:
        yield ""
        yield f"{convention.name}, in {convention.unit}s: {convention.about}"
        yield f"  counts   {_rules(convention.count)}"
        if convention.params:
            yield f"  params   {_rules(convention.params, empty=True)}"
        for quirk in convention.quirks:
            yield f"  quirk    {quirk}"


def markdown(conventions: Sequence[Convention]) -> Iterator[str]:
    """One table: a page of the web has room for it."""
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
            _rules(convention.params, empty=True) or "trainable",
            "; ".join(convention.quirks),
        ]
        for convention in conventions
    ]
    return markdown_.lines([Sheet(columns, rows)])


_WEIGHTS = mapping(
    mapping({"type": "integer"}, "How many times each quantity of a layer counts."),
    "By layer type.",
)


def schema() -> Schema:
    return document(
        "The conventions of other tools.",
        {
            "conventions": array(
                record(
                    {
                        "name": text("As --convention takes it."),
                        "unit": word(("MAC", "FLOP"), "What its tool says that it counts."),
                        "about": text("Of which tool and version it is."),
                        "count": {**_WEIGHTS, "description": "What adds to the total."},
                        "params": {
                            **_WEIGHTS,
                            "description": "What adds to the params.",
                        },
                        "quirks": texts("What a reader of its totals should know."),
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


def _rules(rules: Mapping[str, Mapping[str, int]], *, empty: bool = False) -> str:
    """`macs: conv2d, linear; 2 output: batch_norm`; what counts nothing only where asked for."""
    grouped: dict[str, list[str]] = {}
    for kind, rule in rules.items():
        if rule or "." in kind or empty:
            grouped.setdefault(rule_text(rule), []).append(kind)
    return "; ".join(f"{text}: {', '.join(kinds)}" for text, kinds in grouped.items())
