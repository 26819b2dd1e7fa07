"""What `costcalc check` reports to programs: raw integers, every limit of every network."""

from __future__ import annotations

from typing import Any

from costcalc.budgets.attribution import Culprit
from costcalc.budgets.remedies import Fit
from costcalc.budgets.result import Checked, Report
from costcalc.budgets.verdict import FAIL, PASS, WARN, Verdict
from costcalc.changes.compare import EDITED, PROPAGATED
from costcalc.metrics import METRICS
from costcalc.project.limits import Limit
from costcalc.reports.schema import (
    Schema,
    array,
    count,
    document,
    flag,
    line,
    or_null,
    pair,
    record,
    text,
    texts,
    whole,
    word,
)
from costcalc.units import decimal_text

_SETTING = record(
    {
        "variant?": text("The variant."),
        "alpha?": text("The width multiplier, as --alpha takes it."),
        "rho?": text("The resolution multiplier, as --rho takes it."),
        "resolution?": pair("Of the input: [height, width]."),
        "convention?": text("Whose convention a total is counted by."),
        "fold_batch_norm?": flag("True where batch norm is folded into convolutions."),
        "layers?": text("A pattern: the limit is on the layers that it matches."),
    },
    "Where the limit holds, as far as it says so.",
)


def _metric_schema() -> Schema:
    return {
        "metric": word(METRICS, "What is limited."),
        "setting": _SETTING,
        "value": count("What the network has."),
        "limit": or_null(count("The largest value that is allowed; null without one.")),
        "warn": or_null(count("The largest value without a warning; null without one.")),
        "growth_limit": or_null(count("The largest delta that is allowed; null without one.")),
        "base": or_null(count("The value on the base; null where it has none.")),
        "delta": or_null(whole("value less base; null where that has none.")),
        "status": word((PASS, WARN, FAIL), "The verdict."),
        "source": text("Where the limit is written: FILE:LINE, or an option."),
        "message": or_null(text("What the limit says to whoever breaks it.")),
        "note": or_null(text("What else is to be known of the verdict.")),
    }


def _culprit_schema() -> Schema:
    return {
        "name": text("The layer."),
        "line": line("The line of its item, or where it was edited."),
        "metric": word(METRICS, "The metric of the limit that failed."),
        "value": count("What the layer has of it."),
        "delta": or_null(count("By how much it grew; null where there is no base.")),
        "cause": or_null(word((EDITED, PROPAGATED), "Null where there is no base.")),
        "setting": _SETTING,
    }


def _fit_schema() -> Schema:
    return {
        "knob": text("What to change: alpha, resolution, or the width of a layer."),
        "value": {
            **or_null(text("To what: a decimal as text, a size as [height, width], or a width.")),
            "type": ["string", "integer", "array"],
        },
        "metric": word(METRICS, "The metric of the limit that failed."),
        "result": count("What the network has of it then."),
        "setting": _SETTING,
        "line": or_null(line("Of the width; null for other knobs.")),
    }


_EDIT = {
    "name": text("What it is: input, alpha, a param."),
    "from": or_null(text("On the base.")),
    "to": or_null(text("Now.")),
    "line": or_null(line("Where it is written.")),
}


def _network_schema() -> Schema:
    return {
        "name": text("The network."),
        "path": text("The file."),
        "variant": or_null(text("The variant that was named; null where none was.")),
        "status": word((PASS, WARN, FAIL), "The worst of its verdicts."),
        "metrics": array(record(_metric_schema()), "A verdict a limit."),
        "culprits": array(record(_culprit_schema()), "Layers that grew, or are heaviest."),
        "fits": array(record(_fit_schema()), "Changes with which it keeps within limits."),
        "new": flag("Whether the base has no such network."),
        "renamed_from": or_null(text("The file on the base, where it has another name.")),
        "notes": texts("What else is to be known of it."),
        "edits": array(record(_EDIT), "What the file says otherwise of the whole network."),
        "unlimited_variants": texts("Variants that have no limit."),
    }


def schema() -> Schema:
    return document(
        "Networks against their budgets.",
        {
            "status": word((PASS, WARN, FAIL), "The worst of the networks."),
            "base": or_null(text("The commit that was compared with; null without one.")),
            "networks": array(record(_network_schema()), "The networks that have limits."),
            "removed": texts("Files of networks that only the base has."),
            "skipped": texts("YAML files that hold no network."),
            "unlimited": texts("Files of networks without a limit."),
            "notes": texts("What else is to be known of the run."),
        },
    )


def records(report: Report) -> dict[str, Any]:
    return {
        "status": report.status,
        "base": report.base,
        "networks": map(network, report.networks),
        "removed": report.removed,
        "skipped": report.skipped,
        "unlimited": report.unlimited,
        "notes": report.notes,
    }


def network(checked: Checked) -> dict[str, Any]:
    return {
        "name": checked.name,
        "path": checked.path,
        "variant": checked.variant,
        "status": checked.status,
        "metrics": list(map(metric, checked.verdicts)),
        "culprits": list(map(culprit, checked.culprits)),
        "fits": list(map(fit, checked.fits)),
        "new": checked.new,
        "renamed_from": checked.renamed,
        "notes": checked.notes,
        "edits": [
            {"name": edit.name, "from": edit.old, "to": edit.new, "line": edit.line}
            for edit in checked.stated
        ],
        "unlimited_variants": checked.unlimited,
    }


def culprit(found: Culprit) -> dict[str, Any]:
    said = found._asdict()
    limit = said.pop("limit")
    return {**said, "setting": setting(limit)}


def metric(verdict: Verdict) -> dict[str, Any]:
    limit = verdict.limit
    return {
        "metric": limit.metric,
        "setting": setting(limit),
        "value": verdict.value,
        "limit": verdict.max,
        "warn": verdict.warn,
        "growth_limit": verdict.growth,
        "base": verdict.base,
        "delta": verdict.delta,
        "status": verdict.status,
        "source": limit.source,
        "message": limit.message,
        "note": verdict.note,
    }


def setting(limit: Limit) -> dict[str, Any]:
    """The variant, and what else the limit says of where it holds, as options take it."""
    said: dict[str, Any] = {}
    if limit.variant is not None:
        said["variant"] = limit.variant
    for name, value in (("alpha", limit.setting.alpha), ("rho", limit.setting.rho)):
        if value is not None:
            said[name] = decimal_text(value)
    if limit.setting.resolution is not None:
        said["resolution"] = list(limit.setting.resolution)
    counted = limit.setting.accounting
    if not counted.is_default:
        said["convention"] = counted.name
    if counted.fold_batch_norm:
        said["fold_batch_norm"] = True
    if limit.layers is not None:
        said["layers"] = limit.layers
    return said


def fit(found: Fit) -> dict[str, Any]:
    value = found.value
    return {
        "knob": found.knob,
        "value": value if isinstance(value, (int, tuple)) else decimal_text(value),
        "metric": found.metric,
        "result": found.result,
        "setting": setting(found.limit),
        "line": found.line,
    }
