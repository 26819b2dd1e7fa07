"""What `costcalc diff` reports to programs: every layer that differs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from costcalc.changes.compare import Change
from costcalc.changes.diff import Compared, Diff
from costcalc.reports.values import accounting_keys
from costcalc.units import fraction_text


def records(result: Diff) -> dict[str, Any]:
    return {
        "from": result.old,
        "to": result.new,
        **accounting_keys(result.accounting),
        "networks": map(_network, result.networks),
    }


def _network(compared: Compared) -> dict[str, Any]:
    totals = {
        metric: {"from": old, "to": new, "delta": (new or 0) - (old or 0)}
        for metric, (old, new) in compared.difference.totals.items()
    }
    return {
        "path": compared.path,
        "from_path": compared.old_path,
        "variant": compared.variant,
        "note": compared.note,
        "totals": totals,
        "settings": [
            {"name": stated.name, "from": stated.old, "to": stated.new, "line": stated.line}
            for stated in compared.difference.stated
        ],
        "layers": list(map(_layer, compared.difference.changes)),
    }


def _layer(change: Change) -> dict[str, Any]:
    return {
        "name": change.node.name,
        "type": change.node.layer.type,
        "line": change.line,
        "change": change.change,
        "cause": change.cause,
        "fields": {
            name: {"from": _value(old), "to": _value(new)}
            for name, (old, new) in change.fields.items()
        },
        "delta": change.delta,
    }


def _value(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return list(map(_value, value))
    if isinstance(value, Fraction):
        return fraction_text(value)
    return value if isinstance(value, (int, str, bool)) or value is None else str(value)
