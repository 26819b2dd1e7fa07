"""What `costcalc check` reports to programs: raw integers, every limit of every network."""

from __future__ import annotations

from typing import Any

from costcalc.budgets.attribution import Culprit
from costcalc.budgets.remedies import Fit
from costcalc.budgets.result import Checked, Report
from costcalc.budgets.verdict import Verdict
from costcalc.project.limits import Limit
from costcalc.units import decimal_text


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
    if limit.setting.convention is not None:
        said["convention"] = limit.setting.convention
    if limit.setting.folded:
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
