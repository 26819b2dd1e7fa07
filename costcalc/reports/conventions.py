"""What other tools count: the conventions, a network's totals by each, and why two differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.accounting.convention import Convention
from costcalc.costs.convention_causes import causes, params_causes
from costcalc.costs.convention_counts import Counting, rule_text
from costcalc.costs.table import Analysis
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports.analyze.page import setting
from costcalc.reports.labels import accounting_lines, heading
from costcalc.text import clean
from costcalc.units import fixed

SCHEMA_VERSION = 1


MODULES = "As of modules and of +, * and torch.cat: F.relu, x.mean() and the like count otherwise."


def table(conventions: Sequence[Convention]) -> Sheet:
    """What each counts, layer types of one rule together, and its quirks."""
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
    return Sheet(columns, rows)


def listing(conventions: Sequence[Convention]) -> Iterator[Part]:
    """For a terminal: a paragraph each."""
    yield "Conventions: what other tools count"
    for convention in conventions:
        yield ""
        yield f"{convention.name}, in {convention.unit}s: {convention.about}"
        yield f"  counts   {_rules(convention.count)}"
        if convention.params:
            yield f"  params   {_rules(convention.params, empty=True)}"
        for quirk in convention.quirks:
            yield f"  quirk    {quirk}"


def _rules(rules: Mapping[str, Mapping[str, int]], *, empty: bool = False) -> str:
    """`macs: conv2d, linear; 2 output: batch_norm`; what counts nothing only where asked for."""
    grouped: dict[str, list[str]] = {}
    for kind, rule in rules.items():
        if rule or "." in kind or empty:
            grouped.setdefault(rule_text(rule), []).append(kind)
    return "; ".join(f"{text}: {', '.join(kinds)}" for text, kinds in grouped.items())


def totals(analysis: Analysis, countings: Mapping[str, Counting]) -> Iterator[Part]:
    """Each tool's total of a network, against the default's in the same unit."""
    yield heading(analysis.network.file, analysis.variant)
    yield setting(analysis)
    yield from accounting_lines(analysis.accounting)
    columns = [
        Column("convention", left=True),
        Column("total"),
        Column("unit", left=True),
        Column("of the MACs"),
        Column("params"),
    ]
    macs = analysis.totals.macs
    rows = []
    for name, counting in countings.items():
        total, unit = int(counting.total()), counting.convention.unit
        whole = 2 * macs if unit == "FLOP" else macs
        share = f"{fixed(Fraction(100 * total, whole), 2)} %" if whole else ""
        rows.append([clean(name), number(total), unit, share, number(int(counting.params()))])
    yield Sheet(columns, rows)
    yield "of the MACs: the total over the network's MACs, or over its FLOPs where that is the unit"
    yield MODULES


def comparison(analysis: Analysis, one: Counting, other: Counting) -> Iterator[Part]:
    """Why two conventions differ."""
    names = [clean(one.convention.name), clean(other.convention.name)]
    yield heading(analysis.network.file, analysis.variant)
    yield setting(analysis)
    yield f"{names[0]} against {names[1]}"
    columns = [
        Column("cause", left=True),
        Column(names[0], left=True),
        Column(names[1], left=True),
        Column("difference"),
    ]
    rows = [
        [type_, mine, theirs, f"{int(delta):+,}"]
        for type_, mine, theirs, delta in causes(one, other)
    ]
    sums = int(one.total()), int(other.total())
    foot = [
        "total",
        f"{sums[0]:,} {one.convention.unit}s",
        f"{sums[1]:,} {other.convention.unit}s",
        f"{sums[1] - sums[0]:+,}",
    ]
    yield Sheet(columns, rows, foot=foot)
    yield _params(one, other)
    yield MODULES
    for counting in (one, other):
        for quirk in counting.convention.quirks:
            yield f"{clean(counting.convention.name)}: {clean(quirk)}"


def _params(one: Counting, other: Counting) -> Sheet:
    columns = [
        Column("params", left=True),
        Column(clean(one.convention.name), left=True),
        Column(clean(other.convention.name), left=True),
        Column("difference"),
    ]
    rows = [
        [type_, mine, theirs, f"{int(delta):+,}"]
        for type_, mine, theirs, delta in params_causes(one, other)
    ]
    sums = int(one.params()), int(other.params())
    foot = ["total", number(sums[0]), number(sums[1]), f"{sums[1] - sums[0]:+,}"]
    return Sheet(columns, rows, foot=foot)


def as_json(analysis: Analysis, countings: Mapping[str, Counting]) -> Iterator[str]:
    head = {"schema_version": SCHEMA_VERSION, "network": analysis.name, "path": analysis.path}
    rows = [_total(name, counting) for name, counting in countings.items()]
    yield json.dumps({**head, "conventions": rows}, indent=1) + "\n"


def comparison_json(analysis: Analysis, one: Counting, other: Counting) -> Iterator[str]:
    result = {
        "schema_version": SCHEMA_VERSION,
        "network": analysis.name,
        "path": analysis.path,
        "from": _total(one.convention.name, one),
        "to": _total(other.convention.name, other),
        "causes": [
            {"type": type_, "from": mine, "to": theirs, "delta": int(delta)}
            for type_, mine, theirs, delta in causes(one, other)
        ],
        "params_causes": [
            {"type": type_, "from": mine, "to": theirs, "delta": int(delta)}
            for type_, mine, theirs, delta in params_causes(one, other)
        ],
    }
    yield json.dumps(result, indent=1) + "\n"


def list_json(conventions: Sequence[Convention]) -> Iterator[str]:
    rows = [
        {
            "name": convention.name,
            "unit": convention.unit,
            "about": convention.about,
            "count": convention.count,
            "params": convention.params,
            "quirks": convention.quirks,
        }
        for convention in conventions
    ]
    yield json.dumps({"schema_version": SCHEMA_VERSION, "conventions": rows}, indent=1) + "\n"


def _total(name: str, counting: Counting) -> dict[str, Any]:
    return {
        "name": name,
        "unit": counting.convention.unit,
        "total": int(counting.total()),
        "params": int(counting.params()),
    }
