"""What `costcalc conventions NET` reports: its totals by conventions, and why two differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from costcalc.costs.convention_causes import causes, params_causes
from costcalc.costs.convention_counts import Counting
from costcalc.costs.table import Analysis
from costcalc.language.library import shown_path
from costcalc.numeric.exact import Number
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports import keys
from costcalc.reports.analyze.page import setting
from costcalc.reports.keys import Schema
from costcalc.reports.labels import accounting_lines, heading
from costcalc.text import escaped
from costcalc.units import fixed

MODULES = "Layers count as modules, or as what their `call` says; merges as +, * and torch.cat."


Cause: TypeAlias = "tuple[str, str, str, Number]"


class Counted(NamedTuple):
    """A network and how several conventions count it."""

    analysis: Analysis
    countings: Sequence[Counting]
    left_out: Sequence[Counting] = ()
    """Those that say nothing of a layer that the network has."""


def page(counted: Counted) -> Iterator[Part]:
    """A row per convention: its total, and the share of the network's MACs or FLOPs."""
    analysis = counted.analysis
    yield heading(analysis.network, analysis.variant)
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
    for counting in counted.countings:
        total, unit = int(counting.total()), counting.convention.unit
        whole = 2 * macs if unit == "FLOP" else macs
        share = f"{fixed(Fraction(100 * total, whole), 2)} %" if whole else ""
        rows.append(
            [
                escaped(counting.convention.name),
                number(total),
                unit,
                share,
                number(int(counting.params())),
            ]
        )
    yield Sheet(columns, rows)
    yield "of the MACs: the total over the network's MACs, or over its FLOPs where that is the unit"
    yield MODULES
    for counting in counted.left_out:
        name = escaped(counting.convention.name)
        yield f"{name} is left out: it says nothing of {', '.join(counting.unknown)}"


_TOTAL = {
    "name": keys.text("The convention."),
    "unit": keys.word(("MAC", "FLOP"), "The unit of its total."),
    "total": keys.count("What its tool prints."),
    "params": keys.count("The params that it counts."),
}

_CAUSE = {
    "type": keys.text("A layer type, or a kind of layer within one."),
    "from": keys.text("What the first convention counts of it."),
    "to": keys.text("What the second counts of it."),
    "delta": keys.whole("By how much the second counts more."),
}

_NETWORK = {
    "network": keys.text("The network's name."),
    "variant": keys.or_null(keys.text("Its variant; null where it has none.")),
    "path": keys.text("The file."),
}


def schema() -> Schema:
    return keys.document(
        "A network's totals by several conventions.",
        {
            **_NETWORK,
            "conventions": keys.array(keys.record(_TOTAL), "A convention each."),
            "left_out": keys.array(
                keys.text("A convention."), "Those that say nothing of a layer of the network."
            ),
        },
    )


def causes_schema() -> Schema:
    return keys.document(
        "Why two conventions count a network differently.",
        {
            **_NETWORK,
            "from": keys.record(_TOTAL, "The first convention."),
            "to": keys.record(_TOTAL, "The second convention."),
            "causes": keys.array(
                keys.record(_CAUSE), "They add up to the difference of the totals."
            ),
            "params_causes": keys.array(
                keys.record(_CAUSE), "They add up to the difference of the params."
            ),
        },
    )


def records(counted: Counted) -> dict[str, Any]:
    return {
        **_network(counted.analysis),
        "conventions": map(_total, counted.countings),
        "left_out": [counting.convention.name for counting in counted.left_out],
    }


def causes_page(counted: Counted) -> Iterator[Part]:
    """Report why two conventions differ, layer type by layer type."""
    analysis, (one, other) = counted.analysis, counted.countings
    names = [escaped(counting.convention.name) for counting in counted.countings]
    yield heading(analysis.network, analysis.variant)
    yield setting(analysis)
    yield f"{names[0]} against {names[1]}"
    sums = [int(counting.total()) for counting in counted.countings]
    units = [f" {counting.convention.unit}s" for counting in counted.countings]
    yield _causes("cause", names, causes(one, other), sums, units)
    sums = [int(counting.params()) for counting in counted.countings]
    yield _causes("params", names, params_causes(one, other), sums, ["", ""])
    yield MODULES
    for counting in (one, other):
        for quirk in counting.convention.quirks:
            yield f"{escaped(counting.convention.name)}: {escaped(quirk)}"


def _causes(
    head: str,
    names: Sequence[str],
    found: Iterable[Cause],
    sums: Sequence[int],
    units: Sequence[str],
) -> Sheet:
    """A row per cause, and the two totals between which the causes make the difference."""
    columns = [
        Column(head, left=True),
        *(Column(name, left=True) for name in names),
        Column("difference"),
    ]
    rows = [[type_, mine, theirs, f"{int(delta):+,}"] for type_, mine, theirs, delta in found]
    texts = [f"{number(total)}{unit}" for total, unit in zip(sums, units, strict=True)]
    return Sheet(columns, rows, foot=["total", *texts, f"{sums[1] - sums[0]:+,}"])


def causes_records(counted: Counted) -> dict[str, Any]:
    one, other = counted.countings
    return {
        **_network(counted.analysis),
        "from": _total(one),
        "to": _total(other),
        "causes": map(_cause, causes(one, other)),
        "params_causes": map(_cause, params_causes(one, other)),
    }


def _cause(cause: Cause) -> dict[str, Any]:
    type_, mine, theirs, delta = cause
    return {"type": type_, "from": mine, "to": theirs, "delta": int(delta)}


def _network(analysis: Analysis) -> dict[str, Any]:
    return {
        "network": analysis.name,
        "variant": analysis.variant,
        "path": shown_path(analysis.path),
    }


def _total(counting: Counting) -> dict[str, Any]:
    return {
        "name": counting.convention.name,
        "unit": counting.convention.unit,
        "total": int(counting.total()),
        "params": int(counting.params()),
    }
