"""What `costcalc check` reports to programs: every limit of every network."""

from __future__ import annotations

from typing import Any

from costcalc.budgets.attribution import Culprit
from costcalc.budgets.remedies import Fit
from costcalc.budgets.result import Checked, Report
from costcalc.budgets.verdict import FAIL, PASS, WARN, Fitting, Verdict
from costcalc.changes.compare import EDITED, PROPAGATED
from costcalc.language.library import shown_path
from costcalc.metrics import METRICS
from costcalc.project.limits import FIT, Limit
from costcalc.reports import keys, warnings
from costcalc.reports.keys import Schema
from costcalc.units import decimal_text

_SETTING = keys.record(
    {
        "variant?": keys.text("The variant."),
        "alpha?": keys.text("The width multiplier, as --alpha takes it."),
        "rho?": keys.text("The resolution multiplier, as --rho takes it."),
        "resolution?": keys.pair("Height and width of the input."),
        "batch?": keys.count("Samples of each input."),
        "convention?": keys.text("The convention by which a total is counted."),
        "fold_batch_norm?": keys.flag("True if batch norm is folded into convolutions."),
        "runtime?": keys.text("The runtime, in words, where the limit says something of it."),
        "device?": keys.text("The device of a latency."),
        "optimizer?": keys.text("That trains the network."),
        "bits?": keys.text("Of weights and maps by patterns of layers, where the limit says them."),
        "layers?": keys.text("A pattern: the limit is on the layers that it matches."),
    },
    "Where the limit holds, as far as it says.",
)


_FIT = {
    "within": keys.mapping(
        keys.decimal("The largest value that is allowed."), "The limits, by metric."
    ),
    "needed": keys.count("How many networks must fit."),
    "least": keys.count("How many are proven to fit."),
    "most": keys.count("At most so many do; equal to least where the count is exact."),
    "networks": keys.count("How many networks the space has, as settings of its choices."),
}


def _metric_schema() -> Schema:
    return {
        "metric": keys.word(
            (*METRICS, FIT), "The metric that is limited; fit is how many networks of a space fit."
        ),
        "setting": _SETTING,
        "value": keys.decimal(
            "What the network has: a count, or seconds; of fit, how many networks fit, and where "
            "that is known by bounds the one that decides."
        ),
        "limit": keys.or_null(keys.decimal("The largest value that is allowed; null without one.")),
        "warn": keys.or_null(
            keys.decimal("The largest value without a warning; null without one.")
        ),
        "growth_limit": keys.or_null(
            keys.decimal("The largest delta that is allowed; null without one.")
        ),
        "base": keys.or_null(keys.decimal("The value on the base; null without one.")),
        "delta": keys.or_null(keys.decimal("value minus base; null without a base.")),
        "status": keys.word((PASS, WARN, FAIL), "The verdict."),
        "source": keys.text("Where the limit is written: FILE:LINE, or an option."),
        "message": keys.or_null(keys.text("The message that is given with the limit.")),
        "note": keys.or_null(keys.text("A remark on the verdict.")),
        "fit?": keys.record(_FIT, "Of fit: which networks are counted, and how many there are."),
    }


def _culprit_schema() -> Schema:
    return {
        "name": keys.text("The layer."),
        "line": keys.line("The line of its item, or where it was edited."),
        "node": keys.node(),
        "metric": keys.word(METRICS, "The metric of the limit that failed."),
        "value": keys.decimal("What the layer has of it."),
        "delta": keys.or_null(keys.decimal("By how much it grew; null without a base.")),
        "cause": keys.or_null(
            keys.word((EDITED, PROPAGATED), "As in costcalc diff; null without a base.")
        ),
        "setting": _SETTING,
    }


def _fit_schema() -> Schema:
    return {
        "knob": keys.text("What to change: alpha, resolution, or the width of a layer."),
        "value": {
            **keys.or_null(
                keys.text("The value that fits: a decimal as text, [height, width], or a width.")
            ),
            "type": ["string", "integer", "array"],
        },
        "metric": keys.word(METRICS, "The metric of the limit that failed."),
        "result": keys.decimal("What the network has of it then."),
        "setting": _SETTING,
        "line": keys.line("The line of the width; null for other knobs."),
    }


