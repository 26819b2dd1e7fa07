"""What `costcalc diff` reports to programs: every layer that differs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from costcalc.changes.compare import ADDED, CHANGED, EDITED, PROPAGATED, REMOVED, Change
from costcalc.changes.diff import Compared, Diff
from costcalc.layers.fields import written
from costcalc.reports import keys
from costcalc.reports.keys import Schema
from costcalc.reports.values import accounting_keys, figure
from costcalc.units import fraction_text

_CHANGE = {
    "from": keys.or_null(keys.decimal("Before; null if the network did not exist.")),
    "to": keys.or_null(keys.decimal("Now; null if the network is gone.")),
    "delta": keys.decimal("By how much it grew: a whole number of all but ratios."),
}


def _layer_schema() -> Schema:
    return {
        "name": keys.text("Its dotted name."),
        "type": keys.text("Its layer type."),
        "line": keys.line("The line of its item, in the file that has it."),
        "node": keys.node(),
        "change": keys.word((ADDED, REMOVED, CHANGED), "What happened to it."),
        "cause": keys.word(
            (EDITED, PROPAGATED),
            "edited: it is written differently. propagated: only its input differs.",
        ),
        "fields": keys.mapping(
            keys.record({"from": {"description": "Before."}, "to": {"description": "Now."}}),
            "The fields, shapes and inputs that differ, by name.",
        ),
        "delta": keys.mapping(
            keys.decimal("By how much it grew."), "By how much its costs grew, by metric."
        ),
    }


_STATED = {
    "name": keys.text("What it is: input, alpha or a param."),
    "from": keys.or_null(keys.text("Before.")),
    "to": keys.or_null(keys.text("Now.")),
    "line": keys.line("Where it is written."),
}


def schema() -> Schema:
    return keys.document(
        "What differs between two files or two commits.",
        {
            "from": keys.text("The file or the commit before."),
            "to": keys.text(
                "The file or the commit after; `working tree` for the files as they are."
            ),
            **keys.ACCOUNTING,
            "networks": keys.array(
                keys.record(
                    {
                        "path": keys.text("The file."),
                        "from_path": keys.or_null(
                            keys.text("The file's former name, if it was renamed.")
                        ),
                        "variant": keys.or_null(
                            keys.text("Which of the file's variants, if there are several.")
                        ),
                        "note": keys.or_null(
                            keys.text("Why it cannot be compared, or what else may make it differ.")
                        ),
                        "totals": keys.mapping(
                            keys.record(_CHANGE), "Sums over all layers, by metric."
                        ),
                        "settings": keys.array(
                            keys.record(_STATED),
                            "What the file says differently about the whole network.",
                        ),
                        "layers": keys.array(
                            keys.record(_layer_schema()), "The layers that differ."
                        ),
                    }
                ),
                "The networks that differ.",
            ),
        },
    )


def records(result: Diff) -> dict[str, Any]:
    return {
        "from": result.old,
        "to": result.new,
        **accounting_keys(result.accounting, result.runtime and result.runtime.text()),
        "networks": map(_network, result.networks),
    }


def _network(compared: Compared) -> dict[str, Any]:
    totals = {
        metric: {"from": figure(old), "to": figure(new), "delta": figure((new or 0) - (old or 0))}
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
        "node": change.node.origin.node,
        "change": change.change,
        "cause": change.cause,
        "fields": {
            name: {"from": _value(written(old)), "to": _value(written(new))}
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