_EDIT = {
    "name": keys.text("What it is: input, alpha or a param."),
    "from": keys.or_null(keys.text("On the base.")),
    "to": keys.or_null(keys.text("Now.")),
    "line": keys.line("Where it is written."),
}


def _network_schema() -> Schema:
    return {
        "name": keys.text("The network."),
        "path": keys.text("The file."),
        "variant": keys.or_null(keys.text("The variant that was named; null if none was.")),
        "status": keys.word((PASS, WARN, FAIL), "The worst of its verdicts."),
        "metrics": keys.array(keys.record(_metric_schema()), "A verdict a limit."),
        "culprits": keys.array(
            keys.record(_culprit_schema()), "Layers that grew; without a base, the heaviest."
        ),
        "fits": keys.array(
            keys.record(_fit_schema()), "Changes with which it keeps within limits."
        ),
        "base": keys.or_null(keys.text("The commit it was compared with; null without one.")),
        "new": keys.flag("Whether the base has no such network."),
        "renamed_from": keys.or_null(keys.text("The file's name on the base, if it was renamed.")),
        "notes": keys.texts("Remarks on the network."),
        "warnings": warnings.schema(),
        "edits": keys.array(
            keys.record(_EDIT), "What the file says differently about the whole network."
        ),
        "unlimited_variants": keys.texts("Variants without a limit."),
    }


def schema() -> Schema:
    return keys.document(
        "Networks against their budgets.",
        {
            "status": keys.word((PASS, WARN, FAIL), "The worst of the networks."),
            "base": keys.or_null(
                keys.text(
                    "The commit that was compared with; null without one, and where it is not one "
                    "commit for all networks."
                )
            ),
            "networks": keys.array(
                keys.record(_network_schema()), "The networks that have limits."
            ),
            "removed": keys.texts("Files of networks that only the base has."),
            "skipped": keys.texts("YAML files that hold no network."),
            "unlimited": keys.texts("Files of networks without a limit."),
            "notes": keys.texts("Remarks on the run."),
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
        "path": shown_path(checked.path),
        "variant": checked.variant,
        "status": checked.status,
        "metrics": list(map(metric, checked.verdicts)),
        "culprits": list(map(culprit, checked.culprits)),
        "fits": list(map(fit, checked.fits)),
        "base": checked.base,
        "new": checked.new,
        "renamed_from": checked.renamed,
        "notes": checked.notes,
        "warnings": warnings.records(checked.warnings),
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
        **({} if verdict.fitting is None else {"fit": _fitting(verdict.fitting, limit)}),
    }


def _fitting(fitting: Fitting, limit: Limit) -> dict[str, Any]:
    within = {own.metric: own.max.value for own in limit.within if own.max is not None}
    return {
        "within": within,
        "needed": fitting.needed,
        "least": fitting.least,
        "most": fitting.most,
        "networks": fitting.total,
    }


def setting(limit: Limit) -> dict[str, Any]:
    """Say where a limit holds: the variant that was judged, and what the limit says, as options."""
    said: dict[str, Any] = {}
    if limit.variant is not None:
        said["variant"] = limit.variant
    for name, value in (("alpha", limit.setting.alpha), ("rho", limit.setting.rho)):
        if value is not None:
            said[name] = decimal_text(value)
    if limit.setting.resolution is not None:
        said["resolution"] = list(limit.setting.resolution)
    if limit.setting.batch is not None:
        said["batch"] = limit.setting.batch
    counted = limit.setting.accounting
    if not counted.is_default:
        said["convention"] = counted.name
    if counted.fold_batch_norm:
        said["fold_batch_norm"] = True
    if limit.setting.runtime is not None:
        said["runtime"] = limit.setting.runtime.text()
    if limit.setting.device is not None:
        said["device"] = limit.setting.device.name
    if limit.setting.optimizer is not None:
        said["optimizer"] = limit.setting.optimizer
    if limit.setting.bits:
        said["bits"] = ", ".join(f"{pattern}={bits.text()}" for pattern, bits in limit.setting.bits)
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
